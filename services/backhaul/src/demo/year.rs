//! Makes a small year of orders and of what buyers do afterwards, from a seed alone. Order number
//! n is the same for every size of the year.

use std::collections::HashMap;

use backhaul_api::proto::orders::v1::{
    Buyer, Charge, Destination, Line, Order, Payment, TaxLine, Tender,
};
use backhaul_kernel::Timestamp;
use jiff::SignedDuration;
use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};

use super::buyer::{self, Wish};
use super::goods::{ARTICLES, Article, FURNITURE};
use super::markets::{self, Market};
use crate::wire;

/// The year begins here; it lies in the past, because services take no event of the future.
const FIRST_SECOND: i64 = 1_704_067_200; // 2024-01-01T00:00:00Z
const YEAR_SECONDS: i64 = 366 * 86_400;
const HOUR_SECONDS: i64 = 3_600;

/// What outbound shipping costs in the United Kingdom, in pence.
const SHIPPING_PENCE: i64 = 495;
/// One order in so many has a discount, of this much.
const DISCOUNT_ONE_IN: u32 = 5;
const DISCOUNT_PERCENT: i64 = 10;

/// An order and what happens to it.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Made {
    pub(super) order: Order,
    pub(super) dispatched_at: Timestamp,
    pub(super) delivered_at: Timestamp,
    pub(super) wish: Option<Wish>,
}

/// The orders of the year, by number.
pub(super) fn orders(seed: u64, count: u32) -> impl Iterator<Item = Made> {
    (1..=count).map(move |number| order(seed, number))
}

fn order(seed: u64, number: u32) -> Made {
    // Any mixing will do, as long as neighbours differ.
    let mixed = (seed ^ u64::from(number).rotate_left(32)).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    let random = &mut StdRng::seed_from_u64(mixed);
    let market = markets::draw(random);
    let ordered_at = at(FIRST_SECOND + random.random_range(0..YEAR_SECONDS));
    let dispatched_at = ordered_at + hours(random.random_range(4..48));
    let transit_days = if market.region == "GB" { 1..4 } else { 3..12 };
    let delivered_at = dispatched_at + hours(random.random_range(transit_days) * 24);

    let id = format!("D{seed}-{number:06}");
    let lines = lines(random, market);
    let shipping = random
        .random_ratio(3, 5)
        .then(|| charge(market, market.price(SHIPPING_PENCE)));
    let payments = payments(random, &id, market, total(&lines, shipping.as_ref()));
    let order = Order {
        name: wire::name("orders", &id),
        order_time: wire::timestamp(ordered_at),
        currency_code: market.currency.to_owned(),
        buyer: Some(buyer(random, market, number)),
        ship_to: Some(Destination {
            region_code: market.region.to_owned(),
            time_zone: market.zone.to_owned(),
        }),
        lines,
        shipping,
        payments,
        labels: HashMap::from([("made".to_owned(), "demo".to_owned())]),
        ..Order::default()
    };
    let wish = buyer::wish(random, market, &order, delivered_at);
    Made {
        order,
        dispatched_at,
        delivered_at,
        wish,
    }
}

/// Small baskets are common, large ones are not rare: the shop also sells to shops.
fn lines(random: &mut StdRng, market: Market) -> Vec<Line> {
    let count = match random.random_range(0..100) {
        0..45 => random.random_range(1..4),
        45..85 => random.random_range(4..12),
        _ => random.random_range(12..25),
    };
    let has_discount = random.random_ratio(1, DISCOUNT_ONE_IN);
    let first = random.random_range(0..ARTICLES.len());
    let articles = ARTICLES.iter().cycle().skip(first).step_by(5).take(count);
    let lines = (1..)
        .zip(articles)
        .map(|(number, article)| line(random, market, (number, article), has_discount));
    lines.collect()
}

fn line(
    random: &mut StdRng,
    market: Market,
    (number, article): (u32, &Article),
    has_discount: bool,
) -> Line {
    let quantity = match article.category {
        FURNITURE => 1,
        _ if random.random_ratio(1, 8) => random.random_range(12..49),
        _ => random.random_range(1..7),
    };
    let unit_price = market.price(article.pence);
    let list = unit_price * i64::from(quantity);
    let discount = if has_discount {
        list * DISCOUNT_PERCENT / 100
    } else {
        0
    };
    let (net, taxes) = without_taxes(market, list - discount);
    Line {
        line: number.to_string(),
        sku: article.sku.to_owned(),
        title: article.title.to_owned(),
        category: article.category.to_owned(),
        quantity,
        unit_price: wire::money(unit_price, market.currency),
        discount: wire::money(discount, market.currency),
        net_amount: wire::money(net, market.currency),
        taxes,
        final_sale: has_discount && random.random_ratio(1, 20),
        ..Line::default()
    }
}

fn charge(market: Market, gross: i64) -> Charge {
    let (net, taxes) = without_taxes(market, gross);
    Charge {
        net_amount: wire::money(net, market.currency),
        taxes,
        ..Charge::default()
    }
}

/// Prices include the taxes; what is left without them is net.
fn without_taxes(market: Market, gross: i64) -> (i64, Vec<TaxLine>) {
    let rates: i64 = market.taxes.iter().map(|(_, rate)| i64::from(*rate)).sum();
    let taxes = market.taxes.iter().map(|(jurisdiction, rate)| TaxLine {
        jurisdiction: (*jurisdiction).to_owned(),
        rate_basis_points: *rate,
        amount: wire::money(gross * i64::from(*rate) / (10_000 + rates), market.currency),
    });
    let taxes: Vec<TaxLine> = taxes.collect();
    (gross - sum(&taxes), taxes)
}

fn sum(taxes: &[TaxLine]) -> i64 {
    taxes
        .iter()
        .filter_map(|tax| tax.amount.as_ref())
        .map(|amount| amount.minor_units)
        .sum()
}

/// What an order costs, taxes and shipping included.
pub(super) fn total(lines: &[Line], shipping: Option<&Charge>) -> i64 {
    let nets = lines
        .iter()
        .map(|line| (line.net_amount.as_ref(), line.taxes.as_slice()));
    let shipping = shipping.map(|charge| (charge.net_amount.as_ref(), charge.taxes.as_slice()));
    nets.chain(shipping)
        .map(|(net, taxes)| net.map_or(0, |net| net.minor_units) + sum(taxes))
        .sum()
}

/// One buyer in twelve pays a part with a gift card.
fn payments(random: &mut StdRng, order: &str, market: Market, total: i64) -> Vec<Payment> {
    let payment = |number: u32, tender: Tender, provider_payment: String, amount: i64| Payment {
        payment: format!("p{number}"),
        tender: tender.into(),
        provider_payment,
        amount: wire::money(amount, market.currency),
        capture_time: None,
    };
    let tender = match random.random_range(0..10) {
        0..7 => Tender::Card,
        7..9 => Tender::Wallet,
        _ => Tender::BankTransfer,
    };
    let token = provider_token(random, order);
    let gift = if random.random_ratio(1, 12) {
        total / 3
    } else {
        0
    };
    let mut payments = vec![payment(1, tender, token, total - gift)];
    if gift > 0 {
        payments.push(payment(
            2,
            Tender::GiftCard,
            format!("sandbox-gift-{order}"),
            gift,
        ));
    }
    payments
}

/// The provider's token of the payment. The sandbox reads from it how a refund shall go: most often
/// well.
fn provider_token(random: &mut StdRng, order: &str) -> String {
    match random.random_range(0..400) {
        0..6 => "sandbox-decline-card-expired".to_owned(),
        6..10 => format!("sandbox-timeout-after-success-{order}"),
        10..13 => format!("sandbox-timeout-before-{order}"),
        13..16 => format!("sandbox-pending-{order}"),
        _ => format!("sandbox-{order}"),
    }
}

fn buyer(random: &mut StdRng, market: Market, number: u32) -> Buyer {
    let one_in = market.chinese_one_in;
    let writes_chinese = one_in > 0 && random.random_ratio(1, one_in);
    // One in thirty gives no address, and hears nothing.
    let has_address = !random.random_ratio(1, 30);
    let reference = format!("buyer-{number:06}");
    Buyer {
        email: if has_address {
            format!("{reference}@example.invalid")
        } else {
            String::new()
        },
        reference,
        display_name: String::new(),
        language_code: if writes_chinese { "zh-Hans" } else { "en" }.to_owned(),
    }
}

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(second).expect("a second of the demo's years is a moment")
}

fn hours(hours: i64) -> SignedDuration {
    SignedDuration::from_secs(hours * HOUR_SECONDS)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SEED: u64 = 2026;

    #[test]
    fn the_same_seed_makes_the_same_year_whatever_its_size() {
        let year: Vec<Made> = orders(SEED, 50).collect();
        assert_eq!(year, orders(SEED, 50).collect::<Vec<_>>());
        assert_eq!(year[..20], orders(SEED, 20).collect::<Vec<_>>());
        assert_ne!(year, orders(SEED + 1, 50).collect::<Vec<_>>());
    }

    #[test]
    fn every_order_is_paid_exactly() {
        for made in orders(SEED, 2_000) {
            let order = made.order;
            let paid = order
                .payments
                .iter()
                .filter_map(|payment| payment.amount.as_ref());
            let paid: i64 = paid.map(|amount| amount.minor_units).sum();
            assert_eq!(
                paid,
                total(&order.lines, order.shipping.as_ref()),
                "{}",
                order.name
            );
            assert!(paid > 0, "{}", order.name);
        }
    }

    #[test]
    fn buyers_live_and_return_as_in_the_real_year() {
        let year: Vec<Made> = orders(SEED, 20_000).collect();
        let at_home = |made: &&Made| made.order.ship_to.as_ref().unwrap().region_code == "GB";
        let home = year.iter().filter(at_home).count();
        assert!((17_000..18_400).contains(&home), "{home} of 20,000 at home");

        let days = year.iter().filter_map(|made| {
            let wish = made.wish.as_ref()?;
            Some(
                wish.asked_at
                    .duration_since(made.delivered_at)
                    .as_secs_f64()
                    / 86_400.0,
            )
        });
        let mut days: Vec<f64> = days.collect();
        days.sort_by(f64::total_cmp);
        let quantile = |share: f64| days[(days.len() as f64 * share) as usize];
        for (share, real) in [(0.25, 4.2), (0.5, 9.9), (0.75, 26.1), (0.95, 126.0)] {
            let made = quantile(share);
            assert!(
                (made / real - 1.0_f64).abs() < 0.15,
                "{share}: {made} days, really {real}"
            );
        }
    }
}
