//! Calls to a provider over HTTPS: bounded in time and size, and never twice by itself.
//!
//! hyper may send a call again when the pooled connection was closed before it wrote anything;
//! what was written at all is never written again.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use bytes::Bytes;
use http::header::{HeaderMap, RETRY_AFTER};
use http::{Method, Request, StatusCode};
use http_body_util::{BodyExt as _, Full, Limited};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client as Pool;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use url::Url;

/// How long a connection may take to be made.
const CONNECT_MAX: Duration = Duration::from_secs(10);
/// How long a call may take when nothing else is said.
const CALL_MAX: Duration = Duration::from_secs(30);
/// Idle connections are closed before providers close them.
const IDLE_MAX: Duration = Duration::from_secs(50);
/// A page of a hundred refunds is some 200 KiB.
const ANSWER_BYTES_MAX: usize = 4 * 1024 * 1024;
/// A provider that wants to be left alone for longer is asked again nevertheless.
const PAUSE_MAX: Duration = Duration::from_secs(3_600);

/// Where a provider answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoint {
    url: Url,
    call_max: Duration,
}

/// A provider cannot be called there.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EndpointError {
    /// The text is no URL that paths can be appended to.
    #[error("`{0}` is no address such as https://api.example.com")]
    NoUrl(String),
    /// The key would travel in clear.
    #[error("`{0}` is neither https nor on this machine")]
    InClear(String),
}

impl Endpoint {
    /// An address: `https`, or `http` on this machine, where something in front encrypts or a test
    /// listens.
    pub fn new(text: &str) -> Result<Self, EndpointError> {
        let no_url = || EndpointError::NoUrl(text.to_owned());
        let url = Url::parse(text).map_err(|_| no_url())?;
        let local = match url.host() {
            Some(url::Host::Domain(name)) => name == "localhost",
            Some(url::Host::Ipv4(address)) => address.is_loopback(),
            Some(url::Host::Ipv6(address)) => address.is_loopback(),
            None => return Err(no_url()),
        };
        match url.scheme() {
            "https" => {}
            "http" if local => {}
            "http" => return Err(EndpointError::InClear(text.to_owned())),
            _ => return Err(no_url()),
        }
        Ok(Self {
            url,
            call_max: CALL_MAX,
        })
    }

    /// The same with another bound for a call.
    #[must_use]
    pub fn call_max(mut self, call_max: Duration) -> Self {
        self.call_max = call_max;
        self
    }

    /// The address of a resource; each segment is one, whatever it holds.
    pub(crate) fn resource(&self, segments: &[&str]) -> Url {
        let mut url = self.url.clone();
        if let Ok(mut path) = url.path_segments_mut() {
            path.pop_if_empty().extend(segments);
        }
        url
    }
}

/// What the provider answered, whatever it means.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) body: Bytes,
}

/// There is no answer: whether the provider acted is not known, unless it was not called at all.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum NoAnswer {
    #[error("no answer within {0:?}")]
    TimedOut(Duration),
    #[error("the connection failed: {0}")]
    Connection(String),
    #[error("the answer cannot be read: {0}")]
    Broken(String),
    #[error("the provider asked to be left alone for another {0:?}")]
    Paused(Duration),
    #[error("the call cannot be written: {0}")]
    Unwritable(String),
}

/// Calls one provider.
pub(crate) struct Client {
    pool: Pool<HttpsConnector<HttpConnector>, Full<Bytes>>,
    call_max: Duration,
    pause: Mutex<Option<Instant>>,
}

impl Client {
    pub(crate) fn new(endpoint: &Endpoint) -> Self {
        let mut tcp = HttpConnector::new();
        tcp.enforce_http(false);
        tcp.set_nodelay(true);
        tcp.set_connect_timeout(Some(CONNECT_MAX));
        let connector = HttpsConnectorBuilder::new()
            .with_provider_and_webpki_roots(rustls::crypto::ring::default_provider())
            .expect("ring offers the cipher suites of TLS 1.2 and 1.3")
            .https_or_http()
            .enable_http1()
            .wrap_connector(tcp);
        let pool = Pool::builder(TokioExecutor::new())
            .pool_idle_timeout(IDLE_MAX)
            .pool_timer(TokioTimer::new())
            .build(connector);
        Self {
            pool,
            call_max: endpoint.call_max,
            pause: Mutex::new(None),
        }
    }

    /// One call, unless the provider asked to be left alone.
    pub(crate) async fn call(
        &self,
        method: Method,
        url: &Url,
        headers: HeaderMap,
        body: impl Into<Bytes>,
    ) -> Result<Answer, NoAnswer> {
        if let Some(left) = self.paused(Instant::now()) {
            return Err(NoAnswer::Paused(left));
        }
        let mut request = Request::new(Full::new(body.into()));
        *request.method_mut() = method;
        *request.headers_mut() = headers;
        *request.uri_mut() = url
            .as_str()
            .parse()
            .map_err(|error: http::uri::InvalidUri| NoAnswer::Unwritable(error.to_string()))?;
        tokio::time::timeout(self.call_max, self.exchange(request))
            .await
            .unwrap_or(Err(NoAnswer::TimedOut(self.call_max)))
    }

    async fn exchange(&self, request: Request<Full<Bytes>>) -> Result<Answer, NoAnswer> {
        let response = self.pool.request(request).await;
        let response = response.map_err(|error| NoAnswer::Connection(causes(&error)))?;
        let status = response.status();
        if status == StatusCode::TOO_MANY_REQUESTS {
            self.pause_for(response.headers());
        }
        let body = Limited::new(response.into_body(), ANSWER_BYTES_MAX);
        let body = body.collect().await;
        let body = body.map_err(|error| NoAnswer::Broken(error.to_string()))?;
        Ok(Answer {
            status,
            body: body.to_bytes(),
        })
    }

    fn pause_for(&self, headers: &HeaderMap) {
        let Some(pause) = retry_after(headers) else {
            return;
        };
        let until = Instant::now() + pause;
        *self.pause.lock().unwrap_or_else(PoisonError::into_inner) = Some(until);
    }

    /// How long the provider still wants to be left alone.
    fn paused(&self, now: Instant) -> Option<Duration> {
        let until = *self.pause.lock().unwrap_or_else(PoisonError::into_inner);
        until?
            .checked_duration_since(now)
            .filter(|left| !left.is_zero())
    }
}

/// `Retry-After` in seconds; providers of ours do not send its other form, a date.
fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let seconds = headers
        .get(RETRY_AFTER)?
        .to_str()
        .ok()?
        .trim()
        .parse()
        .ok()?;
    Some(Duration::from_secs(seconds).min(PAUSE_MAX))
}

/// The error and what led to it: hyper says only "client error" itself.
fn causes(error: &dyn std::error::Error) -> String {
    let mut words = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        words.push_str(": ");
        words.push_str(&error.to_string());
        cause = error.source();
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_travel_encrypted_or_stay_on_this_machine() {
        for (text, right) in [
            ("https://api.stripe.com", true),
            ("http://127.0.0.1:12111", true),
            ("http://[::1]:12111", true),
            ("http://localhost:12111", true),
            ("http://api.stripe.com", false),
            ("http://localhost.example.com", false),
            ("ftp://localhost", false),
            ("api.stripe.com", false),
            ("mailto:a@b", false),
        ] {
            assert_eq!(Endpoint::new(text).is_ok(), right, "{text}");
        }
    }

    #[test]
    fn a_segment_stays_one_segment() {
        for (base, expected) in [
            ("https://a.test", "https://a.test/v1/refunds/re_%2F..%3Fx"),
            (
                "https://a.test/b/",
                "https://a.test/b/v1/refunds/re_%2F..%3Fx",
            ),
        ] {
            let url = Endpoint::new(base)
                .unwrap()
                .resource(&["v1", "refunds", "re_/..?x"]);
            assert_eq!(url.as_str(), expected);
        }
    }

    #[test]
    fn a_pause_is_as_long_as_the_provider_says() {
        let client = Client::new(&Endpoint::new("https://a.test").unwrap());
        assert_eq!(client.paused(Instant::now()), None);
        for (header, at_least, at_most) in [("30", 29, 30), ("999999999", 3_599, 3_600)] {
            let headers = HeaderMap::from_iter([(RETRY_AFTER, header.parse().unwrap())]);
            client.pause_for(&headers);
            let left = client.paused(Instant::now()).unwrap().as_secs();
            assert!((at_least..=at_most).contains(&left), "{header}: {left}");
            let over = Instant::now() + Duration::from_secs(at_most);
            assert_eq!(client.paused(over), None);
        }
        for header in ["", "soon", "-1", "Wed, 21 Oct 2026 07:28:00 GMT"] {
            let headers = HeaderMap::from_iter([(RETRY_AFTER, header.parse().unwrap())]);
            assert_eq!(retry_after(&headers), None, "{header}");
        }
    }
}
