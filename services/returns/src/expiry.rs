//! An authorisation that nobody uses in time expires.

use std::sync::Arc;

use backhaul_engine::{Deadlines, Due, ReactionError, Tenure};
use backhaul_eventlog::BoxFuture;
use backhaul_events::{ContextName, Event};
use backhaul_kernel::ReturnId;
use backhaul_kernel::deadline::DeadlineChange;
use backhaul_returns::{Command, Expire, deadline};

use crate::core::Core;

const NAME: &str = "returns.expiry";

/// A deadline of a return leads to `Expire`.
pub(crate) struct Expiry(pub(crate) Arc<Core>);

impl Deadlines for Expiry {
    fn name(&self) -> &'static str {
        "returns.deadlines"
    }

    fn context(&self) -> &'static [ContextName; 1] {
        &[ContextName::Returns]
    }

    fn change(&self, event: &Event) -> Option<DeadlineChange> {
        match event {
            Event::Returns(event) => deadline(event),
            Event::Orders(_) | Event::Refunds(_) | Event::Tracking(_) | Event::Notifications(_) => {
                None
            }
        }
    }

    fn fire<'a>(&'a self, due: &'a Due, _: &'a Tenure) -> BoxFuture<'a, Result<(), ReactionError>> {
        Box::pin(async move {
            let Ok(id) = due.key.parse::<ReturnId>() else {
                return Ok(());
            };
            let order = id.order();
            let command = Command::Expire(Expire {
                r#return: id,
                due: due.at,
            });
            self.0.execute(&order, command, &due.intent(NAME)).await?;
            Ok(())
        })
    }
}
