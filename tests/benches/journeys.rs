//! Whole returns over gRPC, many at a time: the order, its delivery, the request, the receipt and
//! the inspection are asked for; label, refund, mails and the end come by themselves.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use anyhow::Context as _;

use crate::commands::empty_calls;
use crate::deployment::{BareServer, Callers, Deployment};
use crate::folder::Folder;
use crate::load::{Run, Until, histogram, median, run};
use crate::report::{Aim, Figure, Report};
use crate::requests;
use crate::scale::Scale;
use crate::watcher::Watcher;

/// Journeys under way at once.
const IN_FLIGHT: usize = 256;
/// Requests of a journey.
const REQUESTS: f64 = 5.0;
/// A short run for the ceiling, before each run of journeys.
const EMPTY_RUN: Duration = Duration::from_millis(500);
const WARM_UP: u64 = 200;
const JOURNEYS_AIM: Aim = Aim::AtLeast(2_500.0);

/// What the runs gave.
#[derive(Default)]
struct Runs {
    rates: Vec<f64>,
    empty: Vec<f64>,
    settled_p50: Vec<f64>,
    settled_p99: Vec<f64>,
    commits: Vec<f64>,
    events: Vec<f64>,
    syncs: Vec<f64>,
}

pub(crate) async fn measure(scale: &Scale, report: &mut Report) -> anyhow::Result<()> {
    let folder = Folder::new("journeys")?;
    let deployment = Deployment::start(folder.path()).await?;
    let bare = BareServer::start().await?;
    publish(&deployment.callers).await?;
    let watcher = Arc::new(Watcher::start(&*deployment.process.deployment().engine.log));
    play(&deployment.callers, &watcher, WARM_UP, IN_FLIGHT).await?;

    let mut runs = Runs::default();
    for _ in 0..scale.runs {
        let empty = empty_calls(bare.callers(), IN_FLIGHT, Until::Elapsed(EMPTY_RUN)).await?;
        runs.empty.push(empty.rate);
        let before = deployment.counters()?;
        let (run, settled) = play(&deployment.callers, &watcher, scale.journeys, IN_FLIGHT).await?;
        let after = deployment.counters()?;
        let each = |before: u64, after: u64| (after - before) as f64 / run.calls as f64;
        runs.rates.push(run.rate);
        let settled = histogram(&settled)?;
        let millis = |part| settled.value_at_quantile(part) as f64 / 1_000_000.0;
        runs.settled_p50.push(millis(0.5));
        runs.settled_p99.push(millis(0.99));
        runs.commits.push(each(before.commits, after.commits));
        runs.events.push(each(before.events, after.events));
        runs.syncs.push(each(before.syncs, after.syncs));
    }
    tell(runs, report);
    bare.stop().await?;
    drop(watcher);
    deployment.stop().await
}

fn tell(runs: Runs, report: &mut Report) {
    let name = format!("{IN_FLIGHT} returns under way");
    let figure = Figure::new(name, median(runs.rates), "returns/s");
    let figure = figure.beside("times five empty calls/s", median(runs.empty) / REQUESTS);
    report.add(figure.aims(JOURNEYS_AIM).note(format!(
        "each {REQUESTS} requests, {:.1} commits, {:.1} events, {:.2} syncs, 4 mails",
        median(runs.commits),
        median(runs.events),
        median(runs.syncs)
    )));
    let (p50, p99) = (median(runs.settled_p50), median(runs.settled_p99));
    report.add(Figure::new("from request to settled, p50", p50, "ms"));
    report.add(Figure::new("from request to settled, p99", p99, "ms"));
}

/// The policies that every return of this bench is decided by.
pub(crate) async fn publish(callers: &Callers) -> anyhow::Result<()> {
    let caller = callers.of(0);
    let mut returns = caller.returns();
    returns.publish_policy(requests::policy()).await?;
    let mut refunds = caller.refunds();
    refunds
        .publish_approval_policy(requests::approval())
        .await?;
    Ok(())
}

/// Records an order and its delivery, and asks for its return; answers the return's name.
pub(crate) async fn begin(callers: &Callers, number: u64, worker: usize) -> anyhow::Result<String> {
    let caller = callers.of(worker);
    let mut orders = caller.orders();
    orders.record_order(requests::order(number)).await?;
    orders.record_delivery(requests::delivery(number)).await?;
    let mut returns = caller.returns();
    let answer = returns.request_return(requests::r#return(number)).await?;
    let asked = answer.into_inner().r#return;
    Ok(asked.context("no return in the answer")?.name)
}

/// Plays journeys to their end; answers how long each took from the request to the money.
pub(crate) async fn play(
    callers: &Callers,
    watcher: &Arc<Watcher>,
    journeys: u64,
    in_flight: usize,
) -> anyhow::Result<(Run, Vec<Duration>)> {
    let settled = Arc::<Mutex<Vec<Duration>>>::default();
    let (callers, watcher, times) = (callers.clone(), Arc::clone(watcher), Arc::clone(&settled));
    let run = run(in_flight, Until::Calls(journeys), move |number, worker| {
        let (callers, times) = (callers.clone(), Arc::clone(&times));
        let over = watcher.expect(requests::id(number));
        async move {
            let asked = Instant::now();
            let name = begin(&callers, number, worker).await?;
            let mut returns = callers.of(worker).returns();
            returns.record_receipt(requests::receipt(&name)).await?;
            returns.inspect_units(requests::inspection(&name)).await?;
            let settled = over.settled().await?;
            let mut times = times.lock().unwrap_or_else(PoisonError::into_inner);
            times.push(settled.saturating_duration_since(asked));
            Ok(())
        }
    })
    .await?;
    let settled = std::mem::take(&mut *settled.lock().unwrap_or_else(PoisonError::into_inner));
    Ok((run, settled))
}
