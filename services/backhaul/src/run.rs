//! From a parsed command line to an exit code: 0 when all is well, 1 when a command failed or found
//! something wrong. Usage errors, 2, end in the parser.

use std::process::ExitCode;

use anyhow::bail;

use crate::cli::{Cli, Command, Events, Global, Import, Token};
use crate::connect::{Deployment, connect};
use crate::failure::Failure;
use crate::output::{self, Output};
use crate::{commands, demo, import, server};

/// Runs the command and says on stderr why it failed, if it did.
pub async fn run(cli: Cli) -> ExitCode {
    match command(&cli.global, cli.command).await {
        Ok(code) => code,
        Err(error) => {
            report(cli.global.output, &Failure::from(&error));
            ExitCode::FAILURE
        }
    }
}

fn report(output: Output, failure: &Failure) {
    match output {
        Output::Text => eprintln!("error: {failure}"),
        Output::Json => eprintln!("{}", serde_json::json!({ "error": failure })),
    }
}

/// The table of contents: every command, one line each.
async fn command(global: &Global, command: Command) -> anyhow::Result<ExitCode> {
    let output = global.output;
    match command {
        Command::Up(up) => server::up(&up.config(&global.data)).await?,
        Command::Token(Token::Create(grant)) => {
            output::print(&server::create_token(&global.data, &grant.grant()?)?)?;
        }
        Command::Import(Import::OnlineRetail { file }) => {
            let plan = import::play::read(&file)?;
            with(global, async |to| {
                commands::import::online_retail(to, &plan, output).await
            })
            .await?;
        }
        Command::Demo(options) => {
            return with(global, async |to| demo::run(to, options, global).await).await;
        }
        Command::Get { kind, id } => {
            with(global, async |to| {
                commands::get::get(to, kind, &id, output).await
            })
            .await?;
        }
        Command::List(list) => {
            with(global, async |to| {
                commands::list::list(to, &list, output).await
            })
            .await?;
        }
        Command::Timeline { id } => {
            with(global, async |to| {
                commands::timeline::timeline(to, id, output).await
            })
            .await?;
        }
        Command::Policy(policy) => {
            with(global, async |to| {
                commands::policy::policy(to, policy, output).await
            })
            .await?;
        }
        Command::Events(Events::Tail(tail)) => {
            with(global, async |to| {
                commands::tail::tail(to, &tail, output).await
            })
            .await?;
        }
        Command::Rebuild { view } => {
            with(global, async |to| {
                commands::rebuild::rebuild(to, view, output).await
            })
            .await?;
        }
        Command::Check => {
            return with(global, async |to| commands::check::check(to, output).await).await;
        }
        Command::Status => {
            with(global, async |to| {
                commands::status::status(to, output).await
            })
            .await?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// Does the work with a deployment. One that was started for it is stopped in any case.
async fn with<T>(
    global: &Global,
    work: impl AsyncFnOnce(&Deployment) -> anyhow::Result<T>,
) -> anyhow::Result<T> {
    let deployment = connect(&global.target()).await?;
    let outcome = tokio::select! {
        outcome = work(&deployment) => outcome,
        interrupted = tokio::signal::ctrl_c() => match interrupted {
            Ok(()) => interrupted_error(),
            Err(error) => Err(error.into()),
        },
    };
    let stopped = deployment.shutdown().await;
    let outcome = outcome?;
    stopped?;
    Ok(outcome)
}

fn interrupted_error<T>() -> anyhow::Result<T> {
    bail!("interrupted")
}
