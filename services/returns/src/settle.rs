//! When the money of a return went back, and when the last of its goods were looked at, the return
//! may be over. Either may come last.

use std::sync::Arc;

use backhaul_engine::{Caused, Reaction, ReactionError};
use backhaul_eventlog::BoxFuture;
use backhaul_events::refunds::{self, Cause};
use backhaul_events::{ContextName, Event, returns};
use backhaul_returns::{Command, NoteRefundSettled};

use crate::core::Core;

const NAME: &str = "returns.settle";
const COMPLETE: &str = "returns.complete";

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

/// `returns.UnitsInspected` and `returns.UnitsMissing` lead to `NoteRefundSettled` where the money
/// went back before.
pub(crate) struct Complete(pub(crate) Arc<Core>);

impl Reaction for Complete {
    fn name(&self) -> &'static str {
        COMPLETE
    }

    fn contexts(&self) -> &'static [ContextName] {
        &[ContextName::Returns]
    }

    fn wants(&self, type_name: &str) -> bool {
        matches!(type_name, "returns.UnitsInspected" | "returns.UnitsMissing")
    }

    fn react<'a>(&'a self, caused: Caused<'a>) -> BoxFuture<'a, Result<(), ReactionError>> {
        Box::pin(async move {
            let r#return = match caused.event {
                Event::Returns(returns::Event::UnitsInspected(event)) => &event.r#return,
                Event::Returns(returns::Event::UnitsMissing(event)) => &event.r#return,
                _ => return Ok(()),
            };
            let intent = caused.intent(COMPLETE);
            let Some(release) = self.0.paid(&intent.tenant, r#return).await? else {
                return Ok(());
            };
            let command = NoteRefundSettled {
                r#return: r#return.clone(),
                release,
            };
            self.0
                .execute(
                    &r#return.order(),
                    Command::NoteRefundSettled(command),
                    &intent,
                )
                .await?;
            Ok(())
        })
    }
}
