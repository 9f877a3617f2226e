//! Which events a buyer is told of, and with which facts.

use std::collections::BTreeMap;
use std::sync::Arc;

use backhaul_engine::{Caused, Reaction, ReactionError};
use backhaul_eventlog::BoxFuture;
use backhaul_events::notifications::Template;
use backhaul_events::returns::{Decision, Handling, Verdict};
use backhaul_events::{ContextName, Event, refunds, returns, tracking};
use backhaul_kernel::{OrderId, ReturnId};
use backhaul_notifications::templates::verdict_fact;
use backhaul_notifications::{Address, Command};

use crate::core::Core;

const NAME: &str = "notifications.plan";

/// Events of returns, tracking and refunds lead to `Plan`.
pub(crate) struct Plan(pub(crate) Arc<Core>);

/// What a buyer is told.
struct Message {
    order: OrderId,
    /// The return that it is about, if it is about one.
    r#return: Option<ReturnId>,
    template: Template,
    facts: BTreeMap<String, String>,
}

impl Reaction for Plan {
    fn name(&self) -> &'static str {
        NAME
    }

    fn contexts(&self) -> &'static [ContextName] {
        &[
            ContextName::Returns,
            ContextName::Tracking,
            ContextName::Refunds,
        ]
    }

    fn wants(&self, type_name: &str) -> bool {
        matches!(
            type_name,
            "returns.ReturnRequested"
                | "returns.ReturnAuthorized"
                | "returns.ReturnDeclined"
                | "returns.UnitsReceived"
                | "returns.WithdrawalAcknowledged"
                | "tracking.LabelIssued"
                | "refunds.RefundSettled"
                | "refunds.RefundFailed"
        )
    }

    fn react<'a>(&'a self, caused: Caused<'a>) -> BoxFuture<'a, Result<(), ReactionError>> {
        Box::pin(async move {
            let Some(message) = self.message(&caused).await? else {
                return Ok(());
            };
            let intent = caused.intent(NAME);
            let mut contact = None;
            if let Some(about) = &message.r#return {
                let told = self.0.told(&intent.tenant, &message.order).await?;
                if told.is_gift(about) {
                    return Ok(());
                }
                let asks = message.template == Template::WithdrawalAcknowledged;
                contact = told.contact(about).filter(|_| asks);
            }
            let Some(buyer) = self.0.buyer(&intent.tenant, &message.order).await? else {
                return Err(ReactionError::DeadLetter(format!(
                    "order {} is not known",
                    message.order
                )));
            };
            let command = Command::Plan {
                order: message.order.clone(),
                cause: caused.recorded.id.to_string(),
                template: message.template,
                language: buyer.language.clone(),
                facts: message.facts,
                address: if contact.is_some() || buyer.email.is_some() {
                    Address::Known
                } else {
                    Address::Missing
                },
            };
            self.0.execute(&message.order, command, &intent).await?;
            Ok(())
        })
    }
}

impl Plan {
    /// The table of contents: every event that is told, one line each.
    async fn message(&self, caused: &Caused<'_>) -> Result<Option<Message>, ReactionError> {
        Ok(match caused.event {
            Event::Returns(returns::Event::ReturnRequested(event)) => requested(caused, event),
            Event::Returns(returns::Event::WithdrawalAcknowledged(event)) => {
                Some(acknowledged(event))
            }
            Event::Returns(returns::Event::ReturnAuthorized(event)) => keep_item(event),
            Event::Returns(returns::Event::ReturnDeclined(event)) => Some(declined(event)),
            Event::Returns(returns::Event::UnitsReceived(event)) => Some(received(event)),
            Event::Tracking(tracking::Event::LabelIssued(event)) => Some(label(event)),
            Event::Refunds(refunds::Event::RefundSettled(event)) => settled(event),
            Event::Refunds(refunds::Event::RefundFailed(event)) => {
                self.failed(caused, event).await?
            }
            _ => None,
        })
    }

    /// The failed attempt's refund knows the amount.
    async fn failed(
        &self,
        caused: &Caused<'_>,
        event: &refunds::RefundFailed,
    ) -> Result<Option<Message>, ReactionError> {
        let stream = &caused.commit.stream;
        let commits = self.0.engine.log.read_stream(stream, 0).await?;
        let proposed = commits
            .iter()
            .flat_map(|commit| &commit.events)
            .find_map(|recorded| match recorded.event() {
                Ok(Event::Refunds(refunds::Event::RefundProposed(proposed)))
                    if proposed.refund == event.refund =>
                {
                    Some((proposed.amount, of_return(&proposed.cause)))
                }
                _ => None,
            });
        let Some((amount, r#return)) = proposed else {
            return Ok(None);
        };
        let order = event.refund.order();
        let own = [
            ("refund", event.refund.to_string()),
            ("amount", amount.to_string()),
        ];
        Ok(Some(Message {
            facts: facts(&order, own),
            order,
            r#return,
            template: Template::RefundFailed,
        }))
    }
}

/// The request that a withdrawal is gets the acknowledgement of the withdrawal instead.
fn requested(caused: &Caused<'_>, event: &returns::ReturnRequested) -> Option<Message> {
    let events = caused.commit.events.iter();
    let mut types = events.map(|recorded| &*recorded.type_name);
    if types.any(|name| name == "returns.WithdrawalAcknowledged") {
        return None;
    }
    let units: u64 = event
        .items
        .iter()
        .map(|item| u64::from(item.quantity))
        .sum();
    Some(about(
        &event.r#return,
        Template::ReturnRequested,
        [("units", units.to_string())],
    ))
}

/// The content of the withdrawal, its day and its time, on a durable medium.
fn acknowledged(event: &returns::WithdrawalAcknowledged) -> Message {
    let items = event.units.iter();
    let items: Vec<String> = items
        .map(|units| format!("{} x line {}", units.quantity, units.line))
        .collect();
    let own = [
        ("items", items.join(", ")),
        ("confirmed_at", event.confirmed_at.to_string()),
    ];
    about(&event.r#return, Template::WithdrawalAcknowledged, own)
}

/// An authorised return that is sent back is told of when its label is there, and one of goods that
/// never left when its withdrawal is acknowledged.
fn keep_item(event: &returns::ReturnAuthorized) -> Option<Message> {
    match event.handling {
        Handling::SendBack { .. } | Handling::NothingSent => None,
        Handling::KeepItem => {
            let units = units(&event.decision);
            Some(about(
                &event.r#return,
                Template::KeepItem,
                [("units", units.to_string())],
            ))
        }
    }
}

fn declined(event: &returns::ReturnDeclined) -> Message {
    let verdicts = event
        .decision
        .findings
        .iter()
        .map(|finding| finding.verdict);
    let verdict = verdicts
        .into_iter()
        .find(|verdict| *verdict != Verdict::Returnable)
        .unwrap_or(Verdict::DeclinedByPerson);
    about(
        &event.r#return,
        Template::ReturnDeclined,
        [("verdict", verdict_fact(verdict).to_owned())],
    )
}

fn received(event: &returns::UnitsReceived) -> Message {
    let units: u64 = event
        .units
        .iter()
        .map(|units| u64::from(units.quantity))
        .sum();
    let own = [
        ("units", units.to_string()),
        ("received_at", event.received_at.to_string()),
    ];
    about(&event.r#return, Template::UnitsReceived, own)
}

fn label(event: &tracking::LabelIssued) -> Message {
    let own = [
        ("carrier", event.carrier.to_string()),
        ("tracking_number", event.tracking_number.to_string()),
    ];
    about(&event.r#return, Template::ReturnAuthorized, own)
}

/// Nobody is written to about nothing: a refund of zero settles without money.
fn settled(event: &refunds::RefundSettled) -> Option<Message> {
    let order = event.refund.order();
    let own = [
        ("refund", event.refund.to_string()),
        ("amount", event.amount.to_string()),
    ];
    let message = Message {
        facts: facts(&order, own),
        order,
        r#return: of_return(&event.cause),
        template: Template::RefundSettled,
    };
    event.amount.is_positive().then_some(message)
}

/// The return that a refund pays for, if it pays for one.
fn of_return(cause: &refunds::Cause) -> Option<ReturnId> {
    match cause {
        refunds::Cause::Return { r#return, .. } => Some(r#return.clone()),
        refunds::Cause::Goodwill { .. } | refunds::Cause::Remedy { .. } => None,
    }
}

fn about<const N: usize>(
    r#return: &ReturnId,
    template: Template,
    own: [(&str, String); N],
) -> Message {
    let order = r#return.order();
    let mut facts = facts(&order, own);
    facts.insert("return".to_owned(), r#return.to_string());
    Message {
        order,
        r#return: Some(r#return.clone()),
        template,
        facts,
    }
}

fn facts<const N: usize>(order: &OrderId, own: [(&str, String); N]) -> BTreeMap<String, String> {
    let mut facts = BTreeMap::from(own.map(|(name, value)| (name.to_owned(), value)));
    facts.insert("order".to_owned(), order.to_string());
    facts
}

fn units(decision: &Decision) -> u64 {
    decision
        .findings
        .iter()
        .map(|finding| u64::from(finding.quantity))
        .sum()
}
