//! Limits by tier, day and buyer; approvals that expire; schedules; goodwill's own bound.

use backhaul_events::refunds::{Event, GoodwillReason, Spent, TierLimits, Used};
use backhaul_kernel::{Context, Decider, Refused, Tier, Timestamp};
use backhaul_refunds::approval::{self, ApprovalPolicy};
use backhaul_refunds::budget::{self, BudgetState, Budgets, Window};
use backhaul_refunds::{ApprovalPolicySnapshot, Command, Issued, Stage, wait_deadline};

use crate::given::{Book, at, by, eur, names, order, reason, refund, sample};

/// 10 without a person; an agent alone up to 50 and 100 a day, an expert up to 500; 300 a buyer.
fn tiered() -> Book {
    let mut book = sample().line(1, 1000, &[]).book().limit(10);
    let limits = |tier, per_refund, per_day: &[i64]| TierLimits {
        tier,
        per_refund: vec![eur(per_refund)],
        per_day: per_day.iter().copied().map(eur).collect(),
    };
    let policy = &mut book.grounds.approval;
    policy.tiers = vec![
        limits(Tier::Agent, 50, &[100]),
        limits(Tier::Expert, 500, &[]),
    ];
    policy.per_buyer = vec![eur(300)];
    book
}

fn used(taken: i64, total: i64) -> Option<Used> {
    Some(Used {
        budget: "b".to_owned(),
        taken: eur(taken),
        total: eur(total),
    })
}

/// Goodwill when so much, itself included, was used today and for the buyer.
fn issue(book: &mut Book, minor: i64, day: i64, buyer: i64, who: &Context) -> &'static str {
    book.grounds.spent = Some(Spent {
        claim: "c".to_owned(),
        actor: used(minor, day),
        buyer: used(minor, buyer),
    });
    let command = book.issue_command(Issued::Goodwill { amount: eur(minor) });
    names(&book.run(&command, who).unwrap())[1]
}

#[test]
fn a_tier_approves_alone_within_its_limits() {
    let (agent, expert) = (by("lin", Tier::Agent), by("mia", Tier::Expert));
    for (minor, day, buyer, who, event) in [
        (10, 10, 10, &agent, "RefundApproved"),
        (50, 50, 50, &agent, "RefundApproved"),
        (51, 51, 51, &agent, "ApprovalRequested"),
        (50, 100, 50, &agent, "RefundApproved"),
        (50, 101, 50, &agent, "ApprovalRequested"),
        // The day's limit counts what needs no person, too.
        (10, 101, 10, &agent, "ApprovalRequested"),
        (50, 50, 300, &agent, "RefundApproved"),
        (50, 50, 301, &agent, "ApprovalRequested"),
        (300, 9999, 300, &expert, "RefundApproved"),
        (301, 301, 301, &expert, "ApprovalRequested"),
    ] {
        let answer = issue(&mut tiered(), minor, day, buyer, who);
        assert_eq!(answer, event, "{minor} {day} {buyer}");
    }
}

#[test]
fn what_was_used_must_be_known_and_of_this_very_refund() {
    let agent = by("lin", Tier::Agent);
    for spent in [
        None,
        Some(Spent::default()),
        Some(Spent {
            claim: "c".to_owned(),
            actor: used(9, 9),
            buyer: used(10, 10),
        }),
    ] {
        let mut book = tiered();
        book.grounds.spent = spent.clone();
        let command = book.issue_command(Issued::Goodwill { amount: eur(10) });
        let events = book.run(&command, &agent).unwrap();
        assert_eq!(names(&events)[1], "ApprovalRequested");
        assert_eq!(
            book.state.grant(&refund(1)).unwrap().spent,
            spent,
            "the inputs are noted"
        );
    }
}

#[test]
fn an_approver_has_limits_too_and_four_eyes_have_names() {
    let approve = |book: &mut Book, who: &Context| {
        let grant = book.state.grant(&refund(1)).unwrap();
        let command = Command::Approve {
            refund: refund(1),
            digest: grant.digest.clone(),
            grounds: book.grounds.clone(),
        };
        book.run(&command, who)
    };
    let mut book = tiered();
    issue(&mut book, 600, 600, 600, &by("lin", Tier::Expert));
    let proposer = book.state.grant(&refund(1)).unwrap().proposed_by.clone();
    assert_eq!(proposer.unwrap().name, "lin");
    assert_eq!(
        reason(approve(&mut book, &by("lin", Tier::Admin))),
        "FOUR_EYES"
    );
    assert_eq!(
        reason(approve(&mut book, &by("mia", Tier::Expert))),
        "ABOVE_LIMIT"
    );
    assert_eq!(
        names(&approve(&mut book, &by("root", Tier::Admin)).unwrap())[0],
        "RefundApproved"
    );
}

fn expire(book: &mut Book, now: &str) -> Vec<Event> {
    let command = Command::ExpireApproval { refund: refund(1) };
    book.run(&command, &at(now)).unwrap()
}

#[test]
fn an_approval_expires_after_a_day() {
    const LATER: &str = "2026-03-02T10:00:00Z";
    let approve = |book: &Book, digest: &str| Command::Approve {
        refund: refund(1),
        digest: digest.to_owned(),
        grounds: book.grounds.clone(),
    };
    let digest = |book: &Book| book.state.grant(&refund(1)).unwrap().digest.clone();
    let late = Context {
        now: "2026-03-02T10:00:01Z".parse().unwrap(),
        ..by("mia", Tier::Expert)
    };

    // By hand: given up, and its money is free.
    let mut book = sample().line(1, 100, &[]).book().limit(0);
    book.goodwill(100).unwrap();
    assert!(wait_deadline(book.history.last().unwrap()).is_some());
    let first = digest(&book);
    assert_eq!(
        reason(book.clone().run(&approve(&book, &first), &late)),
        "APPROVAL_STALE"
    );
    assert_eq!(expire(&mut book, "2026-03-02T09:59:00Z"), []);
    assert_eq!(names(&expire(&mut book, LATER)), ["ApprovalExpired"]);
    assert_eq!(expire(&mut book, LATER), []);
    assert_eq!(book.left().amount.minor, 100);

    // What a return is owed does not lapse: it is asked for again, under another digest.
    let mut book = sample().line(1, 100, &[]).book().limit(0);
    book.release(&[("A", 1, None)]).unwrap();
    let first = digest(&book);
    assert_eq!(
        names(&expire(&mut book, LATER)),
        ["ApprovalExpired", "ApprovalRequested"]
    );
    assert_eq!(
        reason(book.clone().run(&approve(&book, &first), &late)),
        "APPROVAL_STALE"
    );
    assert_eq!(
        book.state.grant(&refund(1)).unwrap().stage,
        Stage::AwaitingApproval
    );
    assert_eq!(book.left().amount.minor, 0);
    let second = digest(&book);
    assert!(book.clone().run(&approve(&book, &second), &late).is_ok());
}

#[test]
fn a_scheduled_refund_waits_for_its_time() {
    let resume = |book: &mut Book, now: &str| {
        let command = Command::Resume {
            refund: refund(1),
            grounds: book.grounds.clone(),
        };
        names(&book.run(&command, &at(now)).unwrap())
    };
    let time = |text: &str| -> Timestamp { text.parse().unwrap() };
    let mut book = sample().line(1, 100, &[]).book();
    book.wishes.not_before = Some(time("2026-04-01T00:00:00Z"));
    book.goodwill(60).unwrap();
    assert_eq!(names(&book.history).last(), Some(&"RefundHeld"));
    assert!(wait_deadline(book.history.last().unwrap()).is_some());
    assert_eq!(book.left().amount.minor, 40, "its money is reserved");
    assert_eq!(resume(&mut book, "2026-03-31T23:00:00Z"), [""; 0]);
    let paid = resume(&mut book, "2026-04-01T00:00:00Z");
    assert_eq!(paid, ["TendersAllocated", "RefundSubmitted"]);
    assert_eq!(resume(&mut book, "2026-04-01T00:00:01Z"), [""; 0]);

    let mut past = sample().line(1, 100, &[]).book();
    past.wishes.not_before = Some(time("2026-01-01T00:00:00Z"));
    past.goodwill(1).unwrap();
    assert_eq!(names(&past.history).last(), Some(&"RefundSubmitted"));
    past.wishes.not_before = Some(time("2028-01-01T00:00:00Z"));
    assert_eq!(reason(past.goodwill(1)), "SCHEDULE_TOO_FAR");
}

#[test]
fn goodwill_has_a_bound_of_its_own() {
    let mut book = sample().line(1, 1000, &[]).book();
    book.grounds.approval.goodwill_per_order = vec![eur(100)];
    book.wishes.reason = Some(GoodwillReason::LateDelivery);
    assert_eq!(book.goodwill(60), Ok(60));
    assert_eq!(reason(book.goodwill(41)), "GOODWILL_EXCEEDED");
    assert_eq!(book.goodwill(40), Ok(40));
    assert_eq!(reason(book.goodwill(1)), "GOODWILL_EXCEEDED");
    book.outcome(1, 1, crate::given::failed()).unwrap();
    assert_eq!(book.goodwill(60), Ok(60), "what failed was not given");
    assert_eq!(
        book.portion(Some("A"), Some(500)),
        Ok(500),
        "goods are no goodwill"
    );
}

#[test]
fn a_budget_counts_each_claim_once_and_forgets_what_is_old() {
    let mut state = BudgetState::default();
    let mut run = |command: budget::Command, now: &str| {
        let events = Budgets::decide(&state, &command, &at(now)).unwrap();
        for event in &events {
            Budgets::evolve(&mut state, event);
        }
        (events.len(), state.clone())
    };
    let take = |claim: &str, minor: i64| budget::Command::Take {
        claim: claim.to_owned(),
        order: order(),
        amount: eur(minor),
    };
    let total =
        |state: &BudgetState, claim: &str, window| state.used(claim, window).map(|used| used.minor);
    run(take("a", 60), "2026-03-01T23:00:00Z");
    run(take("b", 60), "2026-03-02T01:00:00Z");
    let (events, state) = run(take("b", 60), "2026-03-02T01:00:00Z");
    assert_eq!(events, 0, "twice is once");
    assert_eq!(total(&state, "a", Window::Day), Some(60));
    // The second of two at once sees the first; a new day begins at midnight.
    assert_eq!(total(&state, "b", Window::ThirtyDays), Some(120));
    assert_eq!(total(&state, "b", Window::Day), Some(60));
    let back = budget::Command::Return {
        claim: "a".to_owned(),
    };
    let (_, state) = run(back.clone(), "2026-03-02T02:00:00Z");
    assert_eq!(total(&state, "b", Window::ThirtyDays), Some(60));
    assert_eq!(total(&state, "a", Window::Day), None);
    assert_eq!(run(back, "2026-03-02T02:00:00Z").0, 0);
    let (_, state) = run(take("c", 5), "2026-04-02T01:00:00Z");
    assert_eq!(total(&state, "c", Window::ThirtyDays), Some(5));
}

#[test]
fn limits_of_tiers_are_checked() {
    let entry = |tier| TierLimits {
        tier,
        per_refund: vec![eur(1)],
        per_day: vec![],
    };
    let admin = by("root", Tier::Admin);
    let route = backhaul_events::refunds::Route::StoreCredit;
    let with = |change: &dyn Fn(&mut ApprovalPolicySnapshot)| {
        let mut policy = ApprovalPolicySnapshot::default();
        change(&mut policy);
        let command = approval::Command::Publish { policy };
        let answer = ApprovalPolicy::decide(&ApprovalPolicySnapshot::default(), &command, &admin);
        answer.map(|events| events.len()).map_err(|no| no.reason())
    };
    assert_eq!(
        with(&|policy| policy.tiers = vec![entry(Tier::Agent)]),
        Ok(1)
    );
    assert_eq!(
        with(&|policy| policy.tiers = vec![entry(Tier::Platform)]),
        Err("TIER_INVALID")
    );
    assert_eq!(
        with(&|policy| policy.tiers = vec![entry(Tier::Agent); 2]),
        Err("TIER_INVALID")
    );
    assert_eq!(
        with(&|policy| policy.per_buyer = vec![eur(-1)]),
        Err("LIMIT_NEGATIVE")
    );
    assert_eq!(
        with(&|policy| policy.goodwill_per_order = vec![eur(1); 2]),
        Err("LIMIT_TWICE")
    );
    assert_eq!(
        with(&|policy| policy.tenders.fallback = vec![route; 2]),
        Err("FALLBACK_TWICE")
    );
}
