//! nats-server for tests and for a cluster on this machine: found or installed, configured, run.
