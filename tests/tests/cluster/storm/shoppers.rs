//! Platforms that go on whatever happens: each call is repeated, under the same name, until it is
//! answered; then it is sent once more, and must be answered the same.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use backhaul::call::is_passing;
use backhaul::connect::Deployment;
use backhaul_api::proto::orders::v1::{Order, RecordDeliveryRequest};
use backhaul_api::proto::refunds::v1::{
    ApprovalPolicy, IssueRefundRequest, PublishApprovalPolicyRequest,
};
use futures::future::join_all;
use tokio::runtime::Handle;
use tokio::task::JoinSet;
use tonic::{Code, Response, Status};

use super::canaries::{NOTE, personal};
use super::field::{Field, PATIENCE};
use crate::orders::{self, GROSS, days_ago, eur, paid_by, request_id};

/// Platforms that shop side by side.
const SHOPPERS: u64 = 6;
/// A call that hangs has an unknown outcome.
const CALL_BOUND: Duration = Duration::from_secs(6);
/// Between two tries of a call.
const RETRY: Duration = Duration::from_millis(100);
/// Each platform shops at least so often, also where no fault makes a run long.
const ROUNDS_MIN: u64 = 6;
/// More than half of what one unit costs: two such refunds do not fit.
const RIVAL: i64 = GROSS * 6 / 10;

/// What was asked and answered.
#[derive(Default)]
pub struct Shopped {
    pub commands: u64,
    pub unknown: u64,
    /// Orders and how much of each must be back with the buyer in the end.
    pub refunded: Vec<(Order, i64)>,
    /// Returns that must be closed in the end.
    pub returns: Vec<String>,
    /// Refunds that were answered.
    pub refunds: Vec<String>,
    /// Answers that contradict each other.
    pub violations: Vec<String>,
    acknowledged: u64,
}

impl Shopped {
    pub fn acknowledged(&self) -> u64 {
        self.acknowledged
    }
}

/// Platforms at work.
pub struct Shoppers {
    stop: Arc<AtomicBool>,
    at_work: JoinSet<()>,
    shopped: Arc<Mutex<Shopped>>,
}

impl Shoppers {
    pub async fn start(field: &Field) -> Self {
        let (addresses, token) = field.doors();
        let shopped = Arc::<Mutex<Shopped>>::default();
        let stop = Arc::<AtomicBool>::default();
        let shopper = Shopper {
            doors: reach(&addresses, &token).await,
            turn: Arc::default(),
            shopped: Arc::clone(&shopped),
        };
        shopper.publish().await;
        let stopping = Arc::clone(&stop);
        // On a thread of their own: what they call with borrows what they hold.
        let mut at_work = JoinSet::new();
        at_work.spawn_blocking(move || {
            let shop = async |number: u64| {
                let mut round = 0;
                while round < ROUNDS_MIN || !stopping.load(Ordering::Relaxed) {
                    shopper.shop(&format!("S{number}-{round}"), round).await;
                    round += 1;
                }
            };
            Handle::current().block_on(join_all((0..SHOPPERS).map(shop)));
        });
        Self {
            stop,
            at_work,
            shopped,
        }
    }

    /// Lets everybody end what they began.
    pub async fn finish(mut self) -> Shopped {
        self.stop.store(true, Ordering::Relaxed);
        let ended = tokio::time::timeout(PATIENCE, self.at_work.join_next()).await;
        let in_time = ended.map(|ended| ended.transpose().unwrap()).is_ok();
        let mut shopped = std::mem::take(&mut *self.shopped.lock().unwrap());
        if !in_time {
            let late = format!("calls go unanswered {PATIENCE:?} after the last fault");
            shopped.violations.push(late);
        }
        shopped
    }
}

async fn reach(addresses: &[String], token: &str) -> Arc<Vec<Deployment>> {
    let mut doors = Vec::new();
    for address in addresses {
        doors.push(Deployment::reach(address, token, None).await.unwrap());
    }
    doors.into()
}

#[derive(Clone)]
struct Shopper {
    doors: Arc<Vec<Deployment>>,
    turn: Arc<AtomicU64>,
    shopped: Arc<Mutex<Shopped>>,
}

impl Shopper {
    async fn publish(&self) {
        let policy = PublishApprovalPolicyRequest {
            request_id: request_id(),
            policy: Some(ApprovalPolicy {
                automatic_up_to: vec![eur(1_000_000)],
                ..ApprovalPolicy::default()
            }),
        };
        self.insist(async |to| to.refunds().publish_approval_policy(policy.clone()).await)
            .await
            .unwrap();
        let policy = orders::publish(orders::policy());
        self.insist(async |to| to.returns().publish_policy(policy.clone()).await)
            .await
            .unwrap();
    }

    async fn shop(&self, id: &str, round: u64) {
        match round % 3 {
            0 => self.rival_refunds(id).await,
            1 => {
                let token = format!("sandbox-timeout-after-success-{id}");
                self.send_back(paid_by(&token, order(id, 2))).await;
            }
            _ => {
                let token = format!("sandbox-timeout-before-{id}");
                self.send_back(paid_by(&token, order(id, 1))).await;
            }
        }
    }

    /// Buys and sends everything back.
    async fn send_back(&self, order: Order) {
        let quantity = order.lines[0].quantity;
        let record = orders::record(&order);
        self.insist(async |to| to.orders().record_order(record.clone()).await)
            .await
            .unwrap();
        let delivery = RecordDeliveryRequest {
            request_id: request_id(),
            name: order.name.clone(),
            lines: Vec::new(),
            delivery_time: Some(days_ago(9)),
        };
        self.insist(async |to| to.orders().record_delivery(delivery.clone()).await)
            .await
            .unwrap();
        let mut ask = orders::ask(&order.name, quantity);
        ask.items[0].note = NOTE.to_owned();
        let asked = self
            .insist(async |to| to.returns().request_return(ask.clone()).await)
            .await
            .unwrap();
        let name = asked.r#return.unwrap().name;
        self.note(|shopped| shopped.returns.push(name.clone()));
        let receipt = orders::receive(&name, "", quantity);
        self.insist(async |to| to.returns().record_receipt(receipt.clone()).await)
            .await
            .unwrap();
        let inspection = orders::inspect(&name, quantity);
        self.insist(async |to| to.returns().inspect_units(inspection.clone()).await)
            .await
            .unwrap();
        let back = i64::from(quantity) * GROSS;
        self.note(|shopped| shopped.refunded.push((order, back)));
    }

    /// Two refunds at once, each through a process of its own, of which one fits.
    async fn rival_refunds(&self, id: &str) {
        let order = order(id, 1);
        let record = orders::record(&order);
        self.insist(async |to| to.orders().record_order(record.clone()).await)
            .await
            .unwrap();
        let refund = || IssueRefundRequest {
            request_id: request_id(),
            order: order.name.clone(),
            amount: Some(eur(RIVAL)),
            note: NOTE.to_owned(),
            ..IssueRefundRequest::default()
        };
        let (one, other) = (refund(), refund());
        let issue = |refund: IssueRefundRequest| {
            self.insist(async move |to: &Deployment| {
                to.refunds().issue_refund(refund.clone()).await
            })
        };
        let answers = tokio::join!(issue(one), issue(other));
        let accepted: Vec<_> = [answers.0, answers.1]
            .into_iter()
            .filter_map(Result::ok)
            .map(|answer| answer.refund.unwrap().name)
            .collect();
        self.note(|shopped| {
            if accepted.len() != 1 {
                let name = &order.name;
                let what =
                    format!("of two refunds of {RIVAL} on {name}, {accepted:?} are accepted");
                shopped.violations.push(what);
            }
            shopped.refunds.extend(accepted);
            shopped.refunded.push((order, RIVAL));
        });
    }

    /// Repeats a call until it is answered, then once more: the answer is the same.
    async fn insist<T: PartialEq + std::fmt::Debug>(
        &self,
        call: impl AsyncFn(&Deployment) -> Result<Response<T>, Status>,
    ) -> Result<T, Status> {
        self.note(|shopped| shopped.commands += 1);
        let first = self.until_answered(&call).await?;
        self.note(|shopped| shopped.acknowledged += 1);
        let again = self.until_answered(&call).await;
        if again.as_ref().ok() != Some(&first) {
            let what = format!("the same command was answered {first:?} and then {again:?}");
            self.note(|shopped| shopped.violations.push(what));
        }
        Ok(first)
    }

    async fn until_answered<T>(
        &self,
        call: &impl AsyncFn(&Deployment) -> Result<Response<T>, Status>,
    ) -> Result<T, Status> {
        let end = Instant::now() + 2 * PATIENCE;
        loop {
            let turn = self.turn.fetch_add(1, Ordering::Relaxed) as usize;
            let door = &self.doors[turn % self.doors.len()];
            let why = match tokio::time::timeout(CALL_BOUND, call(door)).await {
                Ok(Ok(answer)) => return Ok(answer.into_inner()),
                Ok(Err(status)) if is_a_no(&status) => return Err(status),
                Ok(Err(status)) => status.to_string(),
                Err(_) => "no answer in time".to_owned(),
            };
            assert!(Instant::now() < end, "a call is never answered: {why}");
            self.note(|shopped| shopped.unknown += 1);
            tokio::time::sleep(RETRY).await;
        }
    }

    fn note(&self, note: impl FnOnce(&mut Shopped)) {
        note(&mut self.shopped.lock().unwrap());
    }
}

fn order(id: &str, quantity: u32) -> Order {
    personal(id, orders::order(id, quantity))
}

/// Whether the answer says no for good. Anything else may be asked again.
fn is_a_no(status: &Status) -> bool {
    let no = matches!(
        status.code(),
        Code::InvalidArgument
            | Code::NotFound
            | Code::AlreadyExists
            | Code::FailedPrecondition
            | Code::PermissionDenied
            | Code::Unauthenticated
            | Code::OutOfRange
            | Code::Unimplemented
            | Code::Internal
            | Code::DataLoss
    );
    no && !is_passing(status)
}
