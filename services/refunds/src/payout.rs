//! Asks the payment provider for the money.
//!
//! `refunds.RefundSubmitted` stands in the log, with its key, before the provider is called. Every
//! later call for the same attempt looks the attempt up by our own name first, and sends again only
//! under the same key: after a crash, and each time an outcome stays unknown.
//!
//! Whoever asks about a refund and writes the answer down has the refund's turn all the while, so
//! that an answer which took long is not written down after a newer one.

use std::sync::Arc;
use std::time::Duration;

use backhaul_engine::faults::payment_name;
use backhaul_engine::{Caused, Clock, Deadlines, Due, Intent, Reaction, ReactionError, Tenure};
use backhaul_eventlog::BoxFuture;
use backhaul_events::{ContextName, Event, refunds};
use backhaul_gateways::payment::{
    AttemptName, FindAnswer, NothingToRefund, PaymentGateway, RefundAmount, RefundAnswer,
    RefundOrder,
};
use backhaul_kernel::deadline::DeadlineChange;
use backhaul_kernel::{Text, Timestamp};
use backhaul_refunds::{Attempt, Command, Outcome, Progress, attempt_of, deadline};

use crate::core::Core;
use crate::turns::Turns;

const NAME: &str = "refunds.payout";
/// Who is called, in traces and metrics.
const PROVIDER: &str = "payment provider";

/// A key counts from its first use, and an attempt without an answer is sent again for a day and
/// some hours: so long before its end a key is not relied on any more.
const KEY_MARGIN: Duration = Duration::from_secs(2 * 24 * 3_600);

/// Sends attempts to the provider and writes down what became of them.
#[derive(Clone)]
pub(crate) struct Payout {
    pub(crate) core: Arc<Core>,
    pub(crate) provider: Arc<dyn PaymentGateway>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) turns: Arc<Turns>,
}

/// Whether the provider may have been asked before.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Asked {
    Never,
    /// Maybe, and last at about that time.
    Maybe(Timestamp),
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
                Asked::Maybe(caused.commit.metadata.recorded_at)
            } else {
                Asked::Never
            };
            let intent = caused.intent(NAME).now();
            let name = AttemptName {
                tenant: intent.tenant.clone(),
                refund: submitted.refund.clone(),
                attempt: submitted.attempt,
            };
            self.see_through(&name, asked, &intent, caused.tenure).await
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
            let name = AttemptName {
                tenant: intent.tenant.clone(),
                refund,
                attempt,
            };
            self.see_through(&name, Asked::Maybe(due.at), &intent, tenure)
                .await
        })
    }
}

impl Payout {
    /// Asks for an attempt that still waits for its outcome, and records the answer.
    pub(crate) async fn see_through(
        &self,
        name: &AttemptName,
        asked: Asked,
        intent: &Intent,
        tenure: &Tenure,
    ) -> Result<(), ReactionError> {
        let _turn = self.turns.of(&name.tenant, &name.refund).await;
        let Some(attempt) = self.attempt(name).await?.filter(waits) else {
            return Ok(());
        };
        let order = order(name, &attempt)
            .map_err(|nothing| ReactionError::DeadLetter(nothing.to_string()))?;
        let answer = self.ask(&order, &attempt, asked, tenure).await?;
        self.record(name, answer, intent).await
    }

    /// The attempt as it stands, if there is one of that name.
    pub(crate) async fn attempt(
        &self,
        name: &AttemptName,
    ) -> Result<Option<Attempt>, ReactionError> {
        let refunds = self.core.load(&name.tenant, &name.refund.order()).await?;
        let grant = refunds.state.grant(&name.refund);
        Ok(grant.and_then(|grant| grant.attempt(name.attempt)).cloned())
    }

    /// Writes down what the provider says of an attempt.
    pub(crate) async fn record(
        &self,
        name: &AttemptName,
        answer: RefundAnswer,
        intent: &Intent,
    ) -> Result<(), ReactionError> {
        let command = Command::RecordOutcome {
            refund: name.refund.clone(),
            attempt: name.attempt,
            outcome: outcome(answer),
        };
        self.core
            .execute(&name.refund.order(), command, intent)
            .await?;
        Ok(())
    }

    async fn ask(
        &self,
        order: &RefundOrder,
        attempt: &Attempt,
        asked: Asked,
        tenure: &Tenure,
    ) -> Result<RefundAnswer, ReactionError> {
        if let Asked::Maybe(last) = asked {
            let find = self.provider.find(order, known_as(attempt));
            match tenure.call(PROVIDER, found, find).await? {
                FindAnswer::Found(answer) => return Ok(answer),
                FindAnswer::NotFound => {}
                FindAnswer::Unreachable { detail } => return Ok(RefundAnswer::Unknown { detail }),
                FindAnswer::CannotTell { key_lives } => {
                    if let Some(answer) = self.without_a_look(attempt, last, key_lives) {
                        return Ok(answer);
                    }
                }
            }
        }
        tenure
            .call(PROVIDER, answered, self.provider.refund(order))
            .await
    }

    /// What stands of an attempt at a provider that cannot be asked; none if it may be sent again.
    fn without_a_look(
        &self,
        attempt: &Attempt,
        last: Timestamp,
        key_lives: Duration,
    ) -> Option<RefundAnswer> {
        if let Progress::Pending {
            provider_refund, ..
        } = &attempt.progress
        {
            return Some(RefundAnswer::Pending {
                provider_refund: provider_refund.to_string(),
            });
        }
        let known_until = last.saturating_add(key_lives.saturating_sub(KEY_MARGIN));
        if known_until.is_ok_and(|until| self.clock.now() < until) {
            return None;
        }
        Some(RefundAnswer::Unknown {
            detail: "the provider may have forgotten the key".to_owned(),
        })
    }
}

/// The order that every call for the attempt is.
pub(crate) fn order(name: &AttemptName, attempt: &Attempt) -> Result<RefundOrder, NothingToRefund> {
    Ok(RefundOrder {
        key: payment_name(&attempt.key),
        attempt: name.clone(),
        payment: attempt.payment.clone(),
        provider_payment: attempt.provider_payment.as_str().to_owned(),
        amount: RefundAmount::try_from(attempt.amount)?,
    })
}

/// The provider's name of the refund, where it told one.
fn known_as(attempt: &Attempt) -> Option<&str> {
    match &attempt.progress {
        Progress::Pending {
            provider_refund, ..
        }
        | Progress::ActionRequired {
            provider_refund, ..
        }
        | Progress::Succeeded {
            provider_refund, ..
        } => Some(provider_refund.as_str()),
        Progress::Submitted
        | Progress::Unknown { .. }
        | Progress::Parked { .. }
        | Progress::Failed { .. }
        | Progress::Reversed { .. } => None,
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
        FindAnswer::CannotTell { .. } => "cannot_tell",
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
