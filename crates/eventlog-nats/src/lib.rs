//! The event log on NATS JetStream: the only crate that knows NATS.
