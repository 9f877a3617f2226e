//! One trace from a call to the last of what follows from it, over all processes.
//!
//! A commit names the span that appended it as W3C trace context; whatever acts on the commit goes
//! on under that name. The engine knows spans and names, and no tracing system: whoever starts the
//! process knows one, or none, and then no span is made. Attributes follow the conventions of
//! OpenTelemetry for messaging, and none of them is personal data.

use std::sync::Arc;

use backhaul_events::ContextName;
use bytestring::ByteString;
use tracing::{Span, info_span};

/// The name of the log in attributes.
const SYSTEM: &str = "backhaul";

/// A tracing system.
pub trait Traces: Send + Sync + 'static {
    /// Makes a new span the child of the one that a commit names.
    fn go_on_from(&self, span: &Span, traceparent: &str);

    /// The name of a span, for others to go on from.
    fn name_of(&self, span: &Span) -> Option<ByteString>;
}

/// A tracing system, or none.
#[derive(Clone, Default)]
pub(crate) struct Tracing(pub(crate) Option<Arc<dyn Traces>>);

impl Tracing {
    /// The span of an append, within whatever asked for it.
    pub(crate) fn append(&self, context: ContextName) -> Span {
        if self.0.is_none() {
            return Span::none();
        }
        info_span!(
            "append",
            otel.name = format!("append {context}"),
            otel.kind = "producer",
            messaging.system = SYSTEM,
            messaging.operation.name = "append",
            "messaging.operation.type" = "send",
            messaging.destination.name = context.as_str(),
        )
    }

    /// The span of acting on an event of a commit.
    pub(crate) fn react(
        &self,
        reaction: &'static str,
        context: ContextName,
        traceparent: Option<&str>,
    ) -> Span {
        let Some(traces) = &self.0 else {
            return Span::none();
        };
        let span = info_span!(
            parent: None,
            "react",
            otel.name = format!("react {reaction}"),
            otel.kind = "consumer",
            messaging.system = SYSTEM,
            messaging.operation.name = "react",
            "messaging.operation.type" = "process",
            messaging.destination.name = context.as_str(),
            messaging.consumer.group.name = reaction,
        );
        if let Some(traceparent) = traceparent {
            traces.go_on_from(&span, traceparent);
        }
        span
    }

    /// The span of firing a deadline, as part of what set it.
    pub(crate) fn fire(&self, deadlines: &'static str, traceparent: Option<&str>) -> Span {
        let Some(traces) = &self.0 else {
            return Span::none();
        };
        let name = format!("fire {deadlines}");
        let span = info_span!(parent: None, "fire", otel.name = name, otel.kind = "internal");
        if let Some(traceparent) = traceparent {
            traces.go_on_from(&span, traceparent);
        }
        span
    }

    /// The span of a call to the outside, within whatever makes it.
    pub(crate) fn call(&self, callee: &'static str) -> Span {
        if self.0.is_none() {
            return Span::none();
        }
        info_span!(
            "call",
            otel.name = format!("call {callee}"),
            otel.kind = "client",
            peer.service = callee,
            outcome = tracing::field::Empty,
        )
    }

    pub(crate) fn name_of(&self, span: &Span) -> Option<ByteString> {
        self.0.as_ref()?.name_of(span)
    }
}
