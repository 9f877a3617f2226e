//! When two commits are equal: in everything that was decided and recorded.

use std::fmt;

use backhaul_eventlog::{Commit, Metadata, Position, Recorded};
use backhaul_events::ContextName;
use backhaul_kernel::Actor;
use serde::Serialize;

/// The first thing in which two commits of the same position differ.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Difference {
    /// The context.
    pub(crate) context: String,
    /// Where both stand.
    pub(crate) position: Position,
    /// What differs.
    pub(crate) what: String,
    /// What the first log says.
    pub(crate) left: String,
    /// What the second log says.
    pub(crate) right: String,
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            context,
            position,
            what,
            left,
            right,
        } = self;
        write!(
            f,
            "{context} at position {position}: {what} is {left} here, {right} there"
        )
    }
}

/// What a comparison says of something that is not there.
pub(crate) const ABSENT: &str = "absent";

/// In what two commits of one context differ first.
pub(crate) fn difference(left: &Commit, right: &Commit) -> Option<Difference> {
    let (what, left_says, right_says) = differing(left, right)?;
    Some(Difference {
        context: left.stream.context.to_string(),
        position: left.position,
        what,
        left: left_says,
        right: right_says,
    })
}

/// A commit that only one of two logs has; `left` and `right` say which.
pub(crate) fn one_sided(context: ContextName, position: Position, sides: [&str; 2]) -> Difference {
    Difference {
        context: context.to_string(),
        position,
        what: "the commit".to_owned(),
        left: sides[0].to_owned(),
        right: sides[1].to_owned(),
    }
}

type Differing = (String, String, String);

fn differing(left: &Commit, right: &Commit) -> Option<Differing> {
    // Taken apart by name, so that a new field does not compile until it is compared. A chain
    // covers what is compared here, and each kind of log makes it its own way.
    let Commit {
        position,
        stream,
        first_version,
        chain: _,
        metadata,
        events,
    } = left;
    told("the position", position, &right.position)
        .or_else(|| told("the stream", stream, &right.stream))
        .or_else(|| told("the version", first_version, &right.first_version))
        .or_else(|| metadata_differs(metadata, &right.metadata))
        .or_else(|| told("the number of events", &events.len(), &right.events.len()))
        .or_else(|| {
            let both = events.iter().zip(&right.events).enumerate();
            both.into_iter()
                .find_map(|(index, (left, right))| event_differs(index, left, right))
        })
}

fn metadata_differs(left: &Metadata, right: &Metadata) -> Option<Differing> {
    let Metadata {
        command_id,
        command_digest,
        actor: Actor { name, tier },
        correlation_id,
        causation_id,
        traceparent,
        recorded_at,
    } = left;
    let digest = |digest: &backhaul_eventlog::Digest| format!("{:02x?}", digest.0);
    let traces = (text_if_any(traceparent), text_if_any(&right.traceparent));
    let causes = (text_if_any(causation_id), text_if_any(&right.causation_id));
    let digests = (digest(command_digest), digest(&right.command_digest));
    let tiers = (format!("{tier:?}"), format!("{:?}", right.actor.tier));
    told("the command id", command_id, &right.command_id)
        .or_else(|| told("the digest of the command", &digests.0, &digests.1))
        .or_else(|| told("the actor", name, &right.actor.name))
        .or_else(|| told("the actor's tier", &tiers.0, &tiers.1))
        .or_else(|| told("the correlation id", correlation_id, &right.correlation_id))
        .or_else(|| told("the causation id", &causes.0, &causes.1))
        .or_else(|| told("the traceparent", &traces.0, &traces.1))
        .or_else(|| told("the time of recording", recorded_at, &right.recorded_at))
}

fn event_differs(index: usize, left: &Recorded, right: &Recorded) -> Option<Differing> {
    let number = index + 1;
    let of = |what: &str| format!("{what} of event {number}");
    told(&of("the id"), &left.id, &right.id)
        .or_else(|| told(&of("the time"), &left.occurred_at, &right.occurred_at))
        .or_else(|| told(&of("the type"), &left.type_name, &right.type_name))
        .or_else(|| {
            let what = of("the schema version");
            told(&what, &left.schema_version, &right.schema_version)
        })
        .or_else(|| {
            // Payloads may hold personal data, so only their length is told.
            let bytes = |event: &Recorded| format!("{} bytes", event.payload.len());
            (left.payload != right.payload).then(|| (of("the payload"), bytes(left), bytes(right)))
        })
}

fn told<T: PartialEq + fmt::Display>(what: &str, left: &T, right: &T) -> Option<Differing> {
    (left != right).then(|| (what.to_owned(), left.to_string(), right.to_string()))
}

fn text_if_any<T: fmt::Display>(value: &Option<T>) -> String {
    value
        .as_ref()
        .map_or_else(|| ABSENT.to_owned(), ToString::to_string)
}
