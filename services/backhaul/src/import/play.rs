//! The phases of an import, one after the other. Every command has a request id made from the
//! invoices alone, so an import that was killed is begun again from the start: what was done is
//! answered as it was the first time, and the rest is done.

use std::path::Path;

use anyhow::Context as _;
use indicatif::ProgressBar;

use super::answers::OrderAnswer;
use super::matching::Matching;
use super::plan::Plan;
use super::report::Report;
use super::{ask, policy, record, rows, settle};
use crate::connect::Deployment;
use crate::{flight, progress, quiet};

/// How many rows are read between two steps of the progress bar.
const ROWS_A_STEP: u64 = 4_096;

/// Reads the whole file and finds what each cancellation takes back.
pub fn read(file: &Path) -> anyhow::Result<Plan> {
    let bar = progress::spinner("reading");
    let named = || format!("reading {}", file.display());
    let mut matching = Matching::default();
    for (number, row) in (1..).zip(rows::read(file).with_context(named)?) {
        matching
            .take(row.with_context(named)?)
            .with_context(named)?;
        if number % ROWS_A_STEP == 0 {
            bar.set_position(number);
        }
    }
    bar.finish_and_clear();
    Ok(matching.finish())
}

/// Asks for everything in the plan, waits until all money went back, and reports.
pub async fn play(deployment: &Deployment, plan: &Plan) -> anyhow::Result<Report> {
    policy::publish(deployment).await?;
    let recorded = phase(plan, "orders", |bar| async move {
        let record = |planned| record::record(deployment, planned);
        flight::all(&plan.orders, &bar, record).await
    });
    let recorded = recorded.await?;
    let mut answers = phase(plan, "returns", |bar| async move {
        let ask = |(planned, answer)| ask::ask(deployment, planned, answer);
        flight::all(plan.orders.iter().zip(recorded), &bar, ask).await
    })
    .await?;
    quiet::wait(deployment).await?;
    settle::settle(deployment, &mut answers).await?;
    Ok(Report::of(&answers, plan.outcomes))
}

async fn phase<F>(
    plan: &Plan,
    name: &'static str,
    work: impl FnOnce(ProgressBar) -> F,
) -> anyhow::Result<Vec<OrderAnswer>>
where
    F: Future<Output = anyhow::Result<Vec<OrderAnswer>>>,
{
    let bar = progress::bar(name, plan.orders.len());
    let answers = work(bar.clone()).await?;
    bar.finish_and_clear();
    Ok(answers)
}
