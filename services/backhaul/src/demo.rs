//! A small year of cross-border orders, made from a seed, run through the gRPC APIs, and told.
//!
//! Read in this order: `year` makes the orders and `buyer` what becomes of them (`markets` and
//! `goods` are what they are made of), `policy` is the shop's, `play` runs it all with `scans` for
//! the carrier and `warehouse` for the warehouse, `summary` counts what happened.

mod buyer;
mod goods;
mod markets;
mod play;
mod policy;
mod scans;
mod summary;
mod warehouse;
mod year;

use std::process::ExitCode;
use std::time::Instant;

use crate::cli::{Demo, Global};
use crate::connect::Deployment;
use crate::output::{self, Output};

/// Makes the year, runs it and tells it. The same seed on the same folder does nothing twice.
pub(crate) async fn run(
    deployment: &Deployment,
    options: Demo,
    global: &Global,
) -> anyhow::Result<ExitCode> {
    let Demo { orders, seed, .. } = options;
    eprintln!("making {orders} orders from seed {seed}; none of it is real");
    let year: Vec<year::Made> = year::orders(seed, orders).collect();
    let began = Instant::now();
    policy::publish(deployment, seed).await?;
    let played = play::play(deployment, seed, year).await?;
    let summary = summary::count(deployment, played, began.elapsed(), &global.data).await?;
    match global.output {
        Output::Text => output::print(&summary.text())?,
        Output::Json => output::print_json(&summary)?,
    }
    Ok(if summary.is_sound() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}
