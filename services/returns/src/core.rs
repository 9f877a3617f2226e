//! What every part of the service works on: the streams of returns and policies, and the facts of
//! the order.

use std::collections::BTreeMap;
use std::sync::Arc;

use backhaul_engine::{Aggregates, Decided, Engine, Facts, Failure, Fold, Intent};
use backhaul_eventlog::{ReadError, StreamKey, StreamName};
use backhaul_events::{ContextName, Event, refunds, tracking};
use backhaul_kernel::{OrderId, ParcelId, PolicyId, ReturnId, Tenant};
use backhaul_returns::{Command, OrderFacts, Policies, PolicySnapshot, Refusal, Returns};

/// Shape of the state in snapshots; raise it when the states of `backhaul_returns` change.
const SCHEMA: u32 = 4;
/// The policy set that decides.
const DEFAULT_POLICY: &str = "default";

/// The order, as returns see it.
#[derive(Debug, Clone, Default)]
struct Order(OrderFacts);

impl Fold for Order {
    fn fold(&mut self, event: &Event) {
        if let Event::Orders(event) = event {
            self.0.evolve(event);
        }
    }
}

/// The parcels that were announced for an order.
#[derive(Debug, Clone, Default)]
struct Announced(BTreeMap<ParcelId, ReturnId>);

impl Fold for Announced {
    fn fold(&mut self, event: &Event) {
        if let Event::Tracking(tracking::Event::LabelRequested(event)) = event {
            let (parcel, r#return) = (event.parcel.clone(), event.r#return.clone());
            self.0.insert(parcel, r#return);
        }
    }
}

/// Of each return of an order the last release whose money went back.
#[derive(Debug, Clone, Default)]
struct Paid(BTreeMap<ReturnId, u32>);

impl Fold for Paid {
    fn fold(&mut self, event: &Event) {
        if let Event::Refunds(refunds::Event::RefundSettled(event)) = event
            && let refunds::Cause::Return { r#return, release } = &event.cause
        {
            let last = self.0.entry(r#return.clone()).or_default();
            *last = (*last).max(*release);
        }
    }
}

/// The streams and facts behind the service.
pub(crate) struct Core {
    pub(crate) engine: Engine,
    returns: Aggregates<Returns>,
    pub(crate) policies: Aggregates<Policies>,
    orders: Facts<Order>,
    parcels: Facts<Announced>,
    refunds: Facts<Paid>,
}

impl Core {
    pub(crate) fn new(engine: &Engine) -> Arc<Self> {
        Arc::new(Self {
            engine: engine.clone(),
            returns: Aggregates::new(engine, SCHEMA),
            policies: Aggregates::new(engine, SCHEMA),
            orders: Facts::new(Arc::clone(&engine.log)),
            parcels: Facts::new(Arc::clone(&engine.log)),
            refunds: Facts::new(Arc::clone(&engine.log)),
        })
    }

    /// All returns of an order.
    pub(crate) async fn load(
        &self,
        tenant: &Tenant,
        order: &OrderId,
    ) -> Result<Decided<Returns>, ReadError> {
        self.returns.load(&stream(tenant, order)).await
    }

    /// Decides a command on an order's returns.
    pub(crate) async fn execute(
        &self,
        order: &OrderId,
        command: Command,
        intent: &Intent,
    ) -> Result<Decided<Returns>, Failure<Refusal>> {
        self.returns
            .execute(&stream(&intent.tenant, order), command, intent)
            .await
    }

    /// The order as returns see it.
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

    /// The return that a parcel was announced for; none for a parcel that nobody announced.
    pub(crate) async fn announced(
        &self,
        tenant: &Tenant,
        parcel: &ParcelId,
    ) -> Result<Option<ReturnId>, ReadError> {
        let stream = StreamName::order(ContextName::Tracking, tenant, &parcel.order());
        let announced = self.parcels.of(&stream).await?;
        Ok(announced.and_then(|announced| announced.0.get(parcel).cloned()))
    }

    /// The last release of a return whose money went back, if any did.
    pub(crate) async fn paid(
        &self,
        tenant: &Tenant,
        r#return: &ReturnId,
    ) -> Result<Option<u32>, ReadError> {
        let stream = StreamName::order(ContextName::Refunds, tenant, &r#return.order());
        let paid = self.refunds.of(&stream).await?;
        Ok(paid.and_then(|paid| paid.0.get(r#return).copied()))
    }

    /// All versions of a policy set.
    pub(crate) async fn versions(
        &self,
        tenant: &Tenant,
        policy: &PolicyId,
    ) -> Result<Decided<Policies>, ReadError> {
        self.policies.load(&policy_stream(tenant, policy)).await
    }

    /// The policy that decides now.
    pub(crate) async fn policy(&self, tenant: &Tenant) -> Result<PolicySnapshot, ReadError> {
        let id = default_policy();
        let policies = self.policies.load(&policy_stream(tenant, &id)).await?;
        Ok(policies.state.current(id))
    }
}

/// The id of the policy set that decides.
pub(crate) fn default_policy() -> PolicyId {
    DEFAULT_POLICY.parse().expect("a word is a policy id")
}

/// The stream that holds all returns of an order.
pub(crate) fn stream(tenant: &Tenant, order: &OrderId) -> StreamName {
    StreamName::order(ContextName::Returns, tenant, order)
}

/// The stream that holds the versions of a policy set.
pub(crate) fn policy_stream(tenant: &Tenant, policy: &PolicyId) -> StreamName {
    let key = StreamKey::policies(policy);
    StreamName {
        context: ContextName::Returns,
        tenant: tenant.clone(),
        key,
    }
}
