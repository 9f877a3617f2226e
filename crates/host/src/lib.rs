//! The process around the services: configuration, identity, the edge, health, probes, telemetry,
//! and the data folder. The only place that chooses a backend.
//!
//! Read `deployment` first (what is opened; `log` chooses the backend), then `server` and `edge` (how calls come in), then
//! `calls` and `status` (what every method does first and last). Nothing in here decides anything
//! about orders, returns or money.

pub mod calls;
pub mod config;
pub mod deployment;
pub mod edge;
pub mod identity;
pub mod log;
pub mod paging;
mod private;
pub mod probes;
pub mod server;
pub mod standing;
pub mod status;
pub mod telemetry;
pub mod webhooks;

pub use calls::{Caller, Query};
pub use config::Config;
pub use deployment::Deployment;
pub use edge::{Limits, MESSAGE_BYTES_MAX, ORDER_MESSAGE_BYTES_MAX};
pub use identity::Tokens;
pub use log::LogTarget;
pub use probes::Probes;
pub use server::{Drained, Server, Serving};
pub use standing::{Ready, Standing};
pub use telemetry::Telemetry;
pub use webhooks::Webhooks;
