//! Logs and traces. Nothing in them is personal data: no request, no header and no panic's words
//! are ever written, only which method was called and how it ended.

use std::sync::Arc;

use axum::response::Response;
use backhaul_engine::Traces;
use bytestring::ByteString;
use http::HeaderMap;
use opentelemetry::trace::{
    SpanContext, SpanId, TraceContextExt, TraceFlags, TraceId, TraceState, TracerProvider,
};
use opentelemetry_otlp::{SpanExporter, WithExportConfig};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::SdkTracerProvider;
use tracing::{Span, error, field, info_span, warn};
use tracing_opentelemetry::OpenTelemetrySpanExt;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, Layer, fmt};

use crate::calls::TRACEPARENT_HEADER;
use crate::config::{Config, LogFormat};

/// The variable that says what is logged, such as `debug` or `backhaul_engine=trace`.
pub const LOG_VARIABLE: &str = "BACKHAUL_LOG";

/// What is logged when nothing is said: our own words, and only warnings of the libraries.
const LOG_DEFAULT: &str = "info,h2=warn,hyper=warn,tonic=warn,tower=warn,sled=warn,fjall=warn,\
    lsm_tree=warn,lettre=warn,opentelemetry=warn,opentelemetry_sdk=warn,opentelemetry_otlp=warn";

/// Longest method path that is written down, in bytes.
const PATH_BYTES_MAX: usize = 128;

/// Telemetry cannot start.
#[derive(Debug, thiserror::Error)]
pub enum TelemetryError {
    /// Something else writes the log already.
    #[error("the log is written by somebody else already")]
    Twice(#[from] tracing_subscriber::util::TryInitError),
    /// Traces cannot be sent there.
    #[error("traces cannot be sent to the address configured")]
    Exporter(#[from] opentelemetry_otlp::ExporterBuildError),
}

/// Telemetry of the process, from start to stop.
#[derive(Debug)]
pub struct Telemetry {
    traces: Option<SdkTracerProvider>,
}

impl Telemetry {
    /// Starts it: logs to standard error, traces where configured, and a panic hook that names
    /// the place and not the words. Needs a running tokio when traces are sent.
    pub fn start(config: &Config) -> Result<Self, TelemetryError> {
        let traces = config.otlp.as_deref().map(tracer_provider).transpose()?;
        let spans = traces.as_ref().map(|provider| {
            tracing_opentelemetry::layer().with_tracer(provider.tracer("backhaul"))
        });
        let lines = fmt::layer().with_writer(std::io::stderr).with_target(false);
        let lines = match config.log_format {
            LogFormat::Text => lines.boxed(),
            LogFormat::Json => lines.json().boxed(),
        };
        let filter = EnvFilter::try_from_env(LOG_VARIABLE);
        tracing_subscriber::registry()
            .with(filter.unwrap_or_else(|_| EnvFilter::new(LOG_DEFAULT)))
            .with(spans)
            .with(lines)
            .try_init()?;
        std::panic::set_hook(Box::new(|panic| match panic.location() {
            Some(place) => error!(%place, "panicked"),
            None => error!("panicked"),
        }));
        Ok(Self { traces })
    }

    /// Sends what is still to be sent. May block, so an async caller does it on a thread that may.
    pub fn stop(self) {
        if let Some(Err(error)) = self.traces.map(|traces| traces.shutdown()) {
            warn!(%error, "the last traces were not sent");
        }
    }
}

fn tracer_provider(address: &str) -> Result<SdkTracerProvider, TelemetryError> {
    let exporter = SpanExporter::builder()
        .with_tonic()
        .with_endpoint(address)
        .build()?;
    let resource = Resource::builder().with_service_name("backhaul").build();
    let provider = SdkTracerProvider::builder().with_batch_exporter(exporter);
    Ok(provider.with_resource(resource).build())
}

/// The span of a call, a child of the caller's when it sent its trace context.
pub(crate) fn span_of_call(path: &str, headers: &HeaderMap) -> Span {
    let (service, method) = method_of(path).unwrap_or(("unknown", "unknown"));
    let span = info_span!(
        "call",
        otel.name = field::Empty,
        otel.kind = "server",
        rpc.system = "grpc",
        rpc.service = service,
        rpc.method = method,
        rpc.grpc.status_code = field::Empty,
    );
    if !span.is_disabled() {
        span.record("otel.name", format!("{service}/{method}"));
    }
    let parent = headers
        .get(TRACEPARENT_HEADER)
        .and_then(|value| value.to_str().ok());
    if let Some(parent) = parent {
        set_parent(&span, parent);
    }
    span
}

/// What the engine's spans become, where traces are sent.
pub(crate) fn traces(config: &Config) -> Option<Arc<dyn Traces>> {
    config.otlp.as_ref().map(|_| Arc::new(SentTraces) as _)
}

struct SentTraces;

impl Traces for SentTraces {
    fn go_on_from(&self, span: &Span, traceparent: &str) {
        set_parent(span, traceparent);
    }

    fn name_of(&self, span: &Span) -> Option<ByteString> {
        traceparent_of(span).map(ByteString::from)
    }
}

fn set_parent(span: &Span, traceparent: &str) {
    if let Some(parent) = parse(traceparent) {
        let parent = opentelemetry::Context::new().with_remote_span_context(parent);
        // Fails only where no traces are sent, and then there is nothing to be a child of.
        let _ = span.set_parent(parent);
    }
}

/// Notes on the current span how the call ended.
pub(crate) fn note_answer(response: &Response) {
    let code = tonic::Status::from_header_map(response.headers())
        .map_or(0, |status| i32::from(status.code()));
    Span::current().record("rpc.grpc.status_code", code);
}

/// The current span as others may name their cause; none when no traces are sent.
pub(crate) fn traceparent() -> Option<String> {
    traceparent_of(&Span::current())
}

fn traceparent_of(span: &Span) -> Option<String> {
    let context = span.context();
    let span = context.span().span_context().clone();
    span.is_valid().then(|| {
        let sampled = u8::from(span.is_sampled());
        format!("00-{}-{}-{sampled:02x}", span.trace_id(), span.span_id())
    })
}

fn parse(traceparent: &str) -> Option<SpanContext> {
    let mut parts = traceparent.split('-');
    let (version, trace, span, flags) =
        (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
    let context = SpanContext::new(
        TraceId::from_hex(trace).ok()?,
        SpanId::from_hex(span).ok()?,
        TraceFlags::new(u8::from_str_radix(flags, 16).ok()?),
        true,
        TraceState::default(),
    );
    (version.len() == 2 && parts.next().is_none() && context.is_valid()).then_some(context)
}

/// Service and method of a well-formed path; anything else could be anything.
fn method_of(path: &str) -> Option<(&str, &str)> {
    let usual = |text: &str| {
        !text.is_empty()
            && text
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b"._".contains(&b))
    };
    let (service, method) = path.strip_prefix('/')?.split_once('/')?;
    (path.len() <= PATH_BYTES_MAX && usual(service) && usual(method)).then_some((service, method))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_methods_are_written_down() {
        let orders = "/backhaul.orders.v1.OrdersService/GetOrder";
        assert_eq!(
            method_of(orders),
            Some(("backhaul.orders.v1.OrdersService", "GetOrder"))
        );
        for other in [
            "",
            "/",
            "/a",
            "/a/",
            "//",
            "/a/b/c",
            "/a/someone@example.com",
            "/a/b?c=d",
        ] {
            assert_eq!(method_of(other), None, "{other}");
        }
    }

    #[test]
    fn trace_context_is_read_or_left() {
        let good = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
        let context = parse(good).unwrap();
        assert!(context.is_sampled() && context.is_remote());
        for bad in [
            "",
            "00",
            "00-0-0-0",
            &good.replace("b7ad6b7169203331", "0000000000000000"),
        ] {
            assert!(parse(bad).is_none(), "{bad}");
        }
    }
}
