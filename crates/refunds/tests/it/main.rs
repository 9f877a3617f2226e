//! The rules of refunds, as tables and as laws.

#![allow(
    clippy::unwrap_used,
    reason = "helpers of tests, which may panic as tests may"
)]

mod accounts;
mod approval;
mod cases;
mod disputes;
mod dues;
mod field;
mod given;
mod laws;
mod limits;
mod others;
mod outcomes;
mod payments;
mod remedies;
mod settling;
mod tenders;
mod terms;
