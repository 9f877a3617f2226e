use std::path::Path;
use std::sync::Arc;

use backhaul_engine::projection::fold;
use backhaul_engine::{ManualClock, Rows, Tasks};
use backhaul_eventlog::{
    Digest, EventLog as _, Expected, MemoryLog, Metadata, NewCommit, NewEvent, StreamName,
};
use backhaul_events::Event;
use backhaul_events::orders::{Buyer, Event as OrdersEvent, OrderAmended};
use backhaul_events::returns::{
    DecidedBy, Decision, Event as ReturnsEvent, Handling, Reason, Release, RequestedItem,
    ReturnAuthorized, ReturnCancelled, ReturnRequested,
};
use backhaul_kernel::Actor;
use backhaul_returns::{PastOrder, PastOutcome, PastReturn};
use backhaul_testkit::{id, money, order, text, time};
use backhaul_views::{Options, Views};
use uuid::Uuid;

use super::*;

/// Commits read at once: more than any of these tests writes.
const COMMITS: usize = 2_000;

/// A log that is written by hand.
#[derive(Default)]
struct Ledger {
    log: MemoryLog,
    commits: u128,
}

impl Ledger {
    /// One commit a minute on that day, with that event.
    async fn write(&mut self, order: &str, event: impl Into<Event>) -> Position {
        self.commits += 1;
        let event = event.into();
        let at = minute("2026-03-01", self.commits);
        let commit = NewCommit {
            stream: StreamName::order(event.context(), &id("acme"), &id(order)),
            expected: Expected::Any,
            metadata: Metadata {
                command_id: id(&format!("c{}", self.commits)),
                command_digest: Digest([0; 16]),
                actor: Actor::system("test"),
                correlation_id: Uuid::from_u128(self.commits),
                causation_id: None,
                traceparent: None,
                recorded_at: at,
            },
            events: vec![NewEvent::new(Uuid::from_u128(self.commits), at, event)],
        };
        let appended = self.log.append(vec![commit]).await.pop().unwrap();
        appended.unwrap().position
    }

    async fn order(&mut self, name: &str, buyer: &str, at: &str) {
        let mut sample = order(name).ordered_at(at).line("1", 4, 4_000);
        sample.recorded.buyer.reference = text(buyer);
        self.write(name, OrdersEvent::OrderRecorded(sample.recorded))
            .await;
    }

    async fn ask(&mut self, name: &str, number: u32, units: u32) -> Position {
        let asked = ReturnRequested {
            r#return: id(&format!("{name}-R{number}")),
            items: vec![RequestedItem {
                line: id("1"),
                quantity: units,
                reason: Reason::ChangedMind,
                note: Text::default(),
                claim: None,
                fault_found_at: None,
            }],
            requested_at: time("2026-03-02T00:00:00Z"),
            kits: Vec::new(),
            gift_recipient: None,
        };
        self.write(name, ReturnsEvent::ReturnRequested(asked)).await
    }

    async fn keep(&mut self, name: &str, number: u32) {
        let kept = ReturnAuthorized {
            r#return: id(&format!("{name}-R{number}")),
            decision: Decision {
                policy: id("default"),
                policy_version: 1,
                by: DecidedBy::Policy,
                findings: Vec::new(),
                inputs_digest: Text::default(),
                buyer: None,
                signals: Vec::new(),
            },
            handling: Handling::KeepItem,
            release: Release::OnRequest,
            expires_at: None,
            claims: Vec::new(),
            fees: Vec::new(),
            release_after_days: None,
            time_zone: None,
            kept_worth: Some(money(1_000, "EUR")),
        };
        self.write(name, ReturnsEvent::ReturnAuthorized(kept)).await;
    }

    async fn cancel(&mut self, name: &str, number: u32) {
        let cancelled = ReturnCancelled {
            r#return: id(&format!("{name}-R{number}")),
            note: Text::default(),
        };
        self.write(name, ReturnsEvent::ReturnCancelled(cancelled))
            .await;
    }

    async fn rename(&mut self, name: &str, buyer: &str) {
        let amended = OrderAmended {
            order: id(name),
            buyer: Some(Buyer {
                reference: text(buyer),
                email: None,
                name: None,
                language: id("en"),
            }),
            destination: None,
        };
        self.write(name, OrdersEvent::OrderAmended(amended)).await;
    }

    fn buyers(&self, folder: &Path, tasks: &Tasks) -> Buyers {
        let (views, _) = Views::open(folder, Options::default()).unwrap();
        let clock = Arc::new(ManualClock::at(time("2026-03-02T12:00:00Z")));
        let log = Arc::new(self.log.clone());
        Buyers::start(&Engine::new(log, clock, views, tasks.clone())).unwrap()
    }
}

/// The minute of that number of a day.
fn minute(day: &str, number: u128) -> Timestamp {
    time(&format!("{day}T{:02}:{:02}:00Z", number / 60, number % 60))
}

/// Two orders of one buyer, one of another, and one of which nobody knows the buyer; three returns.
async fn ledger() -> Ledger {
    let mut ledger = Ledger::default();
    ledger.order("a", "jane", "2026-01-01T00:00:00Z").await;
    ledger.order("b", "jane", "2026-02-01T00:00:00Z").await;
    ledger.order("c", "john", "2026-02-02T00:00:00Z").await;
    ledger.order("d", "", "2026-02-03T00:00:00Z").await;
    ledger.ask("a", 1, 1).await;
    ledger.keep("a", 1).await;
    ledger.ask("a", 2, 2).await;
    ledger.cancel("a", 2).await;
    ledger.ask("c", 1, 3).await;
    ledger
}

fn came(units: u32, outcome: PastOutcome) -> PastReturn {
    PastReturn {
        asked_at: time("2026-03-02T00:00:00Z"),
        units,
        outcome,
    }
}

fn sold(ordered_at: &str, returns: Vec<PastReturn>) -> PastOrder {
    PastOrder {
        ordered_at: time(ordered_at),
        units: 4,
        returns,
    }
}

async fn orders(buyers: &Buyers, buyer: &str, except: &str) -> Vec<PastOrder> {
    let history = buyers.history(&id("acme"), &text(buyer), &id(except)).await;
    history.unwrap().orders
}

#[tokio::test]
async fn a_buyer_is_known_over_all_orders_but_the_one_that_asks() {
    let (ledger, tasks) = (ledger().await, Tasks::default());
    let folder = tempfile::tempdir().unwrap();
    let buyers = ledger.buyers(folder.path(), &tasks);
    let kept = PastOutcome::Kept(Some(money(1_000, "EUR")));
    let a = sold(
        "2026-01-01T00:00:00Z",
        vec![came(1, kept), came(2, PastOutcome::Nothing)],
    );
    let b = sold("2026-02-01T00:00:00Z", Vec::new());
    let c = sold("2026-02-02T00:00:00Z", vec![came(3, PastOutcome::Returned)]);
    let both = [b, a];
    assert_eq!(orders(&buyers, "jane", "b").await, both[1..]);
    assert_eq!(orders(&buyers, "jane", "a").await, both[..1]);
    assert_eq!(orders(&buyers, "jane", "new").await, both);
    assert_eq!(orders(&buyers, "john", "new").await, [c]);
    assert_eq!(orders(&buyers, "nobody", "new").await, []);
    let elsewhere = buyers
        .history(&id("other"), &text("jane"), &id("new"))
        .await;
    assert_eq!(elsewhere.unwrap(), BuyerHistory::default());
    tasks.shutdown(Duration::from_secs(5)).await.unwrap();
}

#[tokio::test]
async fn buyers_are_seen_as_they_were_known_at_a_moment_of_the_log() {
    let (mut ledger, tasks) = (ledger().await, Tasks::default());
    let folder = tempfile::tempdir().unwrap();
    let asked = ledger.ask("a", 3, 1).await;
    ledger.keep("a", 3).await;
    let buyers = ledger.buyers(folder.path(), &tasks);
    let (tenant, jane, new) = (id("acme"), text("jane"), id("new"));
    // Brings the view to the end of the log.
    let now = buyers.history(&tenant, &jane, &new).await.unwrap();
    let at = |position, number| Moment {
        position,
        recorded_at: minute("2026-03-01", number),
    };
    let units = |history: BuyerHistory| -> Vec<Vec<(u32, PastOutcome)>> {
        let returns = history.orders.into_iter().map(|order| order.returns);
        let brief = |each: PastReturn| (each.units, each.outcome);
        returns
            .map(|returns| returns.into_iter().map(brief).collect())
            .collect()
    };
    let (kept, nothing) = (
        PastOutcome::Kept(Some(money(1_000, "EUR"))),
        PastOutcome::Nothing,
    );
    let returned = PastOutcome::Returned;
    for (moment, expected) in [
        (at(1, 0), vec![]),
        (at(1, 1), vec![vec![]]),
        (at(1, 60), vec![vec![], vec![]]),
        (at(2, 60), vec![vec![], vec![(1, returned)]]),
        (at(3, 60), vec![vec![], vec![(1, kept)]]),
        (at(4, 60), vec![vec![], vec![(1, kept), (2, returned)]]),
        (at(asked, 60), vec![vec![], vec![(1, kept), (2, nothing)]]),
        (
            at(asked + 1, 60),
            vec![vec![], vec![(1, kept), (2, nothing), (1, returned)]],
        ),
    ] {
        let history = buyers.history_at(&tenant, &jane, &new, moment).await;
        assert_eq!(units(history.unwrap()), expected, "{moment:?}");
    }
    let last = vec![vec![], vec![(1, kept), (2, nothing), (1, kept)]];
    assert_eq!(units(now), last);
    tasks.shutdown(Duration::from_secs(5)).await.unwrap();
}

#[tokio::test]
async fn the_rows_are_the_same_in_whatever_order_the_contexts_arrive() {
    let mut ledger = ledger().await;
    ledger.rename("a", "john").await;
    let read = async |context| ledger.log.read(context, 0, COMMITS).await.unwrap();
    let orders = read(ContextName::Orders).await;
    let returns = read(ContextName::Returns).await;
    let rows = |batches: [&[Arc<backhaul_eventlog::Commit>]; 3]| {
        let mut rows = Rows::fresh();
        for batch in batches {
            assert_eq!(fold(&view::BuyerView, batch, &mut rows), 0);
        }
        rows.into_rows()
    };
    let expected = rows([&orders, &returns, &[]]);
    // Four orders, and two buyers.
    assert_eq!(expected.len(), 6);
    assert_eq!(rows([&returns, &orders, &[]]), expected);
    assert_eq!(rows([&orders[..2], &returns, &orders[2..]]), expected);
    assert_eq!(rows([&returns[..3], &orders, &returns[3..]]), expected);
}

#[tokio::test]
async fn a_restarted_process_goes_on_and_follows_a_buyer_who_is_called_something_else() {
    let mut ledger = ledger().await;
    let folder = tempfile::tempdir().unwrap();
    let before = {
        let tasks = Tasks::default();
        let buyers = ledger.buyers(folder.path(), &tasks);
        let before = orders(&buyers, "jane", "new").await;
        tasks.shutdown(Duration::from_secs(5)).await.unwrap();
        buyers.engine.views.close().unwrap();
        before
    };
    assert_eq!(before.len(), 2);
    ledger.rename("a", "john").await;
    ledger.rename("d", "jane").await;
    let tasks = Tasks::default();
    let buyers = ledger.buyers(folder.path(), &tasks);
    let jane = orders(&buyers, "jane", "new").await;
    let d = sold("2026-02-03T00:00:00Z", Vec::new());
    assert_eq!(jane, [d, before[0].clone()]);
    let john = orders(&buyers, "john", "new").await;
    assert_eq!(john.len(), 2);
    assert_eq!(john[1], before[1]);
    tasks.shutdown(Duration::from_secs(5)).await.unwrap();
}

#[tokio::test]
async fn the_oldest_orders_of_a_buyer_are_forgotten() {
    let mut ledger = Ledger::default();
    for number in 0..view::ORDERS_MAX as u128 + 2 {
        let at = minute("2026-01-01", number).to_string();
        ledger.order(&format!("o{number}"), "jane", &at).await;
    }
    let tasks = Tasks::default();
    let folder = tempfile::tempdir().unwrap();
    let buyers = ledger.buyers(folder.path(), &tasks);
    let orders = orders(&buyers, "jane", "new").await;
    assert_eq!(orders.len(), view::ORDERS_MAX);
    assert_eq!(orders.last().unwrap().ordered_at, minute("2026-01-01", 2));
    tasks.shutdown(Duration::from_secs(5)).await.unwrap();
}
