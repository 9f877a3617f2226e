//! Every bound of the edge.

use std::time::Duration;

/// Largest request, in bytes. Larger ones are answered with `RESOURCE_EXHAUSTED`.
pub const MESSAGE_BYTES_MAX: usize = 256 * 1024;
/// Largest request of the orders service, in bytes: an order may have 2,000 lines.
pub const ORDER_MESSAGE_BYTES_MAX: usize = 1024 * 1024;

/// Bounds that a deployment can set.
#[derive(Debug, Clone)]
pub struct Limits {
    /// Connections at once.
    pub connections: usize,
    /// Connections at once from one address of another machine.
    pub connections_per_address: usize,
    /// Connections at once from this machine's own address, where load tests and proxies live.
    pub connections_from_loopback: usize,
    /// A connection that has asked for nothing after this time is cut off.
    pub first_request: Duration,
    /// Calls at once on one connection.
    pub streams_per_connection: u32,
    /// Calls being answered at once.
    pub calls: usize,
    /// Calls being answered at once for one merchant.
    pub calls_per_tenant: usize,
    /// Longest time to answer; a caller may ask for less.
    pub answer_within: Duration,
    /// Silence after which a peer is asked whether it is still there.
    pub keepalive: Duration,
    /// How long it may take to say so.
    pub keepalive_timeout: Duration,
    /// Largest header list, in bytes.
    pub header_bytes: u32,
    /// Calls that a peer may open and drop before it is cut off.
    pub pending_resets: usize,
    /// Longest life of a connection, so that callers spread over new processes.
    pub connection_age: Duration,
    /// How long its calls may then go on.
    pub connection_grace: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections: 2_048,
            connections_per_address: 64,
            connections_from_loopback: 1_024,
            first_request: Duration::from_secs(10),
            streams_per_connection: 128,
            calls: 1_024,
            calls_per_tenant: 256,
            answer_within: Duration::from_secs(10),
            keepalive: Duration::from_secs(30),
            keepalive_timeout: Duration::from_secs(10),
            header_bytes: 16 * 1024,
            pending_resets: 20,
            connection_age: Duration::from_secs(30 * 60),
            connection_grace: Duration::from_secs(30),
        }
    }
}
