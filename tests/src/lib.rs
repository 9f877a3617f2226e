//! What the tests of the whole system share, and the documents generated from its code.
//!
//! Read `golden` first: files that hold what must not change by accident. Then `asyncapi`: the
//! published description of every event. The tests themselves stand in `tests/`, one folder an
//! idea: `tidy` (rules about the code base) and `compat` (stored bytes and published words).

pub mod asyncapi;
pub mod golden;
