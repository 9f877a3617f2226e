//! When a return is authorised and its goods are to be sent back, the buyer gets a label.

use std::sync::Arc;

use backhaul_engine::{Caused, Reaction, ReactionError};
use backhaul_eventlog::BoxFuture;
use backhaul_events::returns::{self, Handling};
use backhaul_events::{ContextName, Event};
use backhaul_tracking::Command;

use crate::core::Core;

const NAME: &str = "tracking.request-label";

/// `returns.ReturnAuthorized` leads to `RequestLabel`.
pub(crate) struct RequestLabel(pub(crate) Arc<Core>);

impl Reaction for RequestLabel {
    fn name(&self) -> &'static str {
        NAME
    }

    fn contexts(&self) -> &'static [ContextName] {
        &[ContextName::Returns]
    }

    fn wants(&self, type_name: &str) -> bool {
        type_name == "returns.ReturnAuthorized"
    }

    fn react<'a>(&'a self, caused: Caused<'a>) -> BoxFuture<'a, Result<(), ReactionError>> {
        Box::pin(async move {
            let Event::Returns(returns::Event::ReturnAuthorized(authorized)) = caused.event else {
                return Ok(());
            };
            let Handling::SendBack { to, .. } = &authorized.handling else {
                return Ok(());
            };
            let order = authorized.r#return.order();
            let intent = caused.intent(NAME);
            let command = Command::RequestLabel {
                r#return: authorized.r#return.clone(),
                from: self.0.origin(&intent.tenant, &order).await?,
                to: to.clone(),
            };
            self.0.execute(&order, command, &intent).await?;
            Ok(())
        })
    }
}
