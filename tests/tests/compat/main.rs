//! What is stored and published must stay readable: golden bytes of every event type and of a
//! commit, the words of every closed list, and the published description.
//!
//! `samples` holds the events; `payloads` compares them with `tests/compat`; `reading` holds what
//! readers do with payloads of other builds; `frames` holds the bytes of a commit in a local log;
//! `published` keeps `docs/asyncapi.json` and `tests/compat/words.json` current.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod frames;
mod payloads;
mod published;
mod reading;
mod samples;
