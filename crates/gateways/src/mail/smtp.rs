//! Mail over SMTP.
//!
//! Whether a failed mail was taken depends on one moment: the end of its body. Before it, a
//! failure is a certain no, and the mail may be sent again; after it, only the server's answer
//! tells, and without one the outcome is unknown. So the steps are taken one by one here, and
//! connections are kept by us rather than by the library's transport, which tells a lost
//! connection before that moment and after it by the same error.

mod relay;
#[cfg(test)]
mod tests;

use std::future::Future;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use lettre::Address;
use lettre::transport::smtp::client::AsyncSmtpConnection;
use lettre::transport::smtp::commands::{Data, Mail as From, Rcpt};
use lettre::transport::smtp::extension::{Extension, MailParameter};
use lettre::transport::smtp::response::Response;
use tokio::sync::Semaphore;
use tokio::time::timeout;

pub use relay::InvalidRelay;
use relay::{Relay, Unusable};

use super::{Mail, MailAnswer, MailGateway, Permanence, Repeat, message};
use crate::BoxFuture;

/// Connections to one relay at a time.
pub const CONNECTIONS_MAX: usize = 4;

/// How long to wait for the relay.
#[derive(Debug, Clone, Copy)]
pub struct Patience {
    /// For a connection: name look-up, TCP, TLS, greeting and login together.
    pub connect: Duration,
    /// For the answer to one command before the body.
    pub command: Duration,
    /// For taking the body and answering. A relay may check for spam meanwhile, and giving up
    /// early makes the outcome unknown.
    pub body: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(10),
            command: Duration::from_secs(30),
            body: Duration::from_secs(120),
        }
    }
}

/// A relay that takes mail over SMTP.
pub struct Smtp {
    relay: Relay,
    patience: Patience,
    idle: Mutex<Vec<AsyncSmtpConnection>>,
    places: Semaphore,
}

impl Smtp {
    /// The relay of a URL: `smtps://user:password@host` (TLS from the first byte, port 465),
    /// `smtp://user:password@host?tls=required` (STARTTLS, port 587), or without TLS
    /// `smtp://127.0.0.1:2525`. A relay that is not on this machine must be asked for by
    /// `?tls=none` to be used without TLS. `hello=mail.example.com` sets the name we greet with.
    /// Nothing is connected yet.
    pub fn new(url: &str) -> Result<Self, InvalidRelay> {
        Ok(Self {
            relay: url.parse()?,
            patience: Patience::default(),
            idle: Mutex::default(),
            places: Semaphore::new(CONNECTIONS_MAX),
        })
    }

    /// The same relay with other waiting times.
    #[must_use]
    pub fn with_patience(self, patience: Patience) -> Self {
        Self { patience, ..self }
    }

    async fn deliver(&self, mail: &Mail) -> Result<MailAnswer, MailAnswer> {
        let bytes = message::bytes(mail)?;
        let _place = self.places.acquire().await;
        let mut connection = self.connection().await?;
        self.prepare(&mut connection, mail).await?;
        let reply = self.hand_over(&mut connection, &bytes).await?;
        self.keep(connection);
        Ok(MailAnswer::Accepted {
            reference: reference(&reply),
        })
    }

    /// A connection that still answers, or a new one. Whatever goes wrong here, even a wrong
    /// password, says nothing against the mail.
    async fn connection(&self) -> Result<AsyncSmtpConnection, MailAnswer> {
        while let Some(mut connection) = self.take_idle() {
            if timeout(self.patience.command, connection.test_connected()).await == Ok(true) {
                return Ok(connection);
            }
        }
        match timeout(self.patience.connect, self.relay.connect()).await {
            Ok(Ok(connection)) => Ok(connection),
            Ok(Err(error)) => {
                let code = match &error {
                    Unusable::Network(_) => None,
                    Unusable::Protocol(error) => reply_code(error),
                };
                let code = code.unwrap_or_else(|| "unreachable".into());
                tracing::warn!(%code, %error, "mail relay cannot be used");
                Err(rejected(code, Permanence::Transient))
            }
            Err(_) => Err(rejected("timed-out", Permanence::Transient)),
        }
    }

    /// Everything before the body. Without it nothing is taken.
    async fn prepare(
        &self,
        connection: &mut AsyncSmtpConnection,
        mail: &Mail,
    ) -> Result<(), MailAnswer> {
        let from = mail.from.to_lettre().email;
        let to = mail.to.to_lettre().email;
        let mut parameters = Vec::new();
        if !is_ascii(&from) || !is_ascii(&to) {
            if !connection
                .server_info()
                .supports_feature(Extension::SmtpUtfEight)
            {
                return Err(rejected("smtputf8-unsupported", Permanence::Permanent));
            }
            parameters.push(MailParameter::SmtpUtfEight);
        }
        self.before_body(connection.command(From::new(Some(from), parameters)))
            .await?;
        self.before_body(connection.command(Rcpt::new(to, Vec::new())))
            .await?;
        self.before_body(connection.command(Data)).await
    }

    async fn before_body(
        &self,
        step: impl Future<Output = Result<Response, lettre::transport::smtp::Error>>,
    ) -> Result<(), MailAnswer> {
        match timeout(self.patience.command, step).await {
            Ok(Ok(_)) => Ok(()),
            Ok(Err(error)) => Err(refusal(&error)
                .unwrap_or_else(|| rejected("connection-lost", Permanence::Transient))),
            Err(_) => Err(rejected("timed-out", Permanence::Transient)),
        }
    }

    /// The body. Only an answer of the relay tells what became of it.
    async fn hand_over(
        &self,
        connection: &mut AsyncSmtpConnection,
        bytes: &[u8],
    ) -> Result<Response, MailAnswer> {
        let unknown = |detail: &str| MailAnswer::Unknown {
            detail: detail.into(),
        };
        match timeout(self.patience.body, connection.message(bytes)).await {
            Ok(Ok(reply)) => Ok(reply),
            Ok(Err(error)) => Err(refusal(&error)
                .unwrap_or_else(|| unknown("the connection was lost before the relay answered"))),
            Err(_) => Err(unknown("the relay did not answer in time")),
        }
    }

    fn take_idle(&self) -> Option<AsyncSmtpConnection> {
        self.idle
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .pop()
    }

    /// There are never more than places, so the idle ones are bounded too.
    fn keep(&self, connection: AsyncSmtpConnection) {
        self.idle
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(connection);
    }
}

impl MailGateway for Smtp {
    fn send<'a>(&'a self, mail: &'a Mail) -> BoxFuture<'a, MailAnswer> {
        Box::pin(async move {
            let (Ok(answer) | Err(answer)) = self.deliver(mail).await;
            answer
        })
    }

    fn repeatable(&self) -> Repeat {
        Repeat::MayDuplicate
    }
}

fn is_ascii(address: &Address) -> bool {
    AsRef::<str>::as_ref(address).is_ascii()
}

fn rejected(code: impl Into<String>, permanence: Permanence) -> MailAnswer {
    MailAnswer::Rejected {
        code: code.into(),
        permanence,
    }
}

/// The relay's own "no", if the error is one.
fn refusal(error: &lettre::transport::smtp::Error) -> Option<MailAnswer> {
    let permanence = if error.is_permanent() {
        Permanence::Permanent
    } else {
        Permanence::Transient
    };
    reply_code(error).map(|code| rejected(code, permanence))
}

/// The reply code, and the enhanced one if there is one: `550 5.1.1`. The words after them may
/// repeat an address and are left out.
fn reply_code(error: &lettre::transport::smtp::Error) -> Option<String> {
    let code = error.status()?;
    let source = std::error::Error::source(error).map(ToString::to_string);
    let enhanced = source
        .as_deref()
        .and_then(|text| text.split_whitespace().next())
        .filter(|word| is_enhanced_code(word));
    Some(match enhanced {
        Some(enhanced) => format!("{code} {enhanced}"),
        None => code.to_string(),
    })
}

/// RFC 3463: class, subject and detail, as in `5.1.1`.
fn is_enhanced_code(word: &str) -> bool {
    let parts: Vec<_> = word.split('.').collect();
    parts.len() == 3
        && parts.iter().all(|part| {
            (1..=3).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_digit())
        })
}

/// Longest name that a relay may give a mail, in characters; the rest is cut off.
const REFERENCE_CHARS_MAX: usize = 200;

/// What the relay calls the mail, such as `2.0.0 Ok: queued as 4ZBtN0`.
fn reference(reply: &Response) -> String {
    reply
        .first_line()
        .unwrap_or_default()
        .chars()
        .filter(|c| !c.is_control())
        .take(REFERENCE_CHARS_MAX)
        .collect()
}
