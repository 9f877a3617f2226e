//! Samples of refunds.

mod beside;
mod remedies;

use backhaul_events::refunds::*;
use backhaul_events::returns::{Deduction, DeductionKind};
use backhaul_kernel::{Actor, RefundId, Tier};
use backhaul_testkit::{id, money, text, time};

use super::{Sample, minimal, variant, whole};

/// What an approval names.
const DIGEST: &str = "2c26b46b68ffc68ff99b453c1d304134";

pub(super) fn samples() -> Vec<Sample> {
    let mut samples = granting();
    samples.extend(paying());
    samples.extend(beside::settling());
    samples.extend(beside::streams());
    samples.extend(remedies::samples());
    samples
}

fn granting() -> Vec<Sample> {
    vec![
        whole(Event::RefundProposed(proposed())),
        variant("goodwill", Event::RefundProposed(proposed_goodwill())),
        variant("wishes", Event::RefundProposed(proposed_wishes())),
        variant("charges", Event::RefundProposed(proposed_charges())),
        whole(Event::ApprovalRequested(ApprovalRequested {
            refund: refund(),
            limit: Some(money(10_000, "EUR")),
            digest: DIGEST.to_owned(),
            expires_at: None,
        })),
        variant(
            "expiring",
            Event::ApprovalRequested(ApprovalRequested {
                refund: refund(),
                limit: Some(money(10_000, "EUR")),
                digest: DIGEST.to_owned(),
                expires_at: Some(time("2026-03-16T10:00:00Z")),
            }),
        ),
        whole(Event::ApprovalExpired(ApprovalExpired { refund: refund() })),
        variant(
            "tier",
            approved(Approver::Tier {
                actor: Actor {
                    name: "after-sales-7".to_owned(),
                    tier: Tier::Expert,
                },
                version: 4,
                limit: money(20_000, "EUR"),
            }),
        ),
        minimal(Event::ApprovalRequested(ApprovalRequested {
            refund: refund(),
            limit: None,
            digest: DIGEST.to_owned(),
            expires_at: None,
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
            tiers: Vec::new(),
            per_buyer: Vec::new(),
            goodwill_per_order: Vec::new(),
            tenders: None,
        })),
        variant("tiers", Event::ApprovalPolicyPublished(policy_of_tiers())),
    ]
}

fn paying() -> Vec<Sample> {
    vec![
        whole(held(Hold::Dispute {
            payments: vec![id("pay-1")],
        })),
        variant(
            "until",
            held(Hold::Until {
                at: time("2026-04-01T00:00:00Z"),
            }),
        ),
        variant(
            "funds",
            held(Hold::Funds {
                left: money(100, "EUR"),
            }),
        ),
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
            due_at: None,
        })),
        variant(
            "due",
            Event::RefundReversed(RefundReversed {
                refund: refund(),
                attempt: 1,
                code: text("returned_by_bank"),
                due_at: Some(time("2026-03-29T22:59:59Z")),
            }),
        ),
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
        variant(
            "goodwill_reason",
            Event::RefundSettled(RefundSettled {
                refund: refund(),
                cause: Cause::Goodwill {
                    note: text("Sorry for the delay."),
                    reason: Some(GoodwillReason::LateDelivery),
                },
                amount: money(500, "EUR"),
            }),
        ),
    ]
}

fn policy_of_tiers() -> ApprovalPolicyPublished {
    ApprovalPolicyPublished {
        version: 4,
        automatic_up_to: vec![money(10_000, "EUR")],
        tiers: vec![TierLimits {
            tier: Tier::Agent,
            per_refund: vec![money(20_000, "EUR")],
            per_day: vec![money(100_000, "EUR")],
        }],
        per_buyer: vec![money(50_000, "EUR")],
        goodwill_per_order: vec![money(3_000, "EUR")],
        tenders: Some(TenderPolicy {
            strategy: Strategy::Cheapest,
            costs: vec![TenderCost {
                tender: backhaul_events::orders::Tender::Card,
                basis_points: 150,
            }],
            fallback: vec![Route::StoreCredit, Route::ManualPayout],
            credit_books: CreditBooks::Here,
        }),
    }
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
        proposed_by: None,
        due_at: None,
        not_before: None,
        tenders: None,
        spent: None,
        deductions: Vec::new(),
        credit_to: None,
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

/// A charge of the order, and its tax.
fn proposed_charges() -> RefundProposed {
    let part = |component, minor| Part {
        component,
        amount: money(minor, "EUR"),
    };
    RefundProposed {
        amount: money(297, "EUR"),
        parts: vec![
            part(Component::ChargeNet { charge: id("wrap") }, 250),
            part(
                Component::ChargeTax {
                    charge: id("wrap"),
                    jurisdiction: "DE".to_owned(),
                    rate_basis_points: 1_900,
                },
                47,
            ),
        ],
        units: Vec::new(),
        ..proposed()
    }
}

fn proposed_goodwill() -> RefundProposed {
    RefundProposed {
        refund: refund(),
        order: id("A-1001"),
        cause: Cause::Goodwill {
            note: text("late delivery"),
            reason: None,
        },
        amount: money(500, "EUR"),
        parts: vec![Part {
            component: Component::Goodwill,
            amount: money(500, "EUR"),
        }],
        units: Vec::new(),
        proposed_by: None,
        due_at: None,
        not_before: None,
        tenders: None,
        spent: None,
        deductions: Vec::new(),
        credit_to: None,
    }
}

/// Everything that a grant by hand may tell beside the amount.
fn proposed_wishes() -> RefundProposed {
    let used = |budget: &str, total| {
        Some(Used {
            budget: budget.to_owned(),
            taken: money(500, "EUR"),
            total: money(total, "EUR"),
        })
    };
    RefundProposed {
        cause: Cause::Goodwill {
            note: text("late delivery"),
            reason: Some(GoodwillReason::LateDelivery),
        },
        proposed_by: Some(Actor {
            name: "after-sales-3".to_owned(),
            tier: Tier::Agent,
        }),
        due_at: Some(time("2026-03-29T22:59:59Z")),
        not_before: Some(time("2026-03-20T00:00:00Z")),
        tenders: Some(TenderChoice {
            strategy: Strategy::Ratio,
            only: vec![id("pay-1")],
        }),
        spent: Some(Box::new(Spent {
            claim: "r-1".to_owned(),
            actor: used("actor-1", 700),
            buyer: used("buyer-1", 900),
        })),
        deductions: vec![Deduction {
            kind: DeductionKind::Restocking,
            amount: money(426, "EUR"),
            clause: text("fees"),
            line: Some(id("1")),
        }],
        ..proposed_goodwill()
    }
}

fn approved(by: Approver) -> Event {
    Event::RefundApproved(RefundApproved {
        refund: refund(),
        by,
        digest: DIGEST.to_owned(),
    })
}

fn held(hold: Hold) -> Event {
    Event::RefundHeld(RefundHeld {
        refund: refund(),
        hold,
    })
}
