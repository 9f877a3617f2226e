//! The notifications service: what buyers are told, through the rules of `backhaul_notifications`
//! and the mail server behind its port.
//!
//! Read `plan` (which events are told), `send` (how a message leaves), then `grpc` (what can be
//! asked) and `resource`.

mod core;
mod grpc;
mod plan;
mod resource;
mod send;

use std::sync::Arc;

use backhaul_api::PageKey;
use backhaul_api::proto::notifications::v1::notifications_service_server::NotificationsServiceServer;
use backhaul_engine::{Engine, Listed, Listing};
use backhaul_events::{ContextName, Event, notifications};
use backhaul_gateways::mail::{MailGateway, Mailbox};

use crate::core::Core;

/// Starts the service's background work and gives its gRPC side. Messages come from `from`.
pub fn start(
    engine: &Engine,
    page_key: &PageKey,
    mail: Arc<dyn MailGateway>,
    from: Mailbox,
) -> Result<NotificationsServiceServer<Service>, backhaul_views::Error> {
    let core = Core::new(engine);
    let send = send::Send {
        core: Arc::clone(&core),
        mail,
        from,
        turn: Arc::default(),
    };
    engine.react(plan::Plan(Arc::clone(&core)))?;
    engine.react(send.clone())?;
    engine.watch_deadlines(send)?;
    let listing = Listing::start(
        engine,
        Listed {
            name: "notifications.list",
            contexts: &[ContextName::Notifications],
            id: listed,
        },
    )?;
    let page_key = page_key.clone();
    Ok(NotificationsServiceServer::new(Service {
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
        Event::Notifications(notifications::Event::NotificationPlanned(event)) => {
            Some(event.notification.to_string())
        }
        Event::Notifications(notifications::Event::NotificationSuppressed(event)) => {
            Some(event.notification.to_string())
        }
        _ => None,
    }
}
