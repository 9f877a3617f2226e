//! The commands about return policies.

use std::path::PathBuf;

use backhaul_kernel::Timestamp;
use clap::{Args, Subcommand};

use super::parse_time;

/// What can be done with return policies. A policy is a file: the message
/// `backhaul.returns.v1.Policy` as JSON.
#[derive(Debug, Subcommand)]
pub enum Policy {
    /// Publish a file as the new version of its policy
    Publish {
        /// The policy as JSON
        file: PathBuf,
        /// Only tell whether it could be published
        #[arg(long)]
        check: bool,
    },
    /// List the versions of a policy, newest first
    List {
        /// Its name
        #[arg(default_value = DEFAULT)]
        policy: String,
    },
    /// Tell what differs between two versions
    Diff {
        /// The older version; 0 is the built-in policy
        older: u32,
        /// The newer version; the last one when not given
        newer: Option<u32>,
        /// Its name
        #[arg(long, default_value = DEFAULT)]
        policy: String,
    },
    /// Let a policy decide no more; the built-in one does until another is published
    Retire {
        /// Its name
        #[arg(default_value = DEFAULT)]
        policy: String,
    },
    /// Tell every rule and clause that bears on an order, and what would be decided
    Explain(Ask),
    /// Tell what a request for a return would lead to, and write nothing
    DryRun(Ask),
    /// Decide the recorded requests of a period again under a draft, and write nothing
    Simulate(Simulate),
}

/// The policy that decides.
const DEFAULT: &str = "default";

/// What is asked of a policy.
#[derive(Debug, Args)]
pub struct Ask {
    /// The order: id or resource name
    pub order: String,
    /// Units of a line, as LINE:UNITS or LINE:UNITS:REASON, such as 1:2:defective; all that is left
    /// of every line when not given
    #[arg(long = "item", value_name = "LINE:UNITS[:REASON]")]
    pub items: Vec<String>,
    /// When it is asked, such as 2027-01-01T00:00:00Z; now when not given
    #[arg(long, value_parser = parse_time)]
    pub at: Option<Timestamp>,
    /// Under this draft, as JSON, instead of the policy that decides
    #[arg(long, value_name = "FILE")]
    pub draft: Option<PathBuf>,
}

/// What is simulated.
#[derive(Debug, Args)]
pub struct Simulate {
    /// The draft as JSON
    #[arg(
        required_unless_present = "window_days",
        conflicts_with = "window_days"
    )]
    pub draft: Option<PathBuf>,
    /// One bare question instead of a draft: at most this many times 24 hours between purchase and
    /// request on the buyer's clock, without any rule and without the statutory floor
    #[arg(long)]
    pub window_days: Option<u32>,
    /// Only requests made at this time or later
    #[arg(long, value_parser = parse_time)]
    pub from: Option<Timestamp>,
    /// Only requests made before this time
    #[arg(long, value_parser = parse_time)]
    pub until: Option<Timestamp>,
}
