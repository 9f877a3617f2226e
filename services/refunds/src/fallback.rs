//! Money that a provider refuses for good, or that came back, goes the merchant's own other way;
//! and money for store credit is put into its account.

use std::sync::Arc;

use backhaul_engine::{Caused, Failure, Reaction, ReactionError};
use backhaul_eventlog::BoxFuture;
use backhaul_events::refunds::{Event as Refund, Source, StoreCreditSubmitted};
use backhaul_events::{ContextName, Event};
use backhaul_kernel::{Refused, Text};
use backhaul_refunds::{Command, Outcome, account};

use crate::core::{Core, account_stream};

const FALLBACK: &str = "refunds.fallback";
const CREDIT: &str = "refunds.credit";

/// `refunds.RefundFailed` and `refunds.RefundReversed` lead to `Redirect`.
pub(crate) struct Fallback(pub(crate) Arc<Core>);

impl Reaction for Fallback {
    fn name(&self) -> &'static str {
        FALLBACK
    }

    fn contexts(&self) -> &'static [ContextName] {
        &[ContextName::Refunds]
    }

    fn wants(&self, type_name: &str) -> bool {
        matches!(type_name, "refunds.RefundFailed" | "refunds.RefundReversed")
    }

    fn react<'a>(&'a self, caused: Caused<'a>) -> BoxFuture<'a, Result<(), ReactionError>> {
        Box::pin(async move {
            let (refund, attempt) = match caused.event {
                Event::Refunds(Refund::RefundFailed(event)) => (&event.refund, event.attempt),
                Event::Refunds(Refund::RefundReversed(event)) => (&event.refund, event.attempt),
                _ => return Ok(()),
            };
            let order = refund.order();
            let intent = caused.intent(FALLBACK);
            let grounds = self.0.grounds(&intent.tenant, &order).await?;
            if grounds.approval.tenders.fallback.is_empty() {
                return Ok(());
            }
            let command = Command::Redirect {
                refund: refund.clone(),
                attempt,
                route: None,
                grounds,
            };
            self.0.execute(&order, command, &intent).await?;
            Ok(())
        })
    }
}

/// `refunds.StoreCreditSubmitted` leads to money in the account, and to the attempt's outcome. The
/// account counts the attempt once, however often it is told.
pub(crate) struct Credit(pub(crate) Arc<Core>);

impl Reaction for Credit {
    fn name(&self) -> &'static str {
        CREDIT
    }

    fn contexts(&self) -> &'static [ContextName] {
        &[ContextName::Refunds]
    }

    fn wants(&self, type_name: &str) -> bool {
        type_name == "refunds.StoreCreditSubmitted"
    }

    fn react<'a>(&'a self, caused: Caused<'a>) -> BoxFuture<'a, Result<(), ReactionError>> {
        Box::pin(async move {
            let Event::Refunds(Refund::StoreCreditSubmitted(submitted)) = caused.event else {
                return Ok(());
            };
            let outcome = self.put(submitted, &caused).await?;
            let command = Command::RecordOutcome {
                refund: submitted.refund.clone(),
                attempt: submitted.attempt,
                outcome,
            };
            let order = submitted.refund.order();
            let intent = caused.intent(CREDIT);
            self.0.execute(&order, command, &intent).await?;
            Ok(())
        })
    }
}

impl Credit {
    async fn put(
        &self,
        submitted: &StoreCreditSubmitted,
        caused: &Caused<'_>,
    ) -> Result<Outcome, ReactionError> {
        let intent = caused.intent(CREDIT);
        let stream = account_stream(&intent.tenant, &submitted.account);
        let issue = account::Command::Issue {
            owner: submitted.owner.clone(),
            amount: submitted.amount,
            source: Source::Refund {
                refund: submitted.refund.clone(),
                attempt: submitted.attempt,
            },
            expires_at: None,
        };
        match self.0.accounts.execute(&stream, issue, &intent).await {
            Ok(_) => {
                let name = format!(
                    "{}/{}-A{}",
                    submitted.account, submitted.refund, submitted.attempt
                );
                Ok(Outcome::Succeeded {
                    provider_refund: Text::from_outside(&name),
                    acquirer_reference: Text::default(),
                })
            }
            Err(Failure::Refused(refusal)) => Ok(Outcome::Failed {
                code: Text::from_outside(refusal.reason()),
            }),
            Err(failure) => Err(failure.into()),
        }
    }
}
