//! What can be asked of the notifications of an order.

use std::collections::BTreeMap;

use backhaul_events::notifications::Template;
use backhaul_kernel::{Language, NotificationId, OrderId, Text};

/// A request; may be refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Command {
    /// An event is to be told of. The same event with the same template again changes nothing.
    Plan {
        /// The order.
        order: OrderId,
        /// Id of the event.
        cause: String,
        /// What the message says.
        template: Template,
        /// The buyer's language.
        language: Language,
        /// What the template needs; see [`crate::templates::FACTS`]. No personal data.
        facts: BTreeMap<String, String>,
        /// Whether the buyer can be reached.
        address: Address,
    },
    /// The mail server took it.
    RecordSent {
        /// The notification.
        notification: NotificationId,
        /// Version of the template that was rendered.
        template_version: u32,
        /// SHA-256 of subject and body, in hexadecimal.
        content_digest: String,
        /// What the mail server answered.
        reference: Text,
    },
    /// The mail server did not take it for now, or did not answer.
    RecordDeferral {
        /// The notification.
        notification: NotificationId,
        /// The mail server's reason.
        code: Text,
    },
    /// The mail server will never take it.
    RecordFailure {
        /// The notification.
        notification: NotificationId,
        /// The mail server's reason.
        code: Text,
    },
}

/// Whether a buyer can be reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Address {
    /// The order has an e-mail address.
    Known,
    /// It has none.
    Missing,
}
