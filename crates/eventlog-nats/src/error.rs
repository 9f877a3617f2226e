//! Why the log cannot be used.

use backhaul_eventlog::ReadError;

/// The log cannot be connected to.
#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    /// Names are made from it, so it must be plain.
    #[error("`{0}` is no prefix: lower case letters, digits and hyphens, at most 32")]
    InvalidPrefix(String),
    /// A file with a secret cannot be read.
    #[error("cannot use {path}")]
    Login {
        /// Which file.
        path: std::path::PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// No server can be reached, or none lets this process in.
    #[error("cannot connect to {servers}")]
    Unreachable {
        /// Who was asked.
        servers: String,
        /// Why.
        source: async_nats::ConnectError,
    },
    /// The server accepts settings that it does not know and then ignores them.
    #[error("server {name} has version {version}, the least is {least}")]
    TooOld {
        /// The server.
        name: String,
        /// Its version.
        version: String,
        /// The least version.
        least: &'static str,
    },
    /// The server does not answer a question that this process must ask, or does not let it ask.
    #[error("{question} was not answered: {reason}")]
    NoAnswer {
        /// What was asked.
        question: String,
        /// Why there is no answer.
        reason: String,
    },
    /// The stream is made by `provision`, never by a process that uses it.
    #[error("there is no stream {0}; provision the cluster first")]
    NotProvisioned(String),
    /// Data could be lost in a stream that is set up like this.
    #[error("stream {stream} is not set up as it must be: {differences}")]
    Unsuitable {
        /// Which.
        stream: String,
        /// What differs.
        differences: String,
    },
}

/// A question to the server that brought no answer to use.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum AskError {
    /// No answer, or none in time. A refused permission looks the same.
    #[error("{0}")]
    Silent(String),
    /// The server says no.
    #[error("{description} ({code})")]
    Refused { code: u64, description: String },
}

impl From<AskError> for ReadError {
    fn from(error: AskError) -> Self {
        Self::Unavailable(error.to_string())
    }
}
