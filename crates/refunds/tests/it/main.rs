//! The rules of refunds, as tables and as laws.
