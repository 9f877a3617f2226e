//! The promise of an answer to who waits for a person.

use backhaul_events::returns::{Authorization, PolicySet, ReviewWithin, Weekday};
use backhaul_kernel::deadline::DeadlineChange;
use backhaul_kernel::{Context, Refused, Text};
use backhaul_returns::{
    Authorize, Cancel, Command, Decline, Event, NoteReviewOverdue, Returns, policies, review_of,
};
use backhaul_testkit::sample::{clock, office_hour};
use backhaul_testkit::{Given, at, given, id, text, time};

use crate::{content, facts, first, item, names, policy, request, sample};

/// A Friday, 16:30 in London.
const REFERRED: &str = "2026-03-13T16:30:00Z";
/// The Monday after it, 9:30.
const DUE: &str = "2026-03-16T09:30:00Z";

/// An office hour, but on public holidays.
fn promise() -> ReviewWithin {
    ReviewWithin {
        holidays_of: Some(id("GB")),
        ..office_hour()
    }
}

fn promising(review_within: Option<ReviewWithin>) -> PolicySet {
    PolicySet {
        authorization: Authorization::Manual,
        review_within: review_within.map(Box::new),
        ..content()
    }
}

fn ask(review_within: Option<ReviewWithin>) -> (Command, Context) {
    let policy = policy(promising(review_within));
    let mut command = request(&sample(), &policy, vec![item("1", 1)]);
    command.requested_at = time(REFERRED);
    (Command::Request(command), at(REFERRED))
}

fn referred() -> Given<Returns> {
    let (command, at) = ask(Some(promise()));
    given::<Returns>([]).and(&command, &at)
}

fn overdue(due: &str) -> Command {
    Command::NoteReviewOverdue(NoteReviewOverdue {
        r#return: first(),
        due: time(due),
    })
}

#[test]
fn what_is_left_to_a_person_says_by_when_one_decides() {
    for (promise, decide_by) in [(Some(promise()), Some(time(DUE))), (None, None)] {
        let (command, at) = ask(promise);
        let events = given::<Returns>([]).when(&command, &at).events();
        let [_, Event::ReturnReferred(referred)] = &events[..] else {
            panic!("{events:?}");
        };
        assert_eq!(referred.decide_by, decide_by);
    }
    let state = referred().state();
    let review = state.find(&first()).and_then(|each| each.review.clone());
    let review = review.expect("an answer is promised");
    assert_eq!((review.decide_by, review.is_overdue), (time(DUE), false));
}

#[test]
fn a_promise_that_nobody_kept_is_told_once() {
    let late = at("2026-03-16T09:30:01Z");
    let events = referred().when(&overdue(DUE), &late).events();
    assert_eq!(names(&events), ["ReviewOverdue"]);
    let told = || referred().and(&overdue(DUE), &late);
    let review = told()
        .state()
        .find(&first())
        .and_then(|each| each.review.clone());
    assert!(review.expect("an answer was promised").is_overdue);
    assert!(told().when(&overdue(DUE), &late).events().is_empty());
    // Too early, and another time than was promised.
    let early = at("2026-03-16T09:29:59Z");
    assert!(referred().when(&overdue(DUE), &early).events().is_empty());
    let other = overdue("2026-03-16T09:00:00Z");
    assert!(referred().when(&other, &late).events().is_empty());
}

#[test]
fn whoever_decides_ends_the_wait() {
    let late = at("2026-03-16T10:00:00Z");
    let authorize = Command::Authorize(Authorize {
        r#return: first(),
        facts: facts(&sample()),
        policy: policy(promising(Some(promise()))),
    });
    let decline = Command::Decline(Decline {
        r#return: first(),
        note: Text::default(),
    });
    let cancel = Command::Cancel(Cancel {
        r#return: first(),
        note: Text::default(),
    });
    for decision in [authorize, decline, cancel] {
        let decided = || referred().and(&decision, &at(REFERRED));
        assert!(decided().when(&overdue(DUE), &late).events().is_empty());
        assert_eq!(
            decided().state().find(&first()).expect("it is").review,
            None
        );
        // One that comes late still decides.
        let told = referred().and(&overdue(DUE), &late);
        assert!(!told.when(&decision, &late).events().is_empty());
    }
}

#[test]
fn a_timer_is_set_by_the_promise_and_cleared_by_whoever_decides() {
    let change = |event: &Event| match backhaul_returns::review_deadline(event) {
        Some(DeadlineChange::Set { key, at }) => Some((review_of(&key), Some(at))),
        Some(DeadlineChange::Clear { key }) => Some((review_of(&key), None)),
        None => None,
    };
    let set = |at| Some((Some(first()), at));
    let (command, now) = ask(Some(promise()));
    let events = given::<Returns>([]).when(&command, &now).events();
    let changes: Vec<_> = events.iter().map(change).collect();
    assert_eq!(changes, [None, set(Some(time(DUE)))]);

    let (command, now) = ask(None);
    let events = given::<Returns>([]).when(&command, &now).events();
    let changes: Vec<_> = events.iter().map(change).collect();
    assert_eq!(changes, [None, set(None)]);

    let decline = Command::Decline(Decline {
        r#return: first(),
        note: Text::default(),
    });
    let late = at("2026-03-16T10:00:00Z");
    for command in [overdue(DUE), decline] {
        let events = referred().when(&command, &late).events();
        assert_eq!(events.iter().filter_map(change).count(), 1);
        assert_eq!(change(&events[0]), set(None));
    }
    // The names of other timers.
    assert_eq!(review_of("536365-R1"), None);
    assert_eq!(review_of("536365-X1:review"), None);
}

#[test]
fn a_promise_that_nobody_could_keep_is_not_published() {
    type Change = fn(&mut ReviewWithin);
    let cases: [(Change, Option<&str>); 11] = [
        (|_| {}, None),
        (|promise| promise.closes = clock("00:00"), None),
        // Eight hours on five days of 52 weeks.
        (|promise| promise.minutes = 8 * 60 * 5 * 52, None),
        (
            |promise| promise.minutes = 8 * 60 * 5 * 52 + 1,
            Some("minutes"),
        ),
        (|promise| promise.minutes = 0, Some("minutes")),
        (|promise| promise.days.clear(), Some("days")),
        (|promise| promise.days.push(Weekday::Monday), Some("days")),
        (|promise| promise.closes = clock("08:59"), Some("closes")),
        (|promise| promise.closes = clock("09:00"), Some("closes")),
        (
            |promise| promise.time_zone = text("London"),
            Some("time_zone"),
        ),
        (
            |promise| promise.holidays_of = Some(id("CN")),
            Some("holidays_of"),
        ),
    ];
    for (change, wrong) in cases {
        let mut promise = promise();
        change(&mut promise);
        let refused = policies::check(&promising(Some(promise))).err();
        let field = refused.map(|refusal| match refusal.kind() {
            backhaul_kernel::RefusalKind::Invalid { field } => field,
            other => panic!("{other:?}"),
        });
        assert_eq!(
            field,
            wrong.map(|field| format!("content.review_within.{field}"))
        );
    }
}

#[test]
fn a_difference_between_promises_is_told() {
    let longer = ReviewWithin {
        minutes: 120,
        ..promise()
    };
    let differences = policies::diff(&promising(Some(promise())), &promising(Some(longer)));
    let [difference] = &differences[..] else {
        panic!("{differences:?}");
    };
    assert_eq!(difference.path, "review_within.minutes");
    assert_eq!(difference.after.as_deref(), Some("120"));
}
