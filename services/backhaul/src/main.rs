//! One executable: the services, and everything an operator runs.

use std::process::ExitCode;

use backhaul::cli::Cli;
use clap::Parser as _;

#[tokio::main]
async fn main() -> ExitCode {
    backhaul::run::run(Cli::parse()).await
}
