//! The returns service: gRPC in, the rules of `backhaul_returns` through the engine, lists out.
//!
//! Read `grpc` (every method), `resource` (how a return looks to a caller), `inspection`, `offers`,
//! `withdrawal` and `policies` (more of its methods), `claims`, `exchanges` and `remedies` (the same
//! for claims, repairs and exchanges), then `settle`, `handover`, `expiry` and `reviews` (what
//! happens by itself), then `ingest` (what warehouses say by messages). `buyers` knows what a buyer
//! did before, and `simulate` decides recorded requests again under a
//! draft.

mod buyers;
mod claims;
mod core;
mod exchanges;
mod expiry;
mod grpc;
mod handover;
pub mod ingest;
mod inspection;
mod offers;
mod policies;
mod receipt;
mod remedies;
mod resource;
mod reviews;
mod settle;
mod simulate;
mod withdrawal;

use std::sync::Arc;

use backhaul_api::PageKey;
use backhaul_api::proto::returns::v1::claims_service_server::ClaimsServiceServer;
use backhaul_api::proto::returns::v1::exchanges_service_server::ExchangesServiceServer;
use backhaul_api::proto::returns::v1::returns_service_server::ReturnsServiceServer;
use backhaul_engine::{Engine, Listed, Listing};
use backhaul_events::{ContextName, Event, returns};

use crate::buyers::Buyers;
use crate::core::Core;

/// Starts the service's background work and gives its gRPC side.
pub fn start(engine: &Engine, page_key: &PageKey) -> Result<Servers, backhaul_views::Error> {
    let core = Core::new(engine);
    engine.react(settle::Settle(Arc::clone(&core)))?;
    engine.react(settle::Complete(Arc::clone(&core)))?;
    engine.react(handover::Handover(Arc::clone(&core)))?;
    engine.watch_deadlines(expiry::Expiry(Arc::clone(&core)))?;
    engine.watch_deadlines(expiry::Inspections(Arc::clone(&core)))?;
    engine.watch_deadlines(reviews::Reviews(Arc::clone(&core)))?;
    let listing = list(engine, "returns.list", listed)?;
    let claims = list(engine, "returns.claims", claim_listed)?;
    let exchanges = list(engine, "returns.exchanges", exchange_listed)?;
    let service = Arc::new(Service {
        core,
        buyers: Buyers::start(engine)?,
        listing,
        claims,
        exchanges,
        page_key: page_key.clone(),
    });
    Ok(Servers {
        returns: ReturnsServiceServer::from_arc(Arc::clone(&service)),
        claims: ClaimsServiceServer::from_arc(Arc::clone(&service)),
        exchanges: ExchangesServiceServer::from_arc(service),
    })
}

/// The gRPC sides of the service.
pub struct Servers {
    /// Returns and policies.
    pub returns: ReturnsServiceServer<Service>,
    /// Claims and repairs.
    pub claims: ClaimsServiceServer<Service>,
    /// Exchanges.
    pub exchanges: ExchangesServiceServer<Service>,
}

/// The gRPC side of the service.
pub struct Service {
    core: Arc<Core>,
    buyers: Buyers,
    listing: Listing,
    claims: Listing,
    exchanges: Listing,
    page_key: PageKey,
}

fn list(
    engine: &Engine,
    name: &'static str,
    id: fn(&Event) -> Option<String>,
) -> Result<Listing, backhaul_views::Error> {
    let contexts = &[ContextName::Returns];
    Listing::start(engine, Listed { name, contexts, id })
}

fn claim_listed(event: &Event) -> Option<String> {
    match event {
        Event::Returns(returns::Event::ClaimOpened(event)) => Some(event.claim.to_string()),
        _ => None,
    }
}

fn exchange_listed(event: &Event) -> Option<String> {
    match event {
        Event::Returns(returns::Event::ExchangeRequested(event)) => {
            Some(event.exchange.to_string())
        }
        _ => None,
    }
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
