//! The operations service: the log itself, for those who run it. Changes no event, ever.
//!
//! Read `grpc` first (every method), then `check` (what must hold of a whole log).

mod check;
mod event;
mod grpc;
mod money;
mod rebuild;
mod tail;
mod timeline;

use std::path::PathBuf;

use backhaul_api::proto::operations::v1::operations_service_server::OperationsServiceServer;
use backhaul_engine::Engine;
use backhaul_host::log::Log;
use backhaul_host::{Deployment, Standing};
use tonic::Status;

use crate::services::Service as Named;

/// Commits read at once.
const BATCH_COMMITS: usize = 1_024;

/// The gRPC side of the service.
pub struct Service {
    engine: Engine,
    log: Log,
    standing: Standing,
    /// What this process serves.
    services: Vec<Named>,
    /// Where the sandbox provider keeps its books, to hold the log against; none when another
    /// provider pays.
    provider: Option<PathBuf>,
}

/// The operations service of a process that serves these services. `provider` is the folder of the
/// sandbox provider's books, if it is the sandbox that pays.
pub fn service(
    deployment: &Deployment,
    services: &[Named],
    standing: Standing,
    provider: Option<PathBuf>,
) -> OperationsServiceServer<Service> {
    OperationsServiceServer::new(Service {
        engine: deployment.engine.clone(),
        log: deployment.log.clone(),
        standing,
        services: services.to_vec(),
        provider,
    })
}

impl Service {
    /// The log of all contexts is read by a process that serves operations, and by no other: others
    /// may not even be allowed to.
    fn reads_everything(&self) -> Result<(), Status> {
        match self.services.contains(&Named::Operations) {
            true => Ok(()),
            false => Err(Status::unimplemented(
                "this process does not serve operations; ask one that does",
            )),
        }
    }
}
