//! A provider that looks into the log when it is called.

use std::sync::{Arc, Mutex};

use backhaul_engine::{Aggregates, Clock, Engine, ManualClock, Tasks};
use backhaul_eventlog::{BoxFuture, MemoryLog};
use backhaul_events::refunds::{Event, RefundSubmitted};
use backhaul_gateways::payment::{FindAnswer, PaymentGateway, RefundAnswer, RefundOrder};
use backhaul_kernel::{RefundId, Text};
use backhaul_refunds::Progress;
use backhaul_views::Views;

use super::{NOW, Told, eur, named, proposed};
use crate::core::{Core, stream};
use crate::payout::Payout;

/// How long a reaction may take.
const REACTION: std::time::Duration = std::time::Duration::from_secs(20);

/// Succeeds, and writes down what the log said when it was called.
struct Witness {
    engine: Engine,
    seen: Mutex<Vec<(String, Option<Progress>)>>,
    called: tokio::sync::Notify,
}

impl PaymentGateway for Witness {
    fn provider(&self) -> &'static str {
        "witness"
    }

    fn refund<'a>(&'a self, order: &'a RefundOrder) -> BoxFuture<'a, RefundAnswer> {
        Box::pin(async move {
            // A memory of its own, so that it can only know what stands in the log.
            let core = Core::new(&self.engine);
            let name = &order.attempt;
            let refunds = core.load(&name.tenant, &name.refund.order()).await.unwrap();
            let grant = refunds.state.grant(&name.refund);
            let attempt = grant.and_then(|grant| grant.attempt(name.attempt));
            let known = attempt.filter(|attempt| attempt.key == order.key);
            let progress = known.map(|attempt| attempt.progress.clone());
            self.seen
                .lock()
                .unwrap()
                .push((order.key.clone(), progress));
            self.called.notify_one();
            RefundAnswer::Succeeded {
                provider_refund: "re_1".to_owned(),
                acquirer_reference: None,
            }
        })
    }

    fn find<'a>(&'a self, _: &'a RefundOrder, _: Option<&'a str>) -> BoxFuture<'a, FindAnswer> {
        Box::pin(async { FindAnswer::NotFound })
    }
}

/// Others: gateway called before the record exists.
#[tokio::test]
async fn the_attempt_and_its_key_stand_in_the_log_before_the_call() {
    let folder = tempfile::tempdir().unwrap();
    let clock: Arc<dyn Clock> = Arc::new(ManualClock::at(NOW.parse().unwrap()));
    let (views, _) = Views::open(folder.path(), Default::default()).unwrap();
    let log = Arc::new(MemoryLog::new());
    let engine = Engine::new(log, Arc::clone(&clock), views, Tasks::default());
    let witness = Arc::new(Witness {
        engine: engine.clone(),
        seen: Mutex::default(),
        called: tokio::sync::Notify::new(),
    });
    let payout = Payout {
        core: Core::new(&engine),
        provider: Arc::clone(&witness) as _,
        clock,
        turns: Arc::default(),
    };
    engine.react(payout).unwrap();

    let refund: RefundId = "o-F1".parse().unwrap();
    let submitted = RefundSubmitted {
        refund: refund.clone(),
        attempt: 1,
        payment: "p1".parse().unwrap(),
        provider_payment: Text::new("pi_1").unwrap(),
        amount: eur(500),
        key: "key-1".to_owned(),
    };
    let told: Aggregates<Told> = Aggregates::new(&engine, 1);
    let events: Vec<Event> = vec![proposed(&refund, None).into(), submitted.into()];
    let named = named("told");
    let of_order = stream(&named.tenant, &refund.order());
    told.execute(&of_order, events, &named).await.unwrap();
    let called = tokio::time::timeout(REACTION, witness.called.notified());
    called.await.unwrap();
    let seen = witness.seen.lock().unwrap().clone();
    assert_eq!(seen, [("key-1".to_owned(), Some(Progress::Submitted))]);
}
