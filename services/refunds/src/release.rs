//! When a return, a claim or an exchange releases money, a refund is granted for it.

use std::sync::Arc;

use backhaul_engine::{Caused, Reaction, ReactionError};
use backhaul_eventlog::BoxFuture;
use backhaul_events::returns::RemedyReleased;
use backhaul_events::{ContextName, Event, returns};
use backhaul_refunds::{Command, Terms};

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
            let released = match caused.event {
                Event::Returns(returns::Event::RefundReleased(released)) => released,
                Event::Returns(returns::Event::RemedyReleased(released)) => {
                    return self.remedy(released, &caused).await;
                }
                _ => return Ok(()),
            };
            let order = released.r#return.order();
            let intent = caused.intent(NAME);
            let grounds = self.0.grounds(&intent.tenant, &order).await?;
            let command = |grounds| Command::Release {
                r#return: released.r#return.clone(),
                release: released.release,
                items: released.items.clone(),
                terms: Terms::from(&released.terms),
                grounds,
            };
            self.0.grant(&order, grounds, command, &intent).await?;
            Ok(())
        })
    }
}

impl Release {
    async fn remedy(
        &self,
        released: &RemedyReleased,
        caused: &Caused<'_>,
    ) -> Result<(), ReactionError> {
        let order = released.of.order();
        let intent = caused.intent(NAME);
        let grounds = self.0.grounds(&intent.tenant, &order).await?;
        let command = |grounds| Command::ReleaseRemedy {
            of: released.of.clone(),
            release: released.release,
            items: released.items.clone(),
            grounds,
        };
        self.0.grant(&order, grounds, command, &intent).await?;
        Ok(())
    }
}
