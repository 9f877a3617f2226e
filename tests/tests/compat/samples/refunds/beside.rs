//! Samples of what stands beside grants and attempts: other ways, documents, budgets, accounts.

use backhaul_events::refunds::*;
use backhaul_testkit::{id, money, text, time};

use super::refund;
use crate::samples::{Sample, minimal, variant, whole};

/// Other ways, credit notes, settlement files and the law's day.
pub(super) fn settling() -> Vec<Sample> {
    let owner = Owner::Buyer {
        reference: text("b-17"),
    };
    let found = |discrepancy| {
        Event::DiscrepancyFound(DiscrepancyFound {
            refund: refund(),
            attempt: 1,
            settlement: text("2026-03-20.csv"),
            discrepancy,
        })
    };
    vec![
        whole(Event::FallbackChosen(FallbackChosen {
            refund: refund(),
            attempt: 1,
            route: Route::ManualPayout,
        })),
        whole(Event::StoreCreditSubmitted(StoreCreditSubmitted {
            refund: refund(),
            attempt: 2,
            payment: id("pay-1"),
            amount: money(2_000, "EUR"),
            account: id("EUR-0a1b"),
            owner,
        })),
        variant(
            "gift_card",
            Event::StoreCreditSubmitted(StoreCreditSubmitted {
                refund: refund(),
                attempt: 2,
                payment: id("pay-1"),
                amount: money(2_000, "EUR"),
                account: id("EUR-2c3d"),
                owner: Owner::GiftCard {
                    card: text("card-4"),
                },
            }),
        ),
        whole(Event::ManualPayoutRequested(ManualPayoutRequested {
            refund: refund(),
            attempt: 3,
            payment: id("pay-1"),
            amount: money(2_000, "EUR"),
        })),
        whole(Event::ManualPayoutRecorded(ManualPayoutRecorded {
            refund: refund(),
            attempt: 3,
            reference: text("sepa-17"),
        })),
        whole(Event::CreditNoteIssued(CreditNoteIssued {
            refund: refund(),
            credit_note: id("A-1001-C1"),
            amount: money(1_732, "EUR"),
            net: money(1_540, "EUR"),
            taxes: vec![CreditedTax {
                jurisdiction: "DE".to_owned(),
                rate_basis_points: 1_900,
                base: money(1_540, "EUR"),
                tax: money(292, "EUR"),
            }],
            fee: money(100, "EUR"),
        })),
        whole(Event::RefundReconciled(RefundReconciled {
            refund: refund(),
            attempt: 1,
            settlement: text("2026-03-20.csv"),
            amount: money(2_000, "EUR"),
            settled_at: time("2026-03-20T00:00:00Z"),
        })),
        whole(found(Discrepancy::Amount {
            ours: money(2_000, "EUR"),
            theirs: money(1_999, "EUR"),
        })),
        variant("not_paid", found(Discrepancy::NotPaid)),
        variant(
            "twice",
            found(Discrepancy::Twice {
                earlier: text("2026-03-19.csv"),
            }),
        ),
        variant("unknown", found(Discrepancy::AttemptUnknown)),
        whole(Event::RefundDeadlineBreached(RefundDeadlineBreached {
            refund: refund(),
            due_at: time("2026-03-29T22:59:59Z"),
        })),
    ]
}

/// Streams beside those of orders: budgets and accounts.
pub(super) fn streams() -> Vec<Sample> {
    let buyer = || Owner::Buyer {
        reference: text("b-17"),
    };
    let issued = |owner, source, expires_at| {
        Event::StoreCreditIssued(StoreCreditIssued {
            account: id("EUR-0a1b"),
            owner,
            lot: 1,
            amount: money(2_000, "EUR"),
            source,
            expires_at,
        })
    };
    vec![
        whole(Event::BudgetTaken(BudgetTaken {
            claim: "r-1".to_owned(),
            order: id("A-1001"),
            amount: money(500, "EUR"),
            taken_at: time("2026-03-15T10:00:00Z"),
        })),
        whole(Event::BudgetReturned(BudgetReturned {
            claim: "r-1".to_owned(),
        })),
        whole(issued(
            buyer(),
            Source::Refund {
                refund: refund(),
                attempt: 2,
            },
            Some(time("2027-03-15T10:00:00Z")),
        )),
        minimal(issued(
            buyer(),
            Source::Merchant {
                reference: text("sale-1"),
            },
            None,
        )),
        variant(
            "card",
            issued(
                Owner::GiftCard {
                    card: text("gift-7"),
                },
                Source::Merchant {
                    reference: text("sale-2"),
                },
                None,
            ),
        ),
        whole(Event::StoreCreditRedeemed(StoreCreditRedeemed {
            account: id("EUR-0a1b"),
            reference: text("A-1002"),
            amount: money(500, "EUR"),
            lots: vec![LotShare {
                lot: 1,
                amount: money(500, "EUR"),
            }],
        })),
        whole(Event::StoreCreditExpired(StoreCreditExpired {
            account: id("EUR-0a1b"),
            lot: 1,
            amount: money(1_500, "EUR"),
        })),
        whole(Event::StoreCreditFrozen(StoreCreditFrozen {
            account: id("EUR-0a1b"),
            note: text("reported as stolen"),
        })),
        whole(Event::StoreCreditUnfrozen(StoreCreditUnfrozen {
            account: id("EUR-0a1b"),
            note: text("found again"),
        })),
    ]
}
