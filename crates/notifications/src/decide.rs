//! The policy of telling buyers.

use std::collections::BTreeMap;

use backhaul_events::notifications::{
    Event, NotificationDeferred, NotificationFailed, NotificationPlanned, NotificationSent,
    NotificationSuppressed, Suppression, Template,
};
use backhaul_kernel::{Context, Language, NotificationId, OrderId, Tenant, Text, Timestamp};

use crate::command::Address;
use crate::hash::message_id;
use crate::schedule::retry_at;
use crate::state::{Notification, Progress};
use crate::templates::{RenderError, render};
use crate::{Command, Refusal, State};

/// The table of contents: every command, one arm each.
pub(crate) fn decide(
    state: &State,
    command: &Command,
    at: &Context,
) -> Result<Vec<Event>, Refusal> {
    match command {
        Command::Plan {
            order,
            cause,
            template,
            language,
            facts,
            address,
        } => {
            if cause.is_empty() {
                return Err(Refusal::CauseMissing);
            }
            let told = |known: &Notification| known.cause == *cause && known.template == *template;
            if state.notifications().any(told) {
                return Ok(Vec::new());
            }
            let number = state.notifications.len() + 1;
            let number = u32::try_from(number).expect("an order has few notifications");
            let subject = Subject {
                notification: NotificationId::numbered(order, number),
                order,
                cause,
                template: *template,
            };
            match address {
                Address::Known => plan(subject, language, facts, &at.tenant),
                Address::Missing => Ok(suppress(subject, Suppression::NoAddress)),
            }
        }
        Command::RecordSent {
            notification,
            template_version,
            content_digest,
            reference,
        } => sent(
            existing(state, notification)?,
            NotificationSent {
                notification: notification.clone(),
                template_version: *template_version,
                content_digest: content_digest.clone(),
                reference: reference.clone(),
            },
        ),
        Command::RecordDeferral { notification, code } => {
            Ok(deferred(existing(state, notification)?, code, at.now))
        }
        Command::RecordFailure { notification, code } => {
            Ok(failed(existing(state, notification)?, code))
        }
    }
}

/// What a new notification is of.
struct Subject<'a> {
    notification: NotificationId,
    order: &'a OrderId,
    cause: &'a str,
    template: Template,
}

/// A message is planned only when it can be written: a fact that its template needs and does not
/// have is found now, and not when the buyer waits.
fn plan(
    subject: Subject<'_>,
    language: &Language,
    facts: &BTreeMap<String, String>,
    tenant: &Tenant,
) -> Result<Vec<Event>, Refusal> {
    let template = subject.template;
    render(template, language, facts, None).map_err(|error| match error {
        RenderError::FactMissing(fact) => Refusal::FactMissing { template, fact },
        RenderError::FactInvalid(fact) => Refusal::FactInvalid { fact },
    })?;
    let message_id = message_id(tenant, &subject.notification, subject.cause);
    Ok(vec![
        NotificationPlanned {
            notification: subject.notification,
            order: subject.order.clone(),
            cause: subject.cause.to_owned(),
            template,
            language: language.clone(),
            facts: facts.clone(),
            message_id,
        }
        .into(),
    ])
}

/// A buyer who gave no address is not written to, and the log says why.
fn suppress(subject: Subject<'_>, reason: Suppression) -> Vec<Event> {
    vec![
        NotificationSuppressed {
            notification: subject.notification,
            order: subject.order.clone(),
            cause: subject.cause.to_owned(),
            template: subject.template,
            reason,
        }
        .into(),
    ]
}

/// What the mail server took is sent, even when we had given up on it.
fn sent(notification: &Notification, sent: NotificationSent) -> Result<Vec<Event>, Refusal> {
    match notification.progress {
        Progress::Planned(_) | Progress::Deferred { .. } | Progress::Failed { .. } => {
            Ok(vec![sent.into()])
        }
        Progress::Sent => Ok(Vec::new()),
        Progress::Suppressed { .. } => Err(Refusal::Suppressed(notification.notification.clone())),
    }
}

/// What is not taken for now is tried again on a schedule, and given up after its last try. A
/// deferral of what has ended already is late, and changes nothing.
fn deferred(notification: &Notification, code: &Text, now: Timestamp) -> Vec<Event> {
    let tries = match notification.progress {
        Progress::Planned(_) => 1,
        Progress::Deferred { tries, .. } => tries.saturating_add(1),
        Progress::Sent | Progress::Failed { .. } | Progress::Suppressed { .. } => {
            return Vec::new();
        }
    };
    let Some(retry_at) = retry_at(tries, now) else {
        return vec![failure(notification, code)];
    };
    vec![
        NotificationDeferred {
            notification: notification.notification.clone(),
            tries,
            code: code.clone(),
            retry_at,
        }
        .into(),
    ]
}

/// What is refused for good is not tried again.
fn failed(notification: &Notification, code: &Text) -> Vec<Event> {
    match notification.progress {
        Progress::Planned(_) | Progress::Deferred { .. } => vec![failure(notification, code)],
        Progress::Sent | Progress::Failed { .. } | Progress::Suppressed { .. } => Vec::new(),
    }
}

fn failure(notification: &Notification, code: &Text) -> Event {
    NotificationFailed {
        notification: notification.notification.clone(),
        code: code.clone(),
    }
    .into()
}

fn existing<'a>(
    state: &'a State,
    notification: &NotificationId,
) -> Result<&'a Notification, Refusal> {
    state
        .notification(notification)
        .ok_or_else(|| Refusal::NotificationUnknown(notification.clone()))
}
