//! What must hold after everything was mended, whatever happened before.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use backhaul::checking;
use backhaul::connect::Deployment;
use backhaul::standings;
use backhaul_api::proto::operations::v1::GetStatusRequest;
use backhaul_api::proto::orders::v1::{GetOrderRequest, Order};
use backhaul_api::proto::refunds::v1::GetRefundRequest;
use backhaul_api::proto::returns::v1::GetReturnRequest;
use backhaul_api::proto::returns::v1::r#return::State;
use backhaul_gateways::payment::PaymentSandbox;

use super::canaries;
use super::field::{Field, LOOK_EVERY, PATIENCE, PROCESSES};
use super::mails::{self, Mails};
use super::shoppers::Shopped;

/// So many looks in a row at nothing left to do: between two of them word of new events arrives.
const QUIET_LOOKS: u32 = 3;

/// What was found wrong; nothing, if all is well.
pub struct Verdict {
    pub violations: Vec<String>,
    pub mails: Mails,
}

impl Verdict {
    pub async fn of(field: &Field, shopped: &Shopped) -> Self {
        let mut verdict = Self {
            violations: shopped.violations.clone(),
            mails: Mails::default(),
        };
        let door = field.reach(0).await;
        verdict
            .everything_ends(&door, shopped, field.patience())
            .await;
        for number in 0..PROCESSES {
            let door = field.reach(number).await;
            verdict.views_catch_up(&door, number).await;
            let checked = checking::check(&door).await.unwrap();
            verdict.violations.extend(checked.findings);
        }
        verdict.nothing_is_lost(&door, shopped).await;
        verdict.money_is_back_once(field, shopped);
        verdict.nobody_has_work_left(field).await;
        verdict.mails = mails::judge(field).await;
        let mails = std::mem::take(&mut verdict.mails.violations);
        verdict.violations.extend(mails);
        verdict.violations.extend(canaries::leaks(field).await);
        verdict
    }

    /// Whatever follows from what was recorded is done. Mail leaves one message after the other, so
    /// patience begins anew with each thing that is done.
    async fn nobody_has_work_left(&mut self, field: &Field) {
        let (addresses, token) = field.doors();
        let all = Deployment::reach_all(&addresses, &token).await.unwrap();
        let (mut end, mut looks) = (Instant::now() + field.patience(), 0);
        let mut done = 0;
        while looks < QUIET_LOOKS {
            let said = standings::ask(&all).await.unwrap();
            let whole = standings::merge(said.into_iter().map(|each| each.status));
            let behind: Vec<_> = whole
                .consumers
                .iter()
                .filter(|each| each.positions.iter().any(|at| at.position < at.head))
                .map(|each| each.name.as_str())
                .collect();
            looks = if behind.is_empty() { looks + 1 } else { 0 };
            let positions = whole.consumers.iter().flat_map(|each| &each.positions);
            let further: i64 = positions.map(|at| at.position).sum();
            if further > done {
                (done, end) = (further, Instant::now() + field.patience());
            }
            if Instant::now() > end {
                let what = format!("{behind:?} never come to their end");
                return self.violations.push(what);
            }
            tokio::time::sleep(LOOK_EVERY).await;
        }
    }

    /// Every return that was begun is closed.
    async fn everything_ends(&mut self, door: &Deployment, shopped: &Shopped, patience: Duration) {
        let end = Instant::now() + patience;
        for name in &shopped.returns {
            let state = loop {
                let request = GetReturnRequest { name: name.clone() };
                let state = match door.returns().get_return(request).await {
                    Ok(answer) => answer.into_inner().r#return.unwrap().state().as_str_name(),
                    Err(_) => "unknown",
                };
                if state == State::Closed.as_str_name() || Instant::now() > end {
                    break state;
                }
                tokio::time::sleep(LOOK_EVERY).await;
            };
            if state != State::Closed.as_str_name() {
                self.violations.push(format!("{name} stays {state}"));
            }
        }
    }

    /// No view stays behind.
    async fn views_catch_up(&mut self, door: &Deployment, number: usize) {
        let end = Instant::now() + PATIENCE;
        loop {
            let status = door.operations().get_status(GetStatusRequest {}).await;
            if status.is_ok_and(|status| status.into_inner().ready) {
                return;
            }
            if Instant::now() > end {
                let what = format!("process {number} does not become ready");
                return self.violations.push(what);
            }
            tokio::time::sleep(LOOK_EVERY).await;
        }
    }

    /// What was acknowledged is there.
    async fn nothing_is_lost(&mut self, door: &Deployment, shopped: &Shopped) {
        for (order, _) in &shopped.refunded {
            let name = order.name.clone();
            let request = GetOrderRequest { name };
            if door.orders().get_order(request).await.is_err() {
                self.violations.push(format!("{} is lost", order.name));
            }
        }
        for name in &shopped.refunds {
            let request = GetRefundRequest { name: name.clone() };
            if door.refunds().get_refund(request).await.is_err() {
                self.violations.push(format!("{name} is lost"));
            }
        }
    }

    /// The provider paid back what is due on every payment, and once.
    fn money_is_back_once(&mut self, field: &Field, shopped: &Shopped) {
        let ledger = PaymentSandbox::read_ledger(field.shared().join("provider")).unwrap();
        let mut keys = BTreeSet::new();
        let mut paid: BTreeMap<String, i64> = BTreeMap::new();
        for entry in ledger {
            if !keys.insert(entry.key.clone()) {
                self.violations.push(format!("{} is paid twice", entry.key));
            }
            *paid.entry(entry.provider_payment).or_default() += entry.amount.minor;
        }
        for (order, due) in &shopped.refunded {
            let paid = paid.remove(token(order)).unwrap_or_default();
            if paid != *due {
                let what = format!("{} has {paid} back of {due}", order.name);
                self.violations.push(what);
            }
        }
        for (payment, amount) in paid {
            let what = format!("{amount} went back to {payment}, which nobody asked for");
            self.violations.push(what);
        }
    }
}

fn token(order: &Order) -> &str {
    &order.payments[0].provider_payment
}
