//! The edge as callers meet it: over real connections on loopback.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod edge;
mod probes;
mod silence;
mod support;
