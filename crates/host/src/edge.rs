//! The edge: everything that is bounded, refused or mended before and after a service sees a call.
//!
//! `limits` names every bound; `connections` bounds who may be connected and for how long in
//! silence; `requests` takes each call through identity, load, deadline and panic; `mend` turns
//! what the gRPC library answers by itself into what this API promises.

mod connections;
mod limits;
mod mend;
mod requests;

pub(crate) use connections::Connections;
pub use limits::{Limits, MESSAGE_BYTES_MAX, ORDER_MESSAGE_BYTES_MAX};
pub(crate) use requests::{Edge, guard};
