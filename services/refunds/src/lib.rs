//! The refunds service: gRPC in, the rules of `backhaul_refunds` through the engine, lists out, and
//! the payment provider behind its port.
//!
//! Read `grpc` (every method), `resource` (how a refund looks to a caller), then `release` (a
//! return's release becomes a grant) and `payout` (a grant becomes money).

mod core;
mod grpc;
mod payout;
mod release;
mod resource;

use std::sync::Arc;

use backhaul_api::PageKey;
use backhaul_api::proto::refunds::v1::refunds_service_server::RefundsServiceServer;
use backhaul_engine::{Engine, Listed, Listing};
use backhaul_events::{ContextName, Event, refunds};
use backhaul_gateways::payment::PaymentGateway;

use crate::core::Core;

/// Starts the service's background work and gives its gRPC side.
pub fn start(
    engine: &Engine,
    page_key: &PageKey,
    provider: Arc<dyn PaymentGateway>,
) -> Result<RefundsServiceServer<Service>, backhaul_views::Error> {
    let core = Core::new(engine);
    let payout = payout::Payout {
        core: Arc::clone(&core),
        provider,
    };
    engine.react(release::Release(Arc::clone(&core)))?;
    engine.react(payout.clone())?;
    engine.watch_deadlines(payout)?;
    let listing = Listing::start(
        engine,
        Listed {
            name: "refunds.list",
            contexts: &[ContextName::Refunds],
            id: listed,
        },
    )?;
    let page_key = page_key.clone();
    Ok(RefundsServiceServer::new(Service {
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
        Event::Refunds(refunds::Event::RefundProposed(event)) => Some(event.refund.to_string()),
        _ => None,
    }
}
