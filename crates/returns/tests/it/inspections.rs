//! What inspection finds, what it keeps back, and what goods bring in.

use backhaul_events::returns::{
    Deduction, DeductionKind, Disposition, Event, Evidence, EvidenceKind, Fees, Grade,
    InspectedUnits, InspectionOutcome, PolicySet, Reason, Release, RequestedItem, Rule, Scope,
};
use backhaul_returns::{
    AssignDisposition, Command, FOUND_MAX, Inspect, LostValue, NoteRefundSettled, PolicySnapshot,
    RecordRecovery, Returns, Status,
};
use backhaul_testkit::{Given, OrderSample, given, id, money, order, sample::units, text, time};

use crate::{
    ASKED, accepted, asked, check, check_field, check_refused, content, damaged, facts, first,
    inspect, intact, item, names, now, policy, receive, rejected, request, sample,
};

fn photo() -> Evidence {
    Evidence {
        kind: EvidenceKind::Photo,
        reference: text("scan/4711.jpg"),
        note: text(""),
    }
}

fn seen(quantity: u32) -> InspectedUnits {
    InspectedUnits {
        grade: Grade::C,
        evidence: vec![photo()],
        ..accepted("1", quantity)
    }
}

fn losing(order: &OrderSample, found: Vec<InspectedUnits>, minor: i64) -> Command {
    Command::Inspect(Inspect {
        r#return: first(),
        units: found,
        lost_value: vec![LostValue {
            units: 0,
            amount: money(minor, "EUR"),
        }],
        dispositions: Vec::new(),
        inspected_at: time(ASKED),
        facts: facts(order),
    })
}

/// Goods for 30.00 that are back from a buyer in that country.
fn back(order: &OrderSample, policy: &PolicySnapshot, reason: Reason) -> Given<Returns> {
    let items = vec![RequestedItem {
        reason,
        ..item("1", 3)
    }];
    given::<Returns>([])
        .and(&Command::Request(request(order, policy, items)), &now())
        .and(&receive(vec![intact("1", 3)]), &now())
}

fn sold(country: &str, labels: &[(&str, &str)]) -> OrderSample {
    let mut order = order("536365")
        .destination(country, "UTC")
        .line("1", 3, 3000);
    for (name, value) in labels {
        let (name, value) = ((*name).to_owned(), (*value).to_owned());
        order.recorded.labels.insert(name, value);
    }
    order.delivered("1", 3, crate::DELIVERED)
}

fn allowing() -> PolicySnapshot {
    ruled(Rule {
        id: text("worn-goods"),
        fees: Some(Fees {
            diminished_value: true,
            ..Fees::default()
        }),
        ..Rule::default()
    })
}

fn ruled(rule: Rule) -> PolicySnapshot {
    policy(PolicySet {
        rules: vec![rule],
        ..content()
    })
}

fn kept_back(events: &[Event]) -> Vec<Deduction> {
    let released = events.iter().filter_map(|event| match event {
        Event::RefundReleased(released) => Some(released.terms.deductions.clone()),
        _ => None,
    });
    released.flatten().collect()
}

/// Directive 2011/83/EU, Art. 14(2): the consumer is liable for value lost beyond testing, unless
/// the trader did not tell of the right to withdraw. A fault costs the buyer nothing anywhere.
#[test]
fn lost_value_is_kept_back_only_where_a_law_or_a_rule_allows_it() {
    const UNTOLD: (&str, &str) = ("return-information", "missing");
    use Reason::{ChangedMind, Defective};
    let none = || policy(content());
    for (country, labels, policy, reason, clause) in [
        ("DE", &[][..], none(), ChangedMind, Some("eu.2011-83.art-9")),
        ("GB", &[], none(), ChangedMind, Some("gb.ccr-2013.reg-29")),
        ("DE", &[UNTOLD], none(), ChangedMind, None),
        ("DE", &[], none(), Defective, None),
        ("DE", &[], allowing(), Defective, None),
        // The statute of the place says nothing of it, so no rule of a merchant may.
        ("BR", &[], allowing(), ChangedMind, None),
        // No statute gives the right: the merchant's rule decides.
        ("US", &[], none(), ChangedMind, None),
        ("US", &[], allowing(), ChangedMind, Some("worn-goods")),
        (
            "DE",
            &[("buyer-kind", "business")],
            allowing(),
            ChangedMind,
            Some("worn-goods"),
        ),
    ] {
        let order = sold(country, labels);
        let command = losing(&order, vec![seen(3)], 450);
        let history = back(&order, &policy, reason);
        let Some(clause) = clause else {
            check_refused(history, &command, "NO_DEDUCTION");
            continue;
        };
        let events = check(history, &command, &["UnitsInspected", "RefundReleased"]);
        let expected = Deduction {
            kind: DeductionKind::DiminishedValue,
            amount: money(450, "EUR"),
            clause: text(clause),
            line: Some(id("1")),
        };
        assert_eq!(kept_back(&events), [expected], "{country} {labels:?}");
    }
}

#[test]
fn lost_value_needs_evidence_and_a_right_amount() {
    let order = sold("DE", &[]);
    let history = || back(&order, &policy(content()), Reason::ChangedMind);
    for (found, minor, field) in [
        (vec![accepted("1", 3)], 450, "units[0].evidence"),
        (vec![seen(3)], 0, "units[0].lost_value.minor_units"),
        (vec![seen(3)], 3_001, "units[0].lost_value.minor_units"),
        (vec![seen(1)], 1_001, "units[0].lost_value.minor_units"),
    ] {
        check_field(history(), &losing(&order, found, minor), field);
    }
    let refused = InspectedUnits {
        outcome: InspectionOutcome::Rejected,
        ..seen(3)
    };
    check_refused(history(), &losing(&order, vec![refused], 1), "NO_DEDUCTION");
    let pounds = Command::Inspect(Inspect {
        r#return: first(),
        units: vec![seen(3)],
        lost_value: vec![LostValue {
            units: 0,
            amount: money(1, "GBP"),
        }],
        dispositions: Vec::new(),
        inspected_at: time(ASKED),
        facts: facts(&order),
    });
    check_field(history(), &pounds, "units[0].lost_value.currency_code");
}

/// Money that has gone is not clawed back; what was found before waits for the release that it
/// lowers.
#[test]
fn lost_value_lowers_only_money_that_is_still_to_be_released() {
    let order = sold("DE", &[]);
    let on_receipt = policy(PolicySet {
        release: Release::OnReceipt,
        ..content()
    });
    let paid = back(&order, &on_receipt, Reason::ChangedMind);
    check_refused(paid, &losing(&order, vec![seen(3)], 450), "NO_DEDUCTION");

    // Two intact units are paid on receipt, the damaged one when three are accepted.
    let items = vec![item("1", 3)];
    let asked = Command::Request(request(&order, &on_receipt, items));
    let history = given::<Returns>([])
        .and(&asked, &now())
        .and(&receive(vec![intact("1", 2), damaged("1", 1)]), &now());
    let first_look = losing(&order, vec![seen(1)], 450);
    let rest = inspect(vec![accepted("1", 2)]);
    let history = history.and(&first_look, &now());
    let events = check(
        history.clone(),
        &rest,
        &["UnitsInspected", "RefundReleased"],
    );
    let kept: Vec<i64> = kept_back(&events)
        .iter()
        .map(|each| each.amount.minor)
        .collect();
    assert_eq!(kept, [450]);
    let state = history.and(&rest, &now()).state();
    assert_eq!(state.returns[0].kept_back, []);
}

fn graded(grades: Vec<Grade>, restocking_basis_points: u32) -> Rule {
    Rule {
        id: text("worn"),
        scope: Scope {
            grades,
            ..Scope::default()
        },
        fees: Some(Fees {
            restocking_basis_points,
            ..Fees::default()
        }),
        ..Rule::default()
    }
}

/// A rule that looks at grades is weighed when the return is authorised, and applied when inspection
/// tells the grade: no newer policy is asked.
#[test]
fn a_grade_keeps_back_what_the_rules_said_when_the_return_was_authorised() {
    let rule = || graded(vec![Grade::C, Grade::D], 2_000);
    let by_condition = || Rule {
        scope: Scope::default(),
        condition: text("grade == 'c'"),
        ..rule()
    };
    let base = || Rule {
        id: text("everything"),
        fees: Some(Fees {
            restocking_basis_points: 500,
            ..Fees::default()
        }),
        ..Rule::default()
    };
    let grade = |grade| InspectedUnits {
        grade,
        ..accepted("1", 3)
    };
    for (country, rules, found, kept) in [
        ("US", vec![rule()], grade(Grade::C), &[("worn", 600)][..]),
        (
            "US",
            vec![by_condition()],
            grade(Grade::C),
            &[("worn", 600)],
        ),
        ("US", vec![rule()], grade(Grade::B), &[]),
        ("US", vec![rule()], rejected("1", 3), &[]),
        (
            "US",
            vec![rule(), base()],
            grade(Grade::C),
            &[("everything", 150), ("worn", 450)],
        ),
        // The first rule that speaks of fees decides: none is left for the grade.
        (
            "US",
            vec![base(), rule()],
            grade(Grade::C),
            &[("everything", 150)],
        ),
        // A statute that forbids fees forbids these.
        ("DE", vec![rule()], grade(Grade::C), &[]),
    ] {
        let order = sold(country, &[]);
        let policy = policy(PolicySet { rules, ..content() });
        let command = Command::Inspect(Inspect {
            r#return: first(),
            units: vec![found],
            lost_value: Vec::new(),
            dispositions: Vec::new(),
            inspected_at: time(ASKED),
            facts: facts(&order),
        });
        let history = back(&order, &policy, Reason::ChangedMind);
        let events = history.when(&command, &now()).events();
        let kept_back = kept_back(&events);
        let found: Vec<(&str, i64)> = kept_back
            .iter()
            .map(|each| (each.clause.as_str(), each.amount.minor))
            .collect();
        assert_eq!(found, kept, "{country}");
    }
}

#[test]
fn a_serial_number_is_one_units_and_no_list_is_endless() {
    let house = || {
        asked(&policy(content()), vec![item("1", 3)]).and(&receive(vec![intact("1", 3)]), &now())
    };
    let with = |serials: &[&str]| InspectedUnits {
        serials: serials.iter().map(|serial| text(serial)).collect(),
        ..accepted("1", 2)
    };
    check(
        house(),
        &inspect(vec![with(&["SN-1", "SN-2"])]),
        &["UnitsInspected", "RefundReleased"],
    );
    for (found, field) in [
        (vec![with(&["SN-1", "SN-2", "SN-3"])], "units[0].serials"),
        (vec![with(&["SN-1", "SN-1"])], "units[0].serials[1]"),
        (
            vec![
                with(&["SN-1"]),
                InspectedUnits {
                    serials: vec![text("SN-1")],
                    ..accepted("1", 1)
                },
            ],
            "units[1].serials[0]",
        ),
    ] {
        check_field(house(), &inspect(found), field);
    }
    let once = house().and(&inspect(vec![with(&["SN-1"])]), &now());
    let again = InspectedUnits {
        serials: vec![text("SN-1")],
        ..accepted("1", 1)
    };
    check_field(once, &inspect(vec![again]), "units[0].serials[0]");
    let endless = InspectedUnits {
        missing_parts: vec![text("charger"); FOUND_MAX + 1],
        ..accepted("1", 1)
    };
    check_field(house(), &inspect(vec![endless]), "units[0].missing_parts");
}

fn dispose(quantity: u32, disposition: Disposition) -> Command {
    Command::AssignDisposition(AssignDisposition {
        r#return: first(),
        units: units("1", quantity),
        disposition,
        site: text("leicester-b"),
    })
}

fn recover(quantity: u32, minor: i64) -> Command {
    Command::RecordRecovery(RecordRecovery {
        r#return: first(),
        units: units("1", quantity),
        amount: money(minor, "GBP"),
        recovered_at: time(ASKED),
        reference: text("lot-17"),
    })
}

#[test]
fn goods_bring_in_money_once_and_only_those_that_stayed() {
    let house = asked(&policy(content()), vec![item("1", 3)])
        .and(&receive(vec![intact("1", 3)]), &now())
        .and(&inspect(vec![accepted("1", 3)]), &now());
    check_refused(house.clone(), &recover(1, 200), "QUANTITY");
    let fate = house
        .and(&dispose(2, Disposition::Liquidate), &now())
        .and(&dispose(1, Disposition::SendBack), &now());
    check(fate.clone(), &recover(2, 200), &["ValueRecovered"]);
    check_refused(fate.clone(), &recover(3, 200), "QUANTITY");
    check_field(fate.clone(), &recover(1, 0), "amount.minor_units");
    let once = fate.and(&recover(1, 200), &now());
    check_refused(once.clone(), &recover(2, 200), "QUANTITY");
    // Long after the return was closed.
    let settled = Command::NoteRefundSettled(NoteRefundSettled {
        r#return: first(),
        release: 1,
    });
    let state = once
        .and(&settled, &now())
        .and(&recover(1, 50), &now())
        .state();
    assert_eq!(state.returns[0].status(), Status::Closed);
    let brought: i64 = state.returns[0]
        .recovered
        .iter()
        .map(|each| each.minor)
        .sum();
    assert_eq!(brought, 250);
}

/// domain.md, T86: OCA rma tests. Ten received, two go back to the buyer, then eight; the return is
/// over only when all are.
#[test]
fn what_is_refused_goes_back_in_parts_and_the_return_ends_with_the_last() {
    let order = order("536365")
        .line("1", 10, 10_000)
        .delivered("1", 10, crate::DELIVERED);
    let asked = Command::Request(request(&order, &policy(content()), vec![item("1", 10)]));
    let refused = given::<Returns>([])
        .and(&asked, &now())
        .and(&receive(vec![intact("1", 10)]), &now())
        .and(&inspect(vec![rejected("1", 10)]), &now());
    let send = |quantity| dispose(quantity, Disposition::SendBack);
    check(refused.clone(), &send(2), &["DispositionAssigned"]);
    let two = refused.and(&send(2), &now());
    let left = |state: &backhaul_returns::State| {
        let count = &state.returns[0].lines[&id("1")];
        count.received() - count.disposed
    };
    let state = two.clone().state();
    assert_eq!(
        (left(&state), state.returns[0].status()),
        (8, Status::Authorized)
    );
    check_refused(two.clone(), &send(9), "QUANTITY");
    let names_of = two.clone().when(&send(8), &now()).events();
    assert_eq!(names(&names_of), ["DispositionAssigned", "ReturnClosed"]);
    let state = two.and(&send(8), &now()).state();
    assert_eq!(
        (left(&state), state.returns[0].status()),
        (0, Status::Closed)
    );
    assert_eq!(state.held(&id("1")), 0);
}

#[test]
fn a_unit_that_was_sent_back_may_be_asked_for_again() {
    let refused = asked(&policy(content()), vec![item("1", 3)])
        .and(&receive(vec![intact("1", 3)]), &now())
        .and(&inspect(vec![rejected("1", 3)]), &now())
        .and(&dispose(3, Disposition::SendBack), &now());
    let again = Command::Request(request(&sample(), &policy(content()), vec![item("1", 3)]));
    check(refused, &again, &["ReturnRequested", "ReturnAuthorized"]);
}
