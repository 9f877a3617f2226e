//! The rules of tracking, as tables.
