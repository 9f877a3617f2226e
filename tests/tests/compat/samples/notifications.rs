//! Samples of notifications.

use std::collections::BTreeMap;

use backhaul_events::notifications::*;
use backhaul_testkit::{id, text, time};

use super::{Sample, variant, whole};

/// The event that the samples tell of.
const CAUSE: &str = "0195a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b";

pub(super) fn samples() -> Vec<Sample> {
    let mut samples = vec![
        whole(planned(Template::ReturnRequested)),
        whole(Event::NotificationSuppressed(NotificationSuppressed {
            notification: id("A-1001-N2"),
            order: id("A-1001"),
            cause: CAUSE.to_owned(),
            template: Template::UnitsReceived,
            reason: Suppression::NoAddress,
        })),
        whole(Event::NotificationSent(NotificationSent {
            notification: id("A-1001-N1"),
            template_version: 1,
            content_digest: "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
                .to_owned(),
            reference: text("250 2.0.0 queued as 4711"),
        })),
        whole(Event::NotificationDeferred(NotificationDeferred {
            notification: id("A-1001-N1"),
            tries: 3,
            code: text("450 4.2.0 mailbox busy"),
            retry_at: time("2026-03-10T08:04:00Z"),
        })),
        whole(Event::NotificationFailed(NotificationFailed {
            notification: id("A-1001-N1"),
            code: text("550 5.1.1 no such user"),
        })),
    ];
    samples.extend([
        variant("return-authorized", planned(Template::ReturnAuthorized)),
        variant("keep-item", planned(Template::KeepItem)),
        variant("return-declined", planned(Template::ReturnDeclined)),
        variant("units-received", planned(Template::UnitsReceived)),
        variant("refund-settled", planned(Template::RefundSettled)),
        variant("refund-failed", planned(Template::RefundFailed)),
        variant("withdrawal", planned(Template::WithdrawalAcknowledged)),
    ]);
    samples
}

fn planned(template: Template) -> Event {
    Event::NotificationPlanned(NotificationPlanned {
        notification: id("A-1001-N1"),
        order: id("A-1001"),
        cause: CAUSE.to_owned(),
        template,
        language: id("en"),
        facts: BTreeMap::from([
            ("order".to_owned(), "A-1001".to_owned()),
            ("return".to_owned(), "A-1001-R1".to_owned()),
        ]),
        message_id: "A-1001-N1.acme".to_owned(),
    })
}
