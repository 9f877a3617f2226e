//! When a return, a claim or an exchange releases money, a refund is granted for it.

use std::sync::Arc;

use backhaul_engine::{Caused, Reaction, ReactionError};
use backhaul_eventlog::BoxFuture;
use backhaul_events::{ContextName, Event, returns};
use backhaul_kernel::OrderId;
use backhaul_refunds::{Command, Grounds, Terms};

use crate::core::Core;

const NAME: &str = "refunds.release";

/// `returns.RefundReleased` leads to `Release`, `returns.RemedyReleased` to `ReleaseRemedy`.
pub(crate) struct Release(pub(crate) Arc<Core>);

impl Reaction for Release {
    fn name(&self) -> &'static str {
        NAME
    }

    fn contexts(&self) -> &'static [ContextName] {
        &[ContextName::Returns]
    }

    fn wants(&self, type_name: &str) -> bool {
        matches!(
            type_name,
            "returns.RefundReleased" | "returns.RemedyReleased"
        )
    }

    fn react<'a>(&'a self, caused: Caused<'a>) -> BoxFuture<'a, Result<(), ReactionError>> {
        Box::pin(async move {
            match caused.event {
                Event::Returns(returns::Event::RefundReleased(released)) => {
                    let command = |grounds| Command::Release {
                        r#return: released.r#return.clone(),
                        release: released.release,
                        items: released.items.clone(),
                        terms: Terms::from(&released.terms),
                        grounds,
                    };
                    self.grant(&released.r#return.order(), command, &caused)
                        .await
                }
                Event::Returns(returns::Event::RemedyReleased(released)) => {
                    let command = |grounds| Command::ReleaseRemedy {
                        of: released.of.clone(),
                        release: released.release,
                        items: released.items.clone(),
                        due_at: released.due.as_ref().map(|due| due.at),
                        grounds,
                    };
                    self.grant(&released.of.order(), command, &caused).await
                }
                _ => Ok(()),
            }
        })
    }
}

impl Release {
    /// The refund is granted on what is known of the order by now.
    async fn grant(
        &self,
        order: &OrderId,
        command: impl Fn(Grounds) -> Command,
        caused: &Caused<'_>,
    ) -> Result<(), ReactionError> {
        let intent = caused.intent(NAME);
        let grounds = self.0.grounds(&intent.tenant, order).await?;
        self.0.grant(order, grounds, command, &intent).await?;
        Ok(())
    }
}
