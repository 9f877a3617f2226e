//! Claims: what can be claimed, which remedy goes first, and what money follows.

use backhaul_events::returns::{
    ClaimReason, ClaimedUnits, DenialReason, Evidence, EvidenceKind, LineAmount, Release, Remedy,
    RemedyOf, Rule,
};
use backhaul_kernel::Tier;
use backhaul_returns::{
    AskedRemedy, ClaimCommand, Command, Event, OpenClaim, RepairCommand, ResolveClaim, Returns,
    SupplyCommand,
};
use backhaul_testkit::{Given, OrderSample, by, given, id, money, text, time};

use crate::{
    ASKED, asked, check, check_field, check_refused, content, facts, item, now, policy, released,
    releases, request, sample,
};

pub(crate) fn in_country(country: &str) -> OrderSample {
    sample().destination(country, "UTC")
}

pub(crate) fn open(order: &OrderSample, reason: ClaimReason, units: &[(&str, u32)]) -> Command {
    let units = units.iter().map(|(line, quantity)| ClaimedUnits {
        line: id(line),
        quantity: *quantity,
        fault_found_at: None,
    });
    Command::Claim(ClaimCommand::Open(OpenClaim {
        order: order.id(),
        reason,
        units: units.collect(),
        note: text("broken"),
        evidence: vec![photo("p1")],
        opened_at: time(ASKED),
        facts: facts(order),
    }))
}

fn photo(reference: &str) -> Evidence {
    Evidence {
        kind: EvidenceKind::Photo,
        reference: text(reference),
        note: text(""),
    }
}

fn claim(number: u32) -> backhaul_kernel::ClaimId {
    id(&format!("536365-K{number}"))
}

pub(crate) fn accept(number: u32) -> Command {
    Command::Claim(ClaimCommand::Accept {
        claim: claim(number),
        note: text(""),
    })
}

pub(crate) fn resolve(order: &OrderSample, number: u32, remedy: AskedRemedy) -> Command {
    Command::Claim(ClaimCommand::Resolve(ResolveClaim {
        claim: claim(number),
        remedy,
        facts: facts(order),
        policy: policy(content()),
    }))
}

pub(crate) fn less(line: &str, minor: i64) -> Vec<LineAmount> {
    vec![LineAmount {
        line: id(line),
        amount: money(minor, "EUR"),
    }]
}

/// An accepted claim of a defect of units of line 1.
pub(crate) fn defect(order: &OrderSample, quantity: u32) -> Given<Returns> {
    given::<Returns>([])
        .and(
            &open(order, ClaimReason::Defective, &[("1", quantity)]),
            &now(),
        )
        .and(&accept(1), &now())
}

/// Line, units, claim and amounts of what was released.
type Paid = (String, u32, Option<i64>, Vec<(String, i64)>);

/// What was released among some events.
pub(crate) fn paid(events: &[Event]) -> Vec<Paid> {
    let released = events.iter().filter_map(|event| match event {
        Event::RemedyReleased(event) => Some(&event.items),
        Event::RefundReleased(event) => Some(&event.items),
        _ => None,
    });
    let brief = |item: &backhaul_events::returns::ReleasedItem| {
        let out_of = item.out_of.iter();
        let out_of = out_of.map(|part| (part.line.to_string(), part.amount.minor));
        let claim = item.claim.map(|claim| claim.minor);
        (
            item.line.to_string(),
            item.quantity,
            claim,
            out_of.collect(),
        )
    };
    released.flatten().map(brief).collect()
}

#[test]
fn a_claim_counts_against_what_was_delivered_and_a_lost_parcel_against_what_was_dispatched() {
    let order = crate::order("536365")
        .line("1", 5, 5000)
        .dispatched("1", 4, crate::DELIVERED)
        .delivered("1", 2, crate::DELIVERED);
    let claims = |reason, units| open(&order, reason, &[("1", units)]);
    for (reason, most) in [
        (ClaimReason::NotDelivered, 4),
        (ClaimReason::Defective, 2),
        (ClaimReason::Late, 2),
    ] {
        check(
            given::<Returns>([]),
            &claims(reason, most),
            &["ClaimOpened"],
        );
        check_refused(
            given::<Returns>([]),
            &claims(reason, most + 1),
            "UNITS_EXCEED",
        );
    }
    // Two units that never came do not count against the two that did.
    let lost = given::<Returns>([]).and(&claims(ClaimReason::NotDelivered, 2), &now());
    check(lost, &claims(ClaimReason::Damaged, 2), &["ClaimOpened"]);
    let lost = given::<Returns>([]).and(&claims(ClaimReason::NotDelivered, 3), &now());
    check_refused(lost, &claims(ClaimReason::Damaged, 2), "UNITS_EXCEED");
}

#[test]
fn a_claim_names_lines_of_the_order_and_each_once() {
    let order = sample();
    for (units, field) in [
        (&[("9", 1)][..], "units[0].line"),
        (&[("1", 0)][..], "units[0].quantity"),
        (&[("1", 1), ("1", 1)][..], "units[1].line"),
        (&[][..], "units"),
    ] {
        let command = open(&order, ClaimReason::Defective, units);
        check_field(given::<Returns>([]), &command, field);
    }
}

#[test]
fn evidence_is_asked_for_and_shown_until_the_claim_is_decided() {
    let order = sample();
    let wanted = Command::Claim(ClaimCommand::RequestEvidence {
        claim: claim(1),
        note: text("a picture of the plug"),
    });
    let shown = |reference| {
        Command::Claim(ClaimCommand::AddEvidence {
            claim: claim(1),
            evidence: vec![photo("p1"), photo(reference)],
        })
    };
    let opened =
        || given::<Returns>([]).and(&open(&order, ClaimReason::Defective, &[("1", 1)]), &now());
    check(opened(), &wanted, &["ClaimEvidenceRequested"]);
    check(opened().and(&wanted, &now()), &wanted, &[]);
    let events = check(
        opened().and(&wanted, &now()),
        &shown("p2"),
        &["ClaimEvidenceAdded"],
    );
    let [Event::ClaimEvidenceAdded(added)] = events.as_slice() else {
        panic!("{events:?}");
    };
    assert_eq!(added.evidence, [photo("p2")], "what is known is left out");
    check(opened(), &shown("p1"), &[]);
    check_refused(opened().and(&accept(1), &now()), &shown("p2"), "STATE");
}

#[test]
fn a_denied_or_withdrawn_claim_frees_its_units_and_an_open_one_holds_them() {
    let order = sample();
    let all = request(&order, &policy(content()), vec![item("1", 3)]);
    let all = Command::Request(all);
    let opened =
        || given::<Returns>([]).and(&open(&order, ClaimReason::Defective, &[("1", 1)]), &now());
    let deny = Command::Claim(ClaimCommand::Deny {
        claim: claim(1),
        reason: DenialReason::Misuse,
        note: text("water inside"),
    });
    let withdraw = Command::Claim(ClaimCommand::Withdraw {
        claim: claim(1),
        note: text(""),
    });
    check_refused(opened(), &all, "UNITS_EXCEED");
    for end in [deny, withdraw] {
        let events = check(
            opened().and(&end, &now()),
            &all,
            &["ReturnRequested", "ReturnAuthorized"],
        );
        assert_eq!(events.len(), 2);
        check(opened().and(&end, &now()), &end, &[]);
        check_refused(opened().and(&end, &now()), &accept(1), "STATE");
    }
}

#[test]
fn platforms_open_claims_and_people_decide_them() {
    let order = sample();
    let platform = by(Tier::Platform, ASKED);
    let opened = given::<Returns>([]).and(
        &open(&order, ClaimReason::Defective, &[("1", 1)]),
        &platform,
    );
    let refusal = opened.when(&accept(1), &platform).refusal();
    assert_eq!(backhaul_kernel::Refused::reason(&refusal), "TIER");
}

#[test]
fn where_the_law_says_cure_first_money_waits_for_a_cure_that_failed() {
    let germany = in_country("DE");
    let refund = resolve(&germany, 1, AskedRemedy::Refund);
    let refusal = check_refused(defect(&germany, 1), &refund, "REMEDY_NOT_YET");
    assert!(
        refusal.to_string().contains("[Repair, Replacement]"),
        "{refusal}"
    );
    let reduction = resolve(&germany, 1, AskedRemedy::PriceReduction(less("1", 100)));
    check_refused(defect(&germany, 1), &reduction, "REMEDY_NOT_YET");

    let repair = resolve(&germany, 1, AskedRemedy::Repair(Vec::new()));
    let failed = Command::Repair(RepairCommand::Fail {
        repair: id("536365-M1"),
        note: text("no parts"),
        failed_at: time(ASKED),
    });
    let after = || {
        defect(&germany, 1)
            .and(&repair, &now())
            .and(&failed, &now())
    };
    let events = check(after(), &refund, &["ClaimResolved", "RemedyReleased"]);
    assert_eq!(paid(&events), [("1".to_owned(), 1, None, vec![])]);
    let [.., Event::RemedyReleased(released)] = events.as_slice() else {
        panic!("{events:?}");
    };
    // Fourteen days after the remedy was chosen, at the end of the buyer's day.
    let due = released
        .due
        .as_ref()
        .map(|due| (due.at, due.clause.as_str()));
    assert_eq!(
        due,
        Some((time("2026-03-24T23:59:59.999999999Z"), "eu.2019-771.art-10"))
    );
    let [Event::ClaimResolved(resolved), ..] = events.as_slice() else {
        panic!("{events:?}");
    };
    assert_eq!(resolved.grounds.attempts, 1);
    assert_eq!(resolved.grounds.clauses, [text("eu.2019-771.art-10")]);
    assert!(resolved.grounds.allowed.contains(&Remedy::Refund));
    check(after().and(&refund, &now()), &refund, &[]);
}

#[test]
fn a_replacement_that_cannot_be_had_opens_money_too() {
    let germany = in_country("DE");
    let replace = resolve(&germany, 1, AskedRemedy::Replacement(Vec::new()));
    let none = Command::Supply(SupplyCommand::Unavailable {
        of: RemedyOf::Claim { claim: claim(1) },
        note: text("sold out"),
    });
    let after = || defect(&germany, 1).and(&replace, &now()).and(&none, &now());
    check(after(), &none, &[]);
    let refund = resolve(&germany, 1, AskedRemedy::Refund);
    check(after(), &refund, &["ClaimResolved", "RemedyReleased"]);
}

#[test]
fn money_is_open_at_once_where_law_or_policy_say_so_or_nobody_says_anything() {
    // Britain: the short-term right to reject.
    let britain = in_country("GB");
    let refund = resolve(&britain, 1, AskedRemedy::Refund);
    check(
        defect(&britain, 1),
        &refund,
        &["ClaimResolved", "RemedyReleased"],
    );
    // The United States have no such right, and this policy says nothing.
    let america = in_country("US");
    let refund = resolve(&america, 1, AskedRemedy::Refund);
    check(
        defect(&america, 1),
        &refund,
        &["ClaimResolved", "RemedyReleased"],
    );
    // A merchant who is kinder than the law.
    let germany = in_country("DE");
    let mut kind = content();
    kind.rules = vec![Rule {
        id: text("kind"),
        remedies: vec![Remedy::Refund, Remedy::Replacement],
        ..Rule::default()
    }];
    let Command::Claim(ClaimCommand::Resolve(refund)) = resolve(&germany, 1, AskedRemedy::Refund)
    else {
        panic!("a claim is resolved");
    };
    let refund = Command::Claim(ClaimCommand::Resolve(ResolveClaim {
        policy: policy(kind),
        ..refund
    }));
    check(
        defect(&germany, 1),
        &refund,
        &["ClaimResolved", "RemedyReleased"],
    );
}

#[test]
fn what_never_came_is_sent_again_or_refunded_and_never_mended() {
    let germany = in_country("DE");
    let lost = || {
        given::<Returns>([])
            .and(
                &open(&germany, ClaimReason::NotDelivered, &[("1", 1)]),
                &now(),
            )
            .and(&accept(1), &now())
    };
    let refund = resolve(&germany, 1, AskedRemedy::Refund);
    check(lost(), &refund, &["ClaimResolved", "RemedyReleased"]);
    let repair = resolve(&germany, 1, AskedRemedy::Repair(Vec::new()));
    check_refused(lost(), &repair, "REMEDY_NOT_YET");
}

/// I16: refunded without return, never returned, exchanged or claimed again.
#[test]
fn units_refunded_without_return_are_gone_for_good() {
    let britain = in_country("GB");
    let refunded = || defect(&britain, 2).and(&resolve(&britain, 1, AskedRemedy::Refund), &now());
    let back = |units| {
        Command::Request(request(
            &britain,
            &policy(content()),
            vec![item("1", units)],
        ))
    };
    check(
        refunded(),
        &back(1),
        &["ReturnRequested", "ReturnAuthorized"],
    );
    check_refused(refunded(), &back(2), "UNITS_EXCEED");
    let again = open(&britain, ClaimReason::Damaged, &[("1", 2)]);
    check_refused(refunded(), &again, "UNITS_EXCEED");
    let exchange = crate::exchanges::swap(&britain, vec![item("1", 2)], &[("B", 1, 100)]);
    check_refused(refunded(), &exchange, "UNITS_EXCEED");
}

#[test]
fn a_reduced_price_is_not_paid_again_when_the_unit_comes_back() {
    let britain = in_country("GB");
    let reduce = resolve(&britain, 1, AskedRemedy::PriceReduction(less("1", 400)));
    let events = check(
        defect(&britain, 1),
        &reduce,
        &["ClaimResolved", "RemedyReleased"],
    );
    assert_eq!(
        paid(&events),
        [("1".to_owned(), 1, Some(400), vec![("1".to_owned(), 400)])]
    );
    let all = request(&britain, &released(Release::OnRequest), vec![item("1", 3)]);
    let after = defect(&britain, 1).and(&reduce, &now());
    let events = after.when(&Command::Request(all), &now()).events();
    assert_eq!(
        releases(&events),
        [(1, Release::OnRequest, vec![("1".to_owned(), 3, Some(2600))])]
    );
}

#[test]
fn no_price_falls_by_more_than_is_left_of_it() {
    let britain = in_country("GB");
    let reduce = |reductions| resolve(&britain, 1, AskedRemedy::PriceReduction(reductions));
    check_refused(
        defect(&britain, 1),
        &reduce(less("1", 1001)),
        "AMOUNT_EXCEEDS",
    );
    check_field(
        defect(&britain, 1),
        &reduce(less("2", 1)),
        "reductions[0].line",
    );
    check_field(
        defect(&britain, 1),
        &reduce(less("1", 0)),
        "reductions[0].amount.minor_units",
    );
    let twice = [less("1", 1), less("1", 1)].concat();
    check_field(defect(&britain, 1), &reduce(twice), "reductions[1].line");
    // A second claim on the same unit finds less of its price.
    let second = defect(&britain, 3)
        .and(&reduce(less("1", 2900)), &now())
        .and(&open(&britain, ClaimReason::Damaged, &[("1", 3)]), &now())
        .and(&accept(2), &now());
    let reduce = resolve(&britain, 2, AskedRemedy::PriceReduction(less("1", 101)));
    check_refused(second, &reduce, "AMOUNT_EXCEEDS");
}

#[test]
fn a_cure_may_go_with_part_of_the_money_but_never_with_all_of_it() {
    let germany = in_country("DE");
    let both = resolve(&germany, 1, AskedRemedy::Replacement(less("1", 150)));
    let events = check(
        defect(&germany, 1),
        &both,
        &["ClaimResolved", "RemedyReleased"],
    );
    assert_eq!(
        paid(&events),
        [("1".to_owned(), 1, Some(150), vec![("1".to_owned(), 150)])]
    );
}

#[test]
fn replacement_goods_are_a_line_that_can_be_returned_for_the_money_of_the_first() {
    let germany = in_country("DE");
    let of = RemedyOf::Claim { claim: claim(1) };
    let send = Command::Supply(SupplyCommand::Send {
        of: of.clone(),
        reference: text(""),
        sent_at: time("2026-03-09T12:00:00Z"),
    });
    let deliver = Command::Supply(SupplyCommand::Deliver {
        of,
        delivered_at: time(ASKED),
    });
    let replaced = || {
        defect(&germany, 2)
            .and(
                &resolve(&germany, 1, AskedRemedy::Replacement(Vec::new())),
                &now(),
            )
            .and(&send, &now())
    };
    let back = request(
        &germany,
        &released(Release::OnRequest),
        vec![item("K1-1", 2)],
    );
    let back = Command::Request(back);
    check_refused(replaced(), &back, "NOT_DELIVERED");
    check(replaced(), &send, &[]);
    let delivered = || replaced().and(&deliver, &now());
    let events = check(
        delivered(),
        &back,
        &["ReturnRequested", "ReturnAuthorized", "RefundReleased"],
    );
    assert_eq!(
        paid(&events),
        [(
            "K1-1".to_owned(),
            2,
            Some(2000),
            vec![("1".to_owned(), 2000)]
        )]
    );
    // The first units were replaced and cannot come back as well.
    let first = Command::Request(request(&germany, &policy(content()), vec![item("1", 2)]));
    check_refused(delivered(), &first, "UNITS_EXCEED");
    // A fault of the replacement is the second one: money is open.
    let second = delivered()
        .and(
            &open(&germany, ClaimReason::Defective, &[("K1-1", 1)]),
            &now(),
        )
        .and(&accept(2), &now());
    let refund = resolve(&germany, 2, AskedRemedy::Refund);
    let events = check(second, &refund, &["ClaimResolved", "RemedyReleased"]);
    assert_eq!(
        paid(&events),
        [(
            "K1-1".to_owned(),
            1,
            Some(1000),
            vec![("1".to_owned(), 1000)]
        )]
    );
}

#[test]
fn a_return_leaves_the_other_units_to_be_claimed() {
    let order = sample();
    let history = || asked(&policy(content()), vec![item("1", 2)]);
    check(
        history(),
        &open(&order, ClaimReason::Defective, &[("1", 1)]),
        &["ClaimOpened"],
    );
    check_refused(
        history(),
        &open(&order, ClaimReason::Defective, &[("1", 2)]),
        "UNITS_EXCEED",
    );
}
