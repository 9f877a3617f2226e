//! The `backhaul` executable: all services in one process, and everything an operator runs.

pub mod call;
pub mod connect;
pub mod embedded;
pub mod failure;
mod flight;
pub mod import;
pub mod output;
mod pages;
mod progress;
mod quiet;
mod stall;
mod table;
mod wire;
