//! The gRPC contracts as Rust, and the only conversions to and from them.
//!
//! The messages and services are generated from `proto/`; the modules beside them turn messages
//! into the words of the kernel and of the published events (`from_proto`, which can refuse and
//! then names the field) and back (`to_proto`, which cannot).

/// Generated from `proto/backhaul`.
#[allow(missing_docs, clippy::all, clippy::pedantic, reason = "generated code")]
pub mod proto {
    macro_rules! contexts {
        ($($context:ident),*) => {$(
            pub mod $context {
                pub mod v1 {
                    tonic::include_proto!(concat!("backhaul.", stringify!($context), ".v1"));
                }
            }
        )*};
    }
    contexts!(types, orders, returns, refunds, tracking, notifications, operations);
}

/// The compiled contracts, for reflection.
pub const DESCRIPTORS: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/descriptors.bin"));
