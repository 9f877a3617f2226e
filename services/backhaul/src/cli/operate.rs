//! What operators do with whole logs: copy, compare, make, examine.

use std::fs::DirBuilder;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use backhaul_eventlog_nats::Access;
use backhaul_events::ContextName;
use backhaul_host::LogTarget;
use clap::{Args, Subcommand};

use super::NatsLogin;
use super::serve::SERVERS_VARIABLE;

/// Where the log lies in a data folder.
const LOG_FOLDER: &str = "log";
/// Only the owner may list and change a data folder.
const FOLDER_MODE: u32 = 0o700;

/// A log: in a data folder, or on a cluster.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LogAddress {
    /// `local:DIR`, the data folder.
    Local(PathBuf),
    /// `nats://SERVER`, several with commas between.
    Nats(String),
}

/// The text names no log.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` names no log; write local:DIR for a data folder, or nats://SERVER")]
pub struct InvalidLog(String);

impl FromStr for LogAddress {
    type Err = InvalidLog;

    fn from_str(text: &str) -> Result<Self, InvalidLog> {
        let is_server = |server: &str| {
            let rest = server
                .strip_prefix("nats://")
                .or(server.strip_prefix("tls://"));
            rest.is_some_and(|rest| !rest.is_empty())
        };
        match text.strip_prefix("local:") {
            Some(folder) if !folder.is_empty() => Ok(Self::Local(folder.into())),
            None if text.split(',').all(|server| is_server(server.trim())) => {
                Ok(Self::Nats(text.to_owned()))
            }
            _ => Err(InvalidLog(text.to_owned())),
        }
    }
}

impl std::fmt::Display for LogAddress {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Local(folder) => write!(f, "local:{}", folder.display()),
            Self::Nats(servers) => f.write_str(servers),
        }
    }
}

/// What is done with an opened log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// It is read, and must be there.
    Read,
    /// It is read and written; a folder is made where there is none.
    Write,
}

impl LogAddress {
    /// How the log is opened, and in which folder it is if it is local.
    pub fn target(
        &self,
        purpose: Purpose,
        login: &NatsLogin,
    ) -> anyhow::Result<(LogTarget, PathBuf)> {
        match self {
            Self::Local(data) => Ok((LogTarget::Local, local(data, purpose)?)),
            Self::Nats(servers) => {
                let all = ContextName::ALL.to_vec();
                let access = Access {
                    read: all.clone(),
                    write: if purpose == Purpose::Write {
                        all
                    } else {
                        Vec::new()
                    },
                };
                let options = login.options(servers, access, "operator")?;
                Ok((LogTarget::Nats(Box::new(options)), PathBuf::new()))
            }
        }
    }
}

/// The log's folder. Whoever mistypes the name of a log to be read must not get an empty one.
fn local(data: &Path, purpose: Purpose) -> anyhow::Result<PathBuf> {
    let folder = data.join(LOG_FOLDER);
    if purpose == Purpose::Read && !folder.is_dir() {
        anyhow::bail!("{} is no data folder: it has no log", data.display());
    }
    if purpose == Purpose::Write {
        let mut builder = DirBuilder::new();
        builder.recursive(true).mode(FOLDER_MODE).create(&folder)?;
    }
    Ok(folder)
}

/// What can be done with a whole log.
#[derive(Debug, Subcommand)]
pub enum Log {
    /// Make a log equal to another; broken off, the next run goes on
    Copy(CopyLog),
}

/// Which log becomes equal to which.
#[derive(Debug, Args)]
pub struct CopyLog {
    /// The log to copy: local:DIR for a data folder, or nats://SERVER
    #[arg(long, value_name = "LOG")]
    pub from: LogAddress,
    /// The log to make equal to it, empty or begun, with no other writer
    // The same name as the global option, which no copy has a use for.
    #[arg(long = "to", id = "to", value_name = "LOG", required = true)]
    pub target: String,
    /// Who this process is on the cluster.
    #[command(flatten)]
    pub login: NatsLogin,
}

/// What is checked.
#[derive(Debug, Args)]
pub struct Check {
    /// Compare with this log instead, commit by commit and view by view: local:DIR or nats://SERVER
    #[arg(long, value_name = "LOG")]
    pub against: Option<LogAddress>,
    /// The log to compare with it; without it the one in the data folder
    #[arg(long, value_name = "LOG", requires = "against")]
    pub log: Option<LogAddress>,
    /// Who this process is on the cluster.
    #[command(flatten)]
    pub login: NatsLogin,
}

/// Which streams are made where.
#[derive(Debug, Args)]
pub struct Provision {
    /// Servers of the cluster, such as nats://nats-1:4222,nats://nats-2:4222
    #[arg(long, value_name = "SERVERS", env = SERVERS_VARIABLE)]
    pub log: String,
    /// On how many servers each event lies: 1 or 3
    #[arg(long, default_value_t = 3, value_parser = parse_replicas)]
    pub replicas: usize,
    /// Who this process is on the cluster.
    #[command(flatten)]
    pub login: NatsLogin,
}

fn parse_replicas(text: &str) -> Result<usize, String> {
    match text {
        "1" => Ok(1),
        "3" => Ok(3),
        _ => Err("1 or 3".to_owned()),
    }
}

/// What is examined.
#[derive(Debug, Args)]
pub struct Doctor {
    /// Servers of a cluster, such as nats://nats-1:4222; without them the data folder is examined,
    /// or the cluster that `cluster up` runs in it
    #[arg(long, value_name = "SERVERS", env = SERVERS_VARIABLE)]
    pub log: Option<String>,
    /// Who this process is on the cluster.
    #[command(flatten)]
    pub login: NatsLogin,
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;

    use super::super::{Cli, Command};
    use super::*;

    #[test]
    fn a_log_is_a_data_folder_or_a_cluster() {
        for (text, log) in [
            ("local:data", LogAddress::Local("data".into())),
            (
                "nats://a:1,nats://b:2",
                LogAddress::Nats("nats://a:1,nats://b:2".into()),
            ),
        ] {
            assert_eq!(text.parse(), Ok(log.clone()));
            assert_eq!(log.to_string(), text);
        }
        for text in ["", "data", "local:", "nats://", "nats://a,b", "http://a"] {
            assert!(text.parse::<LogAddress>().is_err(), "{text}");
        }
    }

    #[test]
    fn a_copy_has_a_target_of_its_own() {
        let line = [
            "backhaul",
            "log",
            "copy",
            "--from",
            "local:a",
            "--to",
            "nats://b:1,nats://c:1",
        ];
        let Command::Log(Log::Copy(copy)) = Cli::parse_from(line).command else {
            panic!("another command");
        };
        assert_eq!(copy.target, "nats://b:1,nats://c:1");
        assert!(Cli::try_parse_from(&line[..5]).is_err());
    }

    #[test]
    fn an_event_lies_on_one_server_or_three() {
        let line = |replicas| {
            [
                "backhaul",
                "provision",
                "--log",
                "nats://a",
                "--replicas",
                replicas,
            ]
        };
        assert!(Cli::try_parse_from(line("3")).is_ok());
        assert!(Cli::try_parse_from(line("2")).is_err());
    }
}
