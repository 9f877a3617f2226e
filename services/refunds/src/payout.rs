//! Asks the payment provider for the money.
//!
//! `refunds.RefundSubmitted` stands in the log, with its key, before the provider is called. Every
//! later call for the same attempt looks the attempt up by our own reference first, and sends again
//! only under the same key: after a crash, and each time an outcome stays unknown.

use std::sync::Arc;

use backhaul_engine::faults::payment_name;
use backhaul_engine::{Caused, Deadlines, Due, Intent, Reaction, ReactionError, Tenure};
use backhaul_eventlog::BoxFuture;
use backhaul_events::{ContextName, Event, refunds};
use backhaul_gateways::payment::{
    FindAnswer, PaymentGateway, RefundAmount, RefundAnswer, RefundOrder,
};
use backhaul_kernel::deadline::DeadlineChange;
use backhaul_kernel::{RefundId, Text};
use backhaul_refunds::{Attempt, Command, Outcome, Progress, attempt_of, deadline};

use crate::core::Core;

const NAME: &str = "refunds.payout";
/// Who is called, in traces and metrics.
const PROVIDER: &str = "payment provider";

/// Sends attempts to the provider and writes down what became of them.
#[derive(Clone)]
pub(crate) struct Payout {
    pub(crate) core: Arc<Core>,
    pub(crate) provider: Arc<dyn PaymentGateway>,
}

/// Whether the provider may have been asked before.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Asked {
    Never,
    Maybe,
}

impl Reaction for Payout {
    fn name(&self) -> &'static str {
        NAME
    }

    fn contexts(&self) -> &'static [ContextName] {
        &[ContextName::Refunds]
    }

    fn wants(&self, type_name: &str) -> bool {
        type_name == "refunds.RefundSubmitted"
    }

    fn react<'a>(&'a self, caused: Caused<'a>) -> BoxFuture<'a, Result<(), ReactionError>> {
        Box::pin(async move {
            let Event::Refunds(refunds::Event::RefundSubmitted(submitted)) = caused.event else {
                return Ok(());
            };
            let asked = if caused.maybe_again {
                Asked::Maybe
            } else {
                Asked::Never
            };
            let intent = caused.intent(NAME).now();
            let attempt = (&submitted.refund, submitted.attempt);
            self.see_through(attempt, asked, &intent, caused.tenure)
                .await
        })
    }
}

impl Deadlines for Payout {
    fn name(&self) -> &'static str {
        "refunds.deadlines"
    }

    fn context(&self) -> &'static [ContextName; 1] {
        &[ContextName::Refunds]
    }

    fn change(&self, event: &Event) -> Option<DeadlineChange> {
        match event {
            Event::Refunds(event) => deadline(event),
            Event::Orders(_) | Event::Returns(_) | Event::Tracking(_) | Event::Notifications(_) => {
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
            let Some((refund, attempt)) = attempt_of(&due.key) else {
                return Ok(());
            };
            let intent = due.intent(NAME);
            self.see_through((&refund, attempt), Asked::Maybe, &intent, tenure)
                .await
        })
    }
}

impl Payout {
    /// Asks for an attempt that still waits for its outcome, and records the answer.
    async fn see_through(
        &self,
        (refund, number): (&RefundId, u32),
        asked: Asked,
        intent: &Intent,
        tenure: &Tenure,
    ) -> Result<(), ReactionError> {
        let order = refund.order();
        let refunds = self.core.load(&intent.tenant, &order).await?;
        let attempt = refunds
            .state
            .grant(refund)
            .and_then(|grant| grant.attempt(number));
        let Some(attempt) = attempt.filter(|attempt| waits(attempt)) else {
            return Ok(());
        };

        let answer = self.ask(refund, attempt, asked, tenure).await?;
        let command = Command::RecordOutcome {
            refund: refund.clone(),
            attempt: number,
            outcome: outcome(answer),
        };
        self.core.execute(&order, command, intent).await?;
        Ok(())
    }

    async fn ask(
        &self,
        refund: &RefundId,
        attempt: &Attempt,
        asked: Asked,
        tenure: &Tenure,
    ) -> Result<RefundAnswer, ReactionError> {
        let reference = payment_name(&format!("{refund}-A{}", attempt.attempt));
        if asked == Asked::Maybe {
            let find = self.provider.find(&reference);
            match tenure.call(PROVIDER, found, find).await? {
                FindAnswer::Found(answer) => return Ok(answer),
                FindAnswer::NotFound => {}
                FindAnswer::Unreachable { detail } => return Ok(RefundAnswer::Unknown { detail }),
            }
        }
        let amount = RefundAmount::try_from(attempt.amount)
            .map_err(|error| ReactionError::DeadLetter(error.to_string()))?;
        let order = RefundOrder {
            key: payment_name(&attempt.key),
            reference,
            payment: attempt.payment.clone(),
            provider_payment: attempt.provider_payment.as_str().to_owned(),
            amount,
        };
        tenure
            .call(PROVIDER, answered, self.provider.refund(&order))
            .await
    }
}

/// Whether the attempt still waits for the provider's word.
fn waits(attempt: &Attempt) -> bool {
    match attempt.progress {
        Progress::Submitted | Progress::Unknown { .. } | Progress::Pending { .. } => true,
        Progress::ActionRequired { .. }
        | Progress::Parked { .. }
        | Progress::Succeeded { .. }
        | Progress::Failed { .. }
        | Progress::Reversed { .. } => false,
    }
}

/// What came of a look-up, in a word.
fn found(answer: &FindAnswer) -> &'static str {
    match answer {
        FindAnswer::Found(answer) => answered(answer),
        FindAnswer::NotFound => "not_found",
        FindAnswer::Unreachable { .. } => "unreachable",
    }
}

/// What came of an order, in a word.
fn answered(answer: &RefundAnswer) -> &'static str {
    match answer {
        RefundAnswer::Succeeded { .. } => "succeeded",
        RefundAnswer::Pending { .. } => "pending",
        RefundAnswer::ActionRequired { .. } => "action_required",
        RefundAnswer::Declined { .. } => "declined",
        RefundAnswer::Reversed { .. } => "reversed",
        RefundAnswer::Unknown { .. } => "unknown",
    }
}

fn outcome(answer: RefundAnswer) -> Outcome {
    match answer {
        RefundAnswer::Succeeded {
            provider_refund,
            acquirer_reference,
        } => Outcome::Succeeded {
            provider_refund: Text::from_outside(&provider_refund),
            acquirer_reference: Text::from_outside(&acquirer_reference.unwrap_or_default()),
        },
        RefundAnswer::Pending { provider_refund } => Outcome::Pending {
            provider_refund: Text::from_outside(&provider_refund),
        },
        RefundAnswer::ActionRequired {
            provider_refund,
            instruction,
        } => Outcome::ActionRequired {
            provider_refund: Text::from_outside(&provider_refund),
            instruction: Text::from_outside(&instruction),
        },
        RefundAnswer::Declined { code, .. } => Outcome::Failed {
            code: Text::from_outside(code.as_str()),
        },
        RefundAnswer::Reversed { code, .. } => Outcome::Reversed {
            code: Text::from_outside(code.as_str()),
        },
        RefundAnswer::Unknown { .. } => Outcome::Unknown,
    }
}
