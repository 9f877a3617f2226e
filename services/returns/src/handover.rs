//! A carrier that has a parcel of a return shows that its goods are on their way.

use std::sync::Arc;

use backhaul_engine::{Caused, Reaction, ReactionError};
use backhaul_eventlog::BoxFuture;
use backhaul_events::tracking::{self, Status};
use backhaul_events::{ContextName, Event};
use backhaul_returns::{Command, RecordHandover};

use crate::core::Core;

const NAME: &str = "returns.handover";

/// `tracking.CheckpointRecorded` leads to `RecordHandover`.
pub(crate) struct Handover(pub(crate) Arc<Core>);

impl Reaction for Handover {
    fn name(&self) -> &'static str {
        NAME
    }

    fn contexts(&self) -> &'static [ContextName] {
        &[ContextName::Tracking]
    }

    fn wants(&self, type_name: &str) -> bool {
        type_name == "tracking.CheckpointRecorded"
    }

    fn react<'a>(&'a self, caused: Caused<'a>) -> BoxFuture<'a, Result<(), ReactionError>> {
        Box::pin(async move {
            let Event::Tracking(tracking::Event::CheckpointRecorded(seen)) = caused.event else {
                return Ok(());
            };
            if !has_goods(seen.status) {
                return Ok(());
            }
            let intent = caused.intent(NAME);
            let announced = self.0.announced(&intent.tenant, &seen.parcel).await?;
            let Some(r#return) = announced else {
                return Err(ReactionError::DeadLetter(format!(
                    "parcel {} was never announced",
                    seen.parcel
                )));
            };
            let order = r#return.order();
            let command = RecordHandover {
                r#return,
                parcel: seen.parcel.clone(),
                handed_over_at: seen.seen_at,
            };
            self.0
                .execute(&order, Command::RecordHandover(command), &intent)
                .await?;
            Ok(())
        })
    }
}

/// Whether a scan shows that the carrier has, or had, the goods.
const fn has_goods(status: Status) -> bool {
    match status {
        Status::HandedOver
        | Status::InTransit
        | Status::CustomsHeld
        | Status::OutForDelivery
        | Status::AttemptFailed
        | Status::AvailableForPickup
        | Status::Delivered
        | Status::Damaged => true,
        Status::Announced | Status::ReturnedToSender | Status::Lost | Status::Unknown => false,
    }
}
