//! One call, repeated while the deployment is busy or away. Every command carries a request id, so
//! repeating it does it once.

use std::error::Error as _;
use std::future::Future;
use std::time::Duration;

use tonic::{Code, Response, Status, transport};

/// How long one try may take.
const TRY_TIMEOUT: Duration = Duration::from_secs(30);
/// The waits between tries, in milliseconds: twelve tries in about half a minute.
const WAITS_MS: [u64; 11] = [
    20, 40, 80, 160, 320, 640, 1_280, 2_560, 5_000, 10_000, 10_000,
];

/// Sends the request until it is answered for good.
pub async fn call<Q, A, F>(request: Q, send: impl Fn(Q) -> F) -> Result<A, Status>
where
    Q: Clone,
    F: Future<Output = Result<Response<A>, Status>>,
{
    for wait in WAITS_MS {
        match attempt(send(request.clone())).await {
            Err(status) if is_passing(&status) => {
                tokio::time::sleep(Duration::from_millis(wait)).await;
            }
            answer => return answer,
        }
    }
    attempt(send(request)).await
}

/// `send!(client, method, request)`: calls the method of a generated client, repeatedly if need be.
macro_rules! send {
    ($client:ident, $method:ident, $request:expr) => {
        $crate::call::call($request, |request| {
            let mut client = $client.clone();
            async move { client.$method(request).await }
        })
    };
}
pub(crate) use send;

async fn attempt<A>(
    answer: impl Future<Output = Result<Response<A>, Status>>,
) -> Result<A, Status> {
    let late = |_| Status::deadline_exceeded("the deployment did not answer in time");
    tokio::time::timeout(TRY_TIMEOUT, answer)
        .await
        .map_err(late)?
        .map(Response::into_inner)
}

/// Whether the same request can succeed a moment later.
pub fn is_passing(status: &Status) -> bool {
    matches!(
        status.code(),
        Code::Unavailable | Code::ResourceExhausted | Code::Aborted | Code::DeadlineExceeded
    ) || is_broken_connection(status)
}

/// Whether nobody answered: the connection broke, whatever code stands for that.
fn is_broken_connection(status: &Status) -> bool {
    let mut source = status.source();
    while let Some(error) = source {
        if error.is::<transport::Error>() {
            return true;
        }
        source = error.source();
    }
    false
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    /// How many tries it takes when the first answers are these codes.
    async fn tries(codes: &[Code]) -> (usize, Result<(), Code>) {
        let tried = Cell::new(0);
        let answer = call((), |()| {
            let code = codes.get(tried.get()).copied();
            tried.set(tried.get() + 1);
            async move { code.map_or(Ok(Response::new(())), |code| Err(Status::new(code, ""))) }
        });
        let answer = answer.await.map_err(|status| status.code());
        (tried.get(), answer)
    }

    #[tokio::test(start_paused = true)]
    async fn only_passing_failures_are_tried_again_and_not_for_ever() {
        use Code::{Aborted, InvalidArgument, Unavailable};
        assert_eq!(tries(&[]).await, (1, Ok(())));
        assert_eq!(tries(&[Unavailable, Aborted]).await, (3, Ok(())));
        assert_eq!(
            tries(&[Unavailable, InvalidArgument]).await,
            (2, Err(InvalidArgument))
        );
        let never = tries(&[Unavailable; 20]).await;
        assert_eq!(never, (WAITS_MS.len() + 1, Err(Unavailable)));
    }
}
