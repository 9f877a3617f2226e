//! From a parsed command line to an exit code: 0 when all is well, 1 when a command failed or found
//! something wrong. Usage errors, 2, end in the parser.

use std::process::ExitCode;

use anyhow::bail;

use crate::cli::{Check, Cli, Cluster, Command, Events, Global, Import, Log, LogAddress, Token};
use crate::connect::{Deployment, Target, connect};
use crate::failure::Failure;
use crate::output::{self, Output};
use crate::server::Until;
use crate::services::Service;
use crate::{commands, demo, import, server};

/// Runs the command and says on stderr why it failed, if it did.
pub async fn run(cli: Cli) -> ExitCode {
    // Of all commands the largest decides how much room the future takes.
    match Box::pin(command(&cli.global, cli.command)).await {
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
        Command::Up(up) => {
            let until = Until::of(&up.serving);
            server::serve(&up.config(&global.data)?, &Service::ALL, until).await?;
        }
        Command::Serve(serve) => {
            let (until, services) = (Until::of(&serve.serving), serve.services.clone());
            server::serve(&serve.config(&global.data)?, &services, until).await?;
        }
        Command::Cluster(Cluster::Up(size)) => {
            commands::cluster::up(&global.data, size.into(), output).await?;
        }
        Command::Token(Token::Create(grant)) => {
            output::print(&server::create_token(&global.data, &grant.grant()?)?)?;
        }
        Command::Import(Import::OnlineRetail { file, on }) => {
            let plan = import::play::read(&file)?;
            with_target(&on.target(global), async |to| {
                commands::import::online_retail(to, &plan, output).await
            })
            .await?;
        }
        Command::Demo(options) => {
            let target = options.on.target(global);
            return with_target(&target, async |to| demo::run(to, options, global).await).await;
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
        Command::Check(Check {
            against: Some(there),
            log,
            login,
        }) => {
            let here = log.unwrap_or_else(|| LogAddress::Local(global.data.clone()));
            return commands::check::against(&here, &there, &login, output).await;
        }
        Command::Check(Check { against: None, .. }) => {
            return with(global, async |to| commands::check::check(to, output).await).await;
        }
        Command::Doctor(doctor) => return commands::doctor::doctor(&doctor, global).await,
        Command::Log(Log::Copy(copy)) => return commands::log::copy(&copy, output).await,
        Command::Provision(asked) => return commands::provision::provision(&asked, output).await,
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
    with_target(&global.target(), work).await
}

async fn with_target<T>(
    target: &Target,
    work: impl AsyncFnOnce(&Deployment) -> anyhow::Result<T>,
) -> anyhow::Result<T> {
    let deployment = connect(target).await?;
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
