//! The tracking service: gRPC in, the rules of `backhaul_tracking` through the engine, lists out,
//! and the carrier behind its port.
//!
//! Read `grpc` (every method), `resource` (how a parcel looks to a caller), then `request` (an
//! authorised return wants a label) and `label` (the carrier is asked for it).

mod core;
mod grpc;
mod label;
mod numbers;
mod request;
mod resource;

use std::sync::Arc;

use backhaul_api::PageKey;
use backhaul_api::proto::tracking::v1::tracking_service_server::TrackingServiceServer;
use backhaul_engine::{Engine, Listed, Listing, ViewHandle};
use backhaul_events::{ContextName, Event, tracking};
use backhaul_gateways::carrier::CarrierGateway;

use crate::core::Core;

/// Starts the service's background work and gives its gRPC side.
pub fn start(
    engine: &Engine,
    page_key: &PageKey,
    carrier: Arc<dyn CarrierGateway>,
) -> Result<TrackingServiceServer<Service>, backhaul_views::Error> {
    let core = Core::new(engine);
    let labels = label::Labels {
        core: Arc::clone(&core),
        carrier: Arc::clone(&carrier),
    };
    engine.react(request::RequestLabel(Arc::clone(&core)))?;
    engine.react(labels.clone())?;
    engine.watch_deadlines(labels)?;
    let numbers = engine.project(numbers::Numbers)?;
    let listing = Listing::start(
        engine,
        Listed {
            name: "tracking.list",
            contexts: &[ContextName::Tracking],
            id: listed,
        },
    )?;
    let page_key = page_key.clone();
    Ok(TrackingServiceServer::new(Service {
        core,
        carrier,
        numbers,
        listing,
        page_key,
    }))
}

/// The gRPC side of the service.
pub struct Service {
    core: Arc<Core>,
    carrier: Arc<dyn CarrierGateway>,
    numbers: ViewHandle,
    listing: Listing,
    page_key: PageKey,
}

fn listed(event: &Event) -> Option<String> {
    match event {
        Event::Tracking(tracking::Event::LabelRequested(event)) => Some(event.parcel.to_string()),
        _ => None,
    }
}
