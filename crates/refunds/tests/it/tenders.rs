//! Which payments a refund goes back to, and where it goes when a provider refuses.

use backhaul_events::orders::Tender;
use backhaul_events::refunds::{CreditBooks, Event, Route, Strategy, TenderCost};
use backhaul_kernel::Tier;
use backhaul_refunds::{Command, Grant, Refusal, Via};

use crate::given::{
    Book, at, by, failed, names, reason, refund, reversed, sample, succeeded, text,
};

/// Three payments of 500, 300 and 200.
fn split() -> Book {
    let order = sample().line(1, 1000, &[]);
    order
        .captured(Tender::Card, 500)
        .captured(Tender::GiftCard, 300)
        .captured(Tender::BankTransfer, 200)
        .book()
}

fn to(grant: &Grant) -> Vec<(String, i64)> {
    let to =
        |attempt: &backhaul_refunds::Attempt| (attempt.payment.to_string(), attempt.amount.minor);
    grant.attempts.iter().map(to).collect()
}

fn last(book: &Book) -> Vec<(String, i64)> {
    to(book.state.grants().last().unwrap())
}

/// Others: split tender unsupported.
#[test]
fn the_strategy_orders_the_payments() {
    let costs = [(Tender::Card, 150), (Tender::BankTransfer, 20)];
    let costs = costs.map(|(tender, basis_points)| TenderCost {
        tender,
        basis_points,
    });
    for (strategy, minor, expected) in [
        (
            Strategy::FirstCaptured,
            600,
            &[("p1", 500), ("p2", 100)][..],
        ),
        (
            Strategy::LastCaptured,
            600,
            &[("p3", 200), ("p2", 300), ("p1", 100)],
        ),
        (Strategy::Ratio, 100, &[("p1", 50), ("p2", 30), ("p3", 20)]),
        (Strategy::Ratio, 101, &[("p1", 51), ("p2", 30), ("p3", 20)]),
        (
            Strategy::Ratio,
            1000,
            &[("p1", 500), ("p2", 300), ("p3", 200)],
        ),
        (Strategy::Ratio, 1, &[("p1", 1)]),
        // The gift card costs nothing.
        (
            Strategy::Cheapest,
            600,
            &[("p2", 300), ("p3", 200), ("p1", 100)],
        ),
    ] {
        let expected: Vec<_> = expected
            .iter()
            .map(|(p, m)| ((*p).to_owned(), *m))
            .collect();
        let mut policy = split();
        policy.grounds.approval.tenders.costs = costs.to_vec();
        let mut wish = policy.clone();
        policy.grounds.approval.tenders.strategy = strategy;
        policy.goodwill(minor).unwrap();
        assert_eq!(last(&policy), expected, "policy {strategy:?} {minor}");
        // A refund may say otherwise than the policy.
        wish.grounds.approval.tenders.strategy = Strategy::LastCaptured;
        wish.wishes.strategy = Some(strategy);
        wish.goodwill(minor).unwrap();
        assert_eq!(last(&wish), expected, "wish {strategy:?} {minor}");
    }
}

#[test]
fn t25_only_the_named_payments_are_used_and_what_they_lack_is_told() {
    // solidus original_payment_spec.rb: only the check is eligible. Ours refuses what it lacks.
    let mut book = split();
    book.wishes.only = vec!["p3".parse().unwrap()];
    match book.goodwill(300) {
        Err(Refusal::ExceedsPaid { asked, left, .. }) => {
            assert_eq!((asked.minor, left.minor), (300, 200));
        }
        other => panic!("{other:?}"),
    }
    assert_eq!(book.goodwill(200), Ok(200));
    assert_eq!(last(&book), [("p3".to_owned(), 200)]);
}

fn redirect(
    book: &mut Book,
    attempt: u32,
    route: Option<Route>,
    tier: Tier,
) -> Result<Vec<Event>, Refusal> {
    let command = Command::Redirect {
        refund: refund(1),
        attempt,
        route,
        grounds: book.grounds.clone(),
    };
    book.run(&command, &by("mia", tier))
}

fn one_failed() -> Book {
    let mut book = sample().line(1, 100, &[]).book();
    book.release(&[("A", 1, None)]).unwrap();
    book.outcome(1, 1, failed()).unwrap();
    book
}

#[test]
fn what_a_provider_refuses_goes_the_merchants_other_ways_in_order() {
    let mut book = one_failed();
    assert_eq!(
        redirect(&mut book, 1, None, Tier::System),
        Ok(vec![]),
        "no way is set"
    );
    book.grounds.approval.tenders.fallback = vec![Route::StoreCredit, Route::ManualPayout];
    let first = redirect(&mut book, 1, None, Tier::System).unwrap();
    assert_eq!(names(&first), ["FallbackChosen", "StoreCreditSubmitted"]);
    assert_eq!(
        redirect(&mut book, 1, None, Tier::System),
        Ok(vec![]),
        "twice is once"
    );
    assert_eq!(book.left().amount.minor, 0, "its money is reserved again");

    // The account is frozen: the next way.
    book.outcome(1, 2, failed()).unwrap();
    let second = redirect(&mut book, 2, None, Tier::System).unwrap();
    assert_eq!(names(&second), ["FallbackChosen", "ManualPayoutRequested"]);
    let grant = book.state.grant(&refund(1)).unwrap();
    assert_eq!(grant.attempts[2].via, Via::Manual);
    assert_eq!(redirect(&mut book, 2, None, Tier::System), Ok(vec![]));

    let payout = |attempt, reference: &str| Command::RecordPayout {
        refund: refund(1),
        attempt,
        reference: text(reference),
    };
    let agent = by("lin", Tier::Agent);
    assert_eq!(reason(book.run(&payout(2, "sepa-1"), &agent)), "NOT_MANUAL");
    let system = at("2026-03-01T10:00:00Z");
    assert_eq!(
        reason(book.run(&payout(3, "sepa-1"), &system)),
        "TIER_TOO_LOW"
    );
    let paid = book.run(&payout(3, "sepa-1"), &agent).unwrap();
    let expected = [
        "ManualPayoutRecorded",
        "RefundSucceeded",
        "RefundSettled",
        "CreditNoteIssued",
    ];
    assert_eq!(names(&paid), expected);
    assert_eq!(
        book.run(&payout(3, "sepa-1"), &agent),
        Ok(vec![]),
        "twice is once"
    );
    assert_eq!(
        reason(book.run(&payout(3, "sepa-2"), &agent)),
        "OUTCOME_CONTRADICTS"
    );
}

#[test]
fn a_person_chooses_a_way_while_the_money_is_there() {
    for (route, tier, answer) in [
        (Route::StoreCredit, Tier::Agent, Ok("StoreCreditSubmitted")),
        (
            Route::ManualPayout,
            Tier::Expert,
            Ok("ManualPayoutRequested"),
        ),
        (Route::ManualPayout, Tier::Platform, Err("TIER_TOO_LOW")),
    ] {
        let mut book = one_failed();
        let answered = redirect(&mut book, 1, Some(route), tier);
        let answered = answered.map(|events| names(&events)[1]);
        assert_eq!(
            answered.map_err(|refusal| backhaul_kernel::Refused::reason(&refusal)),
            answer
        );
    }
    let mut book = one_failed();
    book.goodwill(1).unwrap();
    let answer = redirect(&mut book, 1, Some(Route::StoreCredit), Tier::Agent);
    assert_eq!(reason(answer), "REFUND_EXCEEDS_PAID");

    let mut book = sample().line(1, 100, &[]).book();
    book.release(&[("A", 1, None)]).unwrap();
    let answer = redirect(&mut book, 1, Some(Route::StoreCredit), Tier::Agent);
    assert_eq!(reason(answer), "REFUND_NOT_FAILED");
    book.outcome(1, 1, reversed()).unwrap();
    let answer = redirect(&mut book, 1, Some(Route::StoreCredit), Tier::Agent);
    assert_eq!(names(&answer.unwrap())[1], "StoreCreditSubmitted");
}

/// Of two attempts that failed each goes another way once: the one is not paid out of the other.
#[test]
fn what_an_attempt_lost_goes_another_way_once() {
    let order = sample().line(1, 200, &[]);
    let order = order.captured(Tender::Card, 100);
    let mut book = order.captured(Tender::Card, 300).book();
    book.release(&[("A", 1, None)]).unwrap();
    book.outcome(1, 1, failed()).unwrap();
    book.outcome(1, 2, failed()).unwrap();
    let first = redirect(&mut book, 2, Some(Route::StoreCredit), Tier::Agent).unwrap();
    assert_eq!(names(&first), ["FallbackChosen", "StoreCreditSubmitted"]);
    let again = redirect(&mut book, 2, Some(Route::StoreCredit), Tier::Agent);
    assert_eq!(reason(again), "REFUND_NOT_FAILED");
    let other = redirect(&mut book, 1, Some(Route::StoreCredit), Tier::Agent).unwrap();
    assert_eq!(names(&other), ["FallbackChosen", "StoreCreditSubmitted"]);
    let grant = book.state.grant(&refund(1)).unwrap();
    assert_eq!(grant.outstanding(), 0);
}

#[test]
fn own_gift_cards_and_store_credit_are_credited_and_no_provider_is_asked() {
    let order = sample().line(1, 1000, &[]);
    let mut book = order
        .captured(Tender::GiftCard, 300)
        .captured(Tender::StoreCredit, 200)
        .captured(Tender::Card, 500)
        .book();
    let mut theirs = book.clone();
    theirs.goodwill(1000).unwrap();
    assert!(!names(&theirs.history).contains(&"StoreCreditSubmitted"));

    book.grounds.approval.tenders.credit_books = CreditBooks::Here;
    book.release(&[("A", 1, None)]).unwrap();
    let submitted = [
        "StoreCreditSubmitted",
        "StoreCreditSubmitted",
        "RefundSubmitted",
    ];
    assert_eq!(names(&book.history)[3..], submitted);
    for attempt in 1..=3 {
        book.outcome(1, attempt, succeeded()).unwrap();
    }
    assert_eq!(names(&book.history).last(), Some(&"CreditNoteIssued"));
}
