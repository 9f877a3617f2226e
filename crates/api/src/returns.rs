//! Returns: requests to what is asked, and what happened to messages; decisions in `decisions`.

mod decisions;
mod inspection;
mod offers;
mod withdrawal;

use backhaul_events::LineUnits;
use backhaul_events::returns::{
    Condition, Disposition, Grade, Handling, Postage, Reason, ReceivedParts, ReceivedUnits,
    Release, RequestedItem, ReturnCentre,
};
use backhaul_kernel::{LineId, OrderId, ParcelId, ReturnId, Text, Timestamp};

use crate::filter::Filter;
use crate::invalid::{InvalidRequest, Path, Wrong, convert};
use crate::names;
use crate::proto::returns::v1 as proto;
use crate::types::{
    LINES_MAX, Sign, line_units, money, money_to_proto, quantity, some_text, text, text_if_any,
    timestamp_if_any, timestamp_to_proto,
};
use crate::words::same_words;

same_words! { "reason", proto::Reason, Reason, reason, reason_to_proto:
    ChangedMind WrongSize Defective NotAsDescribed WrongItem DamagedInTransit ArrivedLate
    MissingParts Other
}
same_words! { "condition", proto::Condition, Condition, condition, condition_to_proto:
    Intact Damaged
}
same_words! { "grade", proto::Grade, Grade, grade, grade_to_proto: A B C D }
same_words! { "disposition", proto::Disposition, Disposition, disposition, disposition_to_proto:
    Restock Refurbish Repair Resell Liquidate Donate Recycle Destroy SendBack
}
same_words! { "release", proto::Release, Release, release, release_to_proto:
    OnRequest OnReceipt OnInspection OnFirstScan
}

pub use decisions::{buyer_before_to_proto, decision_to_proto, finding_to_proto, verdict_to_proto};
pub use inspection::{AssignDisposition, InspectUnits, LostValue, RecordRecovery};
pub use offers::{AnswerOffer, OfferPartialRefund};
pub use withdrawal::{ConfirmWithdrawal, DeclareWithdrawal, statement_to_proto};

/// A question what of an order can be returned.
#[derive(Debug, Clone, PartialEq)]
pub struct GetReturnability {
    /// The order.
    pub order: OrderId,
    /// As of when; none means now.
    pub as_of: Option<Timestamp>,
}

impl GetReturnability {
    /// Reads the question.
    pub fn from_proto(request: proto::GetReturnabilityRequest) -> Result<Self, InvalidRequest> {
        convert(|wrong| {
            let order = names::order(&request.order, &Path::of("order"), wrong);
            let as_of = timestamp_if_any(request.as_of_time, &Path::of("as_of_time"), wrong);
            Some(Self {
                order: order?,
                as_of: as_of?,
            })
        })
    }
}

/// A buyer asks for a return.
#[derive(Debug, Clone, PartialEq)]
pub struct RequestReturn {
    /// The order.
    pub order: OrderId,
    /// What is to come back.
    pub items: Vec<RequestedItem>,
    /// When the buyer asked; none means now.
    pub requested_at: Option<Timestamp>,
    /// What to do when some line is not returnable.
    pub on_not_returnable: NotReturnable,
    /// Who had the goods as a gift and returns them.
    pub gift_recipient: Option<Text>,
}

/// What a request leads to that the policy does not allow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotReturnable {
    /// It is recorded and declined.
    Decline,
    /// It is refused and nothing is recorded.
    Refuse,
}

impl RequestReturn {
    /// Reads the request.
    pub fn from_proto(request: proto::RequestReturnRequest) -> Result<Self, InvalidRequest> {
        convert(|wrong| {
            let order = names::order(&request.order, &Path::of("order"), wrong);
            let items = wrong.each(request.items, 1..=LINES_MAX, &Path::of("items"), item);
            let requested_at =
                timestamp_if_any(request.request_time, &Path::of("request_time"), wrong);
            let at = Path::of("gift_recipient");
            let gift_recipient = text_if_any(request.gift_recipient, &at, wrong);
            Some(Self {
                order: order?,
                items: items?,
                requested_at: requested_at?,
                gift_recipient: gift_recipient?,
                on_not_returnable: match request.refuse_if_not_returnable {
                    true => NotReturnable::Refuse,
                    false => NotReturnable::Decline,
                },
            })
        })
    }
}

pub(crate) fn item(
    message: proto::Item,
    at: &Path<'_>,
    wrong: &mut Wrong,
) -> Option<RequestedItem> {
    let line = wrong.parse(&message.line, &at.field("line"));
    let quantity = quantity(message.quantity, &at.field("quantity"), wrong);
    let reason = reason(message.reason, &at.field("reason"), wrong);
    let note = text(message.note, &at.field("note"), wrong);
    let claim = match message.claim {
        Some(claim) => money(claim, Sign::Positive, &at.field("claim"), wrong).map(Some),
        None => Some(None),
    };
    let fault_found_at = timestamp_if_any(
        message.fault_found_time,
        &at.field("fault_found_time"),
        wrong,
    );
    Some(RequestedItem {
        line: line?,
        quantity: quantity?,
        reason: reason?,
        note: note?,
        claim: claim?,
        fault_found_at: fault_found_at?,
    })
}

/// The return that a request names, and words on it.
#[derive(Debug, Clone, PartialEq)]
pub struct NotedReturn {
    /// The return.
    pub r#return: ReturnId,
    /// Why, in words.
    pub note: Text,
}

fn noted(name: &str, note: String) -> Result<NotedReturn, InvalidRequest> {
    convert(|wrong| {
        let r#return = names::r#return(name, &Path::of("name"), wrong);
        let note = text(note, &Path::of("note"), wrong);
        Some(NotedReturn {
            r#return: r#return?,
            note: note?,
        })
    })
}

fn named(name: &str) -> Result<ReturnId, InvalidRequest> {
    convert(|wrong| names::r#return(name, &Path::of("name"), wrong))
}

/// The return to authorise.
pub fn authorize_from_proto(
    request: proto::AuthorizeReturnRequest,
) -> Result<ReturnId, InvalidRequest> {
    named(&request.name)
}

/// The return to decline, and why.
pub fn decline_from_proto(
    request: proto::DeclineReturnRequest,
) -> Result<NotedReturn, InvalidRequest> {
    noted(&request.name, request.note)
}

/// The return to call off, and why.
pub fn cancel_from_proto(
    request: proto::CancelReturnRequest,
) -> Result<NotedReturn, InvalidRequest> {
    noted(&request.name, request.note)
}

/// The return to open again, and why.
pub fn reopen_from_proto(
    request: proto::ReopenReturnRequest,
) -> Result<NotedReturn, InvalidRequest> {
    noted(&request.name, request.note)
}

/// The return to close.
pub fn close_from_proto(request: proto::CloseReturnRequest) -> Result<ReturnId, InvalidRequest> {
    named(&request.name)
}

/// The return asked for.
pub fn get_return_from_proto(request: proto::GetReturnRequest) -> Result<ReturnId, InvalidRequest> {
    named(&request.name)
}

/// What a warehouse says arrived.
#[derive(Debug, Clone, PartialEq)]
pub struct RecordReceipt {
    /// The return.
    pub r#return: ReturnId,
    /// The parcel it came in, if it is known.
    pub parcel: Option<ParcelId>,
    /// The return centre.
    pub site: Text,
    /// What arrived.
    pub units: Vec<ReceivedUnits>,
    /// Which parts of kits arrived.
    pub parts: Vec<ReceivedParts>,
    /// What is not coming.
    pub missing: Vec<LineUnits>,
    /// What came instead.
    pub wrong_items: Vec<WrongItem>,
    /// When; none means now.
    pub received_at: Option<Timestamp>,
}

/// Something that came in place of a line's units.
#[derive(Debug, Clone, PartialEq)]
pub struct WrongItem {
    /// The line that was expected.
    pub line: LineId,
    /// How many.
    pub quantity: u32,
    /// What came.
    pub found: Text,
}

impl RecordReceipt {
    /// Reads the report: something arrived, is missing, or came instead.
    pub fn from_proto(request: proto::RecordReceiptRequest) -> Result<Self, InvalidRequest> {
        convert(|wrong| {
            let r#return = names::r#return(&request.name, &Path::of("name"), wrong);
            let parcel = match request.parcel.as_str() {
                "" => Some(None),
                name => names::parcel(name, &Path::of("parcel"), wrong).map(Some),
            };
            let site = text(request.site, &Path::of("site"), wrong);
            let units = wrong.each(request.units, 0..=LINES_MAX, &Path::of("units"), received);
            let parts = wrong.each(request.parts, 0..=LINES_MAX, &Path::of("parts"), part);
            let at = Path::of("missing");
            let missing = wrong.each(request.missing, 0..=LINES_MAX, &at, line_units);
            let at = Path::of("wrong_items");
            let wrong_items = wrong.each(request.wrong_items, 0..=LINES_MAX, &at, wrong_item);
            let at = Path::of("receive_time");
            let received_at = timestamp_if_any(request.receive_time, &at, wrong);
            let (units, parts) = (units?, parts?);
            let (missing, wrong_items) = (missing?, wrong_items?);
            let is_silent = units.is_empty() && parts.is_empty();
            if is_silent && missing.is_empty() && wrong_items.is_empty() {
                return wrong.note(
                    &Path::of("units"),
                    "units, parts, missing or wrong_items must be given",
                );
            }
            Some(Self {
                r#return: r#return?,
                parcel: parcel?,
                site: site?,
                units,
                parts,
                missing,
                wrong_items,
                received_at: received_at?,
            })
        })
    }
}

fn received(
    message: proto::ReceivedUnits,
    at: &Path<'_>,
    wrong: &mut Wrong,
) -> Option<ReceivedUnits> {
    let line = wrong.parse(&message.line, &at.field("line"));
    let quantity = quantity(message.quantity, &at.field("quantity"), wrong);
    let condition = condition(message.condition, &at.field("condition"), wrong);
    Some(ReceivedUnits {
        line: line?,
        quantity: quantity?,
        condition: condition?,
    })
}

fn part(message: proto::ReceivedParts, at: &Path<'_>, wrong: &mut Wrong) -> Option<ReceivedParts> {
    let line = wrong.parse(&message.line, &at.field("line"));
    let sku = some_text(message.sku, &at.field("sku"), wrong);
    let quantity = quantity(message.quantity, &at.field("quantity"), wrong);
    let condition = condition(message.condition, &at.field("condition"), wrong);
    Some(ReceivedParts {
        line: line?,
        sku: sku?,
        quantity: quantity?,
        condition: condition?,
    })
}

fn wrong_item(message: proto::WrongItem, at: &Path<'_>, wrong: &mut Wrong) -> Option<WrongItem> {
    let line = wrong.parse(&message.line, &at.field("line"));
    let quantity = quantity(message.quantity, &at.field("quantity"), wrong);
    let found = text(message.found, &at.field("found"), wrong);
    Some(WrongItem {
        line: line?,
        quantity: quantity?,
        found: found?,
    })
}

/// Goods that nobody announced.
#[derive(Debug, Clone, PartialEq)]
pub struct RecordUnexpectedReceipt {
    /// The order whose goods they seem to be.
    pub order: OrderId,
    /// What came.
    pub found: Text,
    /// How many.
    pub quantity: u32,
    /// When; none means now.
    pub received_at: Option<Timestamp>,
}

impl RecordUnexpectedReceipt {
    /// Reads the report.
    pub fn from_proto(
        request: proto::RecordUnexpectedReceiptRequest,
    ) -> Result<Self, InvalidRequest> {
        convert(|wrong| {
            let order = names::order(&request.order, &Path::of("order"), wrong);
            let found = some_text(request.found, &Path::of("found"), wrong);
            let quantity = quantity(request.quantity, &Path::of("quantity"), wrong);
            let at = Path::of("receive_time");
            let received_at = timestamp_if_any(request.receive_time, &at, wrong);
            Some(Self {
                order: order?,
                found: found?,
                quantity: quantity?,
                received_at: received_at?,
            })
        })
    }
}

/// Which returns to list; all by default.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ReturnFilter {
    /// Those of this order.
    pub order: Option<OrderId>,
    /// Those that stand here.
    pub state: Option<proto::r#return::State>,
    /// Those on which nobody decided by the time that was promised, or the others.
    pub overdue: Option<bool>,
}

impl ReturnFilter {
    /// Reads the `filter` of a list request.
    pub fn from_proto(text: &str) -> Result<Self, InvalidRequest> {
        let filter = Filter::from_proto(text, &["order", "state", "overdue"])?;
        Ok(Self {
            order: filter.name("order", names::parse_order_name)?,
            state: filter.state("state", proto::r#return::State::from_str_name)?,
            overdue: filter.read("overdue", |text| {
                text.parse().map_err(|_| "is true or false".to_owned())
            })?,
        })
    }
}

/// The message of an item.
pub fn item_to_proto(item: &RequestedItem) -> proto::Item {
    proto::Item {
        line: item.line.to_string(),
        quantity: item.quantity,
        reason: reason_to_proto(item.reason).into(),
        note: item.note.to_string(),
        claim: item.claim.map(money_to_proto),
        fault_found_time: item.fault_found_at.map(timestamp_to_proto),
    }
}

/// The message of what the buyer does with the goods.
pub fn handling_to_proto(handling: &Handling) -> proto::Handling {
    match handling {
        Handling::KeepItem => proto::Handling {
            keep_item: true,
            ..proto::Handling::default()
        },
        Handling::NothingSent => proto::Handling {
            nothing_sent: true,
            ..proto::Handling::default()
        },
        Handling::SendBack { to, postage } => proto::Handling {
            ship_to: Some(centre_to_proto(to)),
            buyer_pays_postage: *postage == Postage::Buyer,
            ..proto::Handling::default()
        },
    }
}

/// The message of a return centre.
pub fn centre_to_proto(centre: &ReturnCentre) -> proto::ReturnCentre {
    proto::ReturnCentre {
        id: centre.id.to_string(),
        region_code: centre.country.to_string(),
        display_name: centre.name.to_string(),
    }
}

#[cfg(test)]
mod tests;
