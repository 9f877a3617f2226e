//! A connection to all processes that serve the same: calls take turns, so that a call that is
//! repeated because one process is away reaches the next.

use std::error::Error;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll};

use http::{Request, Response};
use tonic::Status;
use tonic::body::Body;
use tonic::codegen::Service;
use tonic::metadata::{Ascii, MetadataValue};
use tonic::service::Interceptor;
use tonic::service::interceptor::InterceptedService;
use tonic::transport;

/// A connection that carries the token.
pub type Channel = InterceptedService<Turns, Bearer>;

/// Why a call did not reach anybody.
type Failed = Box<dyn Error + Send + Sync>;

/// Connections that take turns.
pub struct Turns {
    /// What nobody serves is said by this name.
    what: &'static str,
    connections: Arc<[transport::Channel]>,
    next: Arc<AtomicUsize>,
    /// The connection whose turn it is, once it was asked whether it is ready.
    chosen: Option<transport::Channel>,
}

impl Turns {
    /// The connections to those who serve `what`.
    pub fn new(what: &'static str, connections: Vec<transport::Channel>) -> Self {
        Self {
            what,
            connections: connections.into(),
            next: Arc::default(),
            chosen: None,
        }
    }

    fn choose(&self) -> Option<transport::Channel> {
        let turn = self.next.fetch_add(1, Ordering::Relaxed);
        let count = self.connections.len();
        self.connections.get(turn.checked_rem(count)?).cloned()
    }
}

/// All clones share the turns, and none shares another's choice.
impl Clone for Turns {
    fn clone(&self) -> Self {
        Self {
            what: self.what,
            connections: Arc::clone(&self.connections),
            next: Arc::clone(&self.next),
            chosen: None,
        }
    }
}

impl Service<Request<Body>> for Turns {
    type Response = Response<Body>;
    type Error = Failed;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Failed>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Failed>> {
        if self.chosen.is_none() {
            self.chosen = self.choose();
        }
        match &mut self.chosen {
            Some(channel) => channel.poll_ready(context).map_err(Into::into),
            // The call itself says why.
            None => Poll::Ready(Ok(())),
        }
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        let Some(mut channel) = self.chosen.take() else {
            let status = Status::unavailable(format!("no process serves {}", self.what));
            return Box::pin(async { Err(status.into()) });
        };
        let answer = channel.call(request);
        Box::pin(async { answer.await.map_err(Into::into) })
    }
}

/// Puts the token into every call.
#[derive(Clone)]
pub struct Bearer(MetadataValue<Ascii>);

impl Bearer {
    /// The token, unless it has characters that no token has.
    pub fn new(token: &str) -> Option<Self> {
        let mut bearer: MetadataValue<Ascii> = format!("Bearer {token}").parse().ok()?;
        bearer.set_sensitive(true);
        Some(Self(bearer))
    }
}

impl Interceptor for Bearer {
    fn call(&mut self, mut request: tonic::Request<()>) -> Result<tonic::Request<()>, Status> {
        request
            .metadata_mut()
            .insert("authorization", self.0.clone());
        Ok(request)
    }
}
