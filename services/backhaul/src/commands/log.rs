//! `backhaul log copy`.

use std::process::ExitCode;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use backhaul_host::log::Log;
use serde_json::json;

use crate::cli::{CopyLog, LogAddress, NatsLogin, Purpose};
use crate::copy::{self, Copied, CopiedContext};
use crate::output::{self, Output};
use crate::progress;

pub(crate) async fn copy(copy: &CopyLog, output: Output) -> anyhow::Result<ExitCode> {
    let (from, to) = (&copy.from, copy.target.parse()?);
    anyhow::ensure!(*from != to, "{from} is copied to itself");
    let source = open(from, Purpose::Read, &copy.login).await?;
    let target = open(&to, Purpose::Write, &copy.login).await;
    let outcome = match &target {
        Ok(target) => copy_open(&source, target).await,
        Err(error) => Err(anyhow::anyhow!("{error:#}")),
    };
    // What was acknowledged is on disk whether or not the rest could be copied.
    source.close().await;
    if let Ok(target) = target {
        target.close().await;
    }
    let (contexts, took) = outcome?;
    let all = contexts
        .iter()
        .fold(Copied::default(), |all, each| all.plus(each.copied));
    match output {
        Output::Text => output::print(&text(&all, took))?,
        Output::Json => output::print_json(&json!({
            "from": from.to_string(),
            "to": to.to_string(),
            "compared": all.compared,
            "copied": all.copied,
            "events": all.events,
            "seconds": took.as_secs_f64(),
            "contexts": contexts,
        }))?,
    }
    Ok(ExitCode::SUCCESS)
}

/// Opens a log, and says which one it was when it cannot be opened.
pub(crate) async fn open(
    log: &LogAddress,
    purpose: Purpose,
    login: &NatsLogin,
) -> anyhow::Result<Log> {
    let (target, folder) = log.target(purpose, login)?;
    let opened = target.open(&folder).await;
    opened.with_context(|| format!("{log} cannot be opened"))
}

async fn copy_open(source: &Log, target: &Log) -> anyhow::Result<(Vec<CopiedContext>, Duration)> {
    let bar = progress::bar("copy", 0);
    let began = Instant::now();
    let (source, target) = (source.port(), target.port());
    let copied = tokio::select! {
        copied = copy::copy(&*source, &*target, &bar) => copied?,
        interrupted = tokio::signal::ctrl_c() => {
            interrupted?;
            anyhow::bail!("interrupted; the same command goes on where it ended")
        }
    };
    bar.finish_and_clear();
    Ok((copied, began.elapsed()))
}

fn text(all: &Copied, took: Duration) -> String {
    let seconds = took.as_secs_f64();
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        clippy::cast_precision_loss,
        reason = "a rate for people"
    )]
    let rate = (all.copied as f64 / seconds.max(f64::EPSILON)) as u64;
    let Copied {
        compared,
        copied,
        events,
    } = all;
    let found = match compared {
        0 => String::new(),
        compared => format!("; {compared} commits were there already and are equal"),
    };
    format!(
        "copied {copied} commits in {seconds:.1} s, {rate} a second{found}; the target holds \
         {events} events of the source"
    )
}
