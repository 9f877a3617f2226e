//! When the money of a return went back, the return may be over.

use std::sync::Arc;

use backhaul_engine::{Caused, Reaction, ReactionError};
use backhaul_eventlog::BoxFuture;
use backhaul_events::refunds::{self, Cause};
use backhaul_events::{ContextName, Event};
use backhaul_returns::{Command, NoteRefundSettled};

use crate::core::Core;

const NAME: &str = "returns.settle";

/// `refunds.RefundSettled` leads to `NoteRefundSettled`.
pub(crate) struct Settle(pub(crate) Arc<Core>);

impl Reaction for Settle {
    fn name(&self) -> &'static str {
        NAME
    }

    fn contexts(&self) -> &'static [ContextName] {
        &[ContextName::Refunds]
    }

    fn wants(&self, type_name: &str) -> bool {
        type_name == "refunds.RefundSettled"
    }

    fn react<'a>(&'a self, caused: Caused<'a>) -> BoxFuture<'a, Result<(), ReactionError>> {
        Box::pin(async move {
            let Event::Refunds(refunds::Event::RefundSettled(settled)) = caused.event else {
                return Ok(());
            };
            let Cause::Return { r#return, release } = &settled.cause else {
                return Ok(());
            };
            let order = r#return.order();
            let command = NoteRefundSettled {
                r#return: r#return.clone(),
                release: *release,
            };
            let intent = caused.intent(NAME);
            self.0
                .execute(&order, Command::NoteRefundSettled(command), &intent)
                .await?;
            Ok(())
        })
    }
}
