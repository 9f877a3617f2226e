//! Samples of refunds.

use backhaul_events::refunds::*;
use backhaul_kernel::{Actor, RefundId, Tier};
use backhaul_testkit::{id, money, text, time};

use super::{Sample, minimal, variant, whole};

/// What an approval names.
const DIGEST: &str = "2c26b46b68ffc68ff99b453c1d304134";

pub(super) fn samples() -> Vec<Sample> {
    let mut samples = granting();
    samples.extend(paying());
    samples
}

fn granting() -> Vec<Sample> {
    vec![
        whole(Event::RefundProposed(proposed())),
        variant("goodwill", Event::RefundProposed(proposed_goodwill())),
        whole(Event::ApprovalRequested(ApprovalRequested {
            refund: refund(),
            limit: Some(money(10_000, "EUR")),
            digest: DIGEST.to_owned(),
        })),
        minimal(Event::ApprovalRequested(ApprovalRequested {
            refund: refund(),
            limit: None,
            digest: DIGEST.to_owned(),
        })),
        whole(approved(Approver::Person {
            actor: Actor {
                name: "after-sales-7".to_owned(),
                tier: Tier::Expert,
            },
        })),
        variant(
            "policy",
            approved(Approver::Policy {
                version: 3,
                limit: money(10_000, "EUR"),
            }),
        ),
        whole(Event::RefundRejected(RefundRejected {
            refund: refund(),
            note: text("the goods were replaced instead"),
        })),
        whole(Event::RefundCancelled(RefundCancelled {
            refund: refund(),
            note: text("entered by mistake"),
        })),
        whole(Event::ApprovalPolicyPublished(ApprovalPolicyPublished {
            version: 3,
            automatic_up_to: vec![money(10_000, "EUR"), money(9_000, "GBP")],
        })),
    ]
}

fn paying() -> Vec<Sample> {
    vec![
        whole(Event::TendersAllocated(TendersAllocated {
            refund: refund(),
            allocations: vec![Allocation {
                payment: id("pay-1"),
                provider_payment: text("psp-4711"),
                amount: money(2_000, "EUR"),
            }],
        })),
        whole(Event::RefundSubmitted(RefundSubmitted {
            refund: refund(),
            attempt: 1,
            payment: id("pay-1"),
            provider_payment: text("psp-4711"),
            amount: money(2_000, "EUR"),
            key: "acme/A-1001-F1/1".to_owned(),
        })),
        whole(Event::RefundOutcomeUnknown(RefundOutcomeUnknown {
            refund: refund(),
            attempt: 1,
            tries: 2,
            retry_at: time("2026-03-15T10:00:30Z"),
        })),
        whole(Event::RefundPending(RefundPending {
            refund: refund(),
            attempt: 1,
            provider_refund: text("re_17"),
            retry_at: time("2026-03-15T11:00:00Z"),
        })),
        whole(Event::RefundActionRequired(RefundActionRequired {
            refund: refund(),
            attempt: 1,
            provider_refund: text("re_17"),
            instruction: text("the buyer must confirm a bank account"),
        })),
        whole(Event::RefundSucceeded(RefundSucceeded {
            refund: refund(),
            attempt: 1,
            provider_refund: text("re_17"),
            acquirer_reference: text("74537604221222132710572"),
        })),
        minimal(Event::RefundSucceeded(RefundSucceeded {
            refund: refund(),
            attempt: 1,
            provider_refund: text("re_17"),
            acquirer_reference: text(""),
        })),
        whole(Event::RefundFailed(RefundFailed {
            refund: refund(),
            attempt: 1,
            code: text("account_closed"),
        })),
        whole(Event::RefundReversed(RefundReversed {
            refund: refund(),
            attempt: 1,
            code: text("returned_by_bank"),
        })),
        whole(Event::RefundParked(RefundParked {
            refund: refund(),
            attempt: 2,
            tries: 8,
        })),
        whole(Event::RefundSettled(RefundSettled {
            refund: refund(),
            cause: Cause::Return {
                r#return: id("A-1001-R1"),
                release: 1,
            },
            amount: money(2_000, "EUR"),
        })),
        variant(
            "goodwill",
            Event::RefundSettled(RefundSettled {
                refund: refund(),
                cause: proposed_goodwill().cause,
                amount: money(500, "EUR"),
            }),
        ),
    ]
}

fn refund() -> RefundId {
    id("A-1001-F1")
}

/// One part of every component.
fn proposed() -> RefundProposed {
    let part = |component, minor| Part {
        component,
        amount: money(minor, "EUR"),
    };
    RefundProposed {
        refund: refund(),
        order: id("A-1001"),
        cause: Cause::Return {
            r#return: id("A-1001-R1"),
            release: 1,
        },
        amount: money(2_000, "EUR"),
        parts: vec![
            part(Component::LineNet { line: id("1") }, 1_540),
            part(
                Component::LineTax {
                    line: id("1"),
                    jurisdiction: "DE".to_owned(),
                    rate_basis_points: 1_900,
                },
                292,
            ),
            part(Component::ShippingNet, 415),
            part(
                Component::ShippingTax {
                    jurisdiction: "DE".to_owned(),
                    rate_basis_points: 1_900,
                },
                79,
            ),
            part(Component::Fee, -426),
            part(Component::Goodwill, 100),
        ],
        units: vec![UnitRange {
            line: id("1"),
            first: 0,
            count: 1,
        }],
    }
}

fn proposed_goodwill() -> RefundProposed {
    RefundProposed {
        refund: refund(),
        order: id("A-1001"),
        cause: Cause::Goodwill {
            note: text("late delivery"),
        },
        amount: money(500, "EUR"),
        parts: vec![Part {
            component: Component::Goodwill,
            amount: money(500, "EUR"),
        }],
        units: Vec::new(),
    }
}

fn approved(by: Approver) -> Event {
    Event::RefundApproved(RefundApproved {
        refund: refund(),
        by,
        digest: DIGEST.to_owned(),
    })
}
