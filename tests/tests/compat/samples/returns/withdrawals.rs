//! Samples of the withdrawal function.

use backhaul_events::returns::*;
use backhaul_testkit::{id, text, time, units};

use super::super::{Sample, minimal, whole};
use super::this;

pub(super) fn samples() -> Vec<Sample> {
    let statement = || Statement {
        name: text("Jane Doe"),
        contact: text("jane.doe@example.com"),
    };
    let confirmed = |ends_at| WithdrawalConfirmed {
        r#return: this(),
        rights: vec![WithdrawalRight {
            line: id("1"),
            clause: text("eu.2011-83.art-9"),
            ends_at,
        }],
        confirmed_at: time("2026-03-10T08:00:30Z"),
    };
    vec![
        whole(Event::WithdrawalDeclared(WithdrawalDeclared {
            r#return: this(),
            units: vec![units("1", 2)],
            statement: statement(),
            declared_at: time("2026-03-10T08:00:00Z"),
        })),
        whole(Event::WithdrawalConfirmed(confirmed(Some(time(
            "2026-03-19T22:59:59.999999999Z",
        ))))),
        minimal(Event::WithdrawalConfirmed(confirmed(None))),
        whole(Event::WithdrawalAcknowledged(WithdrawalAcknowledged {
            r#return: this(),
            units: vec![units("1", 2)],
            statement: statement(),
            confirmed_at: time("2026-03-10T08:00:30Z"),
        })),
    ]
}
