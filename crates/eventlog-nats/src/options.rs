//! How the log is reached, and every bound of it.

use std::path::PathBuf;
use std::time::Duration;

use backhaul_events::ContextName;

use crate::{Faults, LeaseTimes};

/// Publishes on their way to the server at one time; the others wait for their turn.
pub(crate) const IN_FLIGHT_MAX: usize = 4_096;
/// An append whose answer takes longer has an unknown outcome.
pub(crate) const APPEND_TIMEOUT: Duration = Duration::from_secs(5);
/// Between the first two tries of a commit that a rival came before; doubled from try to try.
pub(crate) const APPEND_RETRY_DELAY_MIN: Duration = Duration::from_millis(1);
/// Between two tries at most.
pub(crate) const APPEND_RETRY_DELAY_MAX: Duration = Duration::from_millis(100);
/// Heads that are read from the leader side by side for one append.
pub(crate) const HEAD_READS: usize = 64;

/// One question to the server.
pub(crate) const REQUEST_TIMEOUT: Duration = Duration::from_secs(2);
/// To make or change a stream, which on three servers takes an election.
pub(crate) const PROVISION_TIMEOUT: Duration = Duration::from_secs(20);
/// A read that could not reach the server for so long fails.
pub(crate) const READ_TIMEOUT: Duration = Duration::from_secs(10);
/// Between two tries of a read.
pub(crate) const READ_RETRY_DELAY: Duration = Duration::from_millis(50);
/// To connect, all servers tried.
pub(crate) const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// Streams whose heads are kept in memory, at about 200 bytes each.
pub(crate) const HEADS_MAX: usize = 65_536;

/// Newest commits of each context kept in memory for readers at the tail.
pub(crate) const TAIL_COMMITS_MAX: usize = 8_192;
/// Their payload, in bytes.
pub(crate) const TAIL_BYTES_MAX: usize = 8 * MIB;

/// Most commits that one read returns, whatever its caller allows.
pub(crate) const READ_COMMITS_MAX: usize = 4_096;
/// Commits asked for by one request of a replay. With their headers, about 4 KiB of memory each.
pub(crate) const BATCH_COMMITS: u64 = 1_024;
/// Bytes of one answer; the server ends it early rather than send more.
pub(crate) const BATCH_BYTES_MAX: usize = 4 * MIB;
/// Requests of a replay that are on their way at one time.
pub(crate) const BATCHES_IN_FLIGHT: usize = 4;
/// A reader that is less far behind does not set a consumer up for it.
pub(crate) const CATCH_UP_COMMITS_MIN: u64 = 1_024;
/// Commits asked for by one pull from a consumer.
pub(crate) const PULL_COMMITS: u64 = 1_024;
/// Pulls that are on their way at one time; what they bring must find room (`LIVE_WAITING_MAX`).
pub(crate) const PULLS_IN_FLIGHT: u64 = 4;
/// A reader that has not read on for so long has lost its consumer to whoever wants it. Longer than
/// any question to the server.
pub(crate) const CATCH_UP_IDLE_MAX: Duration = Duration::from_secs(5);
/// A consumer that is used by another process, or does not work, is left alone for so long.
pub(crate) const CATCH_UP_AGAIN: Duration = Duration::from_secs(30);

/// A context without news for so long is asked for its end: live messages can be lost.
pub(crate) const IDLE_POLL: Duration = Duration::from_millis(500);
/// Between two checks of what the server says of its streams.
pub(crate) const INTEGRITY_INTERVAL: Duration = Duration::from_secs(120);

const MIB: usize = 1024 * 1024;

/// How the log is reached, and by whom.
#[derive(Debug, Clone)]
pub struct Options {
    /// Servers of the cluster, such as `nats://nats-1:4222`; the others are found through them.
    pub servers: Vec<String>,
    /// What streams and subjects begin with.
    pub prefix: String,
    /// Who this process is.
    pub user: Login,
    /// The reader for whom provisioning made consumers to catch up by; by default a login by name.
    /// Whoever has none catches up in batches, which takes longer.
    pub reader: Option<String>,
    /// Where answers arrive. A user that may subscribe to nothing else has one of its own; by
    /// default `_INBOX_{user}` of a login by name, else `_INBOX`.
    pub inbox: Option<String>,
    /// How the connection is protected; by default as the address says.
    pub tls: Option<Tls>,
    /// What this process reads and writes.
    pub contexts: Access,
    /// Name of this process, for the server's lists and as holder of leases.
    pub name: String,
    /// A user of the system account, by which a process can see for itself whether the servers
    /// make every message durable and whether their replicas are whole.
    pub system: Option<Login>,
    /// How long leases are held.
    pub lease_times: LeaseTimes,
    /// Answers that tests lose on purpose.
    pub faults: Faults,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            servers: vec!["nats://127.0.0.1:4222".to_owned()],
            prefix: "bh".to_owned(),
            user: Login::None,
            reader: None,
            inbox: None,
            tls: None,
            contexts: Access::default(),
            name: "backhaul".to_owned(),
            system: None,
            lease_times: LeaseTimes::default(),
            faults: Faults::default(),
        }
    }
}

impl Options {
    pub(crate) fn reader(&self) -> Option<&str> {
        match (&self.reader, &self.user) {
            (Some(reader), _) => Some(reader),
            (None, Login::Password { user, .. }) => Some(user),
            (None, _) => None,
        }
    }
}

/// How a process proves who it is.
#[derive(Clone, Default)]
pub enum Login {
    /// Not at all.
    #[default]
    None,
    /// By name and password.
    Password {
        /// The name.
        user: String,
        /// The password.
        password: String,
    },
    /// By a credentials file: a signed user and its key.
    Credentials(PathBuf),
    /// By the file of an nkey's seed.
    Nkey(PathBuf),
}

impl std::fmt::Debug for Login {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::None => f.write_str("None"),
            Self::Password { user, .. } => write!(f, "Password({user})"),
            Self::Credentials(path) => write!(f, "Credentials({})", path.display()),
            Self::Nkey(path) => write!(f, "Nkey({})", path.display()),
        }
    }
}

/// Certificates of the connection.
#[derive(Debug, Clone, Default)]
pub struct Tls {
    /// Who signed the servers' certificates; by default who this machine trusts.
    pub ca: Option<PathBuf>,
    /// This process's own certificate.
    pub cert: Option<PathBuf>,
    /// Its key.
    pub key: Option<PathBuf>,
}

/// What a process reads and writes. It follows live what it reads, and reads what it writes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Access {
    /// The contexts that it reads.
    pub read: Vec<ContextName>,
    /// The contexts that it appends to.
    pub write: Vec<ContextName>,
}

impl Default for Access {
    fn default() -> Self {
        let all = ContextName::ALL.to_vec();
        Self {
            read: all.clone(),
            write: all,
        }
    }
}

impl Access {
    pub(crate) fn reads(&self, context: ContextName) -> bool {
        self.read.contains(&context) || self.writes(context)
    }

    pub(crate) fn writes(&self, context: ContextName) -> bool {
        self.write.contains(&context)
    }
}
