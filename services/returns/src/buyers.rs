//! What each buyer did over all orders of a merchant, for policies that look at it.
//!
//! A view follows the log and holds it; `view` says what its rows are. Before a decision the view is
//! waited for, but not for long and not for what is written meanwhile: requests on two orders of
//! one buyer in the same moment may not know of each other.

#[cfg(test)]
mod tests;
mod view;

use std::time::Duration;

use backhaul_engine::{Engine, ViewHandle};
use backhaul_eventlog::Position;
use backhaul_events::ContextName;
use backhaul_host::status;
use backhaul_kernel::{OrderId, Tenant, Text, Timestamp};
use backhaul_returns::{BuyerHistory, OrderFacts, PolicySnapshot};
use backhaul_views::Error as ViewError;
use tonic::Status;
use tracing::{debug, error};

use crate::Service;
use crate::grpc::read;

/// How long a decision waits for the view to hold what the log holds.
const WAIT_MAX: Duration = Duration::from_millis(500);

/// The buyers of a deployment. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Buyers {
    engine: Engine,
    view: ViewHandle,
}

/// A moment of the log, to see buyers as they were known then.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Moment {
    /// Returns before this position were known.
    pub(crate) position: Position,
    /// Orders recorded until then were known.
    pub(crate) recorded_at: Timestamp,
}

impl Buyers {
    pub(crate) fn start(engine: &Engine) -> Result<Self, ViewError> {
        Ok(Self {
            engine: engine.clone(),
            view: engine.project(view::BuyerView)?,
        })
    }

    /// Everything known of a buyer's orders other than this one, as of now.
    pub(crate) async fn history(
        &self,
        tenant: &Tenant,
        buyer: &Text,
        order: &OrderId,
    ) -> Result<BuyerHistory, ViewError> {
        self.caught_up().await;
        let now = Moment {
            position: Position::MAX,
            recorded_at: Timestamp::MAX,
        };
        self.history_at(tenant, buyer, order, now).await
    }

    /// Waits for what stands in the log by now, but not for long.
    pub(crate) async fn caught_up(&self) {
        let wait = async |context| {
            let head = *self.engine.log.head(context).borrow();
            if let Err(behind) = self.view.wait_for(context, head, WAIT_MAX).await {
                debug!(%behind, "buyers are asked as they are known");
            }
        };
        tokio::join!(wait(ContextName::Orders), wait(ContextName::Returns));
    }

    /// Everything that was known of a buyer's orders other than this one at a moment of the log.
    pub(crate) async fn history_at(
        &self,
        tenant: &Tenant,
        buyer: &Text,
        order: &OrderId,
        moment: Moment,
    ) -> Result<BuyerHistory, ViewError> {
        let (tenant, order) = (tenant.clone(), order.clone());
        let buyer = view::buyer_key(&tenant, &view::named(buyer));
        self.view
            .read(move |table| view::orders_of(table, &tenant, &buyer, &order, moment))
            .await
    }
}

impl Service {
    /// An order and the policy that decides on it, with what that policy asks of the buyer.
    pub(crate) async fn asked(
        &self,
        tenant: &Tenant,
        order: &OrderId,
    ) -> Result<(OrderFacts, PolicySnapshot), Status> {
        let facts = self.order(tenant, order).await?;
        let policy = self.core.policy(tenant).await.map_err(read)?;
        let facts = self.with_buyer(tenant, facts, &policy).await?;
        Ok((facts, policy))
    }

    /// The order with the buyer's others beside it, where the policy looks at them and somebody
    /// knows who bought.
    pub(crate) async fn with_buyer(
        &self,
        tenant: &Tenant,
        facts: OrderFacts,
        policy: &PolicySnapshot,
    ) -> Result<OrderFacts, Status> {
        let Some(known) = facts.known().filter(|_| policy.asks_of_buyer()) else {
            return Ok(facts);
        };
        if known.buyer.is_empty() {
            return Ok(facts);
        }
        let history = self.buyers.history(tenant, &known.buyer, &known.order);
        let history = history.await.map_err(|error| {
            error!(%error, "buyers cannot be read");
            status::behind()
        })?;
        Ok(facts.with_history(history))
    }
}
