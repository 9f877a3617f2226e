//! The edge as callers meet it: over real connections on loopback.

mod edge;
mod probes;
mod silence;
mod support;
