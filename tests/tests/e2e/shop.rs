//! A deployment and its callers.

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use backhaul::connect::Deployment;
use backhaul::process::Process;
use backhaul::services::Service;
use backhaul_api::proto::notifications::v1::{ListNotificationsRequest, Notification};
use backhaul_api::proto::operations::v1::{
    CheckLogRequest, Event, GetStatusRequest, GetStatusResponse, GetTimelineRequest,
};
use backhaul_api::proto::orders::v1::{Order, RecordDeliveryRequest};
use backhaul_api::proto::refunds::v1::{
    ApprovalPolicy, GetRefundRequest, ListRefundsRequest, PublishApprovalPolicyRequest, Refund,
    refund,
};
use backhaul_api::proto::returns::v1::{
    GetReturnRequest, Policy, RequestReturnRequest, Return, r#return,
};
use backhaul_api::proto::tracking::v1::{ListParcelsRequest, Parcel, parcel};
use backhaul_engine::{Clock, SystemClock};
use backhaul_gateways::payment::PaymentSandbox;
use backhaul_gateways::payment::sandbox::LedgerEntry;
use backhaul_host::Config;
use backhaul_host::identity::{Grant, create_token};
use backhaul_kernel::Tier;
use tempfile::TempDir;

use crate::orders::{self, days_ago, eur, request_id};

/// How long anything may take to come about: far longer than it does.
const PATIENCE: Duration = Duration::from_secs(60);
/// How often to look.
const LOOK_EVERY: Duration = Duration::from_millis(10);
/// How many looks in a row must find nothing to do.
const QUIET_LOOKS: u32 = 3;
/// Up to this many cents no person approves a refund.
pub const AUTOMATIC_UP_TO: i64 = 10_000;

/// A deployment on a folder of its own.
pub struct Shop {
    config: Config,
    clock: Arc<dyn Clock>,
    process: Option<Process>,
    callers: Option<Deployment>,
    _folder: TempDir,
}

impl Shop {
    /// A new one, with policies.
    pub async fn start() -> Self {
        Self::start_with(|_| ()).await
    }

    /// A new one, with policies, served in another way.
    pub async fn start_with(change: impl FnOnce(&mut Config)) -> Self {
        let shop = Self::bare(Arc::new(SystemClock), change).await;
        shop.publish(orders::policy()).await;
        shop
    }

    /// A new one, with policies, in which it is as late as the clock says.
    pub async fn start_by(clock: Arc<dyn Clock>) -> Self {
        let shop = Self::bare(clock, |_| ()).await;
        shop.publish(orders::policy()).await;
        shop
    }

    /// A new one, with policies, that sends mail to a server.
    pub async fn start_with_mail_to(server: &str) -> Self {
        Self::start_with(|config| config.smtp = Some(server.to_owned())).await
    }

    async fn bare(clock: Arc<dyn Clock>, change: impl FnOnce(&mut Config)) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut config = Config {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            probes: None,
            ..Config::in_folder(folder.path().join("data"))
        };
        change(&mut config);
        let mut shop = Self {
            config,
            clock,
            process: None,
            callers: None,
            _folder: folder,
        };
        shop.open().await;
        let request = PublishApprovalPolicyRequest {
            request_id: request_id(),
            policy: Some(ApprovalPolicy {
                automatic_up_to: vec![eur(AUTOMATIC_UP_TO)],
                ..ApprovalPolicy::default()
            }),
        };
        let mut refunds = shop.admin().refunds();
        refunds.publish_approval_policy(request).await.unwrap();
        shop
    }

    /// Starts the process on the folder.
    pub async fn open(&mut self) {
        let clock = Arc::clone(&self.clock);
        let process = Process::start_by(&self.config, &Service::ALL, clock).await;
        let process = process.unwrap();
        let token = std::fs::read_to_string(&process.token_file).unwrap();
        self.callers = Some(reach(&process, token.trim()).await);
        self.process = Some(process);
    }

    /// Stops the process. The folder stays.
    pub async fn close(&mut self) {
        drop(self.callers.take());
        let process = self.process.take().expect("it runs");
        process.stop().await.unwrap();
    }

    /// Stops the process and starts another on the same folder.
    pub async fn restart(&mut self) {
        self.close().await;
        self.open().await;
    }

    /// The data folder.
    pub fn data(&self) -> PathBuf {
        self.config.data.clone()
    }

    /// Where webhooks are answered.
    pub fn webhooks(&self) -> SocketAddr {
        let process = self.process.as_ref().expect("it runs");
        process.webhooks.expect("webhooks are answered")
    }

    /// Where calls are answered.
    pub fn address(&self) -> SocketAddr {
        self.process.as_ref().expect("it runs").address
    }

    /// The token of the first administrator.
    pub fn token(&self) -> String {
        let file = &self.process.as_ref().expect("it runs").token_file;
        std::fs::read_to_string(file).unwrap().trim().to_owned()
    }

    /// The first administrator.
    pub fn admin(&self) -> &Deployment {
        self.callers.as_ref().expect("it runs")
    }

    /// Somebody else of the same merchant.
    pub async fn caller(&self, account: &str, tier: Tier) -> Deployment {
        self.caller_of(Grant {
            tenant: backhaul_host::identity::MAIN_TENANT.parse().unwrap(),
            account: account.to_owned(),
            tier,
            expires_at: None,
        })
        .await
    }

    /// Whoever the grant says.
    pub async fn caller_of(&self, grant: Grant) -> Deployment {
        let token = create_token(&self.data(), &grant).unwrap();
        reach(self.process.as_ref().expect("it runs"), &token).await
    }

    pub async fn publish(&self, policy: Policy) {
        let mut returns = self.admin().returns();
        let request = orders::publish(policy);
        returns.publish_policy(request).await.unwrap();
    }

    /// Records the order, and that all of it was delivered the day after.
    pub async fn sell(&self, order: &Order) {
        let mut orders = self.admin().orders();
        orders.record_order(orders::record(order)).await.unwrap();
        let mut at = order.order_time.unwrap();
        at.seconds += 24 * 60 * 60;
        let request = RecordDeliveryRequest {
            request_id: request_id(),
            name: order.name.clone(),
            lines: Vec::new(),
            delivery_time: Some(at),
        };
        orders.record_delivery(request).await.unwrap();
    }

    pub async fn ask(&self, request: RequestReturnRequest) -> Return {
        let mut returns = self.admin().returns();
        let answer = returns.request_return(request).await.unwrap();
        answer.into_inner().r#return.unwrap()
    }

    /// Sells an order of so many units and takes all of them back, up to the refund.
    pub async fn sell_and_take_back(&self, order: &Order) -> Return {
        self.sell(order).await;
        let quantity = order.lines[0].quantity;
        let asked = self.ask(orders::ask(&order.name, quantity)).await;
        let mut returns = self.admin().returns();
        let receipt = orders::receive(&asked.name, "", quantity);
        returns.record_receipt(receipt).await.unwrap();
        let inspection = orders::inspect(&asked.name, quantity);
        returns.inspect_units(inspection).await.unwrap();
        asked
    }

    pub async fn get_return(&self, name: &str) -> Return {
        let mut returns = self.admin().returns();
        let request = GetReturnRequest {
            name: name.to_owned(),
        };
        let answer = returns.get_return(request).await.unwrap();
        answer.into_inner().r#return.unwrap()
    }

    /// The return, once it stands there.
    pub async fn return_in(&self, name: &str, state: r#return::State) -> Return {
        until(&format!("{name} in {}", state.as_str_name()), async || {
            let found = self.get_return(name).await;
            (found.state() == state).then_some(found)
        })
        .await
    }

    pub async fn get_refund(&self, name: &str) -> Refund {
        let mut refunds = self.admin().refunds();
        let request = GetRefundRequest {
            name: name.to_owned(),
        };
        let answer = refunds.get_refund(request).await.unwrap();
        answer.into_inner().refund.unwrap()
    }

    /// The refund, once it stands there.
    pub async fn refund_in(&self, name: &str, state: refund::State) -> Refund {
        until(&format!("{name} in {}", state.as_str_name()), async || {
            let found = self.get_refund(name).await;
            (found.state() == state).then_some(found)
        })
        .await
    }

    /// The order's refunds, once there are so many.
    pub async fn refunds_of(&self, order: &str, count: usize) -> Vec<Refund> {
        until(&format!("{count} refunds of {order}"), async || {
            let request = ListRefundsRequest {
                filter: format!("order = \"{order}\""),
                ..ListRefundsRequest::default()
            };
            let answer = self.admin().refunds().list_refunds(request).await.unwrap();
            let found = answer.into_inner().refunds;
            (found.len() >= count).then_some(found)
        })
        .await
    }

    /// The parcel of a return, once it has a label.
    pub async fn labelled_parcel(&self, of: &str) -> Parcel {
        until(&format!("a label for {of}"), async || {
            let request = ListParcelsRequest {
                filter: format!("return = \"{of}\""),
                ..ListParcelsRequest::default()
            };
            let answer = self.admin().tracking().list_parcels(request).await;
            let parcels = answer.unwrap().into_inner().parcels;
            let issued = parcel::LabelState::Issued;
            parcels
                .into_iter()
                .find(|parcel| parcel.label_state() == issued)
        })
        .await
    }

    /// Every notification of an order, oldest first.
    pub async fn notifications_of(&self, order: &str) -> Vec<Notification> {
        let request = ListNotificationsRequest {
            page_size: 500,
            filter: format!("order = \"{order}\""),
            ..ListNotificationsRequest::default()
        };
        let answer = self
            .admin()
            .notifications()
            .list_notifications(request)
            .await;
        let mut found = answer.unwrap().into_inner().notifications;
        found.sort_by_key(|each| {
            let at = each.plan_time.unwrap_or_default();
            (at.seconds, at.nanos)
        });
        found
    }

    pub async fn timeline(&self, name: &str) -> Vec<Event> {
        let request = GetTimelineRequest {
            name: name.to_owned(),
        };
        let answer = self.admin().operations().get_timeline(request).await;
        answer.unwrap().into_inner().events
    }

    pub async fn status(&self) -> GetStatusResponse {
        let answer = self
            .admin()
            .operations()
            .get_status(GetStatusRequest {})
            .await;
        answer.unwrap().into_inner()
    }

    /// How many commits each context has.
    pub async fn heads(&self) -> BTreeMap<String, i64> {
        let status = self.status().await;
        let positions = status.consumers.iter().flat_map(|each| &each.positions);
        positions
            .map(|each| (each.context.clone(), each.head))
            .collect()
    }

    /// Waits until nobody has anything left to do.
    pub async fn quiet(&self) {
        quiet(self.admin()).await;
    }

    /// Mail in the outbox, by file name.
    pub fn outbox(&self) -> BTreeMap<String, Vec<u8>> {
        outbox(&self.data())
    }

    /// What the payment provider really did.
    pub fn ledger(&self) -> Vec<LedgerEntry> {
        ledger(&self.data())
    }

    /// The log, the money and the views add up.
    pub async fn check(&self) {
        let findings = check(self.admin()).await;
        assert!(findings.is_empty(), "{findings:#?}");
    }
}

/// Waits until nobody has anything left to do.
pub async fn quiet(deployment: &Deployment) {
    let mut looks = 0;
    until("all work done", async || {
        let status = deployment
            .operations()
            .get_status(GetStatusRequest {})
            .await
            .unwrap()
            .into_inner();
        let mut positions = status.consumers.iter().flat_map(|each| &each.positions);
        let done = positions.all(|each| each.position >= each.head);
        looks = if done { looks + 1 } else { 0 };
        (looks >= QUIET_LOOKS).then_some(())
    })
    .await;
}

/// Mail in the outbox of a data folder, by file name.
pub fn outbox(data: &Path) -> BTreeMap<String, Vec<u8>> {
    let folder = data.join("outbox");
    // Where a mail server takes all mail there is none.
    if !folder.exists() {
        return BTreeMap::new();
    }
    let files = std::fs::read_dir(folder).unwrap();
    let files = files.map(|file| file.unwrap().path());
    files
        .filter(|path| path.extension().is_some_and(|extension| extension == "eml"))
        .map(|path| {
            let name = path.file_name().unwrap().to_str().unwrap().to_owned();
            (name, std::fs::read(&path).unwrap())
        })
        .collect()
}

/// What the payment provider of a data folder really did.
pub fn ledger(data: &Path) -> Vec<LedgerEntry> {
    PaymentSandbox::read_ledger(data.join("provider")).unwrap()
}

/// Everything that `backhaul check` finds.
pub async fn check(deployment: &Deployment) -> Vec<String> {
    let answers = deployment
        .operations()
        .check_log(CheckLogRequest::default())
        .await;
    let mut answers = answers.unwrap().into_inner();
    let (mut findings, mut summary) = (Vec::new(), None);
    while let Some(answer) = answers.message().await.unwrap() {
        findings.extend(answer.findings);
        summary = answer.summary.or(summary);
    }
    assert!(summary.is_some(), "the check was cut off");
    findings
}

async fn reach(process: &Process, token: &str) -> Deployment {
    let address = format!("http://{}", process.address);
    Deployment::reach(&address, token, None).await.unwrap()
}

/// Looks until there is something, for a bounded time.
pub async fn until<T>(what: &str, mut look: impl AsyncFnMut() -> Option<T>) -> T {
    let end = Instant::now() + PATIENCE;
    loop {
        if let Some(found) = look().await {
            return found;
        }
        assert!(Instant::now() < end, "waited in vain for {what}");
        tokio::time::sleep(LOOK_EVERY).await;
    }
}

/// An order that is too old to be returned.
pub fn long_ago(mut order: Order) -> Order {
    order.order_time = Some(days_ago(100));
    order
}
