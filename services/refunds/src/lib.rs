//! The refunds service: gRPC in, the rules of `backhaul_refunds` through the engine, lists out, and
//! the payment provider behind its port.
//!
//! Read `grpc` (every method), `resource` (how a refund looks to a caller), then `release` (a
//! return's release becomes a grant), `dispute` (what waited for a bank is paid), `payout` (a grant
//! becomes money), `fallback` (money that goes another way), `waiting` (what happens by the clock),
//! `spending` (limits that span orders) and `webhook` (what the provider tells by itself).

mod core;
mod dispute;
mod fallback;
mod grpc;
mod payout;
mod preview;
mod release;
mod resource;
mod spending;
#[cfg(test)]
mod tests;
mod turns;
mod waiting;
mod webhook;

use std::sync::Arc;

use backhaul_api::PageKey;
use backhaul_api::proto::refunds::v1::refunds_service_server::RefundsServiceServer;
use backhaul_engine::{Engine, Listed, Listing};
use backhaul_events::{ContextName, Event, refunds};
use backhaul_gateways::payment::{NoticeReader, PaymentGateway};
use backhaul_host::webhooks::Receiver;

use crate::core::Core;

/// Who pays refunds out.
pub struct Provider {
    /// Pays.
    pub gateway: Arc<dyn PaymentGateway>,
    /// Reads what it tells by itself, where it tells anything.
    pub notices: Option<Arc<dyn NoticeReader>>,
}

/// The service, started.
pub struct Started {
    /// Its gRPC side.
    pub grpc: RefundsServiceServer<Service>,
    /// What takes the provider's webhooks.
    pub webhook: Option<Arc<dyn Receiver>>,
}

/// Starts the service's background work and gives what answers calls.
pub fn start(
    engine: &Engine,
    page_key: &PageKey,
    provider: Provider,
) -> Result<Started, backhaul_views::Error> {
    let core = Core::new(engine);
    let payout = payout::Payout {
        core: Arc::clone(&core),
        provider: provider.gateway,
        clock: Arc::clone(&engine.clock),
        turns: Arc::default(),
    };
    engine.react(release::Release(Arc::clone(&core)))?;
    engine.react(dispute::Dispute(Arc::clone(&core)))?;
    engine.react(fallback::Fallback(Arc::clone(&core)))?;
    engine.react(fallback::Credit(Arc::clone(&core)))?;
    engine.react(spending::GiveBack(Arc::clone(&core)))?;
    engine.watch_deadlines(waiting::Waits(Arc::clone(&core)))?;
    engine.watch_deadlines(waiting::Dues(Arc::clone(&core)))?;
    engine.watch_deadlines(waiting::Lots(Arc::clone(&core)))?;
    engine.react(payout.clone())?;
    engine.watch_deadlines(payout.clone())?;
    let webhook = provider.notices.map(|reader| -> Arc<dyn Receiver> {
        Arc::new(webhook::Webhook {
            payout,
            reader,
            clock: Arc::clone(&engine.clock),
        })
    });
    let listing = Listing::start(
        engine,
        Listed {
            name: "refunds.list",
            contexts: &[ContextName::Refunds],
            id: listed,
        },
    )?;
    let page_key = page_key.clone();
    let grpc = RefundsServiceServer::new(Service {
        core,
        listing,
        page_key,
    });
    Ok(Started { grpc, webhook })
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
