//! The engine over the memory log and real views: nothing is lost, nothing happens twice.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on says where")]

mod commands;
mod deadlines;
mod desk;
mod leases;
mod metrics;
mod processes;
mod reactions;
mod snapshots;
mod traces;
mod views;
