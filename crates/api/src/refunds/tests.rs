use super::*;
use crate::proto::types::v1 as types;

fn fields<T>(answer: Result<T, InvalidRequest>) -> Vec<String> {
    let mistakes = answer.err().map_or(vec![], |error| error.mistakes);
    mistakes.into_iter().map(|mistake| mistake.field).collect()
}

fn money_message(minor_units: i64, currency_code: &str) -> Option<types::Money> {
    Some(types::Money {
        minor_units,
        currency_code: currency_code.to_owned(),
    })
}

fn part_message(component: Component, minor_units: i64) -> proto::Part {
    proto::Part {
        component: Some(component_to_proto(&component)),
        amount: money_message(minor_units, "EUR"),
    }
}

fn line_net() -> Component {
    Component::LineNet {
        line: "1".parse().unwrap(),
    }
}

fn issue(minor_units: i64, parts: Vec<proto::Part>) -> Result<IssueRefund, InvalidRequest> {
    IssueRefund::from_proto(proto::IssueRefundRequest {
        request_id: "r".to_owned(),
        order: "orders/1".to_owned(),
        amount: money_message(minor_units, "EUR"),
        note: "late".to_owned(),
        parts,
        ..Default::default()
    })
}

#[test]
fn every_component_reads_back_as_it_was_written() {
    let taxes = || ("DE".to_owned(), 1_900);
    let (jurisdiction, rate_basis_points) = taxes();
    for component in [
        line_net(),
        Component::LineTax {
            line: "1".parse().unwrap(),
            jurisdiction: jurisdiction.clone(),
            rate_basis_points,
        },
        Component::ShippingNet,
        Component::ShippingTax {
            jurisdiction,
            rate_basis_points,
        },
        Component::Fee,
        Component::Goodwill,
    ] {
        let message = component_to_proto(&component);
        let read = convert(|wrong| super::component(message, &Path::of("component"), wrong));
        assert_eq!(read, Ok(component));
    }
}

#[test]
fn parts_add_up_to_the_amount() {
    let euros = |code: &str, part: proto::Part| proto::Part {
        amount: money_message(part.amount.unwrap().minor_units, code),
        ..part
    };
    for (amount, parts, expected) in [
        (100, vec![], &[][..]),
        (
            100,
            vec![
                part_message(line_net(), 120),
                part_message(Component::Fee, -20),
            ],
            &[],
        ),
        (0, vec![], &["amount.minor_units"]),
        (-1, vec![], &["amount.minor_units"]),
        (100, vec![part_message(line_net(), 99)], &["parts"]),
        (
            100,
            vec![part_message(line_net(), -100)],
            &["parts[0].amount.minor_units"],
        ),
        (
            100,
            vec![part_message(Component::Fee, 20)],
            &["parts[0].amount.minor_units"],
        ),
        (
            100,
            vec![euros("GBP", part_message(line_net(), 100))],
            &["parts[0].amount.currency_code"],
        ),
        (
            100,
            vec![proto::Part::default()],
            &["parts[0].component", "parts[0].amount"],
        ),
        (
            100,
            vec![proto::Part {
                component: Some(proto::Component::default()),
                amount: money_message(100, "EUR"),
            }],
            &["parts[0].component.kind"],
        ),
    ] {
        assert_eq!(fields(issue(amount, parts)), expected);
    }
}

#[test]
fn an_approval_names_what_was_seen() {
    let approve = |digest: &str| {
        ApproveRefund::from_proto(proto::ApproveRefundRequest {
            request_id: "r".to_owned(),
            name: "refunds/1-F1".to_owned(),
            approval_digest: digest.to_owned(),
        })
    };
    assert_eq!(approve("abc").unwrap().digest, "abc");
    for digest in ["", &"x".repeat(129)] {
        assert_eq!(fields(approve(digest)), ["approval_digest"]);
    }
}

#[test]
fn outcomes_are_read_with_what_they_need() {
    use proto::attempt::State;
    let report = |state: i32, provider_refund: &str, code: &str| {
        ReportOutcome::from_proto(proto::ReportOutcomeRequest {
            request_id: "r".to_owned(),
            name: "refunds/1-F1".to_owned(),
            attempt: 1,
            state,
            provider_refund: provider_refund.to_owned(),
            acquirer_reference: String::new(),
            code: code.to_owned(),
        })
    };
    for (state, provider_refund, code, expected) in [
        (State::Succeeded.into(), "re_1", "", &[][..]),
        (State::Succeeded.into(), "", "", &["provider_refund"]),
        (State::Pending.into(), "re_1", "", &[]),
        (State::Pending.into(), "", "", &["provider_refund"]),
        (State::ActionRequired.into(), "re_1", "call", &[]),
        (
            State::ActionRequired.into(),
            "",
            "",
            &["provider_refund", "code"],
        ),
        (State::Failed.into(), "", "no", &[]),
        (State::Failed.into(), "", "", &["code"]),
        (State::Reversed.into(), "", "closed", &[]),
        (State::Reversed.into(), "", "", &["code"]),
        (State::Created.into(), "re_1", "no", &["state"]),
        (State::Submitted.into(), "re_1", "no", &["state"]),
        (State::Unknown.into(), "re_1", "no", &["state"]),
        (0, "re_1", "no", &["state"]),
        (999, "re_1", "no", &["state"]),
    ] {
        assert_eq!(
            fields(report(state, provider_refund, code)),
            expected,
            "{state}"
        );
    }
}

#[test]
fn limits_are_one_a_currency() {
    let publish = |limits: Vec<Option<types::Money>>| {
        publish_approval_policy_from_proto(proto::PublishApprovalPolicyRequest {
            request_id: "r".to_owned(),
            policy: Some(proto::ApprovalPolicy {
                version: 0,
                automatic_up_to: limits.into_iter().flatten().collect(),
                ..Default::default()
            }),
        })
    };
    let limits = publish(vec![money_message(5_000, "EUR"), money_message(500, "JPY")]).unwrap();
    let message = approval_policy_to_proto(2, &limits);
    assert_eq!(
        (message.version, message.automatic_up_to[1].minor_units),
        (2, 500)
    );
    assert_eq!(
        fields(publish(vec![
            money_message(1, "EUR"),
            money_message(2, "EUR")
        ])),
        ["policy.automatic_up_to[1].currency_code"]
    );
    assert_eq!(
        fields(publish(vec![money_message(-1, "EUR")])),
        ["policy.automatic_up_to[0].minor_units"]
    );
}

#[test]
fn refunds_are_named_noted_and_listed() {
    let reject = proto::RejectRefundRequest {
        request_id: "r".to_owned(),
        name: "refunds/1".to_owned(),
        note: "\u{0}".to_owned(),
    };
    assert_eq!(fields(reject_from_proto(reject)), ["name", "note"]);
    let filter = RefundFilter::from_proto("state = SETTLED AND order = orders/1").unwrap();
    assert_eq!(filter.state, Some(proto::refund::State::Settled));
    assert_eq!(filter.order, Some("1".parse().unwrap()));
}

/// T64 (spree create_grouped_spec.rb): a refund of a shared payment that names no order.
#[test]
fn t64_a_refund_names_its_order() {
    for order in ["", "orders/", "payments/p1"] {
        let request = proto::IssueRefundRequest {
            request_id: "r".to_owned(),
            order: order.to_owned(),
            amount: money_message(1_000, "EUR"),
            note: "late".to_owned(),
            ..Default::default()
        };
        assert_eq!(
            fields(IssueRefund::from_proto(request)),
            ["order"],
            "{order}"
        );
    }
}
