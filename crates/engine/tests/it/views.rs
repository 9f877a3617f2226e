//! Views: folds that follow, survive damage, and never disagree with the log.

use std::time::Duration;

use backhaul_engine::projection::fold;
use backhaul_engine::rebuild::Built;
use backhaul_engine::{Projection, Rows};
use backhaul_eventlog::{Commit, EventLog};
use backhaul_events::{ContextName, Event, orders};

use crate::desk::{Bench, named, stream, until};

/// Units handed over, by order.
struct Units;

impl Projection for Units {
    fn name(&self) -> &'static str {
        "units"
    }
    fn schema(&self) -> u32 {
        1
    }
    fn contexts(&self) -> &'static [ContextName] {
        &[ContextName::Orders]
    }
    fn apply(&self, commit: &Commit, event: &Event, rows: &mut Rows) {
        if let Event::Orders(orders::Event::LinesDispatched(event)) = event {
            let key = commit.stream.key.as_str();
            let earlier = rows.get(key.as_bytes()).map_or(0, |row| row[0]);
            let more: u32 = event.lines.iter().map(|line| line.quantity).sum();
            rows.put(key, vec![earlier + u8::try_from(more).unwrap()]);
        }
    }
}

const BOUND: Duration = Duration::from_secs(20);

#[tokio::test]
async fn a_reader_sees_its_own_writes() {
    let bench = Bench::new();
    let view = bench.engine.project(Units).unwrap();
    for (number, order) in ["a", "b", "a"].into_iter().enumerate() {
        let answer = bench
            .desk
            .execute(&stream(order), 2, &named(&format!("c{number}")))
            .await
            .unwrap();
        view.wait_for(ContextName::Orders, answer.position, BOUND)
            .await
            .unwrap();
    }
    assert_eq!(view.table().get(b"a").unwrap(), Some(vec![4]));
    assert_eq!(view.table().get(b"b").unwrap(), Some(vec![2]));
}

#[tokio::test]
async fn a_position_that_never_comes_is_not_waited_for_for_ever() {
    let bench = Bench::new();
    let view = bench.engine.project(Units).unwrap();
    assert!(
        view.wait_for(ContextName::Orders, 7, Duration::from_millis(1))
            .await
            .is_err()
    );
}

#[tokio::test]
async fn a_restarted_view_goes_on_where_it_was_and_equals_a_fresh_fold() {
    let mut bench = Bench::new();
    for round in 0..3 {
        let view = bench.engine.project(Units).unwrap();
        for number in 0..5 {
            let order = format!("o{number}");
            bench
                .desk
                .execute(&stream(&order), 1, &named(&format!("{round}-{number}")))
                .await
                .unwrap();
        }
        let head = *bench.log.head(ContextName::Orders).borrow();
        view.wait_for(ContextName::Orders, head, BOUND)
            .await
            .unwrap();
        bench = bench.restarted().await;
    }
    let commits = bench
        .log
        .read(ContextName::Orders, 0, usize::MAX)
        .await
        .unwrap();
    let mut fresh = Rows::fresh();
    fold(&Units, &commits, &mut fresh);
    let stored = bench
        .engine
        .views
        .table("units", 1)
        .unwrap()
        .scan(b"", None, 100)
        .unwrap();
    assert_eq!(
        stored
            .into_iter()
            .collect::<std::collections::BTreeMap<_, _>>(),
        fresh.into_rows()
    );
}

#[tokio::test]
async fn a_wiped_view_is_built_again_by_itself() {
    let bench = Bench::new();
    let view = bench.engine.project(Units).unwrap();
    let first = bench
        .desk
        .execute(&stream("a"), 2, &named("one"))
        .await
        .unwrap();
    view.wait_for(ContextName::Orders, first.position, BOUND)
        .await
        .unwrap();
    bench.engine.views.wipe("the test says so").unwrap();
    bench
        .desk
        .execute(&stream("a"), 3, &named("two"))
        .await
        .unwrap();
    until("the view is back", async || {
        view.table().get(b"a").unwrap() == Some(vec![5])
    })
    .await;
}

#[tokio::test]
async fn a_view_is_built_again_aside_and_goes_on_following() {
    let bench = Bench::new();
    let view = bench.engine.project(Units).unwrap();
    let first = bench
        .desk
        .execute(&stream("a"), 2, &named("one"))
        .await
        .unwrap();
    view.wait_for(ContextName::Orders, first.position, BOUND)
        .await
        .unwrap();

    let (progress, built) = tokio::sync::watch::channel(Built::default());
    let projection = bench.engine.consumers.view("units").unwrap();
    bench.engine.rebuild(projection, progress).await.unwrap();
    assert_eq!(
        *built.borrow(),
        Built {
            done: 1,
            total: 1,
            rows: 1
        }
    );
    assert_eq!(view.table().get(b"a").unwrap(), Some(vec![2]));

    bench
        .desk
        .execute(&stream("a"), 3, &named("two"))
        .await
        .unwrap();
    until("the new table follows", async || {
        view.table().get(b"a").unwrap() == Some(vec![5])
    })
    .await;
}

#[tokio::test]
async fn a_rebuild_that_nobody_waits_for_changes_nothing() {
    let bench = Bench::new();
    let view = bench.engine.project(Units).unwrap();
    let first = bench
        .desk
        .execute(&stream("a"), 2, &named("one"))
        .await
        .unwrap();
    view.wait_for(ContextName::Orders, first.position, BOUND)
        .await
        .unwrap();
    let (progress, built) = tokio::sync::watch::channel(Built::default());
    drop(built);
    let projection = bench.engine.consumers.view("units").unwrap();
    bench.engine.rebuild(projection, progress).await.unwrap();
    assert_eq!(view.table().get(b"a").unwrap(), Some(vec![2]));
    assert!(
        bench.engine.views.roll_back("units").is_err(),
        "no other edition was made"
    );
}
