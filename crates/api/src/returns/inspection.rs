//! What inspection finds, what becomes of the goods, and what they bring in.

use backhaul_events::LineUnits;
use backhaul_events::returns::{Disposition, InspectedUnits, InspectionOutcome};
use backhaul_kernel::{Money, ReturnId, Text, Timestamp};

use super::{disposition, grade};
use crate::claims::evidence;
use crate::invalid::{InvalidRequest, Path, Wrong, convert};
use crate::names;
use crate::proto::returns::v1 as proto;
use crate::types::{
    LINES_MAX, Sign, money, quantity, some_line_units, some_money, some_text, text,
    timestamp_if_any,
};

/// What inspection found.
#[derive(Debug, Clone, PartialEq)]
pub struct InspectUnits {
    /// The return.
    pub r#return: ReturnId,
    /// What was found.
    pub units: Vec<InspectedUnits>,
    /// Value that units lost with the buyer.
    pub lost_value: Vec<LostValue>,
    /// What becomes of the units, where that is already known.
    pub dispositions: Vec<(LineUnits, Disposition)>,
    /// When; none means now.
    pub inspected_at: Option<Timestamp>,
}

/// Value that inspected units lost with the buyer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LostValue {
    /// Their place in what was found.
    pub units: usize,
    /// How much, for all of them.
    pub amount: Money,
}

impl InspectUnits {
    /// Reads the report.
    pub fn from_proto(request: proto::InspectUnitsRequest) -> Result<Self, InvalidRequest> {
        convert(|wrong| {
            let r#return = names::r#return(&request.name, &Path::of("name"), wrong);
            let found = wrong.each(request.units, 1..=LINES_MAX, &Path::of("units"), inspected);
            let at = Path::of("inspect_time");
            let inspected_at = timestamp_if_any(request.inspect_time, &at, wrong);
            let mut report = Self {
                r#return: r#return?,
                units: Vec::new(),
                lost_value: Vec::new(),
                dispositions: Vec::new(),
                inspected_at: inspected_at?,
            };
            for (place, found) in found?.into_iter().enumerate() {
                let of = || LineUnits {
                    line: found.units.line.clone(),
                    quantity: found.units.quantity,
                };
                let disposition = found.disposition.map(|disposition| (of(), disposition));
                report.dispositions.extend(disposition);
                report
                    .lost_value
                    .extend(found.lost_value.map(|amount| LostValue {
                        units: place,
                        amount,
                    }));
                report.units.push(found.units);
            }
            Some(report)
        })
    }
}

struct Found {
    units: InspectedUnits,
    disposition: Option<Disposition>,
    lost_value: Option<Money>,
}

fn inspected(message: proto::InspectedUnits, at: &Path<'_>, wrong: &mut Wrong) -> Option<Found> {
    let line = wrong.parse(&message.line, &at.field("line"));
    let quantity = quantity(message.quantity, &at.field("quantity"), wrong);
    let grade = grade(message.grade, &at.field("grade"), wrong);
    let disposition = match message.disposition {
        0 => Some(None),
        number => disposition(number, &at.field("disposition"), wrong).map(Some),
    };
    let serials = wrong.each(
        message.serials,
        0..=LINES_MAX,
        &at.field("serials"),
        some_text,
    );
    let field = at.field("evidence");
    let evidence = wrong.each(message.evidence, 0..=LINES_MAX, &field, evidence);
    let field = at.field("missing_parts");
    let missing_parts = wrong.each(message.missing_parts, 0..=LINES_MAX, &field, some_text);
    let lost_value = match message.lost_value {
        Some(lost) => money(lost, Sign::Positive, &at.field("lost_value"), wrong).map(Some),
        None => Some(None),
    };
    let outcome = match message.rejected {
        true => InspectionOutcome::Rejected,
        false => InspectionOutcome::Accepted,
    };
    Some(Found {
        units: InspectedUnits {
            serials: serials?,
            evidence: evidence?,
            missing_parts: missing_parts?,
            ..InspectedUnits::plain(line?, quantity?, grade?, outcome)
        },
        disposition: disposition?,
        lost_value: lost_value?,
    })
}

/// What becomes of inspected units.
#[derive(Debug, Clone, PartialEq)]
pub struct AssignDisposition {
    /// The return.
    pub r#return: ReturnId,
    /// Which units.
    pub units: LineUnits,
    /// What becomes of them.
    pub disposition: Disposition,
    /// Where; empty when nobody says.
    pub site: Text,
}

impl AssignDisposition {
    /// Reads the request.
    pub fn from_proto(request: proto::AssignDispositionRequest) -> Result<Self, InvalidRequest> {
        convert(|wrong| {
            let r#return = names::r#return(&request.name, &Path::of("name"), wrong);
            let units = some_line_units(request.units, &Path::of("units"), wrong);
            let disposition = disposition(request.disposition, &Path::of("disposition"), wrong);
            let site = text(request.site, &Path::of("site"), wrong);
            Some(Self {
                r#return: r#return?,
                units: units?,
                disposition: disposition?,
                site: site?,
            })
        })
    }
}

/// What goods brought in.
#[derive(Debug, Clone, PartialEq)]
pub struct RecordRecovery {
    /// The return.
    pub r#return: ReturnId,
    /// Which units.
    pub units: LineUnits,
    /// What they brought in together.
    pub amount: Money,
    /// When; none means now.
    pub recovered_at: Option<Timestamp>,
    /// By which the merchant's books find it.
    pub reference: Text,
}

impl RecordRecovery {
    /// Reads the report.
    pub fn from_proto(request: proto::RecordRecoveryRequest) -> Result<Self, InvalidRequest> {
        convert(|wrong| {
            let r#return = names::r#return(&request.name, &Path::of("name"), wrong);
            let units = some_line_units(request.units, &Path::of("units"), wrong);
            let at = Path::of("amount");
            let amount = some_money(request.amount, Sign::Positive, &at, wrong);
            let at = Path::of("recover_time");
            let recovered_at = timestamp_if_any(request.recover_time, &at, wrong);
            let reference = text(request.reference, &Path::of("reference"), wrong);
            Some(Self {
                r#return: r#return?,
                units: units?,
                amount: amount?,
                recovered_at: recovered_at?,
                reference: reference?,
            })
        })
    }
}
