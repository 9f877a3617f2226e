//! What the provider tells by itself becomes the same command as what it answers.
//!
//! A notice is taken once its outcome stands in the log: until then the provider is told to come
//! again, and comes. News of an attempt that is not in the log is nobody's here: another
//! deployment may use the same account. A provider that can be asked is asked how the refund
//! stands now, so notices may come late, twice and out of order.

use std::sync::Arc;

use backhaul_engine::{Clock, Intent, ReactionError, intent};
use backhaul_eventlog::BoxFuture;
use backhaul_gateways::payment::{
    FindAnswer, Notice, NoticeError, NoticeReader, RefundAnswer, Says,
};
use backhaul_host::webhooks::{Received, Receiver};
use backhaul_kernel::Actor;
use backhaul_refunds::Attempt;
use http::HeaderMap;
use tracing::{info, warn};
use uuid::Uuid;

use crate::payout::{Payout, order};

const NAME: &str = "refunds.webhook";

/// Takes the provider's webhooks.
pub(crate) struct Webhook {
    pub(crate) payout: Payout,
    pub(crate) reader: Arc<dyn NoticeReader>,
    pub(crate) clock: Arc<dyn Clock>,
}

/// The notice cannot be taken now.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Later {
    /// The provider spoke, and does not answer now.
    #[error("the provider cannot be asked: {0}")]
    Unasked(String),
    /// The log cannot be read or written now.
    #[error("{0}")]
    Log(String),
}

impl Receiver for Webhook {
    fn path(&self) -> &'static str {
        self.reader.path()
    }

    fn receive<'a>(&'a self, headers: &'a HeaderMap, body: &'a [u8]) -> BoxFuture<'a, Received> {
        Box::pin(async move {
            let notices = match self.reader.read(headers, body, self.clock.now()) {
                Ok(notices) => notices,
                Err(NoticeError::Unsigned) => return Received::Unsigned,
                Err(NoticeError::Unreadable) => return Received::Unreadable,
            };
            for notice in notices {
                if let Err(later) = self.take(&notice).await {
                    warn!(notice = notice.id, attempt = %notice.attempt, %later, "not taken yet");
                    return Received::Later;
                }
            }
            Received::Taken
        })
    }
}

impl Webhook {
    async fn take(&self, notice: &Notice) -> Result<(), Later> {
        let name = &notice.attempt;
        let _turn = self.payout.turns.of(&name.tenant, &name.refund).await;
        let attempt = self.payout.attempt(name).await.map_err(log)?;
        let Some(attempt) = attempt else {
            info!(attempt = %name, "news of an attempt that is not ours");
            return Ok(());
        };
        let answer = self.stands(notice, &attempt).await?;
        match self.payout.record(name, answer, &self.intent(notice)).await {
            Ok(()) => Ok(()),
            // The rules refuse it, and would again: the provider says what cannot be.
            Err(ReactionError::DeadLetter(why)) => {
                warn!(attempt = %name, notice = notice.id, why, "news that cannot be recorded");
                Ok(())
            }
            Err(error @ (ReactionError::Retry(_) | ReactionError::LeaseLost)) => Err(log(error)),
        }
    }

    /// How the refund stands: as the notice says, or as the provider says when it is asked.
    async fn stands(&self, notice: &Notice, attempt: &Attempt) -> Result<RefundAnswer, Later> {
        match &notice.says {
            Says::Stands(answer) => Ok(answer.clone()),
            Says::Changed => {
                let order = order(&notice.attempt, attempt)
                    .map_err(|nothing| Later::Unasked(nothing.to_string()))?;
                let known = Some(notice.provider_refund.as_str());
                match self.payout.provider.find(&order, known).await {
                    FindAnswer::Found(RefundAnswer::Unknown { detail })
                    | FindAnswer::Unreachable { detail } => Err(Later::Unasked(detail)),
                    FindAnswer::Found(answer) => Ok(answer),
                    FindAnswer::NotFound | FindAnswer::CannotTell { .. } => {
                        Err(Later::Unasked("it does not know the refund".to_owned()))
                    }
                }
            }
        }
    }

    /// The same news again is the same command.
    fn intent(&self, notice: &Notice) -> Intent {
        let content = format!(
            "{}\n{}\n{}",
            self.payout.provider.provider(),
            notice.attempt,
            notice.id
        );
        let name = Uuid::new_v5(&Uuid::NAMESPACE_OID, content.as_bytes());
        Intent {
            command_id: name.to_string().parse().expect("a UUID is visible ASCII"),
            digest: intent::digest(content.as_bytes()),
            actor: Actor::system(NAME),
            tenant: notice.attempt.tenant.clone(),
            correlation_id: name,
            causation_id: None,
            traceparent: None,
            occurred_at: None,
        }
    }
}

fn log(error: ReactionError) -> Later {
    Later::Log(error.to_string())
}
