//! The executable as a process of its own: this test program again, told by its environment to be
//! one.

use std::process::{Command, ExitCode, Stdio};

use backhaul::cli::Cli;
use clap::Parser as _;

/// The arguments of the process, as JSON.
const ARGUMENTS_VARIABLE: &str = "BACKHAUL_TEST_ARGUMENTS";

/// `backhaul` with these arguments.
pub fn backhaul(arguments: &[&str]) -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command
        .args(["--ignored", "--exact", "executable::process", "--nocapture"])
        .env(
            ARGUMENTS_VARIABLE,
            serde_json::to_string(arguments).unwrap(),
        )
        .stdin(Stdio::null())
        .stdout(Stdio::null());
    command
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "started by other tests, as a process"]
async fn process() {
    let Ok(arguments) = std::env::var(ARGUMENTS_VARIABLE) else {
        return;
    };
    let arguments: Vec<String> = serde_json::from_str(&arguments).unwrap();
    let cli = Cli::parse_from(std::iter::once("backhaul".to_owned()).chain(arguments));
    let code = backhaul::run::run(cli).await;
    assert_eq!(
        format!("{code:?}"),
        format!("{:?}", ExitCode::SUCCESS),
        "the command failed"
    );
}
