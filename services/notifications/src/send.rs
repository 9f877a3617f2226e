//! Renders messages and hands them to the mail server.
//!
//! `notifications.NotificationPlanned` stands in the log before the mail server is called. A mail
//! server cannot be asked what it has taken, so after a crash between its answer and our note of it
//! the message is sent again, under the same `Message-ID`. To keep that to one message a crash,
//! messages leave one at a time wherever a repetition would reach the buyer, and an answer that
//! could not be written down is kept until it can. A message that was planned is sent by the
//! reaction, one that was deferred by its deadline, so that two processes never send the same one.

use std::collections::HashMap;
use std::sync::Arc;

use backhaul_engine::{Caused, Deadlines, Due, Intent, Reaction, ReactionError, Tenure};
use backhaul_eventlog::BoxFuture;
use backhaul_events::notifications::Template;
use backhaul_events::{ContextName, Event, notifications, orders};
use backhaul_gateways::mail::{Mail, MailAnswer, MailGateway, Mailbox, Permanence, Repeat};
use backhaul_kernel::deadline::DeadlineChange;
use backhaul_kernel::{CommandId, NotificationId, Text};
use backhaul_notifications::{
    Command, Message, Notification, Progress, deadline, notification_of, render,
};

use crate::core::Core;

const NAME: &str = "notifications.send";
/// Who is called, in traces and metrics.
const MAIL: &str = "mail server";
/// Messages that leave side by side where repeating one is harmless.
const SIDE_BY_SIDE: usize = 64;

/// Sends messages and writes down what became of them.
#[derive(Clone)]
pub(crate) struct Send {
    pub(crate) core: Arc<Core>,
    pub(crate) mail: Arc<dyn MailGateway>,
    pub(crate) from: Mailbox,
    /// Held while a message is under way, where only one may be.
    pub(crate) turn: Arc<tokio::sync::Mutex<Unrecorded>>,
}

/// Answers of the mail server that the log has not taken yet, each under the command that is to
/// record it. Each way to send has at most one message under way.
type Unrecorded = HashMap<Sends, (CommandId, Command)>;

/// Who may send a message, by what became of it so far.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Sends {
    Planned,
    Deferred,
}

impl Reaction for Send {
    fn name(&self) -> &'static str {
        NAME
    }

    fn contexts(&self) -> &'static [ContextName] {
        &[ContextName::Notifications]
    }

    fn wants(&self, type_name: &str) -> bool {
        type_name == "notifications.NotificationPlanned"
    }

    fn lanes(&self) -> usize {
        match self.mail.repeatable() {
            Repeat::Harmless => SIDE_BY_SIDE,
            Repeat::MayDuplicate => 1,
        }
    }

    fn react<'a>(&'a self, caused: Caused<'a>) -> BoxFuture<'a, Result<(), ReactionError>> {
        Box::pin(async move {
            let Event::Notifications(notifications::Event::NotificationPlanned(planned)) =
                caused.event
            else {
                return Ok(());
            };
            let intent = caused.intent(NAME).now();
            let id = &planned.notification;
            self.see_through(id, Sends::Planned, &intent, caused.tenure)
                .await
        })
    }
}

impl Deadlines for Send {
    fn name(&self) -> &'static str {
        "notifications.deadlines"
    }

    fn context(&self) -> &'static [ContextName; 1] {
        &[ContextName::Notifications]
    }

    fn change(&self, event: &Event) -> Option<DeadlineChange> {
        match event {
            Event::Notifications(event) => deadline(event),
            Event::Orders(_) | Event::Returns(_) | Event::Refunds(_) | Event::Tracking(_) => None,
        }
    }

    fn fire<'a>(
        &'a self,
        due: &'a Due,
        tenure: &'a Tenure,
    ) -> BoxFuture<'a, Result<(), ReactionError>> {
        Box::pin(async move {
            let Some(notification) = notification_of(&due.key) else {
                return Ok(());
            };
            let intent = due.intent(NAME);
            self.see_through(&notification, Sends::Deferred, &intent, tenure)
                .await
        })
    }
}

impl Send {
    /// Sends a message that still waits, and records the answer.
    async fn see_through(
        &self,
        id: &NotificationId,
        sends: Sends,
        intent: &Intent,
        tenure: &Tenure,
    ) -> Result<(), ReactionError> {
        let mut turn = match self.mail.repeatable() {
            Repeat::Harmless => None,
            Repeat::MayDuplicate => Some(self.turn.lock().await),
        };
        let order = id.order();
        let notifications = self.core.load(&intent.tenant, &order).await?;
        let Some(notification) = notifications.state.notification(id) else {
            return Ok(());
        };
        let message = match (&notification.progress, sends) {
            (Progress::Planned(message), Sends::Planned)
            | (Progress::Deferred { message, .. }, Sends::Deferred) => message,
            (Progress::Planned(_) | Progress::Deferred { .. }, _) => return Ok(()),
            (Progress::Sent | Progress::Failed { .. } | Progress::Suppressed { .. }, _) => {
                return Ok(());
            }
        };
        let unrecorded = turn.as_mut().and_then(|turn| turn.remove(&sends));
        let command = match unrecorded {
            Some((of, command)) if of == intent.command_id => command,
            _ => {
                let buyer = self.core.buyer(&intent.tenant, &order).await?;
                let contact = self.contact(notification, message, intent).await?;
                self.send(notification, message, (buyer.as_deref(), contact), tenure)
                    .await?
            }
        };
        let recorded = self.core.execute(&order, command.clone(), intent).await;
        let recorded = recorded.map(drop).map_err(ReactionError::from);
        if let (Err(ReactionError::Retry(_)), Some(turn)) = (&recorded, &mut turn) {
            turn.insert(sends, (intent.command_id.clone(), command));
        }
        recorded
    }

    /// Where the buyer asked for an acknowledgement of a withdrawal.
    async fn contact(
        &self,
        notification: &Notification,
        message: &Message,
        intent: &Intent,
    ) -> Result<Option<Mailbox>, ReactionError> {
        if notification.template != Template::WithdrawalAcknowledged {
            return Ok(None);
        }
        let about = message.facts.get("return").map(|about| about.parse());
        let Some(Ok(about)) = about else {
            return Ok(None);
        };
        let order = notification.notification.order();
        let told = self.core.told(&intent.tenant, &order).await?;
        Ok(told.contact(&about))
    }

    async fn send(
        &self,
        notification: &Notification,
        message: &Message,
        (buyer, contact): (Option<&orders::Buyer>, Option<Mailbox>),
        tenure: &Tenure,
    ) -> Result<Command, ReactionError> {
        let id = notification.notification.clone();
        let failed = |code: &str| Command::RecordFailure {
            notification: id.clone(),
            code: Text::from_outside(code),
        };
        let name = buyer
            .and_then(|buyer| buyer.name.as_ref())
            .map(Text::as_str);
        let rendered = match render(
            notification.template,
            &message.language,
            &message.facts,
            name,
        ) {
            Ok(rendered) => rendered,
            Err(error) => return Ok(failed(&format!("cannot be rendered: {error}"))),
        };
        let email = buyer.and_then(|buyer| buyer.email.as_ref());
        let to = match (contact, email) {
            (Some(contact), _) => contact,
            (None, Some(email)) => match Mailbox::new(email.as_str()) {
                Ok(to) => to,
                Err(_) => return Ok(failed("unusable address")),
            },
            (None, None) => return Ok(failed("no address")),
        };
        let Ok(message_id) = message.message_id.parse() else {
            return Ok(failed("unusable message id"));
        };

        let mail = Mail {
            message_id,
            from: self.from.clone(),
            to: match name {
                Some(name) => to.named(name),
                None => to,
            },
            reply_to: None,
            language: rendered.language.clone(),
            subject: rendered.subject.clone(),
            text: rendered.body.clone(),
            date: self.core.engine.clock.now(),
        };
        let answer = tenure.call(MAIL, answered, self.mail.send(&mail)).await?;
        Ok(match answer {
            MailAnswer::Accepted { reference } => Command::RecordSent {
                notification: id,
                template_version: rendered.version,
                content_digest: rendered.digest(),
                reference: Text::from_outside(&reference),
            },
            MailAnswer::Rejected {
                code,
                permanence: Permanence::Permanent,
            } => failed(&code),
            MailAnswer::Rejected {
                code,
                permanence: Permanence::Transient,
            } => Command::RecordDeferral {
                notification: id,
                code: Text::from_outside(&code),
            },
            MailAnswer::Unknown { detail } => Command::RecordDeferral {
                notification: id,
                code: Text::from_outside(&detail),
            },
        })
    }
}

/// What came of a message, in a word.
fn answered(answer: &MailAnswer) -> &'static str {
    match answer {
        MailAnswer::Accepted { .. } => "accepted",
        MailAnswer::Rejected {
            permanence: Permanence::Permanent,
            ..
        } => "rejected",
        MailAnswer::Rejected {
            permanence: Permanence::Transient,
            ..
        } => "deferred",
        MailAnswer::Unknown { .. } => "unknown",
    }
}
