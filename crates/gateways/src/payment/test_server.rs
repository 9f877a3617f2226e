//! Providers on the loopback interface, for tests: each keeps books of what it really paid, and
//! fails in the ways that providers do when it is told to.
//!
//! A server runs on a thread of its own, whether or not there is a runtime, and stops when it is
//! dropped.

mod adyen;
mod books;
mod stripe;

use std::collections::VecDeque;
use std::convert::Infallible;
use std::future::pending;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;

use bytes::Bytes;
use http::request::Parts;
use http::{Request, Response};
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinSet;

pub use adyen::{ADYEN_HMAC_KEY, AdyenServer};
pub use books::{Booked, Standing};
pub use stripe::{STRIPE_KEY, StripeServer};

/// How a server fails with one call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fault {
    /// Hangs up before it does anything.
    HangUpBefore,
    /// Does what it is asked to, and hangs up instead of saying so.
    HangUpAfter,
    /// Never answers, and does nothing.
    SilenceBefore,
    /// Does what it is asked to, and never says so.
    SilenceAfter,
    /// Answers this, and does nothing.
    AnswerBefore(Reply),
    /// Does what it is asked to, and answers this.
    AnswerAfter(Reply),
}

/// What a server answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply {
    /// The status code.
    pub status: u16,
    /// Seconds to leave the server alone for, if it says so.
    pub retry_after: Option<u32>,
    /// The body.
    pub body: String,
}

impl Reply {
    /// A status and a body.
    pub fn new(status: u16, body: &Value) -> Self {
        Self {
            status,
            retry_after: None,
            body: body.to_string(),
        }
    }
}

/// One call, read whole.
pub(crate) struct Call {
    pub(crate) head: Parts,
    pub(crate) body: Bytes,
}

impl Call {
    /// A header, if it is there and text.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.head.headers.get(name)?.to_str().ok()
    }

    /// The segments of the path.
    pub(crate) fn path(&self) -> Vec<&str> {
        self.head.uri.path().split('/').skip(1).collect()
    }
}

/// What a provider does with a call that reached it.
pub(crate) trait Provider: Send + 'static {
    fn answer(&mut self, call: &Call) -> Reply;
}

/// A provider that listens.
pub(crate) struct Server<P> {
    address: SocketAddr,
    shared: Arc<Mutex<Shared<P>>>,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

struct Shared<P> {
    provider: P,
    faults: VecDeque<Fault>,
    calls: usize,
}

/// What becomes of a connection.
enum Then {
    Answer(Reply),
    HangUp,
    Silence,
}

impl<P: Provider> Server<P> {
    pub(crate) fn start(provider: P) -> Self {
        let shared = Arc::new(Mutex::new(Shared {
            provider,
            faults: VecDeque::new(),
            calls: 0,
        }));
        let listener = std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
            .expect("the loopback interface has free ports");
        let address = listener
            .local_addr()
            .expect("a bound listener has an address");
        listener
            .set_nonblocking(true)
            .expect("a listener may wait in a runtime");
        let (stop, stopped) = oneshot::channel();
        let served = Arc::clone(&shared);
        let thread = std::thread::spawn(move || serve(listener, &served, stopped));
        Self {
            address,
            shared,
            stop: Some(stop),
            thread: Some(thread),
        }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    pub(crate) fn fail(&self, fault: Fault) {
        self.lock().faults.push_back(fault);
    }

    pub(crate) fn clear_faults(&self) {
        self.lock().faults.clear();
    }

    pub(crate) fn calls(&self) -> usize {
        self.lock().calls
    }

    pub(crate) fn with<T>(&self, look: impl FnOnce(&mut P) -> T) -> T {
        look(&mut self.lock().provider)
    }

    fn lock(&self) -> MutexGuard<'_, Shared<P>> {
        lock(&self.shared)
    }
}

impl<P> Drop for Server<P> {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            // A panic of the server's thread has failed the test already.
            let _ = thread.join();
        }
    }
}

fn lock<P>(shared: &Mutex<Shared<P>>) -> MutexGuard<'_, Shared<P>> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}

fn serve<P: Provider>(
    listener: std::net::TcpListener,
    shared: &Arc<Mutex<Shared<P>>>,
    stopped: oneshot::Receiver<()>,
) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a thread can have a runtime");
    runtime.block_on(async {
        let listener = TcpListener::from_std(listener).expect("the listener may wait");
        tokio::select! {
            () = accept(&listener, shared) => {}
            _ = stopped => {}
        }
    });
}

async fn accept<P: Provider>(listener: &TcpListener, shared: &Arc<Mutex<Shared<P>>>) {
    let mut connections = JoinSet::new();
    while let Ok((stream, _)) = listener.accept().await {
        let shared = Arc::clone(shared);
        let service = service_fn(move |request| exchange(Arc::clone(&shared), request));
        connections.spawn(async move {
            // A connection that was hung up on ends with an error, as it was told to.
            let _ = http1::Builder::new()
                .serve_connection(TokioIo::new(stream), service)
                .await;
        });
    }
}

/// The connection ends here, without an answer.
#[derive(Debug, thiserror::Error)]
#[error("hung up")]
struct HungUp;

async fn exchange<P: Provider>(
    shared: Arc<Mutex<Shared<P>>>,
    request: Request<Incoming>,
) -> Result<Response<Full<Bytes>>, HungUp> {
    let (head, body) = request.into_parts();
    let body = body.collect().await.map_err(|_| HungUp)?.to_bytes();
    let then = lock(&shared).take(&Call { head, body });
    match then {
        Then::Answer(reply) => Ok(response(reply)),
        Then::HangUp => Err(HungUp),
        Then::Silence => match pending::<Infallible>().await {},
    }
}

impl<P: Provider> Shared<P> {
    fn take(&mut self, call: &Call) -> Then {
        self.calls += 1;
        match self.faults.pop_front() {
            None => Then::Answer(self.provider.answer(call)),
            Some(Fault::HangUpBefore) => Then::HangUp,
            Some(Fault::SilenceBefore) => Then::Silence,
            Some(Fault::AnswerBefore(reply)) => Then::Answer(reply),
            Some(Fault::HangUpAfter) => {
                self.provider.answer(call);
                Then::HangUp
            }
            Some(Fault::SilenceAfter) => {
                self.provider.answer(call);
                Then::Silence
            }
            Some(Fault::AnswerAfter(reply)) => {
                self.provider.answer(call);
                Then::Answer(reply)
            }
        }
    }
}

fn response(reply: Reply) -> Response<Full<Bytes>> {
    let mut builder = Response::builder().status(reply.status);
    if let Some(seconds) = reply.retry_after {
        builder = builder.header("retry-after", seconds);
    }
    builder
        .body(Full::new(reply.body.into()))
        .expect("a status and a number make a response")
}
