use std::time::Duration;

use backhaul_engine::{Engine, Intent, ManualClock, Tasks, intent};
use backhaul_eventlog::MemoryLog;
use backhaul_events::returns::{Reason, RequestedItem};
use backhaul_kernel::{Actor, Text, Tier};
use backhaul_returns::{Decline, NotReturnable, OrderFacts, Request, Returns};
use backhaul_testkit::sample::office_hour;
use backhaul_testkit::{id, order, time};
use backhaul_views::{Options, Views};
use uuid::Uuid;

use super::*;

/// A Friday, 16:30 in London.
const FRIDAY: &str = "2026-03-13T16:30:00Z";
/// The Monday after it, 9:30.
const DUE: &str = "2026-03-16T09:30:00Z";
/// How long to wait for what must come.
const BOUND: Duration = Duration::from_secs(20);

/// The deadlines of a merchant who promises an answer within an office hour.
struct Office {
    core: Arc<Core>,
    clock: Arc<ManualClock>,
    tasks: Tasks,
    _folder: tempfile::TempDir,
}

impl Office {
    fn open() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let (views, _) = Views::open(folder.path(), Options::default()).unwrap();
        let clock = Arc::new(ManualClock::at(time(FRIDAY)));
        let tasks = Tasks::default();
        let log = Arc::new(MemoryLog::new());
        let engine = Engine::new(log, Arc::clone(&clock) as _, views, tasks.clone());
        let core = Core::new(&engine);
        engine.watch_deadlines(Reviews(Arc::clone(&core))).unwrap();
        Self {
            core,
            clock,
            tasks,
            _folder: folder,
        }
    }

    async fn ask(&self, name: &str) {
        let sample = order(name)
            .line("1", 1, 1_000)
            .delivered("1", 1, "2026-03-05T10:00:00Z");
        let mut facts = OrderFacts::default();
        sample.events().iter().for_each(|event| facts.evolve(event));
        // The built-in policy leaves every return to a person.
        let mut policy = self.core.policy(&id("acme")).await.unwrap();
        Arc::make_mut(&mut policy.content).review_within = Some(Box::new(office_hour()));
        let request = Command::Request(Request {
            order: sample.id(),
            items: vec![RequestedItem {
                line: id("1"),
                quantity: 1,
                reason: Reason::ChangedMind,
                note: Text::default(),
                claim: None,
                fault_found_at: None,
            }],
            requested_at: time(FRIDAY),
            gift_recipient: None,
            facts,
            policy,
            on_not_returnable: NotReturnable::Decline,
        });
        self.execute(name, request, "request").await;
    }

    async fn execute(&self, order: &str, command: Command, name: &str) {
        let intent = Intent {
            command_id: id(name),
            digest: intent::digest(name.as_bytes()),
            actor: Actor {
                name: "agent".to_owned(),
                tier: Tier::Agent,
            },
            tenant: id("acme"),
            correlation_id: Uuid::from_u128(1),
            causation_id: None,
            traceparent: None,
            occurred_at: None,
        };
        self.core
            .execute(&id(order), command, &intent)
            .await
            .unwrap();
    }

    async fn load(&self, order: &str) -> backhaul_engine::Decided<Returns> {
        self.core.load(&id("acme"), &id(order)).await.unwrap()
    }

    async fn is_overdue(&self, order: &str) -> bool {
        let known = self.load(order).await;
        let first = known.state.returns.first().unwrap();
        first
            .review
            .as_ref()
            .is_some_and(|review| review.is_overdue)
    }
}

#[tokio::test]
async fn what_nobody_decided_in_time_is_overdue_once_and_what_somebody_did_is_not() {
    let office = Office::open();
    office.ask("536365").await;
    office.ask("536366").await;
    let decline = Command::Decline(Decline {
        r#return: id("536366-R1"),
        note: Text::default(),
    });
    office.execute("536366", decline, "decline").await;
    let decided = office.load("536366").await.version;

    office.clock.set(time("2026-03-16T09:29:59Z"));
    assert!(!office.is_overdue("536365").await);
    office.clock.set(time(DUE));
    let fires = async {
        while !office.is_overdue("536365").await {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(BOUND, fires).await.unwrap();
    let told = office.load("536365").await.version;
    office.clock.set(time("2026-03-20T09:30:00Z"));
    office.tasks.shutdown(BOUND).await.unwrap();
    assert_eq!(office.load("536365").await.version, told);
    assert_eq!(office.load("536366").await.version, decided);
}
