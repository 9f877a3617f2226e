//! What every part of the service works on: the streams of parcels, and where the buyer is.

use std::sync::Arc;

use backhaul_engine::{Aggregates, Decided, Engine, Facts, Failure, Fold, Intent};
use backhaul_eventlog::{ReadError, StreamName};
use backhaul_events::{ContextName, Event, orders};
use backhaul_kernel::{Country, OrderId, Tenant};
use backhaul_tracking::{Command, Refusal, Tracking};

/// Shape of the state in snapshots; raise it when `backhaul_tracking::State` changes.
const SCHEMA: u32 = 1;

/// Where the buyer is.
#[derive(Debug, Clone, Default)]
pub(crate) struct Origin(Option<Country>);

impl Fold for Origin {
    fn fold(&mut self, event: &Event) {
        match event {
            Event::Orders(orders::Event::OrderRecorded(event)) => {
                self.0 = event.destination.country
            }
            Event::Orders(orders::Event::OrderAmended(event)) => {
                self.0 = event
                    .destination
                    .as_ref()
                    .map_or(self.0, |destination| destination.country);
            }
            _ => {}
        }
    }
}

/// The streams and facts behind the service.
pub(crate) struct Core {
    pub(crate) engine: Engine,
    parcels: Aggregates<Tracking>,
    orders: Facts<Origin>,
}

impl Core {
    pub(crate) fn new(engine: &Engine) -> Arc<Self> {
        Arc::new(Self {
            engine: engine.clone(),
            parcels: Aggregates::new(engine, SCHEMA),
            orders: Facts::new(Arc::clone(&engine.log)),
        })
    }

    /// All parcels of an order.
    pub(crate) async fn load(
        &self,
        tenant: &Tenant,
        order: &OrderId,
    ) -> Result<Decided<Tracking>, ReadError> {
        self.parcels.load(&stream(tenant, order)).await
    }

    /// Decides a command on an order's parcels.
    pub(crate) async fn execute(
        &self,
        order: &OrderId,
        command: Command,
        intent: &Intent,
    ) -> Result<Decided<Tracking>, Failure<Refusal>> {
        self.parcels
            .execute(&stream(&intent.tenant, order), command, intent)
            .await
    }

    /// The buyer's country, if the platform knows it.
    pub(crate) async fn origin(
        &self,
        tenant: &Tenant,
        order: &OrderId,
    ) -> Result<Option<Country>, ReadError> {
        let stream = StreamName::order(ContextName::Orders, tenant, order);
        Ok(self.orders.of(&stream).await?.and_then(|origin| origin.0))
    }
}

/// The stream that holds all parcels of an order.
pub(crate) fn stream(tenant: &Tenant, order: &OrderId) -> StreamName {
    StreamName::order(ContextName::Tracking, tenant, order)
}
