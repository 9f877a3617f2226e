//! The messages of claims and repairs.

use backhaul_events::LineUnits;
use backhaul_events::returns::{
    ClaimReason, ClaimedUnits, DenialReason, Evidence, EvidenceKind, LineAmount, Remedy,
    ReplacementLine,
};
use backhaul_kernel::{ClaimId, Money, OrderId, RepairId, Text, Timestamp};

use crate::filter::Filter;
use crate::invalid::{InvalidRequest, Path, Wrong, convert};
use crate::names;
use crate::policies::remedy;
use crate::proto::returns::v1 as proto;
use crate::types::{
    LINES_MAX, Sign, line_units, money_to_proto, quantity, some_money, some_text, text,
    timestamp_if_any, timestamp_to_proto,
};
use crate::words::same_words;

/// The most pieces of evidence of one request.
const EVIDENCE_MAX: usize = 100;
/// The most parts of one repair.
const PARTS_MAX: usize = 100;

same_words! { "claim reason", proto::ClaimReason, ClaimReason, claim_reason, claim_reason_to_proto:
    NotDelivered Defective NotAsDescribed Damaged MissingParts Late
}
same_words! { "denial reason", proto::DenialReason, DenialReason, denial, denial_to_proto:
    NoEvidence NotCovered TooLate Misuse DeliveryProven Other
}
same_words! { "kind of evidence", proto::EvidenceKind, EvidenceKind, kind, kind_to_proto:
    Photo Video Document
}

/// A claim to open.
#[derive(Debug, Clone, PartialEq)]
pub struct OpenClaim {
    /// The order.
    pub order: OrderId,
    /// What is wrong.
    pub reason: ClaimReason,
    /// With which units.
    pub units: Vec<ClaimedUnits>,
    /// The buyer's own words.
    pub note: Text,
    /// What the buyer shows.
    pub evidence: Vec<Evidence>,
    /// When the buyer claimed; none means now.
    pub opened_at: Option<Timestamp>,
}

impl OpenClaim {
    /// Reads the request.
    pub fn from_proto(request: proto::OpenClaimRequest) -> Result<Self, InvalidRequest> {
        convert(|wrong| {
            let order = names::order(&request.order, &Path::of("order"), wrong);
            let reason = claim_reason(request.reason, &Path::of("reason"), wrong);
            let units = wrong.each(request.units, 1..=LINES_MAX, &Path::of("units"), claimed);
            let note = text(request.note, &Path::of("note"), wrong);
            let at = Path::of("evidence");
            let evidence = wrong.each(request.evidence, 0..=EVIDENCE_MAX, &at, evidence);
            let opened_at = timestamp_if_any(request.open_time, &Path::of("open_time"), wrong);
            Some(Self {
                order: order?,
                reason: reason?,
                units: units?,
                note: note?,
                evidence: evidence?,
                opened_at: opened_at?,
            })
        })
    }
}

fn claimed(message: proto::ClaimedUnits, at: &Path<'_>, wrong: &mut Wrong) -> Option<ClaimedUnits> {
    let line = wrong.parse(&message.line, &at.field("line"));
    let quantity = quantity(message.quantity, &at.field("quantity"), wrong);
    let field = at.field("fault_found_time");
    let fault_found_at = timestamp_if_any(message.fault_found_time, &field, wrong);
    Some(ClaimedUnits {
        line: line?,
        quantity: quantity?,
        fault_found_at: fault_found_at?,
    })
}

pub(crate) fn evidence(
    message: proto::Evidence,
    at: &Path<'_>,
    wrong: &mut Wrong,
) -> Option<Evidence> {
    let kind = kind(message.kind, &at.field("kind"), wrong);
    let reference = some_text(message.reference, &at.field("reference"), wrong);
    let note = text(message.note, &at.field("note"), wrong);
    Some(Evidence {
        kind: kind?,
        reference: reference?,
        note: note?,
    })
}

/// The claim, and words on it.
fn noted(name: &str, note: String) -> Result<(ClaimId, Text), InvalidRequest> {
    convert(|wrong| {
        let claim = names::claim(name, &Path::of("name"), wrong);
        let note = text(note, &Path::of("note"), wrong);
        Some((claim?, note?))
    })
}

/// The claim, and what the buyer is to show.
pub fn request_evidence_from_proto(
    request: proto::RequestEvidenceRequest,
) -> Result<(ClaimId, Text), InvalidRequest> {
    convert(|wrong| {
        let claim = names::claim(&request.name, &Path::of("name"), wrong);
        let note = some_text(request.note, &Path::of("note"), wrong);
        Some((claim?, note?))
    })
}

/// The claim, and what the buyer shows.
pub fn add_evidence_from_proto(
    request: proto::AddEvidenceRequest,
) -> Result<(ClaimId, Vec<Evidence>), InvalidRequest> {
    convert(|wrong| {
        let claim = names::claim(&request.name, &Path::of("name"), wrong);
        let at = Path::of("evidence");
        let evidence = wrong.each(request.evidence, 1..=EVIDENCE_MAX, &at, evidence);
        Some((claim?, evidence?))
    })
}

/// The claim to accept.
pub fn accept_from_proto(
    request: proto::AcceptClaimRequest,
) -> Result<(ClaimId, Text), InvalidRequest> {
    noted(&request.name, request.note)
}

/// The claim to withdraw.
pub fn withdraw_from_proto(
    request: proto::WithdrawClaimRequest,
) -> Result<(ClaimId, Text), InvalidRequest> {
    noted(&request.name, request.note)
}

/// The claim to deny, and why.
pub fn deny_from_proto(
    request: proto::DenyClaimRequest,
) -> Result<(ClaimId, DenialReason, Text), InvalidRequest> {
    convert(|wrong| {
        let claim = names::claim(&request.name, &Path::of("name"), wrong);
        let reason = denial(request.reason, &Path::of("reason"), wrong);
        let note = text(request.note, &Path::of("note"), wrong);
        Some((claim?, reason?, note?))
    })
}

/// A remedy to choose.
#[derive(Debug, Clone, PartialEq)]
pub struct ResolveClaim {
    /// The claim.
    pub claim: ClaimId,
    /// Which.
    pub remedy: ClaimRemedyKind,
    /// By how much prices fall.
    pub reductions: Vec<LineAmount>,
}

/// What claims can be resolved by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ClaimRemedyKind {
    /// All the money.
    Refund,
    /// Part of the money, and the goods.
    PriceReduction,
    /// The same again.
    Replacement,
    /// The goods mended.
    Repair,
}

impl ResolveClaim {
    /// Reads the request: a price reduction names amounts, and a refund none.
    pub fn from_proto(request: proto::ResolveClaimRequest) -> Result<Self, InvalidRequest> {
        convert(|wrong| {
            let claim = names::claim(&request.name, &Path::of("name"), wrong);
            let at = Path::of("remedy");
            let remedy = remedy(request.remedy, &at, wrong).and_then(|remedy| match remedy {
                Remedy::Refund => Some(ClaimRemedyKind::Refund),
                Remedy::PriceReduction => Some(ClaimRemedyKind::PriceReduction),
                Remedy::Replacement => Some(ClaimRemedyKind::Replacement),
                Remedy::Repair => Some(ClaimRemedyKind::Repair),
                Remedy::Exchange | Remedy::StoreCredit => {
                    wrong.note(&at, "no claim is resolved by it")
                }
            });
            let at = Path::of("reductions");
            let count = match remedy {
                Some(ClaimRemedyKind::Refund) => 0..=0,
                Some(ClaimRemedyKind::PriceReduction) => 1..=LINES_MAX,
                Some(ClaimRemedyKind::Replacement | ClaimRemedyKind::Repair) | None => {
                    0..=LINES_MAX
                }
            };
            let reductions = wrong.each(request.reductions, count, &at, line_amount);
            Some(Self {
                claim: claim?,
                remedy: remedy?,
                reductions: reductions?,
            })
        })
    }
}

fn line_amount(message: proto::LineAmount, at: &Path<'_>, wrong: &mut Wrong) -> Option<LineAmount> {
    let line = wrong.parse(&message.line, &at.field("line"));
    let at = at.field("amount");
    let amount = some_money(message.amount, Sign::Positive, &at, wrong);
    Some(LineAmount {
        line: line?,
        amount: amount?,
    })
}

/// What is told of replacement goods.
#[derive(Debug, Clone, PartialEq)]
pub enum ReplacementReport {
    /// They were set aside, under that name.
    Reserved(Text),
    /// They were sent, under that number; none means now.
    Sent(Text, Option<Timestamp>),
    /// They arrived; none means now.
    Delivered(Option<Timestamp>),
    /// There are none, for that reason.
    Unavailable(Text),
}

pub(crate) fn report(
    message: Option<proto::ReplacementReport>,
    wrong: &mut Wrong,
) -> Option<ReplacementReport> {
    let root = Path::of("report");
    let message = wrong.required(message, &root)?;
    let at = root.field("reference");
    let is_reserved = message.state() == proto::ReplacementState::Reserved;
    let reference = match is_reserved {
        true => some_text(message.reference.clone(), &at, wrong),
        false => text(message.reference.clone(), &at, wrong),
    };
    let note = text(message.note.clone(), &root.field("note"), wrong);
    let reported_at = timestamp_if_any(message.report_time, &root.field("report_time"), wrong);
    let (reference, note, reported_at) = (reference?, note?, reported_at?);
    match proto::ReplacementState::try_from(message.state) {
        Ok(proto::ReplacementState::Reserved) => Some(ReplacementReport::Reserved(reference)),
        Ok(proto::ReplacementState::Sent) => Some(ReplacementReport::Sent(reference, reported_at)),
        Ok(proto::ReplacementState::Delivered) => Some(ReplacementReport::Delivered(reported_at)),
        Ok(proto::ReplacementState::Unavailable) => Some(ReplacementReport::Unavailable(note)),
        Ok(proto::ReplacementState::Unspecified | proto::ReplacementState::Planned) | Err(_) => {
            wrong.note(
                &root.field("state"),
                "must be RESERVED, SENT, DELIVERED or UNAVAILABLE",
            )
        }
    }
}

/// The claim, and what is told of its replacement goods.
pub fn report_from_proto(
    request: proto::ReportReplacementRequest,
) -> Result<(ClaimId, ReplacementReport), InvalidRequest> {
    convert(|wrong| {
        let claim = names::claim(&request.name, &Path::of("name"), wrong);
        let report = report(request.report, wrong);
        Some((claim?, report?))
    })
}

/// The claim asked for.
pub fn get_claim_from_proto(request: proto::GetClaimRequest) -> Result<ClaimId, InvalidRequest> {
    convert(|wrong| names::claim(&request.name, &Path::of("name"), wrong))
}

/// Which claims to list; all by default.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ClaimFilter {
    /// Those of this order.
    pub order: Option<OrderId>,
    /// Those that stand here.
    pub state: Option<proto::claim::State>,
}

impl ClaimFilter {
    /// Reads the `filter` of a list request.
    pub fn from_proto(text: &str) -> Result<Self, InvalidRequest> {
        let filter = Filter::from_proto(text, &["order", "state"])?;
        Ok(Self {
            order: filter.name("order", names::parse_order_name)?,
            state: filter.state("state", proto::claim::State::from_str_name)?,
        })
    }
}

/// Goods to mend without a claim.
#[derive(Debug, Clone, PartialEq)]
pub struct StartRepair {
    /// The order.
    pub order: OrderId,
    /// Which units.
    pub units: Vec<LineUnits>,
    /// Who pays.
    pub payer: RepairPayer,
    /// What is wrong.
    pub note: Text,
    /// When; none means now.
    pub started_at: Option<Timestamp>,
}

/// Who pays for a repair.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RepairPayer {
    /// The merchant, under guarantee.
    Guarantee,
    /// The buyer.
    Buyer,
}

impl StartRepair {
    /// Reads the request.
    pub fn from_proto(request: proto::StartRepairRequest) -> Result<Self, InvalidRequest> {
        convert(|wrong| {
            let order = names::order(&request.order, &Path::of("order"), wrong);
            let units = wrong.each(request.units, 1..=LINES_MAX, &Path::of("units"), line_units);
            let note = text(request.note, &Path::of("note"), wrong);
            let started_at = timestamp_if_any(request.start_time, &Path::of("start_time"), wrong);
            Some(Self {
                order: order?,
                units: units?,
                payer: match request.at_buyers_cost {
                    true => RepairPayer::Buyer,
                    false => RepairPayer::Guarantee,
                },
                note: note?,
                started_at: started_at?,
            })
        })
    }
}

/// The repair, its price, and what is to be done.
pub fn quote_from_proto(
    request: proto::QuoteRepairRequest,
) -> Result<(RepairId, Money, Text), InvalidRequest> {
    convert(|wrong| {
        let repair = names::repair(&request.name, &Path::of("name"), wrong);
        let at = Path::of("price");
        let price = some_money(request.price, Sign::Positive, &at, wrong);
        let note = text(request.note, &Path::of("note"), wrong);
        Some((repair?, price?, note?))
    })
}

/// The buyer's answer to an offer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum QuoteAnswer {
    /// The buyer takes it.
    Accepted,
    /// The buyer does not take it.
    Declined,
}

/// The repair, and the buyer's answer.
pub fn answer_from_proto(
    request: proto::AnswerRepairQuoteRequest,
) -> Result<(RepairId, QuoteAnswer), InvalidRequest> {
    convert(|wrong| {
        let repair = names::repair(&request.name, &Path::of("name"), wrong)?;
        Some(match request.declined {
            true => (repair, QuoteAnswer::Declined),
            false => (repair, QuoteAnswer::Accepted),
        })
    })
}

/// The repair, the parts that were built in, and when; none means now.
pub fn complete_from_proto(
    request: proto::CompleteRepairRequest,
) -> Result<(RepairId, Vec<Text>, Option<Timestamp>), InvalidRequest> {
    convert(|wrong| {
        let repair = names::repair(&request.name, &Path::of("name"), wrong);
        let parts = wrong.each(request.parts, 0..=PARTS_MAX, &Path::of("parts"), some_text);
        let at = Path::of("complete_time");
        let completed_at = timestamp_if_any(request.complete_time, &at, wrong);
        Some((repair?, parts?, completed_at?))
    })
}

/// The repair, words on it, and when; none means now.
pub fn fail_from_proto(
    request: proto::FailRepairRequest,
) -> Result<(RepairId, Text, Option<Timestamp>), InvalidRequest> {
    convert(|wrong| {
        let repair = names::repair(&request.name, &Path::of("name"), wrong);
        let note = text(request.note, &Path::of("note"), wrong);
        let failed_at = timestamp_if_any(request.fail_time, &Path::of("fail_time"), wrong);
        Some((repair?, note?, failed_at?))
    })
}

/// The repair, the carrier's number, and when; none means now.
pub fn send_back_from_proto(
    request: proto::SendBackRepairRequest,
) -> Result<(RepairId, Text, Option<Timestamp>), InvalidRequest> {
    convert(|wrong| {
        let repair = names::repair(&request.name, &Path::of("name"), wrong);
        let reference = text(request.reference, &Path::of("reference"), wrong);
        let sent_at = timestamp_if_any(request.send_time, &Path::of("send_time"), wrong);
        Some((repair?, reference?, sent_at?))
    })
}

/// The repair asked for.
pub fn get_repair_from_proto(request: proto::GetRepairRequest) -> Result<RepairId, InvalidRequest> {
    convert(|wrong| names::repair(&request.name, &Path::of("name"), wrong))
}

/// The message of claimed units.
pub fn claimed_to_proto(units: &ClaimedUnits) -> proto::ClaimedUnits {
    proto::ClaimedUnits {
        line: units.line.to_string(),
        quantity: units.quantity,
        fault_found_time: units.fault_found_at.map(timestamp_to_proto),
    }
}

/// The message of evidence.
pub fn evidence_to_proto(evidence: &Evidence) -> proto::Evidence {
    proto::Evidence {
        kind: kind_to_proto(evidence.kind).into(),
        reference: evidence.reference.to_string(),
        note: evidence.note.to_string(),
    }
}

/// The message of a replacement line.
pub fn replacement_to_proto(line: &ReplacementLine) -> proto::ReplacementLine {
    proto::ReplacementLine {
        line: line.line.to_string(),
        replaces: line
            .replaces
            .as_ref()
            .map(ToString::to_string)
            .unwrap_or_default(),
        sku: line.sku.to_string(),
        category: line
            .category
            .as_ref()
            .map(ToString::to_string)
            .unwrap_or_default(),
        quantity: line.quantity,
        value: Some(money_to_proto(line.value)),
    }
}

/// The message of an amount of a line.
pub fn line_amount_to_proto(amount: &LineAmount) -> proto::LineAmount {
    proto::LineAmount {
        line: amount.line.to_string(),
        amount: Some(money_to_proto(amount.amount)),
    }
}

#[cfg(test)]
mod tests;
