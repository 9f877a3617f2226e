//! Commands: once, whatever happens.

use std::sync::Arc;

use backhaul_engine::{Failure, intent};

use crate::desk::{Bench, TooMany, UNITS_MAX, named, stream};

#[tokio::test]
async fn a_repeated_command_gets_its_first_answer() {
    let bench = Bench::new();
    let first = bench
        .desk
        .execute(&stream("a"), 3, &named("one"))
        .await
        .unwrap();
    bench
        .desk
        .execute(&stream("a"), 4, &named("two"))
        .await
        .unwrap();

    let again = bench
        .desk
        .execute(&stream("a"), 3, &named("one"))
        .await
        .unwrap();
    assert_eq!(
        (again.version, *again.state, again.position),
        (1, 3, first.position)
    );
    assert_eq!(again.events, first.events);
    assert_eq!(*bench.desk.load(&stream("a")).await.unwrap().state, 7);
}

#[tokio::test]
async fn a_command_id_is_bound_to_its_content() {
    let bench = Bench::new();
    bench
        .desk
        .execute(&stream("a"), 3, &named("one"))
        .await
        .unwrap();
    let mut other = named("one");
    other.digest = intent::digest(b"something else");
    let failure = bench
        .desk
        .execute(&stream("a"), 4, &other)
        .await
        .unwrap_err();
    assert!(
        matches!(failure, Failure::CommandReused { .. }),
        "{failure}"
    );
    assert_eq!(bench.desk.load(&stream("a")).await.unwrap().version, 1);
}

#[tokio::test]
async fn a_refusal_and_a_command_without_effect_append_nothing() {
    let bench = Bench::new();
    let failure = bench
        .desk
        .execute(&stream("a"), 11, &named("one"))
        .await
        .unwrap_err();
    assert!(matches!(failure, Failure::Refused(TooMany)));
    let unchanged = bench
        .desk
        .execute(&stream("a"), 0, &named("two"))
        .await
        .unwrap();
    assert_eq!((unchanged.version, unchanged.events.len()), (0, 0));
}

#[tokio::test]
async fn two_processes_racing_on_one_stream_make_one_history() {
    let here = Bench::new();
    let there = here.beside();
    let mut racing = tokio::task::JoinSet::new();
    for number in 0..20 {
        let desk = Arc::clone(if number % 2 == 0 {
            &here.desk
        } else {
            &there.desk
        });
        racing.spawn(async move {
            desk.execute(&stream("a"), 1, &named(&format!("c{number}")))
                .await
        });
    }
    let answers = racing.join_all().await;
    let accepted = answers.iter().filter(|answer| answer.is_ok()).count();
    assert_eq!(accepted, 10);
    assert!(
        answers
            .iter()
            .filter_map(|answer| answer.as_ref().err())
            .all(|failure| matches!(failure, Failure::Refused(TooMany)))
    );
    assert_eq!(*here.desk.load(&stream("a")).await.unwrap().state, 10);
    assert_eq!(*there.desk.load(&stream("a")).await.unwrap().state, 10);
}

#[tokio::test]
async fn a_lost_answer_is_found_in_the_stream() {
    let bench = Bench::new();
    bench.log.lose_next_answer();
    let answer = bench
        .desk
        .execute(&stream("a"), 3, &named("one"))
        .await
        .unwrap();
    assert_eq!((answer.version, *answer.state), (1, 3));
}

#[tokio::test]
async fn a_caller_that_gives_up_leaves_no_stale_state() {
    let bench = Bench::new();
    bench
        .desk
        .execute(&stream("a"), 1, &named("zero"))
        .await
        .unwrap();
    bench.log.hold();
    {
        let (at, intent) = (stream("a"), named("one"));
        let call = bench.desk.execute(&at, 9, &intent);
        tokio::pin!(call);
        // Polled once, the append is on its way; then the caller hangs up.
        assert!(futures::poll!(&mut call).is_pending());
    }
    bench.log.release();
    // Whether the log took it or not, the next decision must be made on what the log holds.
    let _ = bench.desk.execute(&stream("a"), 1, &named("two")).await;
    let here = bench.desk.load(&stream("a")).await.unwrap();
    let fresh = bench.beside().desk.load(&stream("a")).await.unwrap();
    assert_eq!((here.version, *here.state), (fresh.version, *fresh.state));
    assert!(*here.state <= UNITS_MAX);
}

#[tokio::test]
async fn a_failed_log_is_said_and_nothing_is_decided_on_it() {
    let bench = Bench::new();
    bench.log.fail_next_sync();
    let failure = bench
        .desk
        .execute(&stream("a"), 1, &named("one"))
        .await
        .unwrap_err();
    assert!(matches!(failure, Failure::ReadOnly(_)), "{failure}");
    assert_eq!(*bench.desk.load(&stream("a")).await.unwrap().state, 0);
}

#[tokio::test]
async fn an_answer_without_a_commit_knows_what_another_process_wrote() {
    let here = Bench::new();
    let there = here.beside();
    let first = there.desk.execute(&stream("a"), 2, &named("one")).await;
    assert_eq!(first.unwrap().version, 1);
    let second = here.desk.execute(&stream("a"), 3, &named("two")).await;
    let second = second.unwrap();

    let nothing = there.desk.execute(&stream("a"), 0, &named("none")).await;
    let nothing = nothing.unwrap();
    assert_eq!((nothing.version, *nothing.state), (2, 5));

    here.desk
        .execute(&stream("a"), 1, &named("three"))
        .await
        .unwrap();
    // What `there` knows of the stream refuses this; the other process has answered it.
    let third = there.desk.execute(&stream("a"), 9, &named("three")).await;
    let third = third.unwrap();
    assert_eq!((third.version, *third.state), (3, 6));

    let again = there.desk.execute(&stream("a"), 3, &named("two")).await;
    let again = again.unwrap();
    assert_eq!(
        (again.version, again.position, again.events),
        (second.version, second.position, second.events)
    );
}
