//! A log in memory that processes of the service start on, one after the other.

use std::sync::Arc;
use std::time::Duration;

use backhaul_api::PageKey;
use backhaul_api::proto::notifications::v1::notifications_service_server::NotificationsServiceServer;
use backhaul_engine::{Engine, ManualClock, Tasks};
use backhaul_eventlog::{
    Digest, EventLog as _, Expected, MemoryLog, Metadata, NewCommit, NewEvent, StreamName,
};
use backhaul_events::refunds::{self, Cause, RefundSettled};
use backhaul_events::{ContextName, Event, notifications, orders};
use backhaul_gateways::mail::{MailGateway, Mailbox};
use backhaul_kernel::Actor;
use backhaul_notifications_service::Service;
use backhaul_testkit::sample::{ORDERED_AT, id, money, order};
use backhaul_testkit::{text, time};
use backhaul_views::Views;
use tempfile::TempDir;
use uuid::Uuid;

use crate::mail_server::MailServer;

/// Everything here takes milliseconds; a busy machine may need more.
const PATIENCE: Duration = Duration::from_secs(20);
const LOOK_EVERY: Duration = Duration::from_millis(2);
/// How long a process may take to stop.
const STOP_BOUND: Duration = Duration::from_secs(10);
/// More commits than any test makes.
const COMMITS: usize = 100;

/// The log and the time of all processes.
pub struct Bench {
    pub log: MemoryLog,
    pub clock: Arc<ManualClock>,
}

/// One process, with views of its own.
pub struct Process {
    engine: Engine,
    _service: NotificationsServiceServer<Service>,
    _folder: TempDir,
}

impl Bench {
    pub fn new() -> Self {
        Self {
            log: MemoryLog::new(),
            clock: Arc::new(ManualClock::at(time(ORDERED_AT))),
        }
    }

    pub fn start(&self, server: &MailServer) -> Process {
        let folder = tempfile::tempdir().unwrap();
        let (views, _) = Views::open(folder.path(), Default::default()).unwrap();
        let (log, clock) = (Arc::new(self.log.clone()), self.clock.clone());
        let engine = Engine::new(log, clock, views, Tasks::default());
        let mail: Arc<dyn MailGateway> = Arc::new(server.clone());
        let from = Mailbox::new("returns@shop.example").unwrap();
        let key = PageKey::new([1; 32]);
        let service = backhaul_notifications_service::start(&engine, &key, mail, from);
        Process {
            engine,
            _service: service.unwrap(),
            _folder: folder,
        }
    }

    /// An order, and money that went back: what its buyer is told of.
    pub async fn settle_a_refund(&self) {
        let recorded = order("536365").line("1", 2, 500).recorded;
        let recorded = orders::Event::OrderRecorded(recorded);
        self.append(ContextName::Orders, 1, recorded).await;
        let settled = RefundSettled {
            refund: id("536365-F1"),
            cause: Cause::Goodwill {
                note: text("late"),
                reason: None,
            },
            amount: money(500, "EUR"),
        };
        let settled = refunds::Event::RefundSettled(settled);
        self.append(ContextName::Refunds, 2, settled).await;
    }

    /// Everything that stands in the log of what the buyer was told.
    pub async fn told(&self) -> Vec<notifications::Event> {
        let commits = self.log.read(ContextName::Notifications, 0, COMMITS).await;
        let commits = commits.unwrap();
        let events = commits.iter().flat_map(|commit| &commit.events);
        events
            .map(|recorded| match recorded.event().unwrap() {
                Event::Notifications(event) => event.clone(),
                other => panic!("{} is no notification", other.type_name()),
            })
            .collect()
    }

    async fn append(&self, context: ContextName, number: u128, event: impl Into<Event>) {
        let at = time(ORDERED_AT);
        let commit = NewCommit {
            stream: StreamName::order(context, &id("main"), &id("536365")),
            expected: Expected::Any,
            metadata: Metadata {
                command_id: id(&format!("c{number}")),
                command_digest: Digest([0; 16]),
                actor: Actor::system("test"),
                correlation_id: Uuid::from_u128(number),
                causation_id: None,
                traceparent: None,
                recorded_at: at,
            },
            events: vec![NewEvent::new(Uuid::from_u128(number), at, event.into())],
        };
        self.log.append(vec![commit]).await.pop().unwrap().unwrap();
    }
}

impl Process {
    /// Whether every consumer is at the end of what it reads.
    pub fn has_read_everything(&self) -> bool {
        self.engine.consumers.all().iter().all(|consumer| {
            let standing = consumer.standing.borrow();
            let mut contexts = consumer.contexts.iter();
            contexts.all(|context| {
                standing.position(*context) >= *self.engine.log.head(*context).borrow()
            })
        })
    }

    pub async fn stop(self) {
        self.engine.tasks.shutdown(STOP_BOUND).await.unwrap();
    }
}

/// Waits until that is so.
pub async fn until(what: &str, mut done: impl AsyncFnMut() -> bool) {
    let look = async {
        while !done().await {
            tokio::time::sleep(LOOK_EVERY).await;
        }
    };
    let bound = tokio::time::timeout(PATIENCE, look).await;
    bound.unwrap_or_else(|_| panic!("never happened: {what}"));
}
