//! What decisions on notifications need to know of the past.

use std::collections::BTreeMap;
use std::sync::Arc;

use backhaul_events::notifications::{Suppression, Template};
use backhaul_kernel::{Language, NotificationId, Text, Timestamp};
use serde::{Deserialize, Serialize};

/// All notifications of one order, the first one first.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct State {
    pub(crate) notifications: Vec<Arc<Notification>>,
}

/// One notification.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Notification {
    /// Its id.
    pub notification: NotificationId,
    /// Id of the event that it tells of.
    pub cause: String,
    /// What it says.
    pub template: Template,
    /// How far it is.
    pub progress: Progress,
}

/// How far a notification is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Progress {
    /// About to be sent, or sent without an answer yet.
    Planned(Message),
    /// Not taken for now.
    Deferred {
        /// What is to be sent.
        message: Message,
        /// How often it was tried.
        tries: u32,
        /// When to try again.
        retry_at: Timestamp,
    },
    /// Taken by the mail server.
    Sent,
    /// Will not be sent: refused for good, or tried too often.
    Failed {
        /// The mail server's reason.
        code: Text,
    },
    /// Was never to be sent.
    Suppressed {
        /// Why not.
        reason: Suppression,
    },
}

/// What a message is rendered from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Message {
    /// The language it will be written in.
    pub language: Language,
    /// What the template needs.
    pub facts: BTreeMap<String, String>,
    /// The local part of the `Message-ID`, the same on every try.
    pub message_id: String,
}

impl State {
    /// Every notification, the first one first.
    pub fn notifications(&self) -> impl Iterator<Item = &Notification> {
        self.notifications.iter().map(AsRef::as_ref)
    }

    /// The notification of that id.
    pub fn notification(&self, notification: &NotificationId) -> Option<&Notification> {
        self.notifications()
            .find(|known| known.notification == *notification)
    }

    /// The notification to change; none for an id that was never planned.
    pub(crate) fn notification_mut(
        &mut self,
        notification: &NotificationId,
    ) -> Option<&mut Notification> {
        self.notifications
            .iter_mut()
            .find(|known| known.notification == *notification)
            .map(Arc::make_mut)
    }
}
