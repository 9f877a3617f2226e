//! `backhaul policy simulate`.

use anyhow::Context as _;
use backhaul_api::proto::returns::v1::{SimulatePolicyRequest, Simulation};
use serde_json::json;

use crate::cli::policy::Simulate;
use crate::connect::Deployment;
use crate::output::{self, Output};
use crate::progress;
use crate::table::Table;
use crate::wire;

pub(super) async fn simulate(
    deployment: &Deployment,
    asked: Simulate,
    output: Output,
) -> anyhow::Result<()> {
    let request = SimulatePolicyRequest {
        draft: asked.draft.as_deref().map(super::read).transpose()?,
        window_days: asked.window_days,
        from_time: asked.from.and_then(wire::timestamp),
        until_time: asked.until.and_then(wire::timestamp),
    };
    let mut answers = deployment
        .returns()
        .simulate_policy(request)
        .await?
        .into_inner();
    let bar = progress::bar("simulate", 0);
    let mut simulation = None;
    while let Some(answer) = answers.message().await? {
        bar.set_length(answer.total.max(0).unsigned_abs());
        bar.set_position(answer.done.max(0).unsigned_abs());
        simulation = answer.simulation.or(simulation);
    }
    bar.finish_and_clear();
    // A simulation that ends without its result was cut off, and says nothing.
    let simulation = simulation.context("the simulation ended before it was done")?;
    if !simulation.statutory_floor {
        eprintln!("note: the statutory floor is off; only the time since the purchase is asked");
    }
    match output {
        Output::Json => {
            let mut report = output::to_report("backhaul.returns.v1.Simulation", &simulation)?;
            if let Some(days) = asked.window_days {
                report["window_days"] = json!(days);
            }
            output::print_json(&report)
        }
        Output::Text => output::print(&text(&simulation)),
    }
}

fn text(simulation: &Simulation) -> String {
    let head = format!(
        "{} returns: {} accepted ({} by a person), {} refused; on record {} accepted, {} refused\n\
         {} allocations: {} accepted, {} refused",
        simulation.returns,
        simulation.returns_accepted,
        simulation.returns_referred,
        simulation.returns_refused,
        simulation.recorded_accepted,
        simulation.recorded_refused,
        simulation.allocations,
        simulation.allocations_accepted,
        simulation.allocations_refused,
    );
    let mut money = Table::new(&["COUNTRY", "REASON", "ASKED", "GRANTED", "ON RECORD"]);
    for each in &simulation.money {
        let amount = |minor| wire::money_text(wire::money(minor, &each.currency_code).as_ref());
        let reason = each.reason().as_str_name().trim_start_matches("REASON_");
        money.row([
            each.region_code.clone(),
            reason.to_lowercase(),
            amount(each.asked_minor_units),
            amount(each.granted_minor_units),
            amount(each.recorded_minor_units),
        ]);
    }
    let mut differences = Table::new(&["RETURN", "ON RECORD", "GRANTED"]);
    for each in &simulation.differences {
        differences.row([
            each.r#return.clone(),
            wire::money_text(each.recorded.as_ref()),
            wire::money_text(each.granted.as_ref()),
        ]);
    }
    format!("{head}\n\n{money}\n\n{differences}")
}
