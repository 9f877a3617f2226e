//! What every part of the service works on: the streams of notifications, and how to reach the
//! buyer of an order.

use std::sync::Arc;

use backhaul_engine::{Aggregates, Decided, Engine, Facts, Failure, Fold, Intent};
use backhaul_eventlog::{ReadError, StreamName};
use backhaul_events::{ContextName, Event, orders};
use backhaul_kernel::{OrderId, Tenant};
use backhaul_notifications::{Command, Notifications, Refusal};

/// Shape of the state in snapshots; raise it when `backhaul_notifications::State` changes.
const SCHEMA: u32 = 1;

/// How to reach the buyer, as the order says it now.
#[derive(Debug, Clone, Default)]
pub(crate) struct Reach(pub(crate) Option<Arc<orders::Buyer>>);

impl Fold for Reach {
    fn fold(&mut self, event: &Event) {
        match event {
            Event::Orders(orders::Event::OrderRecorded(event)) => {
                self.0 = Some(Arc::new(event.buyer.clone()));
            }
            Event::Orders(orders::Event::OrderAmended(event)) => {
                if let Some(buyer) = &event.buyer {
                    self.0 = Some(Arc::new(buyer.clone()));
                }
            }
            _ => {}
        }
    }
}

/// The streams and facts behind the service.
pub(crate) struct Core {
    pub(crate) engine: Engine,
    notifications: Aggregates<Notifications>,
    orders: Facts<Reach>,
}

impl Core {
    pub(crate) fn new(engine: &Engine) -> Arc<Self> {
        Arc::new(Self {
            engine: engine.clone(),
            notifications: Aggregates::new(engine, SCHEMA),
            orders: Facts::new(Arc::clone(&engine.log)),
        })
    }

    /// All notifications of an order.
    pub(crate) async fn load(
        &self,
        tenant: &Tenant,
        order: &OrderId,
    ) -> Result<Decided<Notifications>, ReadError> {
        self.notifications.load(&stream(tenant, order)).await
    }

    /// Decides a command on an order's notifications.
    pub(crate) async fn execute(
        &self,
        order: &OrderId,
        command: Command,
        intent: &Intent,
    ) -> Result<Decided<Notifications>, Failure<Refusal>> {
        self.notifications
            .execute(&stream(&intent.tenant, order), command, intent)
            .await
    }

    /// The buyer of an order; none when the order is not known.
    pub(crate) async fn buyer(
        &self,
        tenant: &Tenant,
        order: &OrderId,
    ) -> Result<Option<Arc<orders::Buyer>>, ReadError> {
        let stream = StreamName::order(ContextName::Orders, tenant, order);
        Ok(self
            .orders
            .of(&stream)
            .await?
            .and_then(|reach| reach.0.clone()))
    }
}

/// The stream that holds all notifications of an order.
pub(crate) fn stream(tenant: &Tenant, order: &OrderId) -> StreamName {
    StreamName::order(ContextName::Notifications, tenant, order)
}
