//! What providers say, in every order.

use crate::given::{
    Book, at, by, failed, names, pending, reason, refund, reversed, sample, succeeded, text,
};
use backhaul_events::orders::Tender;
use backhaul_events::refunds::Event;
use backhaul_kernel::Tier;
use backhaul_kernel::deadline::DeadlineChange;
use backhaul_refunds::{Command, Outcome, Progress, Stage, attempt_of, deadline};

/// One refund of 100 out of 100, submitted.
fn submitted() -> Book {
    let mut book = sample().line(1, 100, &[]).book();
    book.release(&[("A", 1, None)]).unwrap();
    book
}

fn action_required() -> Outcome {
    Outcome::ActionRequired {
        provider_refund: text("re_1"),
        instruction: text("ask the buyer for an account"),
    }
}

#[test]
fn a_refund_within_the_limit_is_submitted_in_the_same_commit() {
    let expected = [
        "RefundProposed",
        "RefundApproved",
        "TendersAllocated",
        "RefundSubmitted",
    ];
    assert_eq!(names(&submitted().history), expected);
}

#[test]
fn every_outcome_after_every_other() {
    let (ok, no, back) = (succeeded, failed, reversed);
    let settled = &["RefundSucceeded", "RefundSettled", "CreditNoteIssued"][..];
    for (before, then, events) in [
        (vec![], ok(), settled),
        (vec![], no(), &["RefundFailed"]),
        (vec![], pending(), &["RefundPending"]),
        (vec![], action_required(), &["RefundActionRequired"]),
        (vec![], Outcome::Unknown, &["RefundOutcomeUnknown"]),
        (vec![], back(), &["RefundReversed"]),
        (vec![Outcome::Unknown], ok(), settled),
        (vec![Outcome::Unknown], no(), &["RefundFailed"]),
        (
            vec![Outcome::Unknown],
            Outcome::Unknown,
            &["RefundOutcomeUnknown"],
        ),
        (vec![pending()], pending(), &[]),
        (vec![pending()], Outcome::Unknown, &[]),
        (vec![pending()], ok(), settled),
        (
            vec![pending()],
            action_required(),
            &["RefundActionRequired"],
        ),
        (vec![action_required()], action_required(), &[]),
        (vec![action_required()], Outcome::Unknown, &[]),
        (vec![action_required()], pending(), &["RefundPending"]),
        (vec![ok()], ok(), &[]),
        (vec![ok()], pending(), &[]),
        (vec![ok()], Outcome::Unknown, &[]),
        (vec![ok()], back(), &["RefundReversed"]),
        // T56: success and then failure means that the money came back; the other way round it went.
        (vec![ok()], no(), &["RefundReversed"]),
        (vec![no()], ok(), settled),
        (vec![no()], no(), &[]),
        (vec![no()], back(), &[]),
        (vec![no()], pending(), &[]),
        (vec![ok(), back()], ok(), &[]),
        (vec![ok(), back()], back(), &[]),
        (vec![ok(), back()], no(), &[]),
    ] {
        let mut book = submitted();
        for outcome in &before {
            book.outcome(1, 1, outcome.clone()).unwrap();
        }
        let answer = book.outcome(1, 1, then.clone()).unwrap();
        assert_eq!(names(&answer), events, "{before:?} then {then:?}");
    }
}

#[test]
fn one_attempt_is_never_two_refunds() {
    let mut book = submitted();
    book.outcome(1, 1, succeeded()).unwrap();
    let other = Outcome::Succeeded {
        provider_refund: text("re_2"),
        acquirer_reference: text(""),
    };
    assert_eq!(reason(book.outcome(1, 1, other)), "OUTCOME_CONTRADICTS");
    assert_eq!(reason(book.outcome(1, 2, succeeded())), "ATTEMPT_UNKNOWN");
    assert_eq!(reason(book.outcome(2, 1, succeeded())), "REFUND_UNKNOWN");
}

/// Providers learn the acquirer's reference days after the money went.
#[test]
fn a_reference_that_comes_late_is_told_once() {
    let with = |reference: &str| Outcome::Succeeded {
        provider_refund: text("re_1"),
        acquirer_reference: text(reference),
    };
    let mut book = submitted();
    for (outcome, events) in [
        (
            with(""),
            &["RefundSucceeded", "RefundSettled", "CreditNoteIssued"][..],
        ),
        (with(""), &[]),
        (with("arn-1"), &["RefundSucceeded"]),
        (with("arn-1"), &[]),
        (with(""), &[]),
        (with("arn-2"), &[]),
    ] {
        let answer = book.outcome(1, 1, outcome.clone()).unwrap();
        assert_eq!(names(&answer), events, "{outcome:?}");
    }
    let attempt = book
        .state
        .grant(&refund(1))
        .unwrap()
        .attempt(1)
        .unwrap()
        .clone();
    let expected = Progress::Succeeded {
        provider_refund: text("re_1"),
        acquirer_reference: text("arn-1"),
    };
    assert_eq!(attempt.progress, expected);
    assert_eq!(book.left().amount.minor, 0);
}

/// Others: failed refund still counts as refunded.
#[test]
fn only_a_definite_failure_frees_the_money() {
    for (outcome, left) in [
        (Outcome::Unknown, 0),
        (pending(), 0),
        (action_required(), 0),
        (succeeded(), 0),
        (failed(), 100), // T66, T92: a decline consumes nothing.
        (reversed(), 100),
    ] {
        let mut book = submitted();
        book.outcome(1, 1, outcome.clone()).unwrap();
        assert_eq!(book.left().amount.minor, left, "{outcome:?}");
        assert_eq!(book.goodwill(100).is_ok(), left == 100, "{outcome:?}");
    }
}

#[test]
fn an_unknown_outcome_is_asked_for_on_a_schedule_and_then_parked() {
    let mut book = submitted();
    let mut now: jiff::Timestamp = "2026-03-01T10:00:00Z".parse().unwrap();
    let mut pauses = Vec::new();
    let unknown = Command::RecordOutcome {
        refund: refund(1),
        attempt: 1,
        outcome: Outcome::Unknown,
    };
    loop {
        let events = book.run(&unknown, &at(&now.to_string())).unwrap();
        match &events[..] {
            [Event::RefundOutcomeUnknown(event)] => {
                pauses.push(event.retry_at.duration_since(now).as_secs());
                let (key, due) = ("536365-F1/1".to_owned(), event.retry_at);
                let set = DeadlineChange::Set { key, at: due };
                assert_eq!(deadline(&events[0]), Some(set));
                now = due;
            }
            [Event::RefundParked(event)] => {
                assert_eq!(event.tries, 7);
                let key = "536365-F1/1".to_owned();
                assert_eq!(deadline(&events[0]), Some(DeadlineChange::Clear { key }));
                break;
            }
            other => panic!("unexpected {other:?}"),
        }
    }
    assert_eq!(pauses, [10, 60, 600, 3600, 21_600, 86_400]);
    // Parked money stays reserved until somebody knows.
    assert_eq!(book.left().amount.minor, 0);
    assert_eq!(book.outcome(1, 1, Outcome::Unknown), Ok(vec![]));
    assert_eq!(names(&book.outcome(1, 1, succeeded()).unwrap()).len(), 3);
}

#[test]
fn a_pending_refund_is_polled_for_weeks_and_then_parked() {
    let mut book = submitted();
    let mut now: jiff::Timestamp = "2026-03-01T10:00:00Z".parse().unwrap();
    let start = now;
    let report = Command::RecordOutcome {
        refund: refund(1),
        attempt: 1,
        outcome: pending(),
    };
    let mut polls = 0;
    loop {
        let events = book.run(&report, &at(&now.to_string())).unwrap();
        polls += 1;
        let again = book.run(&report, &at(&now.to_string())).unwrap();
        match &events[..] {
            [Event::RefundPending(event)] => {
                assert_eq!(again, [], "the same report twice");
                now = event.retry_at;
            }
            [Event::RefundParked(_)] => break,
            other => panic!("unexpected {other:?}"),
        }
        assert!(polls < 100, "polling ends");
    }
    let days = now.duration_since(start).as_hours() / 24;
    assert!((28..40).contains(&days), "{days} days");
}

#[test]
fn a_timer_names_its_attempt() {
    assert_eq!(attempt_of("536365-F1/2"), Some((refund(1), 2)));
    for other in ["", "536365-F1", "536365-F1/x", "536365-R1/1"] {
        assert_eq!(attempt_of(other), None, "{other}");
    }
}

#[test]
fn t29_the_key_is_the_attempts_own() {
    let mut book = submitted();
    let key = |book: &Book, number| {
        let grant = book.state.grant(&refund(1)).unwrap();
        grant.attempt(number).unwrap().key.clone()
    };
    let first = key(&book, 1);
    assert_eq!(
        key(&submitted(), 1),
        first,
        "the same attempt has the same key"
    );
    book.outcome(1, 1, failed()).unwrap();
    book.retry(1).unwrap();
    assert_ne!(key(&book, 2), first, "another attempt has another key");
}

#[test]
fn a_failed_refund_is_sent_again_as_a_new_attempt() {
    let mut book = submitted();
    assert_eq!(reason(book.retry(1)), "REFUND_NOT_FAILED");
    book.outcome(1, 1, failed()).unwrap();
    let sent = book.retry(1).unwrap();
    assert_eq!(names(&sent), ["TendersAllocated", "RefundSubmitted"]);
    let done = book.outcome(1, 2, succeeded()).unwrap();
    let settled = ["RefundSucceeded", "RefundSettled", "CreditNoteIssued"];
    assert_eq!(names(&done), settled);
    assert_eq!(reason(book.retry(1)), "REFUND_NOT_FAILED");

    // It bounces, is sent once more, and settles again.
    book.outcome(1, 2, reversed()).unwrap();
    assert_eq!(book.state.grant(&refund(1)).unwrap().stage, Stage::Approved);
    book.retry(1).unwrap();
    let done = book.outcome(1, 3, succeeded()).unwrap();
    assert_eq!(names(&done), ["RefundSucceeded", "RefundSettled"]);
    assert_eq!(book.state.grant(&refund(1)).unwrap().stage, Stage::Settled);
}

#[test]
fn a_failed_refund_is_not_sent_again_when_its_money_or_its_units_are_gone() {
    let mut book = submitted();
    book.outcome(1, 1, failed()).unwrap();
    book.goodwill(1).unwrap();
    assert_eq!(reason(book.retry(1)), "REFUND_EXCEEDS_PAID");

    let mut book = submitted();
    book.outcome(1, 1, failed()).unwrap();
    book.release(&[("A", 1, None)]).unwrap();
    assert_eq!(reason(book.retry(1)), "UNITS_REFUNDED");

    let mut book = submitted();
    book.outcome(1, 1, failed()).unwrap();
    book.portion(Some("A"), Some(1)).unwrap();
    assert_eq!(reason(book.retry(1)), "REFUND_EXCEEDS_PAID");
}

#[test]
fn of_two_payments_the_failed_one_is_sent_again() {
    let order = sample().line(1, 100, &[]);
    let order = order
        .captured(Tender::Card, 60)
        .captured(Tender::GiftCard, 40);
    let mut book = order.book();
    book.release(&[("A", 1, None)]).unwrap();
    assert_eq!(
        names(&book.outcome(1, 1, succeeded()).unwrap()),
        ["RefundSucceeded"]
    );
    book.outcome(1, 2, failed()).unwrap();
    // Partly paid: the units stay paid for, and the rest goes to the payment that still holds it.
    assert_eq!(reason(book.release(&[("A", 1, None)])), "UNITS_REFUNDED");
    book.retry(1).unwrap();
    let grant = book.state.grant(&refund(1)).unwrap();
    let third = grant.attempt(3).unwrap();
    assert_eq!((third.payment.as_str(), third.amount.minor), ("p2", 40));
    let allocated: i64 = grant.allocations.iter().map(|to| to.amount.minor).sum();
    assert_eq!(allocated, 100);
    let done = book.outcome(1, 3, succeeded()).unwrap();
    let settled = ["RefundSucceeded", "RefundSettled", "CreditNoteIssued"];
    assert_eq!(names(&done), settled);
}

#[test]
fn money_that_went_is_recorded_even_where_the_rules_would_not_have_sent_it() {
    let mut book = submitted();
    book.outcome(1, 1, failed()).unwrap();
    book.retry(1).unwrap();
    book.outcome(1, 2, succeeded()).unwrap();
    // The provider changes its mind about the first attempt: paid twice, and nothing hides it.
    assert_eq!(
        names(&book.outcome(1, 1, succeeded()).unwrap()),
        ["RefundSucceeded"]
    );
    let grant = book.state.grant(&refund(1)).unwrap();
    assert_eq!(grant.succeeded(), 200);
    assert!(matches!(
        grant.attempts[0].progress,
        Progress::Succeeded { .. }
    ));
    assert_eq!(book.left().amount.minor, 0);
}

#[test]
fn after_a_contradiction_what_waits_is_not_paid_and_units_are_counted_once() {
    // What waited when the late success came is refused at its approval, not paid in part.
    let mut book = sample().line(1, 100, &[]).book().limit(50);
    book.goodwill(50).unwrap();
    book.outcome(1, 1, failed()).unwrap();
    book.goodwill(100).unwrap();
    book.outcome(1, 1, succeeded()).unwrap();
    let approve = Command::Approve {
        refund: refund(2),
        digest: book.state.grant(&refund(2)).unwrap().digest.clone(),
        grounds: book.grounds.clone(),
    };
    let answer = book.run(&approve, &by("mia", Tier::Expert));
    assert_eq!(reason(answer), "REFUND_EXCEEDS_PAID");

    // Units that two grants paid for are still only these units.
    let order = sample().line(4, 400, &[]);
    let mut book = order.captured(Tender::Card, 1000).book();
    book.release(&[("A", 3, None)]).unwrap();
    book.outcome(1, 1, failed()).unwrap();
    book.release(&[("A", 1, None)]).unwrap();
    book.release(&[("A", 1, None)]).unwrap();
    book.outcome(1, 1, succeeded()).unwrap();
    assert_eq!(book.left().units[0].quantity, 1);
}
