//! The orders service: gRPC in, the rules of `backhaul_orders` through the engine, lists out.
//!
//! Read `grpc` (every method), then `resource` (how an order looks to a caller).

mod grpc;
mod resource;

use std::sync::Arc;

use backhaul_api::PageKey;
use backhaul_api::proto::orders::v1::orders_service_server::OrdersServiceServer;
use backhaul_engine::{Aggregates, Engine, Listed, Listing};
use backhaul_events::{ContextName, Event, orders};
use backhaul_orders::Orders;

/// Shape of the state in snapshots; raise it when `backhaul_orders::State` changes.
const SCHEMA: u32 = 2;

/// Starts the service's background work and gives its gRPC side.
pub fn start(
    engine: &Engine,
    page_key: &PageKey,
) -> Result<OrdersServiceServer<Service>, backhaul_views::Error> {
    let listing = Listing::start(
        engine,
        Listed {
            name: "orders.list",
            contexts: &[ContextName::Orders],
            id: listed,
        },
    )?;
    let service = Service {
        orders: Arc::new(Aggregates::new(engine, SCHEMA)),
        listing,
        page_key: page_key.clone(),
        engine: engine.clone(),
    };
    Ok(OrdersServiceServer::new(service))
}

/// The gRPC side of the service.
pub struct Service {
    engine: Engine,
    orders: Arc<Aggregates<Orders>>,
    listing: Listing,
    page_key: PageKey,
}

fn listed(event: &Event) -> Option<String> {
    match event {
        Event::Orders(orders::Event::OrderRecorded(event)) => Some(event.order.to_string()),
        _ => None,
    }
}
