//! The operations service: the log itself, for those who run it. Changes no event, ever.
//!
//! Read `grpc` first (every method), then `check` (what must hold of a whole log).

mod check;
mod event;
mod grpc;
mod money;
mod rebuild;
mod tail;

use std::path::PathBuf;

use backhaul_api::proto::operations::v1::operations_service_server::OperationsServiceServer;
use backhaul_engine::Engine;

/// Commits read at once.
const BATCH_COMMITS: usize = 1_024;

/// The gRPC side of the service.
pub struct Service {
    engine: Engine,
    /// Where the sandbox provider keeps its books, to hold the log against; none when another
    /// provider pays.
    provider: Option<PathBuf>,
}

/// The operations service over an engine.
pub fn service(engine: &Engine, provider: Option<PathBuf>) -> OperationsServiceServer<Service> {
    OperationsServiceServer::new(Service {
        engine: engine.clone(),
        provider,
    })
}
