//! Asks the carrier for labels.
//!
//! `tracking.LabelRequested` stands in the log, with its key, before the carrier is called. Every
//! later call looks the label up by that key first, so no parcel gets two.

use std::sync::Arc;

use backhaul_engine::{Caused, Deadlines, Due, Intent, Reaction, ReactionError, Tenure};
use backhaul_eventlog::BoxFuture;
use backhaul_events::{ContextName, Event, tracking};
use backhaul_gateways::carrier::{
    CarrierGateway, FindLabel, LabelAnswer, LabelDecline, LabelOrder, ReturnCentre,
};
use backhaul_kernel::deadline::DeadlineChange;
use backhaul_kernel::{ParcelId, Text};
use backhaul_tracking::{Command, Label, LabelOutcome, Parcel, deadline, parcel_of};

use crate::core::Core;

const NAME: &str = "tracking.label";
/// Who is called, in traces and metrics.
const CARRIER: &str = "carrier";

/// Orders labels and writes down what became of them.
#[derive(Clone)]
pub(crate) struct Labels {
    pub(crate) core: Arc<Core>,
    pub(crate) carrier: Arc<dyn CarrierGateway>,
}

/// Whether the carrier may have been asked before.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Asked {
    Never,
    Maybe,
}

impl Reaction for Labels {
    fn name(&self) -> &'static str {
        NAME
    }

    fn contexts(&self) -> &'static [ContextName] {
        &[ContextName::Tracking]
    }

    fn wants(&self, type_name: &str) -> bool {
        type_name == "tracking.LabelRequested"
    }

    fn react<'a>(&'a self, caused: Caused<'a>) -> BoxFuture<'a, Result<(), ReactionError>> {
        Box::pin(async move {
            let Event::Tracking(tracking::Event::LabelRequested(requested)) = caused.event else {
                return Ok(());
            };
            let asked = if caused.maybe_again {
                Asked::Maybe
            } else {
                Asked::Never
            };
            let intent = caused.intent(NAME).now();
            self.see_through(&requested.parcel, asked, &intent, caused.tenure)
                .await
        })
    }
}

impl Deadlines for Labels {
    fn name(&self) -> &'static str {
        "tracking.deadlines"
    }

    fn context(&self) -> &'static [ContextName; 1] {
        &[ContextName::Tracking]
    }

    fn change(&self, event: &Event) -> Option<DeadlineChange> {
        match event {
            Event::Tracking(event) => deadline(event),
            Event::Orders(_) | Event::Returns(_) | Event::Refunds(_) | Event::Notifications(_) => {
                None
            }
        }
    }

    fn fire<'a>(
        &'a self,
        due: &'a Due,
        tenure: &'a Tenure,
    ) -> BoxFuture<'a, Result<(), ReactionError>> {
        Box::pin(async move {
            let Some(parcel) = parcel_of(&due.key) else {
                return Ok(());
            };
            let intent = due.intent(NAME);
            self.see_through(&parcel, Asked::Maybe, &intent, tenure)
                .await
        })
    }
}

impl Labels {
    /// Asks for a label that is still wanted, and records the answer.
    async fn see_through(
        &self,
        id: &ParcelId,
        asked: Asked,
        intent: &Intent,
        tenure: &Tenure,
    ) -> Result<(), ReactionError> {
        let order = id.order();
        let parcels = self.core.load(&intent.tenant, &order).await?;
        let wanted = |parcel: &&Parcel| match parcel.label {
            Label::Requested | Label::Unknown { .. } => true,
            Label::Issued { .. } | Label::Failed { .. } => false,
        };
        let Some(parcel) = parcels.state.parcel(id).filter(wanted) else {
            return Ok(());
        };

        let outcome = match self.ask(parcel, asked, tenure).await? {
            LabelAnswer::Issued {
                tracking_number, ..
            } => LabelOutcome::Issued {
                carrier: Text::from_outside(self.carrier.carrier()),
                tracking_number: Text::from_outside(&tracking_number),
            },
            LabelAnswer::Declined { code } => LabelOutcome::Failed {
                code: Text::from_outside(&decline(&code)),
            },
            LabelAnswer::Unknown { .. } => LabelOutcome::Unknown,
        };
        let command = Command::RecordLabel {
            parcel: id.clone(),
            outcome,
        };
        self.core.execute(&order, command, intent).await?;
        Ok(())
    }

    async fn ask(
        &self,
        parcel: &Parcel,
        asked: Asked,
        tenure: &Tenure,
    ) -> Result<LabelAnswer, ReactionError> {
        if asked == Asked::Maybe {
            let find = self.carrier.find(&parcel.key);
            match tenure.call(CARRIER, found, find).await? {
                FindLabel::Found(answer) => return Ok(answer),
                FindLabel::NotFound => {}
                FindLabel::Unreachable { detail } => return Ok(LabelAnswer::Unknown { detail }),
            }
        }
        let order = LabelOrder {
            key: parcel.key.clone(),
            parcel: parcel.parcel.clone(),
            from_country: parcel.from,
            to: ReturnCentre {
                id: parcel.to.id.as_str().to_owned(),
                country: parcel.to.country,
                name: parcel.to.name.as_str().to_owned(),
            },
        };
        tenure
            .call(CARRIER, answered, self.carrier.order_label(&order))
            .await
    }
}

/// What came of a look-up, in a word.
fn found(answer: &FindLabel) -> &'static str {
    match answer {
        FindLabel::Found(answer) => answered(answer),
        FindLabel::NotFound => "not_found",
        FindLabel::Unreachable { .. } => "unreachable",
    }
}

/// What came of an order, in a word.
fn answered(answer: &LabelAnswer) -> &'static str {
    match answer {
        LabelAnswer::Issued { .. } => "issued",
        LabelAnswer::Declined { .. } => "declined",
        LabelAnswer::Unknown { .. } => "unknown",
    }
}

fn decline(code: &LabelDecline) -> String {
    match code {
        LabelDecline::RouteNotServed => "route-not-served".to_owned(),
        LabelDecline::IdempotencyMismatch => "idempotency-mismatch".to_owned(),
        LabelDecline::Unknown(code) => code.clone(),
    }
}
