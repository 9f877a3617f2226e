//! On which terms released money goes back: the law's time, outbound shipping, what is kept back.

use backhaul_events::returns::{
    DeductionKind, Fees, OutboundShipping, PolicySet, Release, ReleaseTerms, Rule,
};
use backhaul_kernel::{Decider, Timestamp};
use backhaul_returns::{Command, Event, RecordHandover, RecordReceipt, Returns};
use backhaul_testkit::{OrderSample, at, given, id, money, order, text, time};

use crate::{ASKED, content, first, intact, item, now, policy, receipt, request};

fn sold_in(country: &str, zone: &str) -> OrderSample {
    order("536365")
        .destination(country, zone)
        .line("1", 3, 5099)
        .delivered("1", 3, "2026-03-05T10:00:00Z")
}

/// The terms of every release, when goods are scanned and arrive at those times.
fn terms(
    order: &OrderSample,
    release: Release,
    scanned: Option<&str>,
    received: Option<(&str, u32)>,
) -> Vec<ReleaseTerms> {
    let policy = policy(PolicySet {
        release,
        rules: vec![Rule {
            id: text("fees"),
            fees: Some(Fees {
                restocking_basis_points: 1_000,
                return_postage: vec![money(500, "EUR")],
                ..Fees::default()
            }),
            ..Rule::default()
        }],
        ..content()
    });
    let mut history = given::<Returns>([]).state();
    let ask = Command::Request(request(order, &policy, vec![item("1", 3)]));
    let mut steps = vec![(ASKED.to_owned(), ask)];
    steps.extend(scanned.map(|when| {
        let scan = RecordHandover {
            r#return: first(),
            parcel: id("536365-P1"),
            handed_over_at: time(when),
        };
        (when.to_owned(), Command::RecordHandover(scan))
    }));
    for unit in 0..received.map_or(0, |(_, parcels)| parcels) {
        let when = received.expect("counted").0;
        let one = RecordReceipt {
            received_at: time(when),
            site: text(&format!("dock {unit}")),
            ..receipt(vec![intact("1", 3 / received.expect("counted").1)])
        };
        steps.push((when.to_owned(), Command::RecordReceipt(one)));
    }
    let mut found = Vec::new();
    for (when, command) in steps {
        let now = if when == ASKED { now() } else { at(&when) };
        for event in Returns::decide(&history, &command, &now).expect("accepted") {
            Returns::evolve(&mut history, &event);
            if let Event::RefundReleased(event) = event {
                found.push(event.terms);
            }
        }
    }
    found
}

fn due(terms: &[ReleaseTerms]) -> Option<(Timestamp, String)> {
    let due = terms.first()?.due.as_ref()?;
    Some((due.at, due.clause.to_string()))
}

#[test]
fn the_law_of_the_buyer_says_by_when_money_is_back() {
    let eu = "eu.2011-83.art-9";
    let uk = "gb.ccr-2013.reg-29";
    for (country, zone, release, scanned, received, expected) in [
        // Fourteen days after the request of March 10th, in the buyer's own days.
        (
            "DE",
            "Europe/Berlin",
            Release::OnRequest,
            None,
            None,
            Some(("2026-03-24T22:59:59.999999999Z", eu)),
        ),
        (
            "DE",
            "Europe/Berlin",
            Release::OnReceipt,
            None,
            Some("2026-03-14T10:00:00Z"),
            Some(("2026-03-24T22:59:59.999999999Z", eu)),
        ),
        // Who waits for the goods owes the money on the day they are back,
        (
            "DE",
            "Europe/Berlin",
            Release::OnReceipt,
            None,
            Some("2026-04-02T10:00:00Z"),
            Some(("2026-04-02T21:59:59.999999999Z", eu)),
        ),
        // or on the day it was shown that they were sent.
        (
            "DE",
            "Europe/Berlin",
            Release::OnReceipt,
            Some("2026-03-27T10:00:00Z"),
            Some("2026-04-02T10:00:00Z"),
            Some(("2026-03-27T22:59:59.999999999Z", eu)),
        ),
        // Fourteen days after the goods are back.
        (
            "GB",
            "Europe/London",
            Release::OnReceipt,
            None,
            Some("2026-03-14T10:00:00Z"),
            Some(("2026-03-28T23:59:59.999999999Z", uk)),
        ),
        // Before they are back, no day is known.
        ("GB", "Europe/London", Release::OnRequest, None, None, None),
        ("AE", "UTC", Release::OnRequest, None, None, None),
    ] {
        let order = sold_in(country, zone);
        let found = terms(&order, release, scanned, received.map(|when| (when, 1)));
        let expected = expected.map(|(at, clause)| (time(at), clause.to_owned()));
        assert_eq!(
            due(&found),
            expected,
            "{country} {release:?} {scanned:?} {received:?}"
        );
    }
}

#[test]
fn a_withdrawal_gives_outbound_shipping_back_where_the_law_says() {
    for (country, clause) in [
        ("DE", Some("eu.2011-83.art-9")),
        ("GB", Some("gb.ccr-2013.reg-29")),
        ("BR", Some("br.cdc.art-49")),
        ("US", None),
    ] {
        let found = terms(&sold_in(country, "UTC"), Release::OnRequest, None, None);
        let shipping = found[0].shipping.as_ref();
        let extent = shipping.map(|owed| (owed.extent, owed.clause.as_str()));
        let expected = clause.map(|clause| (OutboundShipping::WithWholeOrder, clause));
        assert_eq!(extent, expected, "{country}");
    }
}

#[test]
fn what_is_kept_back_is_split_over_releases_to_the_last_minor_unit() {
    for (parcels, restocking, postage) in [
        (1, &[509][..], &[500][..]),
        (3, &[170, 169, 170], &[167, 166, 167]),
    ] {
        let received = Some(("2026-03-14T10:00:00Z", parcels));
        let found = terms(&sold_in("US", "UTC"), Release::OnReceipt, None, received);
        let of = |kind| -> Vec<i64> {
            let deductions = found.iter().flat_map(|terms| &terms.deductions);
            let of_kind = deductions.filter(|each| each.kind == kind);
            of_kind.map(|each| each.amount.minor).collect()
        };
        assert_eq!(of(DeductionKind::Restocking), restocking);
        assert_eq!(of(DeductionKind::ReturnPostage), postage);
    }
}

/// A merchant may give more of outbound shipping than the law, and where no law gives any.
#[test]
fn a_rule_gives_outbound_shipping_back() {
    for (country, rule, extent) in [
        ("AE", None, None),
        (
            "AE",
            Some(OutboundShipping::WithWholeOrder),
            Some("shipping"),
        ),
        ("AE", Some(OutboundShipping::ProRata), Some("shipping")),
        ("DE", None, Some("eu.2011-83.art-9")),
        ("DE", Some(OutboundShipping::ProRata), Some("shipping")),
    ] {
        let policy = policy(PolicySet {
            release: Release::OnRequest,
            rules: vec![Rule {
                id: text("shipping"),
                release: Some(Release::OnRequest),
                outbound_shipping: rule,
                ..Rule::default()
            }],
            ..content()
        });
        let ask = Command::Request(request(
            &sold_in(country, "UTC"),
            &policy,
            vec![item("1", 3)],
        ));
        let events = given::<Returns>([]).when(&ask, &now()).events();
        let Some(Event::RefundReleased(released)) = events.last() else {
            panic!("nothing was released");
        };
        let shipping = released.terms.shipping.as_ref();
        assert_eq!(
            shipping.map(|owed| owed.clause.as_str()),
            extent,
            "{country} {rule:?}"
        );
        let expected = rule.or(extent.map(|_| OutboundShipping::WithWholeOrder));
        assert_eq!(shipping.map(|owed| owed.extent), expected);
    }
}
