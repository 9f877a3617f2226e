//! Whole clusters on this machine: nats-servers as they are deployed, and every service in
//! processes of its own, which are this test program again.
//!
//! Read [`run`] first: how a cluster is started and what it is asked to do. The processes are
//! started and watched by the code behind `backhaul cluster up`.

#![allow(clippy::unwrap_used, reason = "a test says what failed by panicking")]

#[path = "../e2e/collector.rs"]
mod collector;
mod copy;
#[path = "../e2e/executable.rs"]
mod executable;
mod ingest;
#[expect(dead_code, reason = "made for other tests as well")]
#[path = "../e2e/orders.rs"]
mod orders;
mod permissions;
mod rivals;
mod run;
mod same;
mod storm;
mod trace;
#[path = "../e2e/traced.rs"]
mod traced;
mod user;
