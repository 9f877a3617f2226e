//! What tests of every crate share: given/when/then over a decider, sample orders, and contexts.
//!
//! Read `spec` first. Everything here panics on bad input, because bad input in a test is a
//! mistake of the test. No crate depends on this one outside its tests.

pub mod context;
pub mod sample;
pub mod spec;

pub use context::{at, by, text, time};
pub use sample::{OrderSample, id, money, order, units};
pub use spec::{Given, Outcome, fold, given};
