//! When the bank has decided on a dispute, what waited for it is paid.

use std::sync::Arc;

use backhaul_engine::{Caused, Reaction, ReactionError};
use backhaul_eventlog::BoxFuture;
use backhaul_events::refunds::Hold;
use backhaul_events::{ContextName, Event, orders};
use backhaul_kernel::OrderId;
use backhaul_refunds::Command;

use crate::core::Core;

const NAME: &str = "refunds.dispute";

/// `orders.DisputeWon` and `orders.DisputeLost` lead to `Resume`.
pub(crate) struct Dispute(pub(crate) Arc<Core>);

impl Reaction for Dispute {
    fn name(&self) -> &'static str {
        NAME
    }

    fn contexts(&self) -> &'static [ContextName] {
        &[ContextName::Orders]
    }

    fn wants(&self, type_name: &str) -> bool {
        matches!(type_name, "orders.DisputeWon" | "orders.DisputeLost")
    }

    fn react<'a>(&'a self, caused: Caused<'a>) -> BoxFuture<'a, Result<(), ReactionError>> {
        Box::pin(async move {
            let order = match caused.event {
                Event::Orders(orders::Event::DisputeWon(won)) => &won.order,
                Event::Orders(orders::Event::DisputeLost(lost)) => &lost.order,
                _ => return Ok(()),
            };
            self.resume(order, caused).await
        })
    }
}

impl Dispute {
    /// Every grant that waits gets a command of its own, named after it.
    async fn resume(&self, order: &OrderId, caused: Caused<'_>) -> Result<(), ReactionError> {
        let tenant = &caused.commit.stream.tenant;
        let refunds = self.0.load(tenant, order).await?;
        let waiting = refunds
            .state
            .grants()
            .filter(|grant| matches!(grant.hold, Some(Hold::Dispute { .. } | Hold::Funds { .. })));
        for grant in waiting {
            let intent = caused.intent(&format!("{NAME}/{}", grant.refund));
            let command = Command::Resume {
                refund: grant.refund.clone(),
                grounds: self.0.grounds(tenant, order).await?,
            };
            self.0.execute(order, command, &intent).await?;
        }
        Ok(())
    }
}
