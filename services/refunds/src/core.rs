//! What every part of the service works on: the streams of refunds, the limits, and the facts of
//! the order.

use std::sync::Arc;

use backhaul_engine::{Aggregates, Clock, Decided, Engine, Facts, Failure, Fold, Intent};
use backhaul_eventlog::{ReadError, StreamKey, StreamName};
use backhaul_events::{ContextName, Event};
use backhaul_kernel::{AccountId, OrderId, PolicyId, Tenant};
use backhaul_refunds::account::Accounts;
use backhaul_refunds::approval::{ApprovalPolicy, ApprovalPolicySnapshot};
use backhaul_refunds::budget::Budgets;
use backhaul_refunds::{Command, Grounds, OrderFacts, Refunds, Refusal};

/// Shape of the state in snapshots; raise it when `backhaul_refunds::State` changes.
const SCHEMA: u32 = 4;
/// The one policy stream of a merchant's limits.
const LIMITS: &str = "limits";

/// The order, as refunds see it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Order(pub(crate) OrderFacts);

impl Fold for Order {
    fn fold(&mut self, event: &Event) {
        if let Event::Orders(event) = event {
            self.0.evolve(event);
        }
    }
}

/// The streams and facts behind the service.
pub(crate) struct Core {
    pub(crate) refunds: Aggregates<Refunds>,
    pub(crate) limits: Aggregates<ApprovalPolicy>,
    pub(crate) accounts: Aggregates<Accounts>,
    pub(crate) budgets: Aggregates<Budgets>,
    pub(crate) clock: Arc<dyn Clock>,
    orders: Facts<Order>,
}

impl Core {
    pub(crate) fn new(engine: &Engine) -> Arc<Self> {
        Arc::new(Self {
            refunds: Aggregates::new(engine, SCHEMA),
            limits: Aggregates::new(engine, SCHEMA),
            accounts: Aggregates::new(engine, SCHEMA),
            budgets: Aggregates::new(engine, SCHEMA),
            clock: Arc::clone(&engine.clock),
            orders: Facts::new(Arc::clone(&engine.log)),
        })
    }

    /// All refunds of an order.
    pub(crate) async fn load(
        &self,
        tenant: &Tenant,
        order: &OrderId,
    ) -> Result<Decided<Refunds>, ReadError> {
        self.refunds.load(&stream(tenant, order)).await
    }

    /// Decides a command on an order's refunds.
    pub(crate) async fn execute(
        &self,
        order: &OrderId,
        command: Command,
        intent: &Intent,
    ) -> Result<Decided<Refunds>, Failure<Refusal>> {
        self.refunds
            .execute(&stream(&intent.tenant, order), command, intent)
            .await
    }

    /// The order as refunds see it; unknown orders have nothing to refund.
    pub(crate) async fn facts(
        &self,
        tenant: &Tenant,
        order: &OrderId,
    ) -> Result<OrderFacts, ReadError> {
        let stream = StreamName::order(ContextName::Orders, tenant, order);
        Ok(self
            .orders
            .of(&stream)
            .await?
            .map(|order| order.0.clone())
            .unwrap_or_default())
    }

    /// What a grant is decided on.
    pub(crate) async fn grounds(
        &self,
        tenant: &Tenant,
        order: &OrderId,
    ) -> Result<Grounds, ReadError> {
        let facts = self.facts(tenant, order).await?;
        let approval = self.limits(tenant).await?;
        Ok(Grounds {
            facts,
            approval,
            spent: None,
        })
    }

    /// The merchant's limits as they stand.
    pub(crate) async fn limits(
        &self,
        tenant: &Tenant,
    ) -> Result<ApprovalPolicySnapshot, ReadError> {
        let limits = self.limits.load(&limits_stream(tenant)).await?;
        Ok(ApprovalPolicySnapshot::clone(&limits.state))
    }
}

/// The stream that holds all refunds of an order.
pub(crate) fn stream(tenant: &Tenant, order: &OrderId) -> StreamName {
    StreamName::order(ContextName::Refunds, tenant, order)
}

/// The stream that holds a merchant's limits.
pub(crate) fn limits_stream(tenant: &Tenant) -> StreamName {
    let policy: PolicyId = LIMITS.parse().expect("a word is a policy id");
    let key = StreamKey::policies(&policy);
    StreamName {
        context: ContextName::Refunds,
        tenant: tenant.clone(),
        key,
    }
}

/// The stream of an account.
pub(crate) fn account_stream(tenant: &Tenant, account: &AccountId) -> StreamName {
    StreamName {
        context: ContextName::Refunds,
        tenant: tenant.clone(),
        key: StreamKey::account(account),
    }
}

/// The stream of a budget.
pub(crate) fn budget_stream(tenant: &Tenant, budget: &AccountId) -> StreamName {
    StreamName {
        context: ContextName::Refunds,
        tenant: tenant.clone(),
        key: StreamKey::budget(budget),
    }
}
