//! The gRPC contracts as Rust, and the only conversions to and from them.
//!
//! The messages and services are generated from `proto/`; the modules beside them turn messages
//! into the words of the kernel and of the published events (`from_proto`, which can refuse and
//! then names the field) and back (`to_proto`, which cannot).
//!
//! Read `invalid` first (how mistakes are collected), then `orders`; the other contexts follow the
//! same pattern. `page` and `filter` are what all lists share. Nothing in here knows of state: a
//! request that passes can still be refused by the rules.

pub mod claims;
pub mod exchanges;
pub mod filter;
pub mod invalid;
pub mod money_due;
pub mod names;
pub mod notifications;
pub mod operations;
pub mod orders;
pub mod page;
pub mod policies;
pub mod refunds;
pub mod requests;
pub mod returns;
pub mod tracking;
pub mod types;
mod words;

pub use invalid::{Invalid, InvalidRequest};
pub use page::{Page, PageKey};
pub use requests::{CommandRequest, ListRequest};

/// Generated from `proto/backhaul`.
#[allow(missing_docs, clippy::all, clippy::pedantic, reason = "generated code")]
pub mod proto {
    macro_rules! contexts {
        ($($context:ident),*) => {$(
            pub mod $context {
                pub mod v1 {
                    include!(concat!(env!("OUT_DIR"), "/backhaul.", stringify!($context), ".v1.rs"));
                }
            }
        )*};
    }
    contexts!(
        types,
        orders,
        returns,
        refunds,
        tracking,
        notifications,
        operations
    );
}

/// The compiled contracts, for reflection.
pub const DESCRIPTORS: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/descriptors.bin"));
