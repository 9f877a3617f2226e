//! Commands over gRPC, each on an order of its own, beside an empty call.

use anyhow::Context as _;
use backhaul_eventlog_local::Counters;

use crate::bare::BareFile;
use crate::deployment::{BareServer, Callers, Deployment, connections};
use crate::folder::Folder;
use crate::load::{Run, Until, histogram, median, run};
use crate::report::{Aim, Figure, Report};
use crate::requests;
use crate::scale::Scale;

const IN_FLIGHT: [usize; 3] = [1, 64, 256];
/// Before anything is measured: code, connections and buffers warm up.
const WARM_UP_CALLS: u64 = 500;
/// Syncs between two runs, for the floor of a single command.
const SYNCS: usize = 100;

const HALF_OF_CEILING: Aim = Aim::OfCeilingAtLeast(0.5);
const P50_MICROS: Aim = Aim::AtMost(600.0);
const P99_SYNCS: Aim = Aim::OfCeilingAtMost(3.0);

/// What the runs of one load gave.
#[derive(Default)]
struct Runs {
    commands: Vec<Run>,
    empty: Vec<Run>,
    behind_edge: Vec<Run>,
    syncs: Vec<f64>,
    commits_per_sync: Vec<f64>,
}

pub(crate) async fn measure(scale: &Scale, report: &mut Report) -> anyhow::Result<()> {
    let folder = Folder::new("commands")?;
    let deployment = Deployment::start(&folder.path().join("data")).await?;
    let bare = BareServer::start().await?;
    let edge = connections(&format!("http://{}", deployment.process.address)).await?;
    let file = BareFile::create(&folder.path().join("bare"))?;
    record_orders(&deployment.callers, 1, Until::Calls(WARM_UP_CALLS)).await?;
    empty_calls(bare.callers(), 1, Until::Calls(WARM_UP_CALLS)).await?;

    for in_flight in IN_FLIGHT {
        let mut runs = Runs::default();
        let until = Until::Elapsed(scale.run);
        for _ in 0..scale.runs {
            runs.empty
                .push(empty_calls(bare.callers(), in_flight, until).await?);
            runs.behind_edge
                .push(empty_calls(edge.clone(), in_flight, until).await?);
            let before = deployment.counters()?;
            let commands = record_orders(&deployment.callers, in_flight, until).await?;
            runs.commits_per_sync
                .push(commits_per_sync(before, deployment.counters()?));
            runs.commands.push(commands);
            let syncs = histogram(&file.one_by_one(SYNCS).await?)?;
            runs.syncs
                .push(syncs.value_at_quantile(0.5) as f64 / 1_000.0);
        }
        tell(in_flight, &runs, report);
    }
    drop(edge);
    bare.stop().await?;
    deployment.stop().await
}

fn tell(in_flight: usize, runs: &Runs, report: &mut Report) {
    let of = |runs: &[Run], figure: fn(&Run) -> f64| median(runs.iter().map(figure));
    let rate = |runs: &[Run]| of(runs, |run| run.rate);
    let p50 = |runs: &[Run]| of(runs, |run| run.micros(0.5));
    let p99 = |runs: &[Run]| of(runs, |run| run.micros(0.99));
    let figure = Figure::new(
        format!("{in_flight} in flight"),
        rate(&runs.commands),
        "commands/s",
    );
    let figure = figure
        .beside("empty calls/s", rate(&runs.empty))
        .note(format!(
            "{:.1} commits a sync; the empty call behind our edge {:.0}/s",
            median(runs.commits_per_sync.iter().copied()),
            rate(&runs.behind_edge)
        ));
    let is_alone = in_flight == 1;
    report.add(if is_alone {
        figure
    } else {
        figure.aims(HALF_OF_CEILING)
    });

    let name = |part: &str| format!("{in_flight} in flight, {part}");
    let figure = Figure::new(name("p50"), p50(&runs.commands), "us");
    let figure = figure.beside("us of an empty call", p50(&runs.empty));
    report.add(if is_alone {
        figure.aims(P50_MICROS)
    } else {
        figure
    });
    let figure = Figure::new(name("p99"), p99(&runs.commands), "us");
    report.add(if is_alone {
        let sync = median(runs.syncs.iter().copied());
        figure.beside("us of a sync, p50", sync).aims(P99_SYNCS)
    } else {
        figure.beside("us of an empty call", p99(&runs.empty))
    });
}

/// How well commits shared syncs between two looks.
pub(crate) fn commits_per_sync(before: Counters, after: Counters) -> f64 {
    (after.commits - before.commits) as f64 / (after.syncs - before.syncs) as f64
}

pub(crate) async fn record_orders(
    callers: &Callers,
    in_flight: usize,
    until: Until,
) -> anyhow::Result<Run> {
    let callers = callers.clone();
    run(in_flight, until, move |number, worker| {
        let mut orders = callers.of(worker).orders();
        async move {
            let answer = orders.record_order(requests::order(number)).await;
            answer.context("an order was refused")?;
            Ok(())
        }
    })
    .await
}

type Empty = tonic_health::pb::health_client::HealthClient<tonic::transport::Channel>;

/// Empty calls in the same loops.
pub(crate) async fn empty_calls(
    callers: Vec<Empty>,
    in_flight: usize,
    until: Until,
) -> anyhow::Result<Run> {
    run(in_flight, until, move |_, worker| {
        let mut health = callers[worker % callers.len()].clone();
        async move {
            health
                .check(tonic_health::pb::HealthCheckRequest::default())
                .await?;
            Ok(())
        }
    })
    .await
}
