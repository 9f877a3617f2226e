//! Each call on its way in: known caller, within load, within time, and never a panic's words.

use std::collections::HashMap;
use std::panic::AssertUnwindSafe;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;
use backhaul_engine::Clock;
use backhaul_kernel::Tenant;
use futures::FutureExt;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tonic::Status;
use tracing::Instrument;

use super::connections::Asked;
use super::{Limits, mend::mend};
use crate::calls::Caller;
use crate::identity::Tokens;
use crate::{status, telemetry};

/// Health is open to everybody: a load balancer has no token.
const OPEN_SERVICE: &str = "/grpc.health.v1.Health/";
/// The deadline that a caller sets.
const TIMEOUT_HEADER: &str = "grpc-timeout";
/// We answer this much earlier than a caller's deadline, or a tenth of it, so that our answer
/// comes before the library cuts the call off with another code.
const ANSWER_EARLY: Duration = Duration::from_millis(50);

/// What every call goes through.
pub(crate) struct Edge {
    limits: Limits,
    tokens: Arc<Tokens>,
    clock: Arc<dyn Clock>,
    calls: Arc<Semaphore>,
    calls_by_tenant: Mutex<HashMap<Tenant, Arc<Semaphore>>>,
}

impl Edge {
    pub(crate) fn new(limits: Limits, tokens: Arc<Tokens>, clock: Arc<dyn Clock>) -> Self {
        Self {
            calls: Arc::new(Semaphore::new(limits.calls)),
            calls_by_tenant: Mutex::default(),
            limits,
            tokens,
            clock,
        }
    }

    async fn answer(&self, mut request: Request, next: Next) -> Result<Response, Status> {
        let permits = match request.uri().path().starts_with(OPEN_SERVICE) {
            true => None,
            false => Some(self.let_in(&mut request)?),
        };
        let within = time_for(&request, self.limits.answer_within);
        let work = AssertUnwindSafe(next.run(request)).catch_unwind();
        let answer = tokio::time::timeout(within, work).await;
        drop(permits);
        match answer {
            Err(_) => Err(status::too_late()),
            Ok(Err(_)) => Err(status::internal()),
            Ok(Ok(response)) => Ok(mend(response)),
        }
    }

    /// Makes room for the call and says who calls. Health needs neither: an answer that the
    /// process is busy would take it out of service.
    fn let_in(&self, request: &mut Request) -> Result<[OwnedSemaphorePermit; 2], Status> {
        let call = self.calls.clone().try_acquire_owned();
        let call = call.map_err(|_| status::overloaded("CALLS"))?;
        let caller = self.identify(request)?;
        let of_tenant = self.permit(&caller.tenant)?;
        request.extensions_mut().insert(caller);
        Ok([call, of_tenant])
    }

    fn identify(&self, request: &Request) -> Result<Caller, Status> {
        let token = request
            .headers()
            .get(http::header::AUTHORIZATION)
            .and_then(|value| value.to_str().ok()?.strip_prefix("Bearer "));
        let caller = self
            .tokens
            .verify(token.unwrap_or_default(), self.clock.now());
        caller.ok_or_else(status::unauthenticated)
    }

    fn permit(&self, tenant: &Tenant) -> Result<OwnedSemaphorePermit, Status> {
        let most = self.limits.calls_per_tenant;
        let mut by_tenant = self
            .calls_by_tenant
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let calls = by_tenant
            .entry(tenant.clone())
            .or_insert_with(|| Arc::new(Semaphore::new(most)));
        let permit = calls.clone().try_acquire_owned();
        permit.map_err(|_| status::overloaded("CALLS_OF_TENANT"))
    }
}

/// The caller's deadline, a little early, but never more than ours.
fn time_for(request: &Request, most: Duration) -> Duration {
    let header = request.headers().get(TIMEOUT_HEADER);
    match header.and_then(|value| timeout(value.to_str().ok()?)) {
        Some(asked) => {
            let early = asked.saturating_sub(ANSWER_EARLY.min(asked / 10));
            early.min(most)
        }
        None => most,
    }
}

/// Takes one call through the edge, in its own span.
pub(crate) async fn guard(State(edge): State<Arc<Edge>>, request: Request, next: Next) -> Response {
    if let Some(asked) = request.extensions().get::<Asked>() {
        asked.note();
    }
    let span = telemetry::span_of_call(request.uri().path(), request.headers());
    async {
        let answer = edge.answer(request, next).await;
        let response = answer.unwrap_or_else(Status::into_http);
        telemetry::note_answer(&response);
        response
    }
    .instrument(span)
    .await
}

/// A deadline as gRPC writes it: up to eight digits and a unit.
fn timeout(text: &str) -> Option<Duration> {
    let (digits, unit) = text.split_at_checked(text.len().checked_sub(1)?)?;
    if !(1..=8).contains(&digits.len()) || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let number: u64 = digits.parse().ok()?;
    match unit {
        "H" => Some(Duration::from_secs(number * 60 * 60)),
        "M" => Some(Duration::from_secs(number * 60)),
        "S" => Some(Duration::from_secs(number)),
        "m" => Some(Duration::from_millis(number)),
        "u" => Some(Duration::from_micros(number)),
        "n" => Some(Duration::from_nanos(number)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn deadlines_are_read_as_grpc_writes_them() {
        for (text, expected) in [
            ("200m", Some(Duration::from_millis(200))),
            ("1S", Some(Duration::from_secs(1))),
            ("99999999H", Some(Duration::from_secs(99_999_999 * 3_600))),
            ("5u", Some(Duration::from_micros(5))),
            ("5n", Some(Duration::from_nanos(5))),
            ("2M", Some(Duration::from_secs(120))),
            ("123456789m", None),
            ("m", None),
            ("", None),
            ("-1m", None),
            ("1x", None),
            ("1é", None),
        ] {
            assert_eq!(timeout(text), expected, "{text}");
        }
    }

    #[test]
    fn callers_may_ask_for_less_time_but_not_for_more() {
        let most = Duration::from_secs(10);
        for (header, millis) in [
            (None, 10_000),
            (Some("100m"), 90),
            (Some("2S"), 1_950),
            (Some("1H"), 10_000),
            (Some("soon"), 10_000),
        ] {
            let mut request = Request::new(axum::body::Body::empty());
            if let Some(header) = header {
                let value = http::HeaderValue::from_static(header);
                request.headers_mut().insert(TIMEOUT_HEADER, value);
            }
            assert_eq!(time_for(&request, most), Duration::from_millis(millis));
        }
    }
}
