//! Refunds at once, over a log in memory: what one order holds, and limits that span orders.

use std::sync::Arc;

use backhaul_engine::{Aggregates, Clock, Decided, Engine, Failure, ManualClock, Tasks, intent};
use backhaul_eventlog::{MemoryLog, StreamName};
use backhaul_events::DomainEvent;
use backhaul_events::orders::{
    Buyer, Destination, Event as Order, Line, OrderRecorded, PaymentCaptured, Sale, Tender,
};
use backhaul_kernel::{Actor, Context, Decider, Money, OrderId, Refused, Text, Tier};
use backhaul_refunds::approval::{ApprovalPolicySnapshot, Command as Publish};
use backhaul_refunds::{Command, Issued, Refunds, Refusal, Stage, Wishes};
use backhaul_views::Views;
use tempfile::TempDir;

use super::{NOW, Never};
use crate::core::{Core, limits_stream};

fn eur(minor: i64) -> Money {
    Money::new(minor, "EUR".parse().unwrap())
}

/// Writes down orders as they are told.
struct Told;

impl Decider for Told {
    type State = ();
    type Command = Vec<Order>;
    type Event = Order;
    type Refusal = Never;

    fn decide(_: &(), events: &Vec<Order>, _: &Context) -> Result<Vec<Order>, Never> {
        Ok(events.clone())
    }

    fn evolve(_: &mut (), _: &Order) {}
}

struct Shop {
    engine: Engine,
    core: Arc<Core>,
    _folder: TempDir,
}

fn asked(name: &str, actor: &str, tier: Tier) -> backhaul_engine::Intent {
    backhaul_engine::Intent {
        command_id: name.parse().unwrap(),
        digest: intent::digest(name.as_bytes()),
        actor: Actor {
            name: actor.to_owned(),
            tier,
        },
        tenant: "main".parse().unwrap(),
        correlation_id: uuid::Uuid::nil(),
        causation_id: None,
        traceparent: None,
        occurred_at: None,
    }
}

impl Shop {
    async fn new(policy: ApprovalPolicySnapshot) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let clock: Arc<dyn Clock> = Arc::new(ManualClock::at(NOW.parse().unwrap()));
        let (views, _) = Views::open(folder.path(), Default::default()).unwrap();
        let log = Arc::new(MemoryLog::new());
        let engine = Engine::new(log, clock, views, Tasks::default());
        let core = Core::new(&engine);
        let publish = Publish::Publish { policy };
        let root = asked("publish", "root", Tier::Admin);
        let stream = limits_stream(&root.tenant);
        core.limits.execute(&stream, publish, &root).await.unwrap();
        Self {
            engine,
            core,
            _folder: folder,
        }
    }

    /// An order of one buyer, with one capture.
    async fn order(&self, order: &str, captured: i64) {
        let text = |text: &str| Text::new(text).unwrap();
        let id: OrderId = order.parse().unwrap();
        let recorded = OrderRecorded {
            order: id.clone(),
            ordered_at: NOW.parse().unwrap(),
            currency: eur(0).currency,
            buyer: Buyer {
                reference: text("b-1"),
                email: None,
                name: None,
                language: "en".parse().unwrap(),
            },
            destination: Destination {
                country: None,
                time_zone: None,
            },
            lines: vec![Line {
                line: "1".parse().unwrap(),
                sku: text("sku"),
                title: text("title"),
                category: None,
                quantity: 1,
                unit_price: eur(captured),
                discount: eur(0),
                net: eur(captured),
                taxes: Vec::new(),
                sale: Sale::Regular,
                parts: Vec::new(),
            }],
            shipping: None,
            charges: Vec::new(),
            labels: Default::default(),
        };
        let payment = PaymentCaptured {
            order: id.clone(),
            payment: "p1".parse().unwrap(),
            tender: Tender::Card,
            provider_payment: text("pi_1"),
            amount: eur(captured),
            captured_at: NOW.parse().unwrap(),
        };
        let told: Aggregates<Told> = Aggregates::new(&self.engine, 1);
        let intent = asked(&format!("order-{order}"), "shop", Tier::Platform);
        let stream = StreamName::order(<Order as DomainEvent>::CONTEXT, &intent.tenant, &id);
        let events = vec![recorded.into(), payment.into()];
        told.execute(&stream, events, &intent).await.unwrap();
    }

    async fn issue(
        &self,
        order: &str,
        minor: i64,
        name: &str,
    ) -> Result<Decided<Refunds>, Failure<Refusal>> {
        let intent = asked(name, "lin", Tier::Agent);
        let order: OrderId = order.parse().unwrap();
        let grounds = self.core.grounds(&intent.tenant, &order).await.unwrap();
        let command = |grounds| Command::Issue {
            order: order.clone(),
            what: Issued::Goodwill { amount: eur(minor) },
            wishes: Wishes::default(),
            note: Text::default(),
            grounds,
        };
        self.core.grant(&order, grounds, command, &intent).await
    }
}

fn everything(per_buyer: Option<i64>) -> ApprovalPolicySnapshot {
    ApprovalPolicySnapshot {
        automatic_up_to: vec![eur(1_000)],
        per_buyer: per_buyer.into_iter().map(eur).collect(),
        ..ApprovalPolicySnapshot::default()
    }
}

/// T5 (hyperswitch #13182): a capture of 100, two refunds of 60 at once.
/// Others: two concurrent refunds both pass.
#[tokio::test]
async fn of_two_refunds_at_once_exactly_one_is_accepted() {
    let shop = Shop::new(everything(None)).await;
    for round in 0..20 {
        let order = format!("o-{round}");
        shop.order(&order, 100).await;
        let (first, second) = (format!("a-{round}"), format!("b-{round}"));
        let (first, second) = tokio::join!(
            shop.issue(&order, 60, &first),
            shop.issue(&order, 60, &second),
        );
        let refused: Vec<_> = [first.err(), second.err()].into_iter().flatten().collect();
        assert_eq!(refused.len(), 1, "round {round}");
        let Failure::Refused(refusal) = &refused[0] else {
            panic!("{refused:?}");
        };
        assert_eq!(refusal.reason(), "REFUND_EXCEEDS_PAID");
        let tenant = "main".parse().unwrap();
        let refunds = shop.core.load(&tenant, &order.parse().unwrap()).await;
        assert_eq!(refunds.unwrap().state.grants().count(), 1);
    }
}

/// Two processes would each decide on their own memory: the log alone keeps them apart.
/// Others: two concurrent refunds both pass.
#[tokio::test]
async fn two_processes_accept_one_as_well() {
    let shop = Shop::new(everything(None)).await;
    shop.order("o-1", 100).await;
    let other = Shop {
        engine: shop.engine.clone(),
        core: Core::new(&shop.engine),
        _folder: tempfile::tempdir().unwrap(),
    };
    // Both have seen the stream before either writes.
    let tenant = "main".parse().unwrap();
    for core in [&shop.core, &other.core] {
        core.load(&tenant, &"o-1".parse().unwrap()).await.unwrap();
    }
    let (first, second) = tokio::join!(shop.issue("o-1", 60, "a"), other.issue("o-1", 60, "b"));
    assert_eq!(u8::from(first.is_ok()) + u8::from(second.is_ok()), 1);
}

#[tokio::test]
async fn a_buyers_refunds_are_counted_over_all_orders() {
    let shop = Shop::new(everything(Some(100))).await;
    for order in ["o-1", "o-2", "o-3"] {
        shop.order(order, 500).await;
    }
    let stage = |answer: &Decided<Refunds>| answer.state.grants().last().unwrap().stage.clone();
    let (first, second) = tokio::join!(shop.issue("o-1", 60, "a"), shop.issue("o-2", 60, "b"));
    let stages = [stage(&first.unwrap()), stage(&second.unwrap())];
    let waiting = stages
        .iter()
        .filter(|stage| **stage == Stage::AwaitingApproval);
    assert_eq!(waiting.count(), 1, "{stages:?}");
    // A refused one is not counted, and the same request again is the same refund.
    assert!(shop.issue("o-3", 501, "c").await.is_err());
    let again = shop.issue("o-1", 60, "a").await.unwrap();
    assert_eq!(again.state.grants().count(), 1);
}

/// Others: double click or one click pays twice.
#[tokio::test]
async fn a_second_click_gets_the_answer_of_the_first() {
    let shop = Shop::new(everything(None)).await;
    shop.order("o-1", 500).await;
    let clicks = [
        shop.issue("o-1", 60, "click").await,
        shop.issue("o-1", 60, "click").await,
    ];
    for answer in &clicks {
        let state = &answer.as_ref().unwrap().state;
        assert_eq!(state.grants().count(), 1);
        assert_eq!(state.grants().flat_map(|grant| &grant.attempts).count(), 1);
    }
    // Both fingers at once.
    let (first, second) =
        tokio::join!(shop.issue("o-1", 70, "both"), shop.issue("o-1", 70, "both"),);
    for answer in [first, second] {
        assert_eq!(answer.unwrap().state.grants().count(), 2);
    }
}
