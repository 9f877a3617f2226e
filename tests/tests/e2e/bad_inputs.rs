//! Forty bad inputs, each with the answer that it must get: the code, the reason, where in the
//! request it is wrong, and nothing appended to the log.
//!
//! Rows are named B01 to B40. Four of them ask for what these APIs do not have:
//!
//! - B20, a photo that is none: requests carry no photos.
//! - B22, a stale version: requests name no version; commands are decided on what stands, and an
//!   approval names what it approves by a digest (B32).
//! - B33, a payment without a provider: a deployment always has one.
//! - B34, an unsigned webhook: carriers report by `RecordCheckpoint`, with a token (B37).

mod orders;
mod others;
mod raw;
mod refunds;
mod returns;
mod transport;

use std::future::Future;
use std::pin::Pin;

use backhaul::connect::Deployment;
use backhaul_api::proto::returns::v1::CancelReturnRequest;
use backhaul_api::proto::returns::v1::r#return::State;
use backhaul_host::identity::Grant;
use backhaul_kernel::Tier;
use tonic::{Code, Response, Status};
use tonic_types::StatusExt as _;

use crate::orders::{ask, order, request_id};
use crate::shop::{Shop, long_ago};

/// One bad input.
struct Row {
    name: &'static str,
    call: Call,
    answer: Answer,
}

type Call = Pin<Box<dyn Future<Output = Result<(), Status>> + Send>>;

/// What must be answered.
#[derive(Debug, Clone, Copy)]
enum Answer {
    /// A no with a reason, after which the log is as it was.
    No(Code, &'static str, Where),
    /// A no of the transport, which gives no reason.
    Bare(Code),
    /// A yes that changes nothing.
    Unchanged,
    /// A yes.
    Yes,
}

/// Where the details say that it is wrong.
#[derive(Debug, Clone, Copy)]
enum Where {
    /// In this field of the request.
    Field(&'static str),
    /// In the state of this resource.
    State(&'static str),
    /// There, or not there.
    Resource(&'static str),
    /// Nowhere in particular.
    Nowhere,
}

/// What the rows are about: orders in several states, and a second merchant.
struct World {
    shop: Shop,
    /// Of another merchant.
    other: Deployment,
    /// Whoever approves what the administrator proposed.
    expert: Deployment,
}

/// An order of two units, delivered, with a return of both that is authorised.
const OPEN: &str = "open";
/// An order whose window is closed, with a return that was declined.
const LATE: &str = "late";
/// An order with a return that was cancelled.
const CANCELLED: &str = "cancelled";
/// An order whose return ended with a refund.
const DONE: &str = "done";
/// An order of two units, delivered, with nothing else.
const SOLD: &str = "sold";

impl World {
    async fn new() -> Self {
        let shop = Shop::start().await;
        shop.sell(&order(SOLD, 2)).await;
        shop.sell(&order(OPEN, 2)).await;
        shop.ask(ask("orders/open", 2)).await;
        shop.labelled_parcel("returns/open-R1").await;
        shop.sell(&long_ago(order(LATE, 2))).await;
        shop.ask(ask("orders/late", 1)).await;
        shop.sell(&order(CANCELLED, 2)).await;
        let cancelled = shop.ask(ask("orders/cancelled", 1)).await;
        let request = CancelReturnRequest {
            request_id: request_id(),
            name: cancelled.name,
            note: String::new(),
        };
        shop.admin().returns().cancel_return(request).await.unwrap();
        let done = shop.sell_and_take_back(&order(DONE, 2)).await;
        shop.return_in(&done.name, State::Closed).await;
        let other = Grant {
            tenant: "other".parse().unwrap(),
            account: "visitor".to_owned(),
            tier: Tier::Admin,
            expires_at: None,
        };
        Self {
            other: shop.caller_of(other).await,
            expert: shop.caller("eve", Tier::Expert).await,
            shop,
        }
    }

    fn me(&self) -> &Deployment {
        self.shop.admin()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_bad_input_gets_its_answer_and_leaves_nothing_behind() {
    let world = Box::pin(World::new()).await;
    world.shop.quiet().await;
    let rows = [
        orders::rows(&world).await,
        returns::rows(&world),
        refunds::rows(&world).await,
        others::rows(&world).await,
        transport::rows(&world).await,
    ];
    let mut failures = Vec::new();
    for row in rows.into_iter().flatten() {
        world.shop.quiet().await;
        let before = world.shop.heads().await;
        let answer = row.call.await;
        if let Err(problem) = check(row.answer, answer) {
            failures.push(format!("{}: {problem}", row.name));
        }
        let may_append = matches!(row.answer, Answer::Yes);
        if !may_append && world.shop.heads().await != before {
            failures.push(format!("{}: something was appended", row.name));
        }
    }
    assert!(failures.is_empty(), "{failures:#?}");
    world.shop.quiet().await;
    world.shop.check().await;
}

fn check(expected: Answer, answer: Result<(), Status>) -> Result<(), String> {
    let status = match (expected, answer) {
        (Answer::Yes | Answer::Unchanged, Ok(())) => return Ok(()),
        (Answer::Yes | Answer::Unchanged, Err(status)) => return Err(format!("refused: {status}")),
        (_, Ok(())) => return Err("answered as if it were right".to_owned()),
        (_, Err(status)) => status,
    };
    let (code, reason, place) = match expected {
        Answer::No(code, reason, place) => (code, reason, place),
        Answer::Bare(code) if status.code() == code => return Ok(()),
        Answer::Bare(_) | Answer::Yes | Answer::Unchanged => return Err(format!("{status}")),
    };
    if status.code() != code || reason_of(&status) != reason {
        let (code, said) = (status.code(), reason_of(&status));
        return Err(format!("{code:?} {said}: {}", status.message()));
    }
    let details = status.get_error_details();
    let is_there = match place {
        Where::Field(path) => details
            .bad_request()
            .is_some_and(|bad| bad.field_violations.iter().any(|each| each.field == path)),
        Where::State(subject) => details.precondition_failure().is_some_and(|failure| {
            let violations = &failure.violations;
            violations
                .iter()
                .any(|each| each.subject == subject && each.r#type == reason)
        }),
        Where::Resource(name) => details
            .resource_info()
            .is_some_and(|info| info.resource_name == name),
        Where::Nowhere => true,
    };
    match is_there {
        true => Ok(()),
        false => Err(format!("not {place:?}: {details:#?}")),
    }
}

/// The stable reason of a status.
pub fn reason_of(status: &Status) -> String {
    let info = status.get_details_error_info();
    info.map(|info| info.reason).unwrap_or_default()
}

fn row<T: 'static>(
    name: &'static str,
    call: impl Future<Output = Result<Response<T>, Status>> + Send + 'static,
    answer: Answer,
) -> Row {
    Row {
        name,
        call: Box::pin(async move { call.await.map(drop) }),
        answer,
    }
}

/// `call!(client, method, request)`: the call, for when its turn comes.
macro_rules! call {
    ($client:expr, $method:ident, $request:expr) => {{
        let (mut client, request) = ($client, $request);
        async move { client.$method(request).await }
    }};
}
use call;

/// Wrong whatever the state: at that field.
const fn invalid(path: &'static str) -> Answer {
    Answer::No(Code::InvalidArgument, "INVALID_REQUEST", Where::Field(path))
}
