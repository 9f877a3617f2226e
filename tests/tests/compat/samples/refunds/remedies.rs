//! Samples of refunds for claims and exchanges.

use backhaul_events::refunds::*;
use backhaul_events::returns::RemedyOf;
use backhaul_testkit::{id, money, text};

use super::super::{Sample, variant};

pub(super) fn samples() -> Vec<Sample> {
    let claim = || RemedyOf::Claim {
        claim: id("A-1001-K1"),
    };
    let exchange = || RemedyOf::Exchange {
        exchange: id("A-1001-X1"),
    };
    let proposed = |of| {
        Event::RefundProposed(RefundProposed {
            cause: Cause::Remedy { of, release: 1 },
            ..super::proposed()
        })
    };
    let settled = |of| {
        Event::RefundSettled(RefundSettled {
            refund: super::refund(),
            cause: Cause::Remedy { of, release: 1 },
            amount: money(500, "EUR"),
        })
    };
    let gift = Event::RefundProposed(RefundProposed {
        credit_to: Some(text("person-9")),
        ..super::proposed()
    });
    vec![
        variant("gift", gift),
        variant("claim", proposed(claim())),
        variant("exchange", proposed(exchange())),
        variant("claim", settled(claim())),
        variant("exchange", settled(exchange())),
    ]
}
