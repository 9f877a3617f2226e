//! Whole deployments, as their callers see them: every test starts its own in this process, on a
//! folder of its own, and speaks to it over gRPC like anybody else.
//!
//! Read [`shop`] first: it is the deployment and its callers. [`orders`] builds what is sold. The
//! other files hold one subject each. Nothing here looks into a service from the inside.

#![allow(clippy::unwrap_used, reason = "a test says what failed by panicking")]

mod bad_inputs;
mod collector;
mod executable;
mod import;
mod journeys;
mod kill;
mod mail;
mod orders;
mod payments;
mod shop;
mod trace;
mod traced;
mod views;
