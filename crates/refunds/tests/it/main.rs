//! The rules of refunds, as tables and as laws.

#![allow(
    clippy::unwrap_used,
    reason = "helpers of tests, which may panic as tests may"
)]

mod approval;
mod cases;
mod given;
mod laws;
mod outcomes;
mod payments;
