//! Repairs: who pays, what they make longer, and which clock they stop.

use backhaul_events::returns::{ClaimReason, Coverage};
use backhaul_returns::{AskedRemedy, Command, Event, Payer, RepairCommand, Returns, StartRepair};
use backhaul_testkit::{Given, OrderSample, at, given, id, money, sample::units, text, time};

use crate::claims::{accept, defect, in_country, open, resolve};
use crate::{
    ASKED, DELIVERED, check, check_refused, content, facts, item, now, policy, request, sample,
};

fn start(order: &OrderSample, quantity: u32, payer: Payer, started_at: &str) -> Command {
    Command::Repair(RepairCommand::Start(StartRepair {
        order: order.id(),
        units: vec![units("1", quantity)],
        payer,
        note: text("rattles"),
        started_at: time(started_at),
        facts: facts(order),
    }))
}

fn repair() -> backhaul_kernel::RepairId {
    id("536365-M1")
}

fn complete(order: &OrderSample, number: u32) -> Command {
    Command::Repair(RepairCommand::Complete {
        repair: id(&format!("536365-M{number}")),
        parts: vec![text("spring")],
        completed_at: time(ASKED),
        facts: facts(order),
    })
}

fn send_back(number: u32, sent_at: &str) -> Command {
    Command::Repair(RepairCommand::SendBack {
        repair: id(&format!("536365-M{number}")),
        reference: text(""),
        sent_at: time(sent_at),
    })
}

fn quote(minor: i64) -> Command {
    Command::Repair(RepairCommand::Quote {
        repair: repair(),
        price: money(minor, "EUR"),
        note: text(""),
    })
}

fn fail() -> Command {
    Command::Repair(RepairCommand::Fail {
        repair: repair(),
        note: text("no parts"),
        failed_at: time(ASKED),
    })
}

/// Ordered after the directive on repair holds.
fn late_order(country: &str) -> OrderSample {
    crate::order("536365")
        .destination(country, "UTC")
        .ordered_at("2026-08-01T10:00:00Z")
        .line("1", 3, 3000)
        .delivered("1", 3, "2026-08-05T10:00:00Z")
}

#[test]
fn a_guarantee_must_hold_and_the_longest_is_named() {
    let germany = in_country("DE");
    let events = check(
        given::<Returns>([]),
        &start(&germany, 1, Payer::Guarantee, ASKED),
        &["RepairStarted"],
    );
    let [Event::RepairStarted(started)] = events.as_slice() else {
        panic!("{events:?}");
    };
    assert_eq!(
        started.coverage,
        Coverage::Guarantee {
            clause: text("eu.2019-771.art-10"),
            ends_at: Some(time("2028-03-05T23:59:59.999999999Z")),
        }
    );
    let america = in_country("US");
    let under = start(&america, 1, Payer::Guarantee, ASKED);
    check_refused(given::<Returns>([]), &under, "NOT_COVERED");
    let paid = start(&america, 1, Payer::Buyer, ASKED);
    check(given::<Returns>([]), &paid, &["RepairStarted"]);
    let many = start(&germany, 4, Payer::Buyer, ASKED);
    check_refused(given::<Returns>([]), &many, "UNITS_EXCEED");
}

#[test]
fn a_repair_at_the_buyers_cost_waits_for_the_buyer() {
    let america = in_country("US");
    let answer = |accepts: bool| {
        let repair = repair();
        Command::Repair(match accepts {
            true => RepairCommand::AcceptQuote { repair },
            false => RepairCommand::DeclineQuote { repair },
        })
    };
    let started = || given::<Returns>([]).and(&start(&america, 1, Payer::Buyer, ASKED), &now());
    let quoted = || started().and(&quote(900), &now());
    check_refused(started(), &complete(&america, 1), "QUOTE_OPEN");
    check_refused(started(), &answer(true), "STATE");
    check(quoted(), &quote(900), &[]);
    check(quoted(), &quote(800), &["RepairQuoted"]);
    check_refused(quoted(), &complete(&america, 1), "QUOTE_OPEN");
    let taken = || quoted().and(&answer(true), &now());
    check(taken(), &answer(true), &[]);
    check_refused(taken(), &answer(false), "STATE");
    check(taken(), &complete(&america, 1), &["RepairCompleted"]);
    let refused = || quoted().and(&answer(false), &now());
    check_refused(refused(), &complete(&america, 1), "STATE");
    check(refused(), &send_back(1, ASKED), &["RepairSentBack"]);
    // Under guarantee nobody is told a price.
    let germany = in_country("DE");
    let free = given::<Returns>([]).and(&start(&germany, 1, Payer::Guarantee, ASKED), &now());
    check_refused(free, &quote(900), "STATE");
}

/// Case T88: what was sent back can be asked for again.
#[test]
fn units_in_repair_cannot_be_returned_until_they_are_back() {
    let germany = in_country("DE");
    let all = Command::Request(request(&germany, &policy(content()), vec![item("1", 3)]));
    let started = || given::<Returns>([]).and(&start(&germany, 1, Payer::Guarantee, ASKED), &now());
    check_refused(started(), &all, "UNITS_EXCEED");
    let mended = || started().and(&complete(&germany, 1), &now());
    check(mended(), &complete(&germany, 1), &[]);
    check_refused(mended(), &all, "UNITS_EXCEED");
    check(
        mended().and(&send_back(1, ASKED), &now()),
        &all,
        &["ReturnRequested", "ReturnAuthorized"],
    );
    check_refused(started(), &send_back(1, ASKED), "STATE");
    check_refused(mended(), &fail(), "STATE");
}

#[test]
fn a_repair_makes_a_european_guarantee_longer_once() {
    let moment = at("2026-09-01T00:00:00Z");
    let order = late_order("DE");
    let begin = || start(&order, 1, Payer::Guarantee, "2026-08-20T00:00:00Z");
    let done = |number: u32| {
        Command::Repair(RepairCommand::Complete {
            repair: id(&format!("536365-M{number}")),
            parts: Vec::new(),
            completed_at: time("2026-08-30T00:00:00Z"),
            facts: facts(&order),
        })
    };
    let started = given::<Returns>([]).and(&begin(), &moment);
    let events = started.when(&done(1), &moment).events();
    let [_, Event::GuaranteeExtended(extended)] = events.as_slice() else {
        panic!("{events:?}");
    };
    assert_eq!(extended.clause, text("eu.2024-1799"));
    assert_eq!(extended.months, 12);
    assert_eq!(extended.ends_at, time("2029-08-05T23:59:59.999999999Z"));
    // A second repair changes nothing, and stands under the longer guarantee.
    let again = || {
        given::<Returns>([])
            .and(&begin(), &moment)
            .and(&done(1), &moment)
            .and(&send_back(1, "2026-08-31T00:00:00Z"), &moment)
    };
    let later = start(&order, 1, Payer::Guarantee, "2029-08-01T00:00:00Z");
    let events = again().when(&later, &at("2029-08-01T00:00:00Z")).events();
    let [Event::RepairStarted(started)] = events.as_slice() else {
        panic!("{events:?}");
    };
    assert_eq!(
        started.coverage,
        Coverage::Guarantee {
            clause: text("eu.2019-771.art-10"),
            ends_at: Some(time("2029-08-05T23:59:59.999999999Z")),
        }
    );
    let second = start(&order, 1, Payer::Guarantee, "2026-08-31T00:00:00Z");
    let second = again().and(&second, &moment);
    let late = Command::Repair(RepairCommand::Complete {
        repair: id("536365-M2"),
        parts: Vec::new(),
        completed_at: time("2026-08-31T12:00:00Z"),
        facts: facts(&order),
    });
    let events = second.when(&late, &moment).events();
    assert_eq!(crate::names(&events), ["RepairCompleted"]);
}

#[test]
fn no_other_guarantee_grows_longer() {
    let moment = at("2026-09-01T00:00:00Z");
    // Ordered before the directive held, in another country, and at the buyer's own cost.
    for (order, payer) in [
        (in_country("DE"), Payer::Guarantee),
        (late_order("GB"), Payer::Guarantee),
        (late_order("DE"), Payer::Buyer),
    ] {
        let begun =
            given::<Returns>([]).and(&start(&order, 1, payer, "2026-08-20T00:00:00Z"), &moment);
        let begun = match payer {
            Payer::Guarantee => begun,
            Payer::Buyer => begun.and(&quote(100), &moment).and(
                &Command::Repair(RepairCommand::AcceptQuote { repair: repair() }),
                &moment,
            ),
        };
        let done = Command::Repair(RepairCommand::Complete {
            repair: repair(),
            parts: Vec::new(),
            completed_at: time("2026-08-30T00:00:00Z"),
            facts: facts(&order),
        });
        let events = begun.when(&done, &moment).events();
        assert_eq!(crate::names(&events), ["RepairCompleted"]);
    }
}

/// The short-term right to reject stops while goods are repaired, and then has seven days at least.
#[test]
fn in_britain_the_clock_stops_during_repair() {
    let britain = in_country("GB");
    let claimed = |opened_at: &str| {
        let Command::Claim(backhaul_returns::ClaimCommand::Open(claim)) =
            open(&britain, ClaimReason::Defective, &[("1", 1)])
        else {
            panic!("a claim is opened");
        };
        Command::Claim(backhaul_returns::ClaimCommand::Open(
            backhaul_returns::OpenClaim {
                opened_at: time(opened_at),
                ..claim
            },
        ))
    };
    // Delivered on March 5: thirty days end with April 4.
    let late = at("2026-05-01T00:00:00Z");
    let repaired = |sent_at: &str| {
        let begun = start(&britain, 2, Payer::Buyer, "2026-03-20T10:00:00Z");
        given::<Returns>([])
            .and(&begun, &late)
            .and(&quote(1), &late)
            .and(
                &Command::Repair(RepairCommand::DeclineQuote { repair: repair() }),
                &late,
            )
            .and(&send_back(1, sent_at), &late)
    };
    let refund = resolve(&britain, 1, AskedRemedy::Refund);
    let answer = |history: Given<Returns>, opened_at: &str| {
        let history = history
            .and(&claimed(opened_at), &late)
            .and(&accept(1), &late);
        history.when(&refund, &late).answer().is_ok()
    };
    let never = || given::<Returns>([]);
    assert!(answer(never(), "2026-04-04T12:00:00Z"));
    assert!(!answer(never(), "2026-04-05T12:00:00Z"));
    // In repair on eleven days, the first and the last included.
    assert!(answer(
        repaired("2026-03-30T10:00:00Z"),
        "2026-04-15T12:00:00Z"
    ));
    assert!(!answer(
        repaired("2026-03-30T10:00:00Z"),
        "2026-04-16T12:00:00Z"
    ));
    assert!(DELIVERED.starts_with("2026-03-05"));
}

#[test]
fn a_failed_repair_of_a_claim_leaves_its_units_with_the_claim() {
    let germany = in_country("DE");
    let failed = || {
        defect(&germany, 1)
            .and(
                &resolve(&germany, 1, AskedRemedy::Repair(Vec::new())),
                &now(),
            )
            .and(&fail(), &now())
    };
    let two = Command::Request(request(&germany, &policy(content()), vec![item("1", 2)]));
    check(failed(), &two, &["ReturnRequested", "ReturnAuthorized"]);
    let all = Command::Request(request(&germany, &policy(content()), vec![item("1", 3)]));
    check_refused(failed(), &all, "UNITS_EXCEED");
    check(failed(), &fail(), &[]);
    check(failed(), &send_back(1, ASKED), &["RepairSentBack"]);
}

#[test]
fn a_second_fault_after_a_repair_opens_money() {
    let germany = in_country("DE");
    let again = defect(&germany, 1)
        .and(
            &resolve(&germany, 1, AskedRemedy::Repair(Vec::new())),
            &now(),
        )
        .and(&complete(&germany, 1), &now())
        .and(&send_back(1, ASKED), &now())
        .and(&open(&germany, ClaimReason::Defective, &[("1", 1)]), &now())
        .and(&accept(2), &now());
    let refund = resolve(&germany, 2, AskedRemedy::Refund);
    check(again, &refund, &["ClaimResolved", "RemedyReleased"]);
    assert_eq!(sample().id().as_str(), "536365");
}
