//! Renders messages and hands them to the mail server.
//!
//! `notifications.NotificationPlanned` stands in the log before the mail server is called. A mail
//! server cannot be asked what it has taken, so after a crash between its answer and our note of it
//! the message is sent again, under the same `Message-ID`. To keep that to one message a crash,
//! messages leave one at a time wherever a repetition would reach the buyer.

use std::sync::Arc;

use backhaul_engine::{Caused, Deadlines, Due, Intent, Reaction, ReactionError};
use backhaul_eventlog::BoxFuture;
use backhaul_events::{ContextName, Event, notifications, orders};
use backhaul_gateways::mail::{Mail, MailAnswer, MailGateway, Mailbox, Permanence, Repeat};
use backhaul_kernel::deadline::DeadlineChange;
use backhaul_kernel::{NotificationId, Text};
use backhaul_notifications::{
    Command, Message, Notification, Progress, deadline, notification_of, render,
};

use crate::core::Core;

const NAME: &str = "notifications.send";
/// Messages that leave side by side where repeating one is harmless.
const SIDE_BY_SIDE: usize = 64;

/// Sends messages and writes down what became of them.
#[derive(Clone)]
pub(crate) struct Send {
    pub(crate) core: Arc<Core>,
    pub(crate) mail: Arc<dyn MailGateway>,
    pub(crate) from: Mailbox,
    /// Held while a message is under way, where only one may be.
    pub(crate) turn: Arc<tokio::sync::Mutex<()>>,
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
            self.see_through(&planned.notification, &caused.intent(NAME).now())
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

    fn fire<'a>(&'a self, due: &'a Due) -> BoxFuture<'a, Result<(), ReactionError>> {
        Box::pin(async move {
            let Some(notification) = notification_of(&due.key) else {
                return Ok(());
            };
            self.see_through(&notification, &due.intent(NAME)).await
        })
    }
}

impl Send {
    /// Sends a message that still waits, and records the answer.
    async fn see_through(&self, id: &NotificationId, intent: &Intent) -> Result<(), ReactionError> {
        let _turn = match self.mail.repeatable() {
            Repeat::Harmless => None,
            Repeat::MayDuplicate => Some(self.turn.lock().await),
        };
        let order = id.order();
        let notifications = self.core.load(&intent.tenant, &order).await?;
        let Some(notification) = notifications.state.notification(id) else {
            return Ok(());
        };
        let message = match &notification.progress {
            Progress::Planned(message) | Progress::Deferred { message, .. } => message,
            Progress::Sent | Progress::Failed { .. } | Progress::Suppressed { .. } => return Ok(()),
        };
        let buyer = self.core.buyer(&intent.tenant, &order).await?;
        let command = self.send(notification, message, buyer.as_deref()).await;
        self.core.execute(&order, command, intent).await?;
        Ok(())
    }

    async fn send(
        &self,
        notification: &Notification,
        message: &Message,
        buyer: Option<&orders::Buyer>,
    ) -> Command {
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
            Err(error) => return failed(&format!("cannot be rendered: {error}")),
        };
        let Some(to) = buyer.and_then(|buyer| buyer.email.as_ref()) else {
            return failed("no address");
        };
        let Ok(to) = Mailbox::new(to.as_str()) else {
            return failed("unusable address");
        };
        let Ok(message_id) = message.message_id.parse() else {
            return failed("unusable message id");
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
        match self.mail.send(&mail).await {
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
        }
    }
}
