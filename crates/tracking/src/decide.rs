//! The policy of labels and scans.

mod checkpoint;
mod label;

use backhaul_events::tracking::Event;
use backhaul_kernel::{Context, ParcelId};

use crate::state::Parcel;
use crate::{Command, LabelOutcome, Refusal, State};

/// The table of contents: every command, one arm each.
pub(crate) fn decide(
    state: &State,
    command: &Command,
    at: &Context,
) -> Result<Vec<Event>, Refusal> {
    match command {
        Command::RequestLabel { r#return, from, to } => {
            Ok(label::request(state, r#return, *from, to, &at.tenant))
        }
        Command::RecordLabel { parcel, outcome } => {
            let parcel = existing(state, parcel)?;
            match outcome {
                LabelOutcome::Issued {
                    carrier,
                    tracking_number,
                } => label::issued(parcel, carrier, tracking_number),
                LabelOutcome::Failed { code } => Ok(label::failed(parcel, code)),
                LabelOutcome::Unknown => Ok(label::unknown(parcel, at.now)),
            }
        }
        Command::RecordCheckpoint {
            parcel,
            scan,
            status,
            carrier_code,
            country,
            seen_at,
        } => {
            let parcel = existing(state, parcel)?;
            checkpoint::record(
                parcel,
                backhaul_events::tracking::CheckpointRecorded {
                    parcel: parcel.parcel.clone(),
                    scan: scan.clone(),
                    status: *status,
                    carrier_code: carrier_code.clone(),
                    country: *country,
                    seen_at: *seen_at,
                },
                at.now,
            )
        }
    }
}

fn existing<'a>(state: &'a State, parcel: &ParcelId) -> Result<&'a Parcel, Refusal> {
    state
        .parcel(parcel)
        .ok_or_else(|| Refusal::ParcelUnknown(parcel.clone()))
}
