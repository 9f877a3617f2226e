//! The `backhaul` executable: all services in one process, and everything an operator runs.
//!
//! Read in this order: [`cli`] is what can be asked, [`run`] answers it, [`connect`] finds the
//! deployment that everything else speaks to over gRPC. `commands` holds one file a command;
//! [`import`] and `demo` play a platform; [`story`] tells events to people. Nothing here but
//! [`process`] knows a service from the inside.

pub mod call;
pub mod channel;
pub mod checking;
pub mod cli;
pub mod cluster;
mod commands;
pub mod connect;
mod copy;
mod demo;
pub mod embedded;
pub mod failure;
mod flight;
pub mod import;
mod operations;
mod outline;
pub mod output;
mod pages;
pub mod payments;
pub mod process;
mod progress;
mod quiet;
pub mod run;
pub mod server;
pub mod services;
mod stall;
pub mod standings;
pub mod story;
mod table;
mod views;
mod wire;
