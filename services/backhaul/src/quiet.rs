//! Waits until every view and worker of a deployment has caught up with the log.

use backhaul_api::proto::operations::v1::GetStatusResponse;

use crate::connect::Deployment;
use crate::stall::Stall;
use crate::{progress, standings};

/// How many looks in a row must find nothing to do: what one worker does gives the next its work.
const QUIET_LOOKS: u32 = 2;

/// Waits, as long as anything moves.
pub async fn wait(deployment: &Deployment) -> anyhow::Result<()> {
    let bar = progress::spinner("catch up");
    let (mut stall, mut quiet, mut seen) = (Stall::default(), 0, 0);
    loop {
        let said = standings::ask(deployment).await?;
        let whole = standings::merge(said.into_iter().map(|each| each.status));
        let (left, heads) = (left(&whole), heads(&whole));
        bar.set_position(left);
        // Several processes are asked one after the other, so of them only what stands twice stood
        // at one time. One process tells of one moment, whatever goes on beside.
        let at_one_time = deployment.processes().len() < 2 || heads == seen;
        quiet = match left == 0 && at_one_time {
            true => quiet + 1,
            false => 0,
        };
        if quiet >= QUIET_LOOKS {
            bar.finish_and_clear();
            return Ok(());
        }
        seen = heads;
        // The sum changes with every step of a worker and every event that one writes.
        stall.wait(heads.wrapping_mul(2).wrapping_sub(left)).await?;
    }
}

/// How many commits the consumers have yet to take; a worker that no process runs has one at least.
fn left(whole: &GetStatusResponse) -> u64 {
    let behind = whole.consumers.iter().map(|consumer| {
        let positions = consumer.positions.iter();
        let behind: i64 = positions
            .map(|each| (each.head - each.position).max(0))
            .sum();
        behind.unsigned_abs() + u64::from(consumer.elsewhere)
    });
    behind.sum()
}

/// How many commits there are.
fn heads(whole: &GetStatusResponse) -> u64 {
    let heads = standings::heads(&whole.consumers).into_values();
    heads.map(|head| head.max(0).unsigned_abs()).sum()
}
