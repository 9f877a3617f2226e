//! The rules of refunds, as tables and as laws.

mod approval;
mod cases;
mod given;
mod laws;
mod outcomes;
mod payments;
