//! The rows: what is known of each order, and which orders a buyer has.
//!
//! Orders and returns are two contexts, and a fold sees either first. So everything known of one
//! order is one row, whoever told it, and a buyer's row only names the orders: the rows are the
//! same in whatever order the two arrive. Buyers are named by a digest of what the platform calls
//! them.

use std::collections::BTreeMap;

use backhaul_engine::{Projection, Rows, intent};
use backhaul_eventlog::{Commit, Position};
use backhaul_events::orders::{Event as OrdersEvent, OrderAmended, OrderRecorded};
use backhaul_events::returns::{Event as ReturnsEvent, Handling, ReturnRequested};
use backhaul_events::{ContextName, Event};
use backhaul_kernel::{Money, OrderId, ReturnId, Tenant, Text, Timestamp};
use backhaul_returns::{BuyerHistory, PastOrder, PastOutcome, PastReturn};
use backhaul_views::{Error as ViewError, Table};
use serde::{Deserialize, Serialize};
use tracing::error;

use super::Moment;

/// The most orders remembered of one buyer; the oldest are forgotten.
pub(super) const ORDERS_MAX: usize = 500;

/// Rows: `o{tenant}/{order}` to what is known of the order, and `b{tenant}/{buyer}` to the buyer's
/// orders, latest first.
pub(super) struct BuyerView;

/// What is known of an order. Returns can be known before anybody told of the order.
#[derive(Debug, Default, Serialize, Deserialize)]
struct OrderRow {
    sold: Option<Sold>,
    /// By number.
    returns: BTreeMap<u32, ReturnRow>,
}

#[derive(Debug, Serialize, Deserialize)]
struct Sold {
    buyer: String,
    ordered_at: Timestamp,
    recorded_at: Timestamp,
    units: u32,
}

#[derive(Debug, Serialize, Deserialize)]
struct ReturnRow {
    asked_at: Timestamp,
    units: u32,
    /// Where in the log it was asked for.
    asked: Position,
    /// Where the goods were left to the buyer, and what they were worth, if it was told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    kept: Option<(Position, Option<Money>)>,
    /// Where it was declined, cancelled or expired.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    ended: Option<Position>,
}

/// An order of a buyer: when, and which.
type Placed = (Timestamp, OrderId);

impl Projection for BuyerView {
    fn name(&self) -> &'static str {
        "returns.buyers"
    }

    fn schema(&self) -> u32 {
        1
    }

    fn contexts(&self) -> &'static [ContextName] {
        &[ContextName::Orders, ContextName::Returns]
    }

    fn apply(&self, commit: &Commit, event: &Event, rows: &mut Rows) {
        let tenant = &commit.stream.tenant;
        match event {
            Event::Orders(OrdersEvent::OrderRecorded(event)) => record(commit, event, rows),
            Event::Orders(OrdersEvent::OrderAmended(event)) => amend(tenant, event, rows),
            Event::Returns(event) => of_returns(tenant, commit.position, event, rows),
            Event::Orders(_) | Event::Refunds(_) | Event::Tracking(_) | Event::Notifications(_) => {
            }
        }
    }
}

fn record(commit: &Commit, event: &OrderRecorded, rows: &mut Rows) {
    let (tenant, buyer) = (&commit.stream.tenant, named(&event.buyer.reference));
    place(
        rows,
        tenant,
        &buyer,
        (event.ordered_at, event.order.clone()),
    );
    let units = event.lines.iter().map(|line| line.quantity);
    let sold = Sold {
        buyer,
        ordered_at: event.ordered_at,
        recorded_at: commit.metadata.recorded_at,
        units: units.fold(0, u32::saturating_add),
    };
    change(rows, tenant, &event.order, |row| row.sold = Some(sold));
}

/// A buyer who is called something else is another buyer from then on.
fn amend(tenant: &Tenant, event: &OrderAmended, rows: &mut Rows) {
    let Some(buyer) = &event.buyer else {
        return;
    };
    let now = named(&buyer.reference);
    let key = order_key(tenant, &event.order);
    let mut row: OrderRow = get(rows, &key).unwrap_or_default();
    let Some(sold) = row.sold.as_mut().filter(|sold| sold.buyer != now) else {
        return;
    };
    let order = (sold.ordered_at, event.order.clone());
    take_away(rows, tenant, &sold.buyer, &order);
    place(rows, tenant, &now, order);
    sold.buyer = now;
    put(rows, &key, &row);
}

fn of_returns(tenant: &Tenant, position: Position, event: &ReturnsEvent, rows: &mut Rows) {
    match event {
        ReturnsEvent::ReturnRequested(event) => {
            let asked = asked(position, event);
            change(rows, tenant, &event.r#return.order(), |row| {
                row.returns.entry(event.r#return.number()).or_insert(asked);
            });
        }
        ReturnsEvent::ReturnAuthorized(event) => {
            let is_kept = event.handling == Handling::KeepItem;
            with_return(rows, tenant, &event.r#return, |row| {
                row.kept = is_kept.then_some((position, event.kept_worth));
                row.ended = None;
            });
        }
        ReturnsEvent::ReturnDeclined(event) => end(rows, tenant, &event.r#return, position),
        ReturnsEvent::ReturnCancelled(event) => end(rows, tenant, &event.r#return, position),
        ReturnsEvent::ReturnExpired(event) => end(rows, tenant, &event.r#return, position),
        // Whatever else happens to a return, its units count as returned.
        _ => {}
    }
}

fn asked(position: Position, event: &ReturnRequested) -> ReturnRow {
    let units = event.items.iter().map(|item| item.quantity);
    ReturnRow {
        asked_at: event.requested_at,
        units: units.fold(0, u32::saturating_add),
        asked: position,
        kept: None,
        ended: None,
    }
}

fn end(rows: &mut Rows, tenant: &Tenant, id: &ReturnId, position: Position) {
    with_return(rows, tenant, id, |row| row.ended = Some(position));
}

fn with_return(rows: &mut Rows, tenant: &Tenant, id: &ReturnId, edit: impl FnOnce(&mut ReturnRow)) {
    change(rows, tenant, &id.order(), |row| {
        row.returns.get_mut(&id.number()).map(edit);
    });
}

fn change(rows: &mut Rows, tenant: &Tenant, order: &OrderId, edit: impl FnOnce(&mut OrderRow)) {
    let key = order_key(tenant, order);
    let mut row = get(rows, &key).unwrap_or_default();
    edit(&mut row);
    put(rows, &key, &row);
}

/// Puts an order among those of a buyer, latest first; the oldest goes where there are too many.
fn place(rows: &mut Rows, tenant: &Tenant, buyer: &str, order: Placed) {
    if buyer.is_empty() {
        return;
    }
    let key = buyer_key(tenant, buyer);
    let mut placed: Vec<Placed> = get(rows, &key).unwrap_or_default();
    let place = placed.partition_point(|earlier| *earlier > order);
    if placed.get(place) != Some(&order) {
        placed.insert(place, order);
    }
    placed.truncate(ORDERS_MAX);
    put(rows, &key, &placed);
}

fn take_away(rows: &mut Rows, tenant: &Tenant, buyer: &str, order: &Placed) {
    if buyer.is_empty() {
        return;
    }
    let key = buyer_key(tenant, buyer);
    let mut placed: Vec<Placed> = get(rows, &key).unwrap_or_default();
    placed.retain(|each| each != order);
    put(rows, &key, &placed);
}

fn get<T: for<'de> Deserialize<'de>>(rows: &mut Rows, key: &[u8]) -> Option<T> {
    read(&rows.get(key)?)
}

/// Rows are written by this file alone, under a schema number, and carry a checksum.
fn read<T: for<'de> Deserialize<'de>>(row: &[u8]) -> Option<T> {
    serde_json::from_slice(row)
        .inspect_err(|error| error!(%error, "a row of buyers cannot be read"))
        .ok()
}

fn put(rows: &mut Rows, key: &[u8], row: &impl Serialize) {
    let row = serde_json::to_vec(row).expect("rows are plain data with keys of text or numbers");
    rows.put(key, row);
}

/// What the platform calls a buyer, as rows do; empty where nobody knows who bought.
pub(super) fn named(reference: &Text) -> String {
    if reference.is_empty() {
        return String::new();
    }
    let digest = intent::digest(reference.as_str().as_bytes());
    digest.0.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn order_key(tenant: &Tenant, order: &OrderId) -> Vec<u8> {
    format!("o{tenant}/{order}").into_bytes()
}

pub(super) fn buyer_key(tenant: &Tenant, buyer: &str) -> Vec<u8> {
    format!("b{tenant}/{buyer}").into_bytes()
}

/// The orders of a buyer other than one, as they were known at a moment of the log.
pub(super) fn orders_of(
    table: &Table,
    tenant: &Tenant,
    buyer: &[u8],
    except: &OrderId,
    moment: Moment,
) -> Result<BuyerHistory, ViewError> {
    let placed = table.get(buyer)?;
    let placed: Vec<Placed> = placed.and_then(|row| read(&row)).unwrap_or_default();
    let mut history = BuyerHistory::default();
    for (_, order) in placed.iter().filter(|(_, order)| order != except) {
        let row = table.get(&order_key(tenant, order))?;
        let row: Option<OrderRow> = row.and_then(|row| read(&row));
        history.orders.extend(row.and_then(|row| past(row, moment)));
    }
    Ok(history)
}

/// The order as it was known at that moment; none before it was recorded.
fn past(row: OrderRow, moment: Moment) -> Option<PastOrder> {
    let known = |sold: &Sold| sold.recorded_at <= moment.recorded_at;
    let sold = row.sold.filter(known)?;
    let returns = row.returns.into_values();
    let returns = returns.filter(|each| each.asked < moment.position);
    Some(PastOrder {
        ordered_at: sold.ordered_at,
        units: sold.units,
        returns: returns
            .map(|each| PastReturn {
                asked_at: each.asked_at,
                units: each.units,
                outcome: outcome(&each, moment.position),
            })
            .collect(),
    })
}

fn outcome(each: &ReturnRow, until: Position) -> PastOutcome {
    match (each.ended, each.kept) {
        (Some(at), _) if at < until => PastOutcome::Nothing,
        (_, Some((at, worth))) if at < until => PastOutcome::Kept(worth),
        (Some(_) | None, Some(_) | None) => PastOutcome::Returned,
    }
}
