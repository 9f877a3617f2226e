//! A journey of one order by a clock that the test turns, and its story as `backhaul timeline`
//! tells it to people.
//!
//! As no time goes by itself, a story is the same in every run but for its mails, and is held in
//! `stories`, one file a journey. `cargo test -p backhaul-tests --test e2e -- --nocapture journeys`
//! shows them.

use std::sync::Arc;

use backhaul::connect::Deployment;
use backhaul::story;
use backhaul_api::proto::orders::v1::{Destination, Order, RecordDeliveryRequest};
use backhaul_api::proto::returns::v1::{Policy, RequestReturnRequest, Return};
use backhaul_api::proto::tracking::v1::{Checkpoint, Parcel, RecordCheckpointRequest, Status};
use backhaul_engine::ManualClock;
use backhaul_kernel::Tier;
use backhaul_tests::golden;

use crate::orders::{eur, order, policy, record, request_id};
use crate::shop::Shop;

/// When the order of every journey is placed, and when its goods arrive.
const ORDERED: &str = "2026-09-01T09:30:00Z";
const DELIVERED: &str = "2026-09-04T14:00:00Z";

/// A shop in which it is as late as its clock says, and whoever takes part.
pub struct Journey {
    pub shop: Shop,
    /// The platform, which asks in the name of the buyer.
    pub platform: Deployment,
    /// Whoever receives and inspects goods.
    pub warehouse: Deployment,
    /// Whoever carries them.
    pub carrier: Deployment,
    /// A person of the merchant.
    pub agent: Deployment,
    clock: Arc<ManualClock>,
    name: &'static str,
}

/// A moment in requests.
pub fn time(text: &str) -> prost_types::Timestamp {
    let at: backhaul_kernel::Timestamp = text.parse().unwrap();
    prost_types::Timestamp {
        seconds: at.as_second(),
        nanos: 0,
    }
}

/// An order of so many units of that article, placed in Germany when journeys begin.
pub fn goods(id: &str, title: &str, quantity: u32) -> Order {
    let mut order = order(id, quantity);
    order.order_time = Some(time(ORDERED));
    order.lines[0].title = title.to_owned();
    sent_to("DE", "Europe/Berlin", order)
}

/// The same order, of a buyer who lives there.
pub fn sent_to(country: &str, time_zone: &str, mut order: Order) -> Order {
    for tax in order.lines.iter_mut().flat_map(|line| &mut line.taxes) {
        country.clone_into(&mut tax.jurisdiction);
    }
    order.ship_to = Some(Destination {
        region_code: country.to_owned(),
        time_zone: time_zone.to_owned(),
    });
    order
}

/// The same order at another price: so many cents a unit, taxed at 19 %, and what all of it comes
/// to.
pub fn priced(net: i64, mut order: Order) -> (Order, i64) {
    let line = &mut order.lines[0];
    let units = i64::from(line.quantity);
    line.unit_price = Some(eur(net));
    let tax = units * net * 19 / 100;
    line.taxes[0].amount = Some(eur(tax));
    let total = units * net + tax;
    order.payments[0].amount = Some(eur(total));
    (order, total)
}

impl Journey {
    /// A shop at the time of the order, with that policy.
    pub async fn begin(name: &'static str, rules: Policy) -> Self {
        let clock = Arc::new(ManualClock::at(ORDERED.parse().unwrap()));
        let shop = Box::pin(Shop::start_by(Arc::clone(&clock) as _)).await;
        if rules != policy() {
            shop.publish(rules).await;
        }
        Self {
            platform: shop.caller("webshop", Tier::Platform).await,
            warehouse: shop.caller("warehouse-venlo", Tier::Warehouse).await,
            carrier: shop.caller("carrier", Tier::Warehouse).await,
            agent: shop.caller("ann", Tier::Agent).await,
            shop,
            clock,
            name,
        }
    }

    /// Lets everything under way end, and turns the clock.
    pub async fn turn_to(&self, at: &str) {
        self.shop.quiet().await;
        self.clock.set(at.parse().unwrap());
    }

    /// Records the order, and turns the clock to the arrival of all of it.
    pub async fn sell(&self, order: &Order) {
        let mut orders = self.platform.orders();
        orders.record_order(record(order)).await.unwrap();
        self.turn_to(DELIVERED).await;
        let request = RecordDeliveryRequest {
            request_id: request_id(),
            name: order.name.clone(),
            ..RecordDeliveryRequest::default()
        };
        orders.record_delivery(request).await.unwrap();
    }

    /// The platform asks for a return.
    pub async fn ask(&self, request: RequestReturnRequest) -> Return {
        let mut returns = self.platform.returns();
        let answer = returns.request_return(request).await.unwrap();
        answer.into_inner().r#return.unwrap()
    }

    /// The carrier sees the parcel, now.
    pub async fn scan(&self, parcel: &Parcel, status: Status, country: &str) {
        let request = RecordCheckpointRequest {
            request_id: request_id(),
            name: parcel.name.clone(),
            tracking_number: String::new(),
            checkpoint: Some(Checkpoint {
                scan: format!("{} in {country}", status.as_str_name()),
                status: status.into(),
                region_code: country.to_owned(),
                see_time: Some(self.now()),
                ..Checkpoint::default()
            }),
        };
        let mut tracking = self.carrier.tracking();
        tracking.record_checkpoint(request).await.unwrap();
    }

    fn now(&self) -> prost_types::Timestamp {
        use backhaul_engine::Clock as _;
        time(&self.clock.now().to_string())
    }

    /// Everything under way ends, everything adds up, and the story is the one that is known.
    pub async fn end(self, order: &str) {
        self.shop.quiet().await;
        self.shop.check().await;
        let lines = story::lines(&self.shop.timeline(order).await);
        println!(
            "\n{}\n\n{}\n",
            self.name.replace('-', " "),
            lines.join("\n")
        );
        let file = format!("tests/tests/e2e/journeys/stories/{}.txt", self.name);
        if let Err(stale) = golden::check(&file, &in_every_run(&lines)) {
            panic!("{stale}");
        }
    }
}

/// The story without what differs from run to run: the names of mails, and in which order several
/// workers wrote mails or saw to attempts at the same moment.
fn in_every_run(lines: &[String]) -> String {
    const SAID: &str = "the mail server said ";
    let masked = lines.iter().map(|line| match line.split_once(SAID) {
        Some((before, _)) => format!("{before}{SAID}…"),
        None => line.clone(),
    });
    let mut lines: Vec<String> = masked.collect();
    for mails in lines.chunk_by_mut(|one, next| is_mail(one) && is_mail(next)) {
        mails.sort();
    }
    for attempts in lines.chunk_by_mut(|one, next| is_attempt(one) && is_attempt(next)) {
        attempts.sort_by(|one, next| attempt(one).cmp(&attempt(next)));
    }
    lines.join("\n") + "\n"
}

fn is_mail(line: &str) -> bool {
    line.contains("  notifications  ")
}

fn is_attempt(line: &str) -> bool {
    attempt(line).1.is_some()
}

/// The moment of a line, and the number of the attempt that it is about.
fn attempt(line: &str) -> (&str, Option<&str>) {
    let moment = line.split("  ").next().unwrap_or_default();
    let words = line.split_once(" attempt ").map(|(_, words)| words);
    (moment, words.and_then(|words| words.split(':').next()))
}
