//! The command line. Words of the contract wherever there are any.

mod log;
mod operate;
pub mod policy;
mod serve;

use std::path::PathBuf;

use backhaul_host::identity::Grant;
use backhaul_kernel::{Tier, Timestamp};
use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::cluster::Size;
use crate::connect::Target;
use crate::output::Output;
pub use log::NatsLogin;
pub use operate::{Check, CopyLog, Doctor, Log, LogAddress, Provision, Purpose};
pub use serve::{Serve, Serving, Up};

/// Returns and refunds for cross-border commerce.
#[derive(Debug, Parser)]
#[command(name = "backhaul", version, arg_required_else_help = true)]
pub struct Cli {
    /// What every command takes.
    #[command(flatten)]
    pub global: Global,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// What every command takes.
#[derive(Debug, Args)]
pub struct Global {
    /// Data folder
    #[arg(
        long,
        global = true,
        value_name = "DIR",
        default_value = "./backhaul-data"
    )]
    pub data: PathBuf,
    /// Address of a running deployment, or of several of its processes; without it one is started
    /// on the data folder
    #[arg(long, global = true, value_name = "URL", value_delimiter = ',')]
    pub to: Vec<String>,
    /// File of the access token; without it the one in the data folder
    #[arg(long, global = true, value_name = "FILE")]
    pub token_file: Option<PathBuf>,
    /// Form of what is written to stdout
    #[arg(long, global = true, value_enum, default_value = "text")]
    pub output: Output,
}

impl Global {
    /// Which deployment is meant.
    pub fn target(&self) -> Target {
        Target {
            data: self.data.clone(),
            to: self.to.clone(),
            token_file: self.token_file.clone(),
            cluster: None,
        }
    }
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Serve everything on one port until interrupted
    Up(Up),
    /// Serve some services in this process, on a log that other processes share
    Serve(Serve),
    /// Run a cluster on this machine
    #[command(subcommand)]
    Cluster(Cluster),
    /// Make a small year of cross-border orders, run it, and tell what happened
    Demo(Demo),
    /// Play a platform's client from a file of real orders
    #[command(subcommand)]
    Import(Import),
    /// Show one resource
    Get {
        /// Of which kind
        kind: Kind,
        /// Id or resource name
        id: String,
    },
    /// List resources by id
    List(List),
    /// Tell every event of a journey over all services, with reasons
    Timeline {
        /// Order, return, refund, parcel, notification, claim, exchange or repair: id or resource name
        id: String,
    },
    /// Publish return policies, and ask what they say
    #[command(subcommand)]
    Policy(policy::Policy),
    /// Look at the log
    #[command(subcommand)]
    Events(Events),
    /// Build a view again from the log
    Rebuild {
        /// The view, as `status` lists it
        view: String,
    },
    /// Fold the whole log: versions, money, views; exit code 1 when something is wrong
    Check(Check),
    /// Examine what the log stands on, and say how to repair it; exit code 1 when something is wrong
    Doctor(Doctor),
    /// Work on a whole log
    #[command(subcommand)]
    Log(Log),
    /// Make the streams of a log on a cluster, or see whether they are as they must be
    Provision(Provision),
    /// Show where every view and worker stands
    Status,
    /// Manage access tokens
    #[command(subcommand)]
    Token(Token),
}

/// What can be played.
#[derive(Debug, Subcommand)]
pub enum Import {
    /// The Online Retail data: a year of a gift retailer's orders and cancellations
    ///
    /// Each purchase invoice is an order, paid and delivered at its invoice time: the data has no
    /// delivery dates. Each pair of a cancellation invoice and an order is a return, received and
    /// inspected as good at the cancellation's time. Publishes a return policy with a window of 400
    /// days and an approval policy that leaves no refund of the data to a person. Interrupted and
    /// begun again, it does the rest.
    OnlineRetail {
        /// CSV, plain or compressed with zstd
        file: PathBuf,
        /// Where it runs.
        #[command(flatten)]
        on: On,
    },
}

/// What a command that brings its own deployment runs on.
#[derive(Debug, Clone, Copy, Args)]
pub struct On {
    /// Start a cluster of so many nats-servers, one or three, instead of one process
    #[arg(long, value_name = "NODES", value_parser = parse_nodes)]
    pub cluster: Option<u8>,
}

impl On {
    /// The deployment that is meant.
    pub fn target(self, global: &Global) -> Target {
        let size = |nodes| Size {
            nodes,
            processes: 1,
        };
        Target {
            cluster: self.cluster.map(size),
            ..global.target()
        }
    }
}

/// What can be done with a cluster on this machine.
#[derive(Debug, Subcommand)]
pub enum Cluster {
    /// Start nats-servers on loopback and every service in processes of its own, until interrupted
    Up(ClusterUp),
}

/// How large a cluster.
#[derive(Debug, Clone, Copy, Args)]
pub struct ClusterUp {
    /// nats-servers, one or three
    #[arg(long, default_value_t = 3, value_parser = parse_nodes)]
    pub nodes: u8,
    /// Processes of each service
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u8).range(1..=9))]
    pub processes: u8,
}

impl From<ClusterUp> for Size {
    fn from(ClusterUp { nodes, processes }: ClusterUp) -> Self {
        Self { nodes, processes }
    }
}

fn parse_nodes(text: &str) -> Result<u8, String> {
    match text {
        "1" => Ok(1),
        "3" => Ok(3),
        _ => Err("one or three servers make a cluster".to_owned()),
    }
}

/// How large a year to make.
#[derive(Debug, Clone, Copy, Args)]
pub struct Demo {
    /// Orders to make
    #[arg(long, default_value_t = 10_000, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    pub orders: u32,
    /// The same seed makes the same year
    #[arg(long, default_value_t = 2026)]
    pub seed: u64,
    /// Where it runs.
    #[command(flatten)]
    pub on: On,
}

/// Kinds of resources.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Kind {
    /// What was sold
    Order,
    /// What comes back
    Return,
    /// What money goes back
    Refund,
    /// A return parcel
    Parcel,
    /// A message to a buyer
    Notification,
}

/// Which resources to list.
#[derive(Debug, Args)]
pub struct List {
    /// Which resources
    pub kind: Kinds,
    /// Terms joined by AND, such as `state = CLOSED`
    #[arg(long, default_value = "")]
    pub filter: String,
    /// At most this many; 0 is all
    #[arg(long, default_value_t = 50)]
    pub limit: usize,
}

/// Kinds of resources, several.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Kinds {
    /// What was sold
    Orders,
    /// What comes back
    Returns,
    /// What money goes back
    Refunds,
    /// Return parcels
    Parcels,
    /// Messages to buyers
    Notifications,
}

impl From<Kinds> for Kind {
    fn from(kinds: Kinds) -> Self {
        match kinds {
            Kinds::Orders => Self::Order,
            Kinds::Returns => Self::Return,
            Kinds::Refunds => Self::Refund,
            Kinds::Parcels => Self::Parcel,
            Kinds::Notifications => Self::Notification,
        }
    }
}

/// Ways to look at the log.
#[derive(Debug, Subcommand)]
pub enum Events {
    /// Show events in the order of the log
    Tail(Tail),
}

/// Which events to show.
#[derive(Debug, Args)]
pub struct Tail {
    /// Only of this context: orders, returns, refunds, tracking or notifications
    #[arg(long, value_parser = parse_context)]
    pub context: Option<backhaul_events::ContextName>,
    /// The newest this many; 0 is all
    #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(i32).range(0..))]
    pub newest: i32,
    /// Wait for what is to come, until interrupted
    #[arg(long)]
    pub follow: bool,
}

fn parse_time(text: &str) -> Result<Timestamp, String> {
    text.parse()
        .map_err(|_| format!("`{text}` is no time such as 2027-01-01T00:00:00Z"))
}

fn parse_context(text: &str) -> Result<backhaul_events::ContextName, String> {
    text.parse()
        .map_err(|error: backhaul_events::UnknownContext| error.to_string())
}

/// What can be done with access tokens.
#[derive(Debug, Subcommand)]
pub enum Token {
    /// Make a token and print it
    Create(CreateToken),
}

/// Whom a token is for.
#[derive(Debug, Args)]
pub struct CreateToken {
    /// The merchant
    #[arg(long, default_value = backhaul_host::identity::MAIN_TENANT)]
    pub tenant: String,
    /// Name of the account; no personal data
    #[arg(long)]
    pub account: String,
    /// What the account may decide
    #[arg(long, value_enum)]
    pub tier: TierName,
    /// When the token stops working, such as 2027-01-01T00:00:00Z; never when not given
    #[arg(long, value_parser = parse_time)]
    pub expires_at: Option<Timestamp>,
}

impl CreateToken {
    /// What the token stands for.
    pub fn grant(self) -> anyhow::Result<Grant> {
        Ok(Grant {
            tenant: self.tenant.parse()?,
            account: self.account,
            tier: self.tier.into(),
            expires_at: self.expires_at,
        })
    }
}

/// How much a caller may decide.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum TierName {
    /// A platform's own backend
    Platform,
    /// A warehouse or carrier
    Warehouse,
    /// After-sales agent
    Agent,
    /// After-sales expert
    Expert,
    /// Administrator
    Admin,
}

impl From<TierName> for Tier {
    fn from(name: TierName) -> Self {
        match name {
            TierName::Platform => Self::Platform,
            TierName::Warehouse => Self::Warehouse,
            TierName::Agent => Self::Agent,
            TierName::Expert => Self::Expert,
            TierName::Admin => Self::Admin,
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn the_command_line_holds_together() {
        Cli::command().debug_assert();
    }

    #[test]
    fn global_options_stand_anywhere() {
        let cli = Cli::parse_from(["backhaul", "get", "order", "1", "--output", "json"]);
        assert_eq!(cli.global.output, Output::Json);
        assert!(matches!(
            cli.command,
            Command::Get {
                kind: Kind::Order,
                ..
            }
        ));
        // No argument of a command has the name of a global option.
        let cli = Cli::parse_from(["backhaul", "policy", "diff", "2", "3"]);
        assert!(cli.global.to.is_empty());
        assert!(matches!(cli.command, Command::Policy(_)));
        for wrong in [
            &["backhaul"][..],
            &["backhaul", "events", "tail", "--context", "sales"],
            &["backhaul", "demo", "--orders", "0"],
            &["backhaul", "list", "order"],
            &["backhaul", "serve", "--log", "nats://localhost"],
            &["backhaul", "serve", "orders"],
            &["backhaul", "cluster", "up", "--nodes", "2"],
        ] {
            let error = Cli::try_parse_from(wrong).unwrap_err();
            assert_eq!(error.exit_code(), 2, "{wrong:?}");
        }
    }
}
