use backhaul_events::returns::{
    BuyerBefore, DecidedBy, Decision, Finding, InspectionOutcome, Verdict,
};

use super::*;
use crate::proto::types::v1 as types;

fn fields<T>(answer: Result<T, InvalidRequest>) -> Vec<String> {
    let mistakes = answer.err().map_or(vec![], |error| error.mistakes);
    mistakes.into_iter().map(|mistake| mistake.field).collect()
}

fn item_message() -> proto::Item {
    proto::Item {
        line: "1".to_owned(),
        quantity: 2,
        reason: proto::Reason::WrongSize.into(),
        note: "too small".to_owned(),
        claim: Some(types::Money {
            minor_units: 100,
            currency_code: "EUR".to_owned(),
        }),
        fault_found_time: None,
    }
}

fn ask(
    change: impl FnOnce(&mut proto::RequestReturnRequest),
) -> Result<RequestReturn, InvalidRequest> {
    let mut request = proto::RequestReturnRequest {
        request_id: "r".to_owned(),
        order: "orders/1".to_owned(),
        items: vec![item_message()],
        request_time: None,
        refuse_if_not_returnable: false,
        gift_recipient: String::new(),
    };
    change(&mut request);
    RequestReturn::from_proto(request)
}

#[test]
fn a_request_reads_back_as_it_was_asked() {
    let asked = ask(|_| {}).unwrap();
    assert_eq!(item_to_proto(&asked.items[0]), item_message());
    assert_eq!(asked.on_not_returnable, NotReturnable::Decline);
    let asked = ask(|request| request.refuse_if_not_returnable = true).unwrap();
    assert_eq!(asked.on_not_returnable, NotReturnable::Refuse);
}

#[test]
fn what_is_wrong_with_a_request_is_named() {
    type Change = fn(&mut proto::RequestReturnRequest);
    let cases: [(Change, &[&str]); 10] = [
        (|r| r.order = "1".to_owned(), &["order"]),
        (|r| r.items.clear(), &["items"]),
        (|r| r.items = vec![item_message(); 2_001], &["items"]),
        (|r| r.items[0].quantity = 0, &["items[0].quantity"]),
        (|r| r.items[0].reason = 0, &["items[0].reason"]),
        (|r| r.items[0].reason = 999, &["items[0].reason"]),
        (
            |r| r.items[0].note = "x".repeat(100_000),
            &["items[0].note"],
        ),
        (
            |r| r.items[0].claim.as_mut().unwrap().minor_units = 0,
            &["items[0].claim.minor_units"],
        ),
        (|r| r.items[0].claim = None, &[]),
        (
            |r| {
                r.items[0].line.clear();
                r.items[0].reason = -1;
            },
            &["items[0].line", "items[0].reason"],
        ),
    ];
    for (change, expected) in cases {
        assert_eq!(fields(ask(change)), expected);
    }
}

#[test]
fn every_word_has_its_number() {
    fn check<T>(
        numbers: std::ops::RangeInclusive<i32>,
        from: fn(i32, &Path<'_>, &mut Wrong) -> Option<T>,
        to: impl Fn(T) -> i32,
    ) {
        let at = Path::of("word");
        for number in numbers.clone() {
            assert_eq!(
                convert(|wrong| from(number, &at, wrong)).map(&to),
                Ok(number)
            );
        }
        for number in [0, -1, 999, numbers.end() + 1] {
            assert_eq!(
                fields(convert(|wrong| from(number, &at, wrong))),
                ["word"],
                "{number}"
            );
        }
    }
    check(1..=9, reason, |word| reason_to_proto(word).into());
    check(1..=2, condition, |word| condition_to_proto(word).into());
    check(1..=4, grade, |word| grade_to_proto(word).into());
    check(1..=9, disposition, |word| disposition_to_proto(word).into());
    check(1..=4, release, |word| release_to_proto(word).into());
}

#[test]
fn a_receipt_says_something() {
    let received = |quantity, condition| proto::ReceivedUnits {
        line: "1".to_owned(),
        quantity,
        condition,
    };
    let receipt = |units, parcel: &str| {
        RecordReceipt::from_proto(proto::RecordReceiptRequest {
            request_id: "r".to_owned(),
            name: "returns/1-R1".to_owned(),
            parcel: parcel.to_owned(),
            site: "leipzig".to_owned(),
            units,
            ..Default::default()
        })
    };
    assert_eq!(receipt(vec![received(1, 1)], "").unwrap().parcel, None);
    assert_eq!(
        fields(receipt(vec![received(1, 2)], "parcels/1-P1")),
        [""; 0]
    );
    assert_eq!(fields(receipt(vec![], "")), ["units"]);
    assert_eq!(
        fields(receipt(vec![received(1, 0)], "1-P1")),
        ["parcel", "units[0].condition"]
    );
}

#[test]
fn what_came_unexpected_or_instead_is_read() {
    let unexpected = |found: &str, quantity| {
        RecordUnexpectedReceipt::from_proto(proto::RecordUnexpectedReceiptRequest {
            request_id: "r".to_owned(),
            order: "orders/1".to_owned(),
            found: found.to_owned(),
            quantity,
            receive_time: Some(prost_types::Timestamp {
                seconds: 1_700_000_000,
                nanos: -1,
            }),
        })
    };
    assert_eq!(fields(unexpected("shoe", 1)), ["receive_time"]);
    assert_eq!(
        fields(unexpected("", 0)),
        ["found", "quantity", "receive_time"]
    );
}

#[test]
fn an_inspection_splits_findings_and_dispositions() {
    let inspected = |grade, rejected, disposition| proto::InspectedUnits {
        line: "1".to_owned(),
        quantity: 1,
        grade,
        rejected,
        disposition,
        ..proto::InspectedUnits::default()
    };
    let inspect = |units| {
        InspectUnits::from_proto(proto::InspectUnitsRequest {
            request_id: "r".to_owned(),
            name: "returns/1-R1".to_owned(),
            units,
            inspect_time: None,
        })
    };
    let answer = inspect(vec![inspected(1, false, 1), inspected(4, true, 0)]).unwrap();
    let outcomes: Vec<_> = answer.units.iter().map(|units| units.outcome).collect();
    assert_eq!(
        outcomes,
        [InspectionOutcome::Accepted, InspectionOutcome::Rejected]
    );
    let dispositions: Vec<_> = answer.dispositions.iter().map(|(_, word)| *word).collect();
    assert_eq!(dispositions, [Disposition::Restock]);
    assert_eq!(fields(inspect(vec![])), ["units"]);
    assert_eq!(
        fields(inspect(vec![inspected(0, false, 99)])),
        ["units[0].grade", "units[0].disposition"]
    );
}

#[test]
fn dispositions_are_assigned_to_units() {
    let assign = |units, disposition| {
        AssignDisposition::from_proto(proto::AssignDispositionRequest {
            request_id: "r".to_owned(),
            name: "returns/1-R1".to_owned(),
            units,
            disposition,
            site: String::new(),
        })
    };
    let units = types::LineUnits {
        line: "1".to_owned(),
        quantity: 1,
    };
    assert_eq!(
        assign(Some(units), 8).unwrap().disposition,
        Disposition::Destroy
    );
    assert_eq!(fields(assign(None, 0)), ["units", "disposition"]);
}

#[test]
fn returns_are_named_and_noted() {
    let decline = |name: &str, note: &str| {
        decline_from_proto(proto::DeclineReturnRequest {
            request_id: "r".to_owned(),
            name: name.to_owned(),
            note: note.to_owned(),
        })
    };
    assert_eq!(
        decline("returns/1-R1", "").unwrap().r#return.as_str(),
        "1-R1"
    );
    assert_eq!(fields(decline("orders/1", "\u{0}")), ["name", "note"]);
    let returnability = proto::GetReturnabilityRequest {
        order: "orders/1".to_owned(),
        as_of_time: None,
    };
    assert_eq!(
        GetReturnability::from_proto(returnability).unwrap().as_of,
        None
    );
}

#[test]
fn decisions_tell_everything_they_were_made_from() {
    let finding = Finding {
        line: "1".parse().unwrap(),
        quantity: 2,
        verdict: Verdict::WindowClosed,
        clause: Text::new("default-window").unwrap(),
        clock_started_at: Some("2026-01-01T00:00:00Z".parse().unwrap()),
        window_days: Some(0),
        window_ends_at: None,
        country: Some("DE".parse().unwrap()),
        category: None,
        terms: None,
        offer: None,
    };
    let decision = Decision {
        policy: "default".parse().unwrap(),
        policy_version: 3,
        by: DecidedBy::Person,
        findings: vec![finding],
        inputs_digest: Text::default(),
        buyer: Some(Box::new(BuyerBefore {
            days: 365,
            orders: 4,
            bought: 10,
            returns: 3,
            returned: 5,
            kept: 1,
            kept_worth: backhaul_kernel::Money::new(499, "EUR".parse().unwrap()),
            share_basis_points: 5_000,
            kept_at: vec!["2026-01-01T00:00:00Z".parse().unwrap()],
        })),
        signals: vec![Text::new("many returns").unwrap()],
    };
    let message = decision_to_proto(&decision);
    assert_eq!(
        (message.policy.as_str(), message.policy_version),
        ("policies/default", 3)
    );
    assert!(message.by_person);
    let buyer = message.buyer.as_ref().unwrap();
    assert_eq!(
        (buyer.orders, buyer.bought, buyer.returns, buyer.returned),
        (4, 10, 3, 5)
    );
    assert_eq!((buyer.kept, buyer.share_basis_points), (1, 5_000));
    assert_eq!(buyer.kept_worth.as_ref().unwrap().minor_units, 499);
    assert_eq!(buyer.kept_times.len(), 1);
    assert_eq!(message.signals, ["many returns"]);
    let finding = &message.findings[0];
    assert_eq!(finding.verdict(), proto::Verdict::WindowClosed);
    assert_eq!(
        (finding.window_days, finding.window_end_time),
        (Some(0), None)
    );
    assert_eq!(
        (finding.region_code.as_str(), finding.category.as_str()),
        ("DE", "")
    );
}

#[test]
fn goods_are_kept_or_sent_somewhere() {
    let keep = handling_to_proto(&Handling::KeepItem);
    assert!(keep.keep_item && keep.ship_to.is_none());
    let send = handling_to_proto(&Handling::SendBack {
        to: ReturnCentre {
            id: Text::new("leipzig").unwrap(),
            country: "DE".parse().unwrap(),
            name: Text::new("Leipzig").unwrap(),
        },
        postage: Postage::Buyer,
    });
    assert!(!send.keep_item && send.buyer_pays_postage);
    assert_eq!(send.ship_to.unwrap().region_code, "DE");
}

#[test]
fn returns_are_listed_by_order_and_state() {
    let filter = ReturnFilter::from_proto(r#"order = "orders/1" AND state = CLOSED"#).unwrap();
    assert_eq!(filter.order, Some("1".parse().unwrap()));
    assert_eq!(filter.state, Some(proto::r#return::State::Closed));
    assert_eq!(fields(ReturnFilter::from_proto("state = OPEN")), ["filter"]);
    for (text, overdue) in [
        ("overdue = true", Some(true)),
        ("overdue = false AND state = UNDER_REVIEW", Some(false)),
        ("state = UNDER_REVIEW", None),
    ] {
        assert_eq!(ReturnFilter::from_proto(text).unwrap().overdue, overdue);
    }
    assert_eq!(fields(ReturnFilter::from_proto("overdue = 1")), ["filter"]);
}
