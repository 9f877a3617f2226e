//! Payouts and webhooks against servers that stand for real providers.

mod adyen;
mod dues;
mod limits;
mod property;
mod stripe;
mod witness;

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use backhaul_engine::{Aggregates, Clock, Engine, Intent, ManualClock, Tasks, intent};
use backhaul_eventlog::MemoryLog;
use backhaul_events::refunds::{Cause, Component, Event, Part, RefundProposed, RefundSubmitted};
use backhaul_gateways::payment::{AttemptName, NoticeReader, PaymentGateway};
use backhaul_host::webhooks::{Received, Receiver as _};
use backhaul_kernel::{
    Actor, Context, Decider, Money, RefundId, RefusalKind, Refused, Text, Timestamp,
};
use backhaul_refunds::{Attempt, Progress};
use backhaul_views::Views;
use http::{HeaderMap, HeaderName};
use tempfile::TempDir;
use uuid::Uuid;

use crate::core::{Core, stream};
use crate::payout::{Asked, Payout};
use crate::webhook::Webhook;

const NOW: &str = "2026-03-01T10:00:00Z";

/// Writes down what the test says, on the stream of refunds.
struct Told;

#[derive(Debug, thiserror::Error)]
#[error("never")]
struct Never;

impl Refused for Never {
    fn kind(&self) -> RefusalKind {
        RefusalKind::Precondition {
            subject: String::new(),
        }
    }

    fn reason(&self) -> &'static str {
        "NEVER"
    }
}

impl Decider for Told {
    type State = ();
    type Command = Vec<Event>;
    type Event = Event;
    type Refusal = Never;

    fn decide(_: &(), events: &Vec<Event>, _: &Context) -> Result<Vec<Event>, Never> {
        Ok(events.clone())
    }

    fn evolve(_: &mut (), _: &Event) {}
}

fn eur(minor: i64) -> Money {
    Money::new(minor, "EUR".parse().unwrap())
}

/// A refund of 5.00 euro that nobody has paid.
fn proposed(refund: &RefundId, due_at: Option<Timestamp>) -> RefundProposed {
    let amount = eur(500);
    RefundProposed {
        refund: refund.clone(),
        order: refund.order(),
        cause: Cause::Goodwill {
            note: Text::default(),
            reason: None,
        },
        amount,
        parts: vec![Part {
            component: Component::Goodwill,
            amount,
        }],
        units: Vec::new(),
        proposed_by: None,
        due_at,
        not_before: None,
        tenders: None,
        spent: None,
        deductions: Vec::new(),
        credit_to: None,
    }
}

/// A command of that name.
fn named(name: &str) -> Intent {
    Intent {
        command_id: name.parse().unwrap(),
        digest: intent::digest(name.as_bytes()),
        actor: Actor::system("test"),
        tenant: "main".parse().unwrap(),
        correlation_id: Uuid::from_u128(1),
        causation_id: None,
        traceparent: None,
        occurred_at: None,
    }
}

/// The service's own parts over a log in memory.
struct Bench {
    engine: Engine,
    clock: Arc<ManualClock>,
    payout: Payout,
    webhook: Webhook,
    names: AtomicU32,
    _folder: TempDir,
}

impl Bench {
    fn new(provider: Arc<dyn PaymentGateway>, reader: Arc<dyn NoticeReader>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let clock = Arc::new(ManualClock::at(NOW.parse().unwrap()));
        let shared: Arc<dyn Clock> = Arc::clone(&clock) as _;
        let (views, _) = Views::open(folder.path(), Default::default()).unwrap();
        let log = Arc::new(MemoryLog::new());
        let engine = Engine::new(log, Arc::clone(&shared), views, Tasks::default());
        let payout = Payout {
            core: Core::new(&engine),
            provider,
            clock: Arc::clone(&shared),
            turns: Arc::default(),
        };
        let webhook = Webhook {
            payout: payout.clone(),
            reader,
            clock: shared,
        };
        Self {
            engine,
            clock,
            payout,
            webhook,
            names: AtomicU32::new(0),
            _folder: folder,
        }
    }

    /// An attempt to pay 5.00 euro of an order back to `payment`, about to be sent.
    async fn submitted(&self, order: &str, payment: &str) -> AttemptName {
        let refund: RefundId = format!("{order}-F1").parse().unwrap();
        let amount = eur(500);
        let name = AttemptName {
            tenant: "main".parse().unwrap(),
            refund: refund.clone(),
            attempt: 1,
        };
        let proposed = proposed(&refund, None);
        let submitted = RefundSubmitted {
            refund,
            attempt: 1,
            payment: "p1".parse().unwrap(),
            provider_payment: Text::new(payment).unwrap(),
            amount,
            key: format!("key-of-{name}"),
        };
        let told: Aggregates<Told> = Aggregates::new(&self.engine, 1);
        let events = vec![proposed.into(), submitted.into()];
        let stream = stream(&name.tenant, &name.refund.order());
        told.execute(&stream, events, &self.intent()).await.unwrap();
        name
    }

    fn intent(&self) -> Intent {
        let number = self.names.fetch_add(1, Ordering::Relaxed);
        named(&format!("test-{number}"))
    }

    /// The provider is asked for the first time.
    async fn ask(&self, name: &AttemptName) {
        self.see_through(name, Asked::Never).await;
    }

    /// The provider is asked again, as after a crash or when a deadline is due.
    async fn ask_again(&self, name: &AttemptName) {
        self.see_through(name, Asked::Maybe(self.clock.now())).await;
    }

    async fn see_through(&self, name: &AttemptName, asked: Asked) {
        let tenure = self.engine.tenure("refunds.payout").await.unwrap();
        let intent = self.intent();
        let seen = self.payout.see_through(name, asked, &intent, &tenure);
        seen.await.unwrap();
    }

    async fn tell(&self, signature: Option<&str>, body: &[u8]) -> Received {
        let header = signature.map(|signature| {
            let name = HeaderName::from_static("stripe-signature");
            (name, signature.parse().unwrap())
        });
        self.webhook
            .receive(&HeaderMap::from_iter(header), body)
            .await
    }

    async fn attempt(&self, name: &AttemptName) -> Attempt {
        self.payout.attempt(name).await.unwrap().unwrap()
    }

    /// How far an attempt is, in one word.
    async fn stands(&self, name: &AttemptName) -> &'static str {
        match self.attempt(name).await.progress {
            Progress::Submitted => "submitted",
            Progress::Unknown { .. } => "unknown",
            Progress::Pending { .. } => "pending",
            Progress::ActionRequired { .. } => "action required",
            Progress::Parked { .. } => "parked",
            Progress::Succeeded { .. } => "succeeded",
            Progress::Failed { .. } => "failed",
            Progress::Reversed { .. } => "reversed",
        }
    }

    /// How many events the order's refunds have.
    async fn version(&self, name: &AttemptName) -> u64 {
        let core = &self.payout.core;
        let refunds = core.load(&name.tenant, &name.refund.order()).await;
        refunds.unwrap().version
    }

    fn now(&self) -> Timestamp {
        self.clock.now()
    }
}
