//! What the warehouse reports of a return: what arrived, and what inspection found.

use std::collections::BTreeMap;

use anyhow::Context as _;
use backhaul_api::proto::returns::v1::{
    Condition, Disposition, Grade, InspectUnitsRequest, InspectedUnits, ReceivedUnits,
    RecordReceiptRequest, WrongItem,
};
use jiff::SignedDuration;

use super::buyer::{Arrival, Wish};
use super::play::Underway;
use crate::call::send;
use crate::connect::Deployment;
use crate::wire;

const DAY: SignedDuration = SignedDuration::from_hours(24);
/// Days after the request on which the goods arrive, and on which they are looked at.
const ARRIVES_AFTER_DAYS: i32 = 5;
const INSPECTED_AFTER_DAYS: i32 = 7;

/// Reports of one line.
#[derive(Default)]
struct Report {
    received: Vec<ReceivedUnits>,
    inspected: Vec<InspectedUnits>,
}

/// Reports everything about the return; nothing where nothing comes.
pub(super) async fn receive(
    deployment: &Deployment,
    seed: u64,
    underway: &Underway,
    parcel: Option<&str>,
) -> anyhow::Result<()> {
    if underway.centre.is_empty() || underway.wish.is_never_sent() {
        return Ok(());
    }
    let wish = &underway.wish;
    let at = |days: i32| wire::timestamp(wish.asked_at + DAY * days);
    let key = format!("demo:{seed}:{}", wire::id(&underway.name));
    let lines = units_by_line(wish);
    let (last, _) = lines.last_key_value().context("a return has items")?;
    let mut report = Report::default();
    for (line, quantity) in &lines {
        report.take(line, *quantity, wish.arrival, line == last);
    }
    let mut receipt = RecordReceiptRequest {
        request_id: format!("{key}:receipt"),
        name: underway.name.clone(),
        parcel: parcel.unwrap_or_default().to_owned(),
        site: underway.centre.clone(),
        receive_time: at(ARRIVES_AFTER_DAYS),
        ..RecordReceiptRequest::default()
    };
    match wish.arrival {
        Arrival::Missing => receipt.missing = vec![wire::units(last, 1)],
        Arrival::WrongItem => receipt.wrong_items = vec![wrong_item(last)],
        Arrival::Intact
        | Arrival::InTwoParcels
        | Arrival::PartlyDamaged
        | Arrival::Worn
        | Arrival::Never => {}
    }
    let mut rest = report.received;
    let returns = deployment.returns();
    if wish.arrival == Arrival::InTwoParcels && rest.len() > 1 {
        let first = RecordReceiptRequest {
            request_id: format!("{key}:receipt-1"),
            units: vec![rest.remove(0)],
            ..receipt.clone()
        };
        send!(returns, record_receipt, first)
            .await
            .with_context(|| key.clone())?;
    }
    receipt.units = rest;
    send!(returns, record_receipt, receipt)
        .await
        .with_context(|| key.clone())?;

    if report.inspected.is_empty() {
        return Ok(());
    }
    let inspection = InspectUnitsRequest {
        request_id: format!("{key}:inspection"),
        name: underway.name.clone(),
        units: report.inspected,
        inspect_time: at(INSPECTED_AFTER_DAYS),
    };
    send!(returns, inspect_units, inspection)
        .await
        .context(key)?;
    Ok(())
}

impl Report {
    fn take(&mut self, line: &str, quantity: u32, arrival: Arrival, is_last: bool) {
        let worn = Found {
            grade: Grade::C,
            rejected: true,
            disposition: Disposition::SendBack,
        };
        let good = Found {
            grade: Grade::A,
            rejected: false,
            disposition: Disposition::Restock,
        };
        let broken = Found {
            grade: Grade::D,
            rejected: true,
            disposition: Disposition::Recycle,
        };
        match arrival {
            Arrival::Intact | Arrival::InTwoParcels => {
                self.add(line, quantity, Condition::Intact, good);
            }
            Arrival::PartlyDamaged => {
                self.add(line, quantity - 1, Condition::Intact, good);
                self.add(line, 1, Condition::Damaged, broken);
            }
            Arrival::Worn => self.add(line, quantity, Condition::Intact, worn),
            Arrival::Missing | Arrival::WrongItem => {
                let absent = u32::from(is_last);
                self.add(line, quantity - absent, Condition::Intact, good);
            }
            Arrival::Never => {}
        }
    }

    fn add(&mut self, line: &str, quantity: u32, condition: Condition, found: Found) {
        if quantity == 0 {
            return;
        }
        let line = line.to_owned();
        let condition = condition.into();
        self.received.push(ReceivedUnits {
            line: line.clone(),
            quantity,
            condition,
        });
        self.inspected.push(InspectedUnits {
            line,
            quantity,
            grade: found.grade.into(),
            rejected: found.rejected,
            disposition: found.disposition.into(),
            ..InspectedUnits::default()
        });
    }
}

/// What inspection says of some units.
struct Found {
    grade: Grade,
    rejected: bool,
    disposition: Disposition,
}

impl Wish {
    /// Whether the goods stay away.
    pub(super) fn is_never_sent(&self) -> bool {
        self.arrival == Arrival::Never
    }
}

fn units_by_line(wish: &Wish) -> BTreeMap<String, u32> {
    let mut lines = BTreeMap::new();
    for item in &wish.items {
        *lines.entry(item.line.clone()).or_default() += item.quantity;
    }
    lines
}

fn wrong_item(line: &str) -> WrongItem {
    WrongItem {
        line: line.to_owned(),
        quantity: 1,
        found: "a single slipper".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Units received and units accepted of three units of the last line.
    fn check(arrival: Arrival, received: u32, accepted: u32) {
        let mut report = Report::default();
        report.take("1", 3, arrival, true);
        let all: u32 = report.received.iter().map(|units| units.quantity).sum();
        assert_eq!(all, received, "{arrival:?}");
        let inspected = report.inspected.iter();
        let kept: u32 = inspected
            .filter(|units| !units.rejected)
            .map(|units| units.quantity)
            .sum();
        assert_eq!(kept, accepted, "{arrival:?}");
    }

    #[test]
    fn never_more_arrives_than_was_sent() {
        check(Arrival::Intact, 3, 3);
        check(Arrival::InTwoParcels, 3, 3);
        check(Arrival::PartlyDamaged, 3, 2);
        check(Arrival::Worn, 3, 0);
        check(Arrival::Missing, 2, 2);
        check(Arrival::WrongItem, 2, 2);
        check(Arrival::Never, 0, 0);
    }
}
