//! What a buyer does after delivery, and what the warehouse finds.

use std::ops::Range;

use backhaul_api::proto::orders::v1::{Line, Order};
use backhaul_api::proto::returns::v1::{Item, Reason};
use backhaul_kernel::Timestamp;
use jiff::SignedDuration;
use rand::RngExt as _;
use rand::rngs::StdRng;

use super::markets::Market;
use crate::wire;

/// A return that a buyer asks for.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Wish {
    pub(super) asked_at: Timestamp,
    pub(super) items: Vec<Item>,
    pub(super) arrival: Arrival,
    /// Whether the carrier's scans are told.
    pub(super) has_scans: bool,
}

/// What becomes of the goods on their way back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Arrival {
    /// All at once, as they should be.
    Intact,
    /// As they should be, over two parcels.
    InTwoParcels,
    /// One unit of each line is damaged.
    PartlyDamaged,
    /// Worn; not taken back.
    Worn,
    /// The last line is missing.
    Missing,
    /// Something else came in place of the last line.
    WrongItem,
    /// The buyer never sends them.
    Never,
}

/// One order in so many has a return; abroad nearly twice as many.
const AT_HOME: (u32, u32) = (1, 5);
const ABROAD: (u32, u32) = (2, 5);

/// Days from delivery to the request at some shares of all returns, as in the real year.
const DAYS_BY_SHARE: [(f64, f64); 6] = [
    (0.0, 0.1),
    (0.25, 4.2),
    (0.5, 9.9),
    (0.75, 26.1),
    (0.95, 126.0),
    (1.0, 350.0),
];

const WORDS: [(&str, Reason); 9] = [
    ("changed my mind", Reason::ChangedMind),
    ("does not suit the room", Reason::ChangedMind),
    ("larger than I thought", Reason::WrongSize),
    ("broke on the first day", Reason::Defective),
    (
        "the colour differs from the picture",
        Reason::NotAsDescribed,
    ),
    ("I ordered something else", Reason::WrongItem),
    ("came with a dent", Reason::DamagedInTransit),
    ("came after the birthday", Reason::ArrivedLate),
    ("bought two by mistake", Reason::Other),
];

/// What the buyer of the order asks for, if anything.
pub(super) fn wish(
    random: &mut StdRng,
    market: Market,
    order: &Order,
    delivered_at: Timestamp,
) -> Option<Wish> {
    let (part, of) = if market.region == "GB" {
        AT_HOME
    } else {
        ABROAD
    };
    if !random.random_ratio(part, of) {
        return None;
    }
    let seconds = days(random.random_range(0.0..1.0)) * 86_400.0;
    // Some ask for more than they bought.
    let is_too_many = random.random_ratio(1, 60);
    Some(Wish {
        asked_at: delivered_at + SignedDuration::from_secs(seconds as i64),
        items: items(random, order, is_too_many),
        arrival: arrival(random),
        has_scans: random.random_ratio(1, 4),
    })
}

/// Between two known shares the logarithm of the days grows evenly.
fn days(share: f64) -> f64 {
    let above = DAYS_BY_SHARE
        .iter()
        .position(|(known, _)| share < *known)
        .unwrap_or(1);
    let ((from, low), (to, high)) = (DAYS_BY_SHARE[above - 1], DAYS_BY_SHARE[above]);
    low * f64::powf(high / low, (share - from) / (to - from))
}

/// A third of the returned lines come back whole, the rest in part.
fn items(random: &mut StdRng, order: &Order, is_too_many: bool) -> Vec<Item> {
    let count = random.random_range(1..=order.lines.len().min(3));
    let first = random.random_range(0..order.lines.len());
    let lines = order.lines.iter().cycle().skip(first).take(count);
    lines.map(|line| item(random, line, is_too_many)).collect()
}

fn item(random: &mut StdRng, line: &Line, is_too_many: bool) -> Item {
    let (note, reason) = WORDS[random.random_range(0..WORDS.len())];
    let quantity = match line.quantity {
        quantity if is_too_many => quantity + 1,
        quantity if random.random_ratio(1, 3) => quantity,
        quantity => random.random_range(1..=quantity),
    };
    // Some ask for less than they paid.
    let asks_less = random.random_ratio(1, 25);
    let half = line
        .net_amount
        .as_ref()
        .filter(|_| asks_less)
        .and_then(|net| {
            let share = net.minor_units * i64::from(quantity) / i64::from(line.quantity) / 2;
            wire::money(share, &net.currency_code).filter(|claim| claim.minor_units > 0)
        });
    Item {
        line: line.line.clone(),
        quantity,
        reason: reason.into(),
        note: note.to_owned(),
        claim: half,
        fault_found_time: None,
    }
}

fn arrival(random: &mut StdRng) -> Arrival {
    const SHARES: [(Range<u32>, Arrival); 6] = [
        (0..5, Arrival::InTwoParcels),
        (5..9, Arrival::PartlyDamaged),
        (9..13, Arrival::Worn),
        (13..15, Arrival::Missing),
        (15..16, Arrival::WrongItem),
        (16..19, Arrival::Never),
    ];
    let point = random.random_range(0..100);
    let drawn = SHARES.iter().find(|(share, _)| share.contains(&point));
    drawn.map_or(Arrival::Intact, |(_, arrival)| *arrival)
}
