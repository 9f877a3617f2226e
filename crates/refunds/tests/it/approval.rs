//! Limits, and what people say to what is above them.

use crate::given::{Book, by, eur, names, reason, refund, sample, text};
use backhaul_events::refunds::Event;
use backhaul_kernel::{Context, Decider, Money, Refused, Tier};
use backhaul_refunds::approval::{self, ApprovalPolicy};
use backhaul_refunds::{ApprovalPolicySnapshot, Command, Issued, Refusal};

/// An order of 1000 whose merchant lets 100 through.
fn limited() -> Book {
    sample().line(1, 1000, &[]).book().limit(100)
}

fn issue(book: &mut Book, minor: i64, who: &Context) -> Result<Vec<Event>, Refusal> {
    let command = book.issue_command(Issued::Goodwill { amount: eur(minor) });
    book.run(&command, who)
}

fn approve(book: &mut Book, digest: &str, who: &Context) -> Result<Vec<Event>, Refusal> {
    let command = Command::Approve {
        refund: refund(1),
        digest: digest.to_owned(),
        grounds: book.grounds.clone(),
    };
    book.run(&command, who)
}

fn digest(book: &Book) -> String {
    book.state.grant(&refund(1)).unwrap().digest.clone()
}

#[test]
fn the_limit_decides_who_approves() {
    let paid = [
        "RefundProposed",
        "RefundApproved",
        "TendersAllocated",
        "RefundSubmitted",
    ];
    for (minor, events) in [
        (99, &paid[..]),
        (100, &paid),
        (101, &["RefundProposed", "ApprovalRequested"]),
    ] {
        let mut book = limited();
        let events_of = issue(&mut book, minor, &by("lin", Tier::Agent)).unwrap();
        assert_eq!(names(&events_of), events, "{minor}");
    }
    // Without a policy nothing goes out without a person.
    let mut book = limited();
    book.grounds.approval = ApprovalPolicySnapshot::default();
    let events = issue(&mut book, 1, &by("lin", Tier::Agent)).unwrap();
    assert_eq!(names(&events), ["RefundProposed", "ApprovalRequested"]);
}

#[test]
fn four_eyes_and_the_right_tier_approve_what_they_saw() {
    for (name, tier, answer) in [
        ("mia", Tier::Expert, "approved"),
        ("mia", Tier::Admin, "approved"),
        ("mia", Tier::Agent, "TIER_TOO_LOW"),
        ("mia", Tier::Platform, "TIER_TOO_LOW"),
        ("refunds.approve", Tier::System, "TIER_TOO_LOW"),
        ("lin", Tier::Expert, "FOUR_EYES"),
    ] {
        let mut book = limited();
        issue(&mut book, 500, &by("lin", Tier::Expert)).unwrap();
        let digest = digest(&book);
        let answered = match approve(&mut book, &digest, &by(name, tier)) {
            Ok(events) => {
                let expected = ["RefundApproved", "TendersAllocated", "RefundSubmitted"];
                assert_eq!(names(&events), expected);
                "approved"
            }
            Err(refusal) => refusal.reason(),
        };
        assert_eq!(answered, answer, "{name} {tier:?}");
    }
}

#[test]
fn an_approval_of_something_else_is_stale() {
    let mut other = limited();
    issue(&mut other, 400, &by("lin", Tier::Agent)).unwrap();
    let mut book = limited();
    issue(&mut book, 500, &by("lin", Tier::Agent)).unwrap();
    let expert = by("mia", Tier::Expert);
    for stale in [digest(&other), String::new()] {
        assert_eq!(
            reason(approve(&mut book, &stale, &expert)),
            "APPROVAL_STALE"
        );
    }
    let digest = digest(&book);
    approve(&mut book, &digest, &expert).unwrap();
    assert_eq!(
        approve(&mut book, &digest, &expert),
        Ok(vec![]),
        "twice is once"
    );
}

#[test]
fn what_waits_is_rejected_or_withdrawn_and_its_money_is_free_again() {
    let reject = Command::Reject {
        refund: refund(1),
        note: text("no"),
    };
    let cancel = Command::Cancel {
        refund: refund(1),
        note: text("mistake"),
    };
    let expert = by("mia", Tier::Expert);
    for (command, event, other, refused) in [
        (
            &reject,
            "RefundRejected",
            &cancel,
            "REFUND_NOT_AWAITING_APPROVAL",
        ),
        (
            &cancel,
            "RefundCancelled",
            &reject,
            "REFUND_NOT_AWAITING_APPROVAL",
        ),
    ] {
        let mut book = limited();
        issue(&mut book, 1000, &by("lin", Tier::Agent)).unwrap();
        let second = issue(&mut book, 1, &by("lin", Tier::Agent));
        assert_eq!(
            reason(second),
            "REFUND_EXCEEDS_PAID",
            "what waits is reserved"
        );
        assert_eq!(names(&book.run(command, &expert).unwrap()), [event]);
        assert_eq!(book.run(command, &expert), Ok(vec![]), "twice is once");
        assert_eq!(reason(book.run(other, &expert)), refused);
        assert_eq!(book.left().amount.minor, 1000);
    }
    let mut book = limited();
    issue(&mut book, 100, &by("lin", Tier::Agent)).unwrap();
    assert_eq!(reason(book.run(&cancel, &expert)), "REFUND_SUBMITTED");
    assert_eq!(
        reason(book.run(&reject, &expert)),
        "REFUND_NOT_AWAITING_APPROVAL"
    );
    assert_eq!(
        reason(book.run(&reject, &by("lin", Tier::Agent))),
        "TIER_TOO_LOW"
    );
}

#[test]
fn a_warehouse_moves_no_money() {
    let mut book = limited();
    let warehouse = by("leicester", Tier::Warehouse);
    assert_eq!(reason(issue(&mut book, 1, &warehouse)), "TIER_TOO_LOW");
}

#[test]
fn limits_are_published_in_versions() {
    let jpy = Money::new(500, "JPY".parse().unwrap());
    let mut state = ApprovalPolicySnapshot::default();
    for (limits, tier, answer) in [
        (vec![eur(100)], Tier::Expert, Err("TIER_TOO_LOW")),
        (vec![eur(-1)], Tier::Admin, Err("LIMIT_NEGATIVE")),
        (vec![eur(1), eur(2)], Tier::Admin, Err("LIMIT_TWICE")),
        (vec![], Tier::Admin, Ok(1)),
        (vec![], Tier::Admin, Ok(1)),
        (vec![eur(100), jpy], Tier::Admin, Ok(2)),
        (vec![eur(100), jpy], Tier::Admin, Ok(2)),
        (vec![eur(0)], Tier::Admin, Ok(3)),
    ] {
        let command = approval::Command::Publish {
            policy: ApprovalPolicySnapshot {
                automatic_up_to: limits.clone(),
                ..ApprovalPolicySnapshot::default()
            },
        };
        let decided = ApprovalPolicy::decide(&state, &command, &by("root", tier));
        let version = decided.map(|events| {
            for event in &events {
                ApprovalPolicy::evolve(&mut state, event);
            }
            state.version
        });
        assert_eq!(
            version.map_err(|refusal| refusal.reason()),
            answer,
            "{limits:?}"
        );
    }
    assert_eq!(state.limit("EUR".parse().unwrap()), Some(eur(0)));
    assert_eq!(state.limit("JPY".parse().unwrap()), None);
}
