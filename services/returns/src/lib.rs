//! The returns service: gRPC in, the rules of `backhaul_returns` through the engine, lists out.
//!
//! Read `grpc` (every method), `resource` (how a return looks to a caller), then `settle`,
//! `handover` and `expiry` (what happens by itself), then `ingest` (what warehouses say by messages). Questions
//! about policies are answered in `policies`, and `simulate` decides recorded requests again under a
//! draft.

mod core;
mod expiry;
mod grpc;
mod handover;
pub mod ingest;
mod policies;
mod receipt;
mod resource;
mod settle;
mod simulate;
mod withdrawal;

use std::sync::Arc;

use backhaul_api::PageKey;
use backhaul_api::proto::returns::v1::returns_service_server::ReturnsServiceServer;
use backhaul_engine::{Engine, Listed, Listing};
use backhaul_events::{ContextName, Event, returns};

use crate::core::Core;

/// Starts the service's background work and gives its gRPC side.
pub fn start(
    engine: &Engine,
    page_key: &PageKey,
) -> Result<ReturnsServiceServer<Service>, backhaul_views::Error> {
    let core = Core::new(engine);
    engine.react(settle::Settle(Arc::clone(&core)))?;
    engine.react(handover::Handover(Arc::clone(&core)))?;
    engine.watch_deadlines(expiry::Expiry(Arc::clone(&core)))?;
    engine.watch_deadlines(expiry::Inspections(Arc::clone(&core)))?;
    let listing = Listing::start(
        engine,
        Listed {
            name: "returns.list",
            contexts: &[ContextName::Returns],
            id: listed,
        },
    )?;
    let page_key = page_key.clone();
    Ok(ReturnsServiceServer::new(Service {
        core,
        listing,
        page_key,
    }))
}

/// The gRPC side of the service.
pub struct Service {
    core: Arc<Core>,
    listing: Listing,
    page_key: PageKey,
}

fn listed(event: &Event) -> Option<String> {
    match event {
        Event::Returns(returns::Event::ReturnRequested(event)) => Some(event.r#return.to_string()),
        Event::Returns(returns::Event::WithdrawalDeclared(event)) => {
            Some(event.r#return.to_string())
        }
        _ => None,
    }
}
