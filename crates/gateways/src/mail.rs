//! The port to whoever delivers mail.
//!
//! Addresses, names, subjects and bodies are personal data: nothing here writes them into a log,
//! an error or a `Debug` text.

mod mailbox;
mod message;
mod message_id;
pub mod outbox;
pub mod smtp;
#[cfg(any(test, feature = "test-server"))]
pub mod test_server;

use std::fmt;

use backhaul_kernel::{Language, Timestamp};

pub use mailbox::{InvalidAddress, Mailbox};
pub use message_id::{InvalidMessageId, MessageId};
pub use outbox::Outbox;
pub use smtp::Smtp;

use crate::BoxFuture;

/// A way to hand mail over.
pub trait MailGateway: Send + Sync + 'static {
    /// Hands one mail over.
    fn send<'a>(&'a self, mail: &'a Mail) -> BoxFuture<'a, MailAnswer>;

    /// What happens when a mail is handed over again.
    fn repeatable(&self) -> Repeat;
}

/// One mail to one person, in plain text.
#[derive(Clone, PartialEq, Eq)]
pub struct Mail {
    /// Its name, which follows from what it is about: the same mail has the same name.
    pub message_id: MessageId,
    /// Whose name it bears.
    pub from: Mailbox,
    /// Who gets it.
    pub to: Mailbox,
    /// Who gets the reply, if that is somebody else than it is from.
    pub reply_to: Option<Mailbox>,
    /// The language it is written in.
    pub language: Language,
    /// The subject. Line ends and other control characters become spaces.
    pub subject: String,
    /// The body.
    pub text: String,
    /// When it was written.
    pub date: Timestamp,
}

/// Personal data stays out of logs.
impl fmt::Debug for Mail {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Mail")
            .field("message_id", &self.message_id)
            .field("language", &self.language)
            .field("date", &self.date)
            .finish_non_exhaustive()
    }
}

/// What became of a mail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MailAnswer {
    /// Somebody else is responsible for it now.
    Accepted {
        /// What they call it.
        reference: String,
    },
    /// A definite no: nobody has it.
    Rejected {
        /// Why: a reply code of the server, such as `550 5.1.1`, or a word of ours.
        code: String,
        /// Whether the same mail may pass later.
        permanence: Permanence,
    },
    /// Nobody can tell whether it was taken.
    Unknown {
        /// What happened, for operators.
        detail: String,
    },
}

/// Whether a rejection stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Permanence {
    /// The same mail will be rejected for ever.
    Permanent,
    /// It may pass later.
    Transient,
}

/// What happens when a mail is handed over again, as after an unknown answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Repeat {
    /// There is still one.
    Harmless,
    /// The recipient may get it twice.
    MayDuplicate,
}
