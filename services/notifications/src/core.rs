//! What every part of the service works on: the streams of notifications, and how to reach the
//! buyer of an order.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use backhaul_engine::{Aggregates, Decided, Engine, Facts, Failure, Fold, Intent};
use backhaul_eventlog::{ReadError, StreamName};
use backhaul_events::{ContextName, Event, orders, returns};
use backhaul_gateways::mail::Mailbox;
use backhaul_kernel::{OrderId, ReturnId, Tenant, Text};
use backhaul_notifications::{Command, Notifications, Refusal};

/// Shape of the state in snapshots; raise it when `backhaul_notifications::State` changes.
const SCHEMA: u32 = 1;

/// How to reach the buyer, as the order says it now.
#[derive(Debug, Clone, Default)]
pub(crate) struct Reach(pub(crate) Option<Arc<orders::Buyer>>);

impl Fold for Reach {
    fn fold(&mut self, event: &Event) {
        match event {
            Event::Orders(orders::Event::OrderRecorded(event)) => {
                self.0 = Some(Arc::new(event.buyer.clone()));
            }
            Event::Orders(orders::Event::OrderAmended(event)) => {
                if let Some(buyer) = &event.buyer {
                    self.0 = Some(Arc::new(buyer.clone()));
                }
            }
            _ => {}
        }
    }
}

/// What the returns of an order say of who is told, and where.
#[derive(Debug, Clone, Default)]
pub(crate) struct Told {
    /// Returns of goods that somebody had as a gift: the buyer is not told of them.
    gifts: BTreeSet<ReturnId>,
    /// Where each withdrawal asks to be acknowledged.
    contacts: BTreeMap<ReturnId, Text>,
}

impl Fold for Told {
    fn fold(&mut self, event: &Event) {
        match event {
            Event::Returns(returns::Event::ReturnRequested(event))
                if event.gift_recipient.is_some() =>
            {
                self.gifts.insert(event.r#return.clone());
            }
            Event::Returns(returns::Event::WithdrawalAcknowledged(event)) => {
                let contact = event.statement.contact.clone();
                self.contacts.insert(event.r#return.clone(), contact);
            }
            _ => {}
        }
    }
}

impl Told {
    /// Whether the goods were a gift.
    pub(crate) fn is_gift(&self, r#return: &ReturnId) -> bool {
        self.gifts.contains(r#return)
    }

    /// The address at which a withdrawal is to be acknowledged; none where the buyer named no
    /// e-mail address.
    pub(crate) fn contact(&self, r#return: &ReturnId) -> Option<Mailbox> {
        let contact = self.contacts.get(r#return)?;
        Mailbox::new(contact.as_str()).ok()
    }
}

/// The streams and facts behind the service.
pub(crate) struct Core {
    pub(crate) engine: Engine,
    notifications: Aggregates<Notifications>,
    orders: Facts<Reach>,
    returns: Facts<Told>,
}

impl Core {
    pub(crate) fn new(engine: &Engine) -> Arc<Self> {
        Arc::new(Self {
            engine: engine.clone(),
            notifications: Aggregates::new(engine, SCHEMA),
            orders: Facts::new(Arc::clone(&engine.log)),
            returns: Facts::new(Arc::clone(&engine.log)),
        })
    }

    /// All notifications of an order.
    pub(crate) async fn load(
        &self,
        tenant: &Tenant,
        order: &OrderId,
    ) -> Result<Decided<Notifications>, ReadError> {
        self.notifications.load(&stream(tenant, order)).await
    }

    /// Decides a command on an order's notifications.
    pub(crate) async fn execute(
        &self,
        order: &OrderId,
        command: Command,
        intent: &Intent,
    ) -> Result<Decided<Notifications>, Failure<Refusal>> {
        self.notifications
            .execute(&stream(&intent.tenant, order), command, intent)
            .await
    }

    /// The buyer of an order; none when the order is not known.
    pub(crate) async fn buyer(
        &self,
        tenant: &Tenant,
        order: &OrderId,
    ) -> Result<Option<Arc<orders::Buyer>>, ReadError> {
        let stream = StreamName::order(ContextName::Orders, tenant, order);
        Ok(self
            .orders
            .of(&stream)
            .await?
            .and_then(|reach| reach.0.clone()))
    }

    /// What the returns of an order say of who is told.
    pub(crate) async fn told(
        &self,
        tenant: &Tenant,
        order: &OrderId,
    ) -> Result<Arc<Told>, ReadError> {
        let stream = StreamName::order(ContextName::Returns, tenant, order);
        Ok(self.returns.of(&stream).await?.unwrap_or_default())
    }
}

/// The stream that holds all notifications of an order.
pub(crate) fn stream(tenant: &Tenant, order: &OrderId) -> StreamName {
    StreamName::order(ContextName::Notifications, tenant, order)
}
