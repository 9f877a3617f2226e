//! The rules of notifications, as tables.
