//! A collector of traces: takes what any OpenTelemetry exporter sends over gRPC, and keeps it.

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex};

use opentelemetry_proto::tonic::collector::trace::v1::trace_service_server::{
    TraceService, TraceServiceServer,
};
use opentelemetry_proto::tonic::collector::trace::v1::{
    ExportTraceServiceRequest, ExportTraceServiceResponse,
};
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::trace::v1::Span;
use tokio::net::TcpListener;
use tokio::task::JoinSet;
use tokio_stream::wrappers::TcpListenerStream;
use tonic::{Request, Response, Status};

/// How serving ended.
pub type Served = Result<(), tonic::transport::Error>;

/// What was sent, span by span.
#[derive(Clone, Default)]
pub struct Collector {
    spans: Arc<Mutex<Vec<Span>>>,
}

impl Collector {
    /// Starts to listen, for as long as what serves is kept; tells where.
    pub async fn start() -> (Self, String, JoinSet<Served>) {
        let collector = Self::default();
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        let listener = TcpListener::bind(address).await.unwrap();
        let address = listener.local_addr().unwrap();
        let service = TraceServiceServer::new(collector.clone());
        let serving = tonic::transport::Server::builder()
            .add_service(service)
            .serve_with_incoming(TcpListenerStream::new(listener));
        let mut served = JoinSet::new();
        served.spawn(serving);
        (collector, format!("http://{address}"), served)
    }

    /// Everything of one trace.
    pub fn trace(&self, id: [u8; 16]) -> Vec<Span> {
        let spans = self.spans.lock().unwrap();
        let of_trace = spans.iter().filter(|span| span.trace_id == id);
        of_trace.cloned().collect()
    }

    /// Every word of every span: names, attributes, events and states.
    pub fn words(&self) -> String {
        let spans = self.spans.lock().unwrap();
        format!("{spans:?}")
    }
}

#[tonic::async_trait]
impl TraceService for Collector {
    async fn export(
        &self,
        request: Request<ExportTraceServiceRequest>,
    ) -> Result<Response<ExportTraceServiceResponse>, Status> {
        let resources = request.into_inner().resource_spans;
        let scopes = resources.into_iter().flat_map(|each| each.scope_spans);
        let spans = scopes.flat_map(|scope| scope.spans);
        self.spans.lock().unwrap().extend(spans);
        Ok(Response::new(ExportTraceServiceResponse::default()))
    }
}

/// The attributes of a span that are text.
pub fn attributes(span: &Span) -> BTreeMap<&str, &str> {
    let text = span.attributes.iter().filter_map(|each| {
        let value = each.value.as_ref()?.value.as_ref()?;
        match value {
            Value::StringValue(text) => Some((each.key.as_str(), text.as_str())),
            _ => None,
        }
    });
    text.collect()
}
