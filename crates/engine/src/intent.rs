//! What accompanies a command: who asks, why, and under which name.

use backhaul_eventlog::{Commit, Digest, Metadata, Recorded};
use backhaul_kernel::{Actor, CommandId, Tenant, Timestamp};
use bytestring::ByteString;
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

/// Who asks, why, and under which name. The same name with the same content is the same command.
#[derive(Debug, Clone)]
pub struct Intent {
    /// The name.
    pub command_id: CommandId,
    /// Digest of the content.
    pub digest: Digest,
    /// Who asks.
    pub actor: Actor,
    /// For which merchant.
    pub tenant: Tenant,
    /// The request that everything began with.
    pub correlation_id: Uuid,
    /// The event that directly caused this; none when a caller did.
    pub causation_id: Option<Uuid>,
    /// W3C trace context.
    pub traceparent: Option<ByteString>,
    /// When the thing happened that the command tells of; none means now.
    pub occurred_at: Option<Timestamp>,
}

impl Intent {
    /// The command that `actor` (a reaction, such as `refunds.release`) derives from an event. The
    /// name is derived too, so that redelivery and replay can only ever repeat it.
    pub fn caused_by(commit: &Commit, event: &Recorded, actor: &str) -> Self {
        let name = Uuid::new_v5(&event.id, actor.as_bytes());
        Self {
            command_id: command_id(name),
            digest: digest(event.id.as_bytes()),
            actor: Actor::system(actor),
            tenant: commit.stream.tenant.clone(),
            correlation_id: commit.metadata.correlation_id,
            causation_id: Some(event.id),
            traceparent: commit.metadata.traceparent.clone(),
            occurred_at: Some(event.occurred_at),
        }
    }

    /// Another command that the same cause leads to, told apart by `purpose`.
    #[must_use]
    pub fn for_purpose(mut self, purpose: &str) -> Self {
        let name = Uuid::new_v5(&Uuid::NAMESPACE_OID, self.command_id.as_str().as_bytes());
        self.command_id = command_id(Uuid::new_v5(&name, purpose.as_bytes()));
        self
    }

    /// The same, but happening now rather than when its cause happened.
    #[must_use]
    pub fn now(mut self) -> Self {
        self.occurred_at = None;
        self
    }

    pub(crate) fn metadata(&self, recorded_at: Timestamp) -> Metadata {
        Metadata {
            command_id: self.command_id.clone(),
            command_digest: self.digest,
            actor: self.actor.clone(),
            correlation_id: self.correlation_id,
            causation_id: self.causation_id,
            traceparent: self.traceparent.clone(),
            recorded_at,
        }
    }
}

/// The first 128 bits of SHA-256.
pub fn digest(content: &[u8]) -> Digest {
    let hash = Sha256::digest(content);
    let mut first = [0; 16];
    first.copy_from_slice(&hash[..16]);
    Digest(first)
}

fn command_id(name: Uuid) -> CommandId {
    name.to_string().parse().expect("a UUID is visible ASCII")
}
