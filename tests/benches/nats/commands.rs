//! Commands over gRPC on JetStream, beside bare publishes of the very same messages.

use std::time::Duration;

use anyhow::Context as _;
use backhaul_events::ContextName;
use backhaul_host::log::LogTarget;

use super::{BARE, OURS, Running, Setup, bare_subject, stream};
use crate::commands::{empty_calls, record_orders};
use crate::deployment::{BareServer, Deployment};
use crate::flushes::flushes;
use crate::folder::Folder;
use crate::load::{Run, Until, median};
use crate::report::{Aim, Figure, Report};
use crate::scale::Scale;

const IN_FLIGHT: [usize; 3] = [1, 64, 256];
/// Before anything is measured: code, connections, elections and buffers warm up.
const WARM_UP_CALLS: u64 = 500;
const WARM_UP: Duration = Duration::from_millis(300);
/// Of the bare publishes, or else half of the empty calls, whichever is lower.
const OF_PUBLISHES: f64 = 0.6;
const OF_EMPTY_CALLS: f64 = 0.5;

#[derive(Default)]
struct Runs {
    commands: Vec<Run>,
    publishes: Vec<Run>,
    empty: Vec<Run>,
    command_flushes: Vec<f64>,
    publish_flushes: Vec<f64>,
}

pub(super) async fn measure(
    scale: &Scale,
    setup: Setup,
    report: &mut Report,
) -> anyhow::Result<()> {
    let folder = Folder::new("nats")?;
    let running = Running::start(setup, &folder.path().join("servers")).await?;
    let log = LogTarget::Nats(Box::new(running.options(OURS)));
    let deployment = Deployment::start_on(&folder.path().join("data"), log).await?;
    let bare = BareServer::start().await?;
    let mut raw = running.raw().await?;
    record_orders(&deployment.callers, 1, Until::Calls(WARM_UP_CALLS)).await?;
    empty_calls(bare.callers(), 1, Until::Calls(WARM_UP_CALLS)).await?;
    let template = raw.template(&stream(OURS, ContextName::Orders)).await?;
    let subject = |number| bare_subject(ContextName::Orders, number);
    let mut number = 0;
    let warm = raw.publish(&template, subject, number, 1, WARM_UP).await?;
    number += warm.calls;

    for in_flight in IN_FLIGHT {
        let mut runs = Runs::default();
        for _ in 0..scale.runs {
            let until = Until::Elapsed(scale.run);
            let empty = empty_calls(bare.callers(), in_flight, until).await?;
            runs.empty.push(empty);

            let before = flushes(folder.path());
            let publishes = raw.publish(&template, subject, number, in_flight, scale.run);
            let publishes = publishes.await?;
            number += publishes.calls;
            let each = per_flush(publishes.calls, before, flushes(folder.path()));
            runs.publish_flushes.extend(each);
            runs.publishes.push(publishes);

            let before = flushes(folder.path());
            let commands = record_orders(&deployment.callers, in_flight, until).await?;
            let each = per_flush(commands.calls, before, flushes(folder.path()));
            runs.command_flushes.extend(each);
            runs.commands.push(commands);
        }
        tell(setup, in_flight, &runs, report);
    }
    raw.count(&stream(BARE, ContextName::Orders), number)
        .await
        .context("the bare publishes are not all there")?;
    drop(raw);
    bare.stop().await?;
    deployment.stop().await
}

/// How many shared a flush of the disk, other programs' flushes included.
fn per_flush(calls: u64, before: Option<u64>, after: Option<u64>) -> Option<f64> {
    let flushes = after?.checked_sub(before?)?;
    Some(calls as f64 / flushes.max(1) as f64)
}

fn tell(setup: Setup, in_flight: usize, runs: &Runs, report: &mut Report) {
    let of = |runs: &[Run], figure: fn(&Run) -> f64| median(runs.iter().map(figure));
    let rate = |runs: &[Run]| of(runs, |run| run.rate);
    let millis = |runs: &[Run], part| median(runs.iter().map(|run| run.micros(part) / 1_000.0));
    let (publishes, empty) = (rate(&runs.publishes), rate(&runs.empty));
    let name = format!("{}, {in_flight} in flight", setup.name);
    let figure = Figure::new(name, rate(&runs.commands), "commands/s");
    let figure = if OF_PUBLISHES * publishes <= OF_EMPTY_CALLS * empty {
        figure
            .beside("bare publishes/s", publishes)
            .aims(Aim::OfCeilingAtLeast(OF_PUBLISHES))
    } else {
        figure
            .beside("empty calls/s", empty)
            .aims(Aim::OfCeilingAtLeast(OF_EMPTY_CALLS))
    };
    report.add(figure.note(format!(
        "p50 {:.2} ms, p99 {:.2} ms; bare publishes {publishes:.0}/s, p50 {:.2} ms, p99 {:.2} ms; \
         empty calls {empty:.0}/s; {:.1} commands and {:.1} bare publishes a flush of the disk",
        millis(&runs.commands, 0.5),
        millis(&runs.commands, 0.99),
        millis(&runs.publishes, 0.5),
        millis(&runs.publishes, 0.99),
        median(runs.command_flushes.iter().copied()),
        median(runs.publish_flushes.iter().copied()),
    )));
}
