//! Labels: asked for once a return, under a key that never changes.

use backhaul_events::returns::ReturnCentre;
use backhaul_events::tracking::{
    Event, LabelFailed, LabelIssued, LabelOutcomeUnknown, LabelRequested,
};
use backhaul_kernel::{Country, ParcelId, ReturnId, Tenant, Text, Timestamp};

use crate::key::label_key;
use crate::schedule::retry_at;
use crate::state::{Label, Parcel};
use crate::{Refusal, State};

/// The reason of a label that no carrier ever answered for.
const NO_ANSWER: &str = "no-answer";

/// A return gets one label. Asking again changes nothing, unless the last label failed: then the
/// next parcel is asked for, under its own key.
pub(super) fn request(
    state: &State,
    r#return: &ReturnId,
    from: Option<Country>,
    to: &ReturnCentre,
    tenant: &Tenant,
) -> Vec<Event> {
    let last = state.parcels().rfind(|parcel| parcel.r#return == *r#return);
    if last.is_some_and(|parcel| !matches!(parcel.label, Label::Failed { .. })) {
        return Vec::new();
    }
    let number = u32::try_from(state.parcels.len() + 1).expect("an order has few parcels");
    let parcel = ParcelId::numbered(&r#return.order(), number);
    let key = label_key(tenant, &parcel, r#return);
    vec![
        LabelRequested {
            parcel,
            r#return: r#return.clone(),
            from,
            to: to.clone(),
            key,
        }
        .into(),
    ]
}

/// The carrier's label counts, even when it comes after we gave up. The same label again changes
/// nothing; another one for the same key is a contradiction that a person must see.
pub(super) fn issued(
    parcel: &Parcel,
    carrier: &Text,
    tracking_number: &Text,
) -> Result<Vec<Event>, Refusal> {
    match &parcel.label {
        Label::Requested | Label::Unknown { .. } | Label::Failed { .. } => Ok(vec![
            LabelIssued {
                parcel: parcel.parcel.clone(),
                r#return: parcel.r#return.clone(),
                carrier: carrier.clone(),
                tracking_number: tracking_number.clone(),
            }
            .into(),
        ]),
        Label::Issued {
            carrier: known,
            tracking_number: number,
        } if known == carrier && number == tracking_number => Ok(Vec::new()),
        Label::Issued { .. } => Err(Refusal::LabelContradicts(parcel.parcel.clone())),
    }
}

/// A carrier's "no" ends the label, unless it is issued already: then the "no" is late.
pub(super) fn failed(parcel: &Parcel, code: &Text) -> Vec<Event> {
    match parcel.label {
        Label::Requested | Label::Unknown { .. } => vec![failure(parcel, code.clone())],
        Label::Issued { .. } | Label::Failed { .. } => Vec::new(),
    }
}

/// Without an answer the carrier is asked again on a schedule; after its last try there is no
/// label, and another one may be asked for.
pub(super) fn unknown(parcel: &Parcel, now: Timestamp) -> Vec<Event> {
    let tries = match parcel.label {
        Label::Requested => 1,
        Label::Unknown { tries, .. } => tries.saturating_add(1),
        Label::Issued { .. } | Label::Failed { .. } => return Vec::new(),
    };
    match retry_at(tries, now) {
        Some(retry_at) => vec![
            LabelOutcomeUnknown {
                parcel: parcel.parcel.clone(),
                tries,
                retry_at,
            }
            .into(),
        ],
        None => {
            let code = Text::new(NO_ANSWER).expect("a short word is a text");
            vec![failure(parcel, code)]
        }
    }
}

fn failure(parcel: &Parcel, code: Text) -> Event {
    LabelFailed {
        parcel: parcel.parcel.clone(),
        r#return: parcel.r#return.clone(),
        code,
    }
    .into()
}
