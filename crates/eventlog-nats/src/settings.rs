//! How the streams must be set up, and what it means where they are not.

use std::time::Duration;

use async_nats::jetstream::stream::{
    Compression, Config, DiscardPolicy, Republish, RetentionPolicy, StorageType,
};
use backhaul_events::ContextName;

use crate::findings::Severity;
use crate::names::Names;

/// Largest message of a stream, in bytes: a commit's payload and what stands around it.
pub(crate) const MESSAGE_BYTES_MAX: i32 = 2 * 1024 * 1024;
/// For how long the server remembers message ids.
const DUPLICATE_WINDOW: Duration = Duration::from_secs(120);

/// The stream of a context.
pub(crate) fn context_stream(names: &Names, context: ContextName, replicas: usize) -> Config {
    Config {
        description: Some(format!("every commit of {context}")),
        republish: Some(Republish {
            source: names.subjects(context),
            destination: names.live(context),
            headers_only: false,
        }),
        deny_delete: true,
        deny_purge: true,
        discard: DiscardPolicy::New,
        max_messages_per_subject: -1,
        ..base(names.stream(context), names.subjects(context), replicas)
    }
}

/// The stream of all leases: of each its last state only.
pub(crate) fn lease_stream(names: &Names, replicas: usize) -> Config {
    Config {
        description: Some("who holds which lease".to_owned()),
        max_messages_per_subject: 1,
        discard: DiscardPolicy::Old,
        ..base(names.lease_stream(), names.lease_subjects(), replicas)
    }
}

pub(crate) fn base(name: String, subjects: String, replicas: usize) -> Config {
    Config {
        name,
        subjects: vec![subjects],
        retention: RetentionPolicy::Limits,
        storage: StorageType::File,
        num_replicas: replicas,
        max_message_size: MESSAGE_BYTES_MAX,
        max_messages: -1,
        max_bytes: -1,
        max_consumers: -1,
        allow_direct: true,
        duplicate_window: DUPLICATE_WINDOW,
        // A server that was killed cuts its copy back to what the others have. In a compressed
        // stream version 2.15.1 then cannot read the block it cut any more, the next time it
        // starts, and takes no more part in that stream.
        compression: Some(Compression::None),
        ..Config::default()
    }
}

/// A setting that is not as wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// Its name in the server's configuration.
    pub setting: &'static str,
    /// As it should be.
    pub wanted: String,
    /// As it is.
    pub found: String,
    /// What it means.
    pub severity: Severity,
}

impl std::fmt::Display for Difference {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self {
            setting,
            wanted,
            found,
            ..
        } = self;
        write!(f, "{setting} is {found} instead of {wanted}")
    }
}

/// What differs between a stream as wanted and as the server has it. The number of replicas is
/// compared by who knows how many there should be.
pub(crate) fn differences(wanted: &Config, found: &Config) -> Vec<Difference> {
    let mut differences = Vec::new();
    macro_rules! compare {
        ($severity:ident: $($setting:literal $field:ident),* $(,)?) => {$(
            if wanted.$field != found.$field {
                differences.push(Difference {
                    setting: $setting,
                    wanted: format!("{:?}", wanted.$field),
                    found: format!("{:?}", found.$field),
                    severity: Severity::$severity,
                });
            }
        )*};
    }
    compare!(Damage:
        "subjects" subjects,
        "retention" retention,
        "storage" storage,
        "discard" discard,
        "max_age" max_age,
        "max_msgs" max_messages,
        "max_msgs_per_subject" max_messages_per_subject,
        "deny_delete" deny_delete,
        "deny_purge" deny_purge,
        "allow_rollup_hdrs" allow_rollup,
        "no_ack" no_ack,
        "sealed" sealed,
        "allow_direct" allow_direct,
        "republish" republish,
        "subject_transform" subject_transform,
        "mirror" mirror,
        "sources" sources,
        "persist_mode" persist_mode,
        "allow_msg_ttl" allow_message_ttl,
    );
    compare!(Warning:
        "max_bytes" max_bytes,
        "max_msg_size" max_message_size,
        "duplicate_window" duplicate_window,
    );
    compare!(Note: "compression" compression);
    differences
}
