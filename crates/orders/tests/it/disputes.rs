//! Disputes of payments, and charges beside lines and shipping.

use backhaul_events::orders::{ChargeKind, ExtraCharge, Tender};
use backhaul_kernel::Refused;
use backhaul_orders::{Command, DisputeNews, Event, Orders, RecordDispute, Standing};
use backhaul_testkit::{fold, given, id, money, order, text, time};

use crate::{check_field, now, record, sample};

fn told(news: DisputeNews, minor: i64) -> RecordDispute {
    RecordDispute {
        order: sample().id(),
        payment: id("p1"),
        dispute: text("dp_1"),
        amount: money(minor, "EUR"),
        reason: text("not received"),
        news,
        at: time("2026-03-09T10:00:00Z"),
    }
}

/// The events and the standing after telling all of it, or the reason of the first refusal.
fn tell(all: &[RecordDispute]) -> Result<(Vec<&'static str>, Option<Standing>), &'static str> {
    let mut history = sample().events();
    let before = history.len();
    for told in all {
        let command = Command::RecordDispute(told.clone());
        let answer = given::<Orders>(history.clone()).when(&command, &now());
        history.extend(answer.answer().map_err(|refusal| refusal.reason())?);
    }
    let names = history[before..]
        .iter()
        .map(|event| event.type_name().trim_start_matches("orders."));
    let state = fold::<Orders>(&history);
    let first = state.order().and_then(|order| order.disputes.first());
    Ok((names.collect(), first.map(|known| known.standing)))
}

#[test]
fn the_last_word_of_the_bank_counts() {
    use DisputeNews::{Lost, Opened, Won};
    let lost = |minor| Some(Standing::Lost(money(minor, "EUR")));
    for (news, events, standing) in [
        (
            &[(Opened, 5070)][..],
            &["DisputeOpened"][..],
            Some(Standing::Open),
        ),
        (
            &[(Opened, 100), (Opened, 100)],
            &["DisputeOpened"],
            Some(Standing::Open),
        ),
        (
            &[(Opened, 100), (Won, 100)],
            &["DisputeOpened", "DisputeWon"],
            Some(Standing::Won),
        ),
        (
            &[(Opened, 100), (Lost, 60)],
            &["DisputeOpened", "DisputeLost"],
            lost(60),
        ),
        // A decision comes before its opening.
        (
            &[(Lost, 100), (Opened, 100)],
            &["DisputeOpened", "DisputeLost"],
            lost(100),
        ),
        (
            &[(Won, 100), (Won, 100)],
            &["DisputeOpened", "DisputeWon"],
            Some(Standing::Won),
        ),
        // Arbitration turns it round, both ways.
        (
            &[(Won, 100), (Lost, 100)],
            &["DisputeOpened", "DisputeWon", "DisputeLost"],
            lost(100),
        ),
        (
            &[(Lost, 100), (Won, 100)],
            &["DisputeOpened", "DisputeLost", "DisputeWon"],
            Some(Standing::Won),
        ),
        (
            &[(Lost, 100), (Lost, 100)],
            &["DisputeOpened", "DisputeLost"],
            lost(100),
        ),
    ] {
        let all: Vec<_> = news
            .iter()
            .map(|(news, minor)| told(*news, *minor))
            .collect();
        assert_eq!(tell(&all), Ok((events.to_vec(), standing)), "{news:?}");
    }
}

#[test]
fn a_dispute_is_about_what_was_captured() {
    use DisputeNews::{Lost, Opened};
    let other_payment = RecordDispute {
        payment: id("p2"),
        ..told(Opened, 100)
    };
    for (all, reason) in [
        (vec![told(Opened, 5071)], "INVALID_FIELD"),
        (vec![told(Opened, 0)], "INVALID_FIELD"),
        (vec![told(Opened, 100), told(Opened, 101)], "DISPUTE_EXISTS"),
        (vec![told(Opened, 100), told(Lost, 101)], "INVALID_FIELD"),
        (
            vec![told(Opened, 100), other_payment.clone()],
            "DISPUTE_EXISTS",
        ),
        (vec![other_payment], "PAYMENT_NOT_FOUND"),
    ] {
        assert_eq!(tell(&all), Err(reason), "{all:?}");
    }
    let elsewhere = RecordDispute {
        amount: money(100, "JPY"),
        ..told(Opened, 100)
    };
    let command = Command::RecordDispute(elsewhere);
    check_field(sample().events(), command, "amount.currency_code");
    let unknown = Command::RecordDispute(told(Opened, 1));
    let refusal = given::<Orders>(Vec::new()).when(&unknown, &now()).refusal();
    assert_eq!(refusal.reason(), "ORDER_NOT_FOUND");
}

fn charge(name: &str, line: Option<&str>, net: i64) -> ExtraCharge {
    ExtraCharge {
        charge: id(name),
        kind: ChargeKind::Duty,
        line: line.map(id),
        net: money(net, "EUR"),
        taxes: Vec::new(),
    }
}

#[test]
fn charges_are_part_of_what_an_order_costs() {
    for (captured, accepted) in [(1150, true), (1151, false)] {
        let mut told = order("1")
            .line("1", 1, 1000)
            .paid("p1", Tender::Card, captured);
        told.recorded.charges = vec![charge("duty", Some("1"), 100), charge("fee", None, 50)];
        let command = Command::RecordOrder(record(&told));
        let answer = given::<Orders>(Vec::new()).when(&command, &now()).answer();
        let reason = answer.map(drop).map_err(|refusal| refusal.reason());
        let expected = if accepted {
            Ok(())
        } else {
            Err("CAPTURE_EXCEEDS_TOTAL")
        };
        assert_eq!(reason, expected, "{captured}");
    }
}

#[test]
fn charges_are_told_once_and_for_lines_that_are_there() {
    for (charges, standard, field) in [
        (vec![charge("a", Some("9"), 1)], None, "charges[0].line"),
        (
            vec![charge("a", None, 1), charge("a", None, 1)],
            None,
            "charges[1].charge",
        ),
        (
            vec![charge("a", None, -1)],
            None,
            "charges[0].net.minor_units",
        ),
        (vec![], Some(501), "shipping.standard_net"),
        (vec![], Some(-1), "shipping.standard_net.minor_units"),
    ] {
        let mut told = sample();
        told.recorded.charges = charges;
        if let Some(shipping) = &mut told.recorded.shipping {
            shipping.standard_net = standard.map(|minor| money(minor, "EUR"));
        }
        check_field(
            Vec::<Event>::new(),
            Command::RecordOrder(record(&told)),
            field,
        );
    }
}
