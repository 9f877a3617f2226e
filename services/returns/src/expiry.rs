//! What happens by the clock alone: an authorisation that nobody uses expires, units that nobody
//! inspects are paid for, and the old goods of an advance that never come are charged.

use std::sync::Arc;

use backhaul_engine::{Deadlines, Due, ReactionError, Tenure};
use backhaul_eventlog::BoxFuture;
use backhaul_events::{ContextName, Event};
use backhaul_kernel::deadline::DeadlineChange;
use backhaul_kernel::{ExchangeId, ReturnId};
use backhaul_returns::{
    Command, ExchangeCommand, Expire, ReleaseUninspected, deadline, inspection_deadline,
};

use crate::core::Core;

const NAME: &str = "returns.expiry";
const INSPECTIONS: &str = "returns.inspections";

/// Units that wait for inspection lead to `ReleaseUninspected`.
pub(crate) struct Inspections(pub(crate) Arc<Core>);

/// A deadline of a return leads to `Expire`, one of an exchange to `ChargeAdvance`.
pub(crate) struct Expiry(pub(crate) Arc<Core>);

fn of_returns(
    event: &Event,
    change: fn(&backhaul_returns::Event) -> Option<DeadlineChange>,
) -> Option<DeadlineChange> {
    match event {
        Event::Returns(event) => change(event),
        Event::Orders(_) | Event::Refunds(_) | Event::Tracking(_) | Event::Notifications(_) => None,
    }
}

impl Deadlines for Expiry {
    fn name(&self) -> &'static str {
        "returns.deadlines"
    }

    fn context(&self) -> &'static [ContextName; 1] {
        &[ContextName::Returns]
    }

    fn change(&self, event: &Event) -> Option<DeadlineChange> {
        of_returns(event, deadline)
    }

    fn fire<'a>(&'a self, due: &'a Due, _: &'a Tenure) -> BoxFuture<'a, Result<(), ReactionError>> {
        Box::pin(async move {
            let (order, command) = if let Ok(id) = due.key.parse::<ReturnId>() {
                let order = id.order();
                let command = Command::Expire(Expire {
                    r#return: id,
                    due: due.at,
                });
                (order, command)
            } else if let Ok(exchange) = due.key.parse::<ExchangeId>() {
                let order = exchange.order();
                let due = due.at;
                let charge = ExchangeCommand::ChargeAdvance { exchange, due };
                (order, Command::Exchange(charge))
            } else {
                return Ok(());
            };
            self.0.execute(&order, command, &due.intent(NAME)).await?;
            Ok(())
        })
    }
}

impl Deadlines for Inspections {
    fn name(&self) -> &'static str {
        INSPECTIONS
    }

    fn context(&self) -> &'static [ContextName; 1] {
        &[ContextName::Returns]
    }

    fn change(&self, event: &Event) -> Option<DeadlineChange> {
        of_returns(event, inspection_deadline)
    }

    fn fire<'a>(&'a self, due: &'a Due, _: &'a Tenure) -> BoxFuture<'a, Result<(), ReactionError>> {
        Box::pin(async move {
            let Ok(id) = due.key.parse::<ReturnId>() else {
                return Ok(());
            };
            let order = id.order();
            let command = Command::ReleaseUninspected(ReleaseUninspected {
                r#return: id,
                due: due.at,
            });
            let intent = due.intent(INSPECTIONS);
            self.0.execute(&order, command, &intent).await?;
            Ok(())
        })
    }
}
