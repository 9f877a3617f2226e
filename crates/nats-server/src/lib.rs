//! nats-server for tests and for a cluster on this machine: found or installed, configured, run.
//!
//! Read in this order: `find` (which executable, and why an old one is refused), `install` (a
//! pinned release, checked against a checksum that stands here), `options`, `cluster` and `node`
//! (one or three servers on loopback that can be killed, frozen and cut off from one another),
//! `access` (the deployed configuration, with passwords and certificates made for one run).
//! Nothing here speaks to JetStream: whether a server is ready is asked of its monitoring address.
//!
//! No server outlives the process that started it, not even when that process is killed.

mod access;
mod cluster;
mod configuration;
mod find;
mod guard;
mod install;
mod links;
mod monitor;
mod node;
mod options;
mod ports;

pub use access::{Access, AccessError};
pub use cluster::{Cluster, ClusterError};
pub use find::{FindError, Found, Version, find};
pub use install::{InstallError, RELEASE};
pub use node::{Node, NodeError};
pub use options::{Options, Ports, Routes, Security, Size, SyncInterval};
