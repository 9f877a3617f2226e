//! When a return releases money, a refund is granted for it.

use std::sync::Arc;

use backhaul_engine::{Caused, Reaction, ReactionError};
use backhaul_eventlog::BoxFuture;
use backhaul_events::{ContextName, Event, returns};
use backhaul_refunds::{Command, Terms};

use crate::core::Core;

const NAME: &str = "refunds.release";

/// `returns.RefundReleased` leads to `Release`.
pub(crate) struct Release(pub(crate) Arc<Core>);

impl Reaction for Release {
    fn name(&self) -> &'static str {
        NAME
    }

    fn contexts(&self) -> &'static [ContextName] {
        &[ContextName::Returns]
    }

    fn wants(&self, type_name: &str) -> bool {
        type_name == "returns.RefundReleased"
    }

    fn react<'a>(&'a self, caused: Caused<'a>) -> BoxFuture<'a, Result<(), ReactionError>> {
        Box::pin(async move {
            let Event::Returns(returns::Event::RefundReleased(released)) = caused.event else {
                return Ok(());
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
