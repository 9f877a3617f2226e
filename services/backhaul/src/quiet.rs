//! Waits until every view and worker of a deployment has caught up with the log.

use backhaul_api::proto::operations::v1::{GetStatusRequest, GetStatusResponse};

use crate::call::send;
use crate::connect::Deployment;
use crate::progress;
use crate::stall::Stall;

/// How many looks in a row must find nothing to do: what one worker does gives the next its work.
const QUIET_LOOKS: u32 = 2;

/// Waits, as long as anything moves.
pub async fn wait(deployment: &Deployment) -> anyhow::Result<()> {
    let bar = progress::spinner("catch up");
    let (mut stall, mut quiet) = (Stall::default(), 0);
    loop {
        let operations = deployment.operations();
        let status = send!(operations, get_status, GetStatusRequest {});
        let (behind, heads) = behind(&status.await?);
        bar.set_position(behind);
        quiet = if behind == 0 { quiet + 1 } else { 0 };
        if quiet >= QUIET_LOOKS {
            bar.finish_and_clear();
            return Ok(());
        }
        // The sum changes with every step of a worker and every event that one writes.
        stall
            .wait(heads.wrapping_mul(2).wrapping_sub(behind))
            .await?;
    }
}

/// How many commits the consumers have yet to take, and how many there are.
fn behind(status: &GetStatusResponse) -> (u64, u64) {
    let positions = || {
        status
            .consumers
            .iter()
            .flat_map(|consumer| &consumer.positions)
    };
    let behind = positions()
        .map(|each| (each.head - each.position).max(0).unsigned_abs())
        .sum();
    let heads = positions()
        .map(|each| each.head.max(0).unsigned_abs())
        .sum();
    (behind, heads)
}
