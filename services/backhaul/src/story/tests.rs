use super::*;

/// A stored event of that type and payload, and its telling.
fn check(type_name: &str, payload: &str, expected: &str) {
    let event = operations::Event {
        r#type: type_name.to_owned(),
        schema_version: 1,
        occur_time: wire::timestamp("2011-01-05T10:22:00Z".parse().unwrap()),
        payload: payload.to_owned(),
        ..operations::Event::default()
    };
    let (context, _) = type_name.split_once('.').unwrap();
    assert_eq!(
        telling(&event),
        format!("2011-01-05 10:22:00  {context:<13}  {expected}")
    );
}

#[test]
fn a_decision_tells_its_policy_its_clause_and_its_window() {
    let finding = |line: &str, verdict: &str| {
        format!(
            r#"{{"line":"{line}","quantity":2,"verdict":"{verdict}","clause":"default-window",
            "clock_started_at":"2011-01-01T09:00:00Z","window_days":30,
            "window_ends_at":"2011-01-31T23:59:59Z","country":"DE"}}"#
        )
    };
    let decision = |findings: &[String]| {
        let findings = findings.join(",");
        format!(
            r#"{{"policy":"default","policy_version":3,"by":"policy","findings":[{findings}]}}"#
        )
    };
    let alike = decision(&[finding("1", "returnable"), finding("4", "returnable")]);
    check(
        "returns.ReturnAuthorized",
        &format!(
            r#"{{"return":"7-R1","decision":{alike},"handling":{{"kind":"send_back",
            "to":{{"id":"l","country":"GB","name":"Leicester"}},"postage":"merchant"}},
            "release":"on_inspection"}}"#
        ),
        "return 7-R1 authorised by policy default version 3: lines 1, 4 returnable \
         (default-window: 30 days from 2011-01-01 09:00 until 2011-01-31 23:59 in DE); \
         goods go to Leicester in GB, postage paid; money is released on inspection",
    );
    let differ = decision(&[finding("1", "returnable"), finding("4", "window_closed")]);
    check(
        "returns.ReturnDeclined",
        &format!(r#"{{"return":"7-R1","decision":{differ},"note":"sorry"}}"#),
        "return 7-R1 declined by policy default version 3: line 1 returnable \
         (default-window: 30 days from 2011-01-01 09:00 until 2011-01-31 23:59 in DE), line 4 \
         too late (default-window: 30 days from 2011-01-01 09:00 until 2011-01-31 23:59 in DE): \
         \"sorry\"",
    );
}

#[test]
fn a_decision_tells_what_it_knew_of_the_buyer_and_why_a_person_looks() {
    check(
        "returns.ReturnReferred",
        r#"{"return":"7-R1","decision":{"policy":"default","policy_version":3,"by":"policy",
            "findings":[{"line":"1","quantity":1,"verdict":"returnable","clause":"r"}],"buyer":{"days":365,"orders":4,"bought":10,"returns":3,"returned":5,
            "kept":1,"kept_worth":{"minor":499,"currency":"EUR"},"share_basis_points":5000},
            "signals":["returns half of everything"]}}"#,
        "return 7-R1 left to a person, by policy default version 3: line 1 returnable (r); the \
         buyer had 4 orders with 10 units in 365 days, and before this 3 returns with 5 units, 1 kept; a sign of fraud: \
         \"returns half of everything\"",
    );
}

#[test]
fn a_promise_of_an_answer_is_told_and_that_nobody_kept_it() {
    check(
        "returns.ReturnReferred",
        r#"{"return":"7-R1","decision":{"policy":"default","policy_version":3,"by":"policy",
            "findings":[{"line":"1","quantity":1,"verdict":"returnable","clause":"r"}]},
            "decide_by":"2026-03-16T09:30:00Z"}"#,
        "return 7-R1 left to a person until 2026-03-16 09:30, by policy default version 3: line 1 \
         returnable (r)",
    );
    check(
        "returns.ReviewOverdue",
        r#"{"return":"7-R1","due":"2026-03-16T09:30:00Z"}"#,
        "nobody decided on return 7-R1 by 2026-03-16 09:30, as was promised",
    );
}

#[test]
fn what_is_granted_tells_the_rule_or_the_law_behind_each_part() {
    let granted = |clauses: &str, handling: &str, release: &str, more: &str| {
        format!(
            r#"{{"return":"7-R1","decision":{{"policy":"default","policy_version":3,"by":"policy",
            "findings":[{{"line":"1","quantity":1,"verdict":"returnable","clause":"default-window",
            "terms":{{"postage":"merchant","clauses":[{clauses}]}}}}]}},
            "handling":{handling},"release":"{release}"{more}}}"#
        )
    };
    let clause = |aspect: &str, clause: &str, by: &str| {
        format!(r#"{{"aspect":"{aspect}","clause":"{clause}","by":"{by}"}}"#)
    };
    let send_back = r#"{"kind":"send_back","to":{"id":"l","country":"FR","name":"Lyon"},
        "postage":"merchant"}"#;
    let by_rules = [
        clause("way_back", "dear-goods", "merchant"),
        clause("postage", "eu.2019-771.art-10", "statute"),
        clause("release", "policy", "merchant"),
    ];
    check(
        "returns.ReturnAuthorized",
        &granted(
            &by_rules.join(","),
            send_back,
            "on_receipt",
            r#","release_after_days":10,"fees":[{"item":0,"deduction":{"kind":"restocking",
            "amount":{"minor":300,"currency":"EUR"},"clause":"fees","line":"1"}}]"#,
        ),
        "return 7-R1 authorised by policy default version 3: line 1 returnable (default-window); \
         goods go to Lyon in FR (dear-goods), postage paid (eu.2019-771.art-10); money is released \
         on receipt, or 10 days after receipt without inspection; less EUR 3.00 for restocking \
         (fees)",
    );
    check(
        "returns.ReturnAuthorized",
        &granted(
            &clause("keep_item", "cheap-goods", "merchant"),
            r#"{"kind":"keep_item"}"#,
            "on_request",
            "",
        ),
        "return 7-R1 authorised by policy default version 3: line 1 returnable (default-window); \
         the buyer keeps the goods (cheap-goods); money is released on request",
    );
}

#[test]
fn money_tells_its_amounts_and_the_references_of_the_provider() {
    check(
        "refunds.RefundProposed",
        r#"{"refund":"7-F1","order":"7","cause":{"kind":"return","return":"7-R1","release":1},
        "amount":{"minor":1530,"currency":"GBP"},"parts":[
        {"component":{"kind":"line_net","line":"1"},"amount":{"minor":1275,"currency":"GBP"}},
        {"component":{"kind":"line_tax","line":"1","jurisdiction":"GB","rate_basis_points":2000},
        "amount":{"minor":255,"currency":"GBP"}}]}"#,
        "refund 7-F1 of GBP 15.30 granted for return 7-R1, release 1: line 1 GBP 12.75, \
         GB tax of line 1 GBP 2.55",
    );
    check(
        "refunds.RefundSucceeded",
        r#"{"refund":"7-F1","attempt":1,"provider_refund":"re_1","acquirer_reference":"74123"}"#,
        "refund 7-F1 attempt 1: paid back as re_1, the bank finds it as 74123",
    );
    check(
        "refunds.RefundApproved",
        r#"{"refund":"7-F1","by":{"kind":"policy","version":2,
        "limit":{"minor":10000,"currency":"JPY"}},"digest":"d"}"#,
        "refund 7-F1 approved by approval policy version 2, within its limit of JPY 10000",
    );
}

#[test]
fn long_lists_are_cut_and_unknown_events_are_named() {
    let lines: Vec<_> = (1..=6)
        .map(|line| format!(r#"{{"line":"{line}","quantity":1}}"#))
        .collect();
    check(
        "orders.LinesDelivered",
        &format!(
            r#"{{"order":"7","lines":[{}],"delivered_at":"2011-01-01T09:00:00Z"}}"#,
            lines.join(",")
        ),
        "delivered 1 of line 1, 1 of line 2, 1 of line 3, 1 of line 4 and 2 more; \
         return windows start",
    );
    check(
        "orders.OrderForgotten",
        "{}",
        "OrderForgotten (event type `orders.OrderForgotten` is unknown)",
    );
}

#[test]
fn a_caller_is_named_and_backhaul_itself_is_not() {
    let by = |tier: &str| operations::Event {
        r#type: "returns.ReturnClosed".to_owned(),
        schema_version: 1,
        actor: Some(backhaul_api::proto::types::v1::Actor {
            name: "warehouse-1".to_owned(),
            tier: tier.to_owned(),
        }),
        payload: r#"{"return":"7-R1"}"#.to_owned(),
        ..operations::Event::default()
    };
    assert!(telling(&by("warehouse")).ends_with("return 7-R1 closed [warehouse-1]"));
    assert!(telling(&by("system")).ends_with("return 7-R1 closed"));
}

#[test]
fn a_remedy_tells_why_it_was_open_to_choose() {
    check(
        "returns.ClaimResolved",
        r#"{"claim":"7-K1","remedy":{"kind":"price_reduction","reductions":[
        {"line":"1","amount":{"minor":500,"currency":"EUR"}}]},"grounds":{"policy":"default",
        "policy_version":3,"allowed":["price_reduction","refund"],
        "clauses":["eu.2019-771.art-10"],"attempts":1}}"#,
        "claim 7-K1 resolved by a price less by EUR 5.00 of line 1 (eu.2019-771.art-10; open after \
         one cure that did not last were price reduction, refund)",
    );
    check(
        "returns.DifferenceQuoted",
        r#"{"exchange":"7-X1","credit":{"minor":2000,"currency":"EUR"},"credits":[],
        "goods":{"minor":1500,"currency":"EUR"},"shipping":{"minor":0,"currency":"EUR"},
        "return_shipping":{"minor":0,"currency":"EUR"},
        "difference":{"minor":-500,"currency":"EUR"}}"#,
        "exchange 7-X1: new goods EUR 15.00, less EUR 20.00 for the old ones: the merchant pays \
         EUR 5.00",
    );
}

#[test]
fn documents_and_other_ways_tell_what_they_are_made_of() {
    check(
        "refunds.CreditNoteIssued",
        r#"{"refund":"7-F1","credit_note":"7-C1","amount":{"minor":691,"currency":"EUR"},
        "net":{"minor":1000,"currency":"EUR"},"taxes":[{"jurisdiction":"FR",
        "rate_basis_points":550,"base":{"minor":1000,"currency":"EUR"},
        "tax":{"minor":55,"currency":"EUR"}},{"jurisdiction":"CH","rate_basis_points":355,
        "base":{"minor":1000,"currency":"EUR"},"tax":{"minor":36,"currency":"EUR"}}],
        "fee":{"minor":400,"currency":"EUR"}}"#,
        "credit note 7-C1 of EUR 6.91 issued for refund 7-F1: net EUR 10.00, FR tax 5.5 % \
         EUR 0.55, CH tax 3.55 % EUR 0.36, less EUR 4.00",
    );
    check(
        "refunds.StoreCreditSubmitted",
        r#"{"refund":"7-F1","attempt":2,"payment":"p1","amount":{"minor":800,"currency":"EUR"},
        "account":"EUR-1","owner":{"kind":"gift_card","card":"4711"}}"#,
        "refund 7-F1 attempt 2: EUR 8.00 of payment p1 goes onto gift card 4711 (account EUR-1)",
    );
    check(
        "returns.ReplacementSent",
        r#"{"of":{"kind":"exchange","exchange":"7-X1"},"reference":"JJD1",
        "sent_at":"2011-01-05T10:22:00Z","goods_due_at":"2011-01-19T10:22:00Z"}"#,
        "goods of exchange 7-X1 sent as JJD1; the old goods are due 2011-01-19 10:22",
    );
}
