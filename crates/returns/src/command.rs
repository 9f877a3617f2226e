//! What can be asked of the returns of an order.

use backhaul_events::LineUnits;
use backhaul_events::returns::{
    Disposition, InspectedUnits, ReceivedParts, ReceivedUnits, RequestedItem, Statement,
};
use backhaul_kernel::{LineId, Money, OrderId, ParcelId, ReturnId, Text, Timestamp};

use crate::claims::ClaimCommand;
use crate::exchanges::ExchangeCommand;
use crate::order_facts::OrderFacts;
use crate::policy::PolicySnapshot;
use crate::repairs::RepairCommand;
use crate::replacements::SupplyCommand;

/// A request of a buyer's platform, an agent, a warehouse, or of BACKHAUL itself.
#[derive(Debug, Clone, PartialEq)]
pub enum Command {
    /// See [`Request`].
    Request(Request),
    /// See [`Authorize`].
    Authorize(Authorize),
    /// See [`Decline`].
    Decline(Decline),
    /// See [`Cancel`].
    Cancel(Cancel),
    /// See [`Expire`].
    Expire(Expire),
    /// See [`RecordReceipt`].
    RecordReceipt(RecordReceipt),
    /// See [`RecordMissing`].
    RecordMissing(RecordMissing),
    /// See [`RecordWrongItem`].
    RecordWrongItem(RecordWrongItem),
    /// See [`RecordUnexpected`].
    RecordUnexpected(RecordUnexpected),
    /// See [`Inspect`].
    Inspect(Inspect),
    /// See [`AssignDisposition`].
    AssignDisposition(AssignDisposition),
    /// See [`RecordRecovery`].
    RecordRecovery(RecordRecovery),
    /// See [`Close`].
    Close(Close),
    /// See [`Reopen`].
    Reopen(Reopen),
    /// See [`OfferPartialRefund`].
    OfferPartialRefund(OfferPartialRefund),
    /// See [`AcceptOffer`].
    AcceptOffer(AcceptOffer),
    /// See [`DeclineOffer`].
    DeclineOffer(DeclineOffer),
    /// See [`NoteRefundSettled`].
    NoteRefundSettled(NoteRefundSettled),
    /// See [`ClaimCommand`].
    Claim(ClaimCommand),
    /// See [`ExchangeCommand`].
    Exchange(ExchangeCommand),
    /// See [`RepairCommand`].
    Repair(RepairCommand),
    /// See [`SupplyCommand`].
    Supply(SupplyCommand),
    /// See [`DeclareWithdrawal`].
    DeclareWithdrawal(DeclareWithdrawal),
    /// See [`ConfirmWithdrawal`].
    ConfirmWithdrawal(ConfirmWithdrawal),
    /// See [`RecordHandover`].
    RecordHandover(RecordHandover),
    /// See [`ReleaseUninspected`].
    ReleaseUninspected(ReleaseUninspected),
    /// See [`NoteReviewOverdue`].
    NoteReviewOverdue(NoteReviewOverdue),
}

/// The buyer asks to return units.
#[derive(Debug, Clone, PartialEq)]
pub struct Request {
    /// The order.
    pub order: OrderId,
    /// What is to come back. A line may stand in several items; their units add up.
    pub items: Vec<RequestedItem>,
    /// When the buyer asked; the legal clock of the request.
    pub requested_at: Timestamp,
    /// Who had the goods as a gift and returns them; none where the buyer does.
    pub gift_recipient: Option<Text>,
    /// What is known of the order.
    pub facts: OrderFacts,
    /// The merchant's policy as it stands.
    pub policy: PolicySnapshot,
    /// What to do when some line is not returnable.
    pub on_not_returnable: NotReturnable,
}

/// What a request outside the window, or for goods sold as final, leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum NotReturnable {
    /// The return is recorded and declined as a whole: the buyer learns why, line by line.
    #[default]
    Decline,
    /// Nothing is recorded and the caller is told.
    Refuse,
}

/// A person authorises what was referred, or overrides a declined or expired return.
#[derive(Debug, Clone, PartialEq)]
pub struct Authorize {
    /// The return.
    pub r#return: ReturnId,
    /// What is known of the order.
    pub facts: OrderFacts,
    /// The merchant's policy as it stands.
    pub policy: PolicySnapshot,
}

/// A person declines what was referred.
#[derive(Debug, Clone, PartialEq)]
pub struct Decline {
    /// The return.
    pub r#return: ReturnId,
    /// Why, in words.
    pub note: Text,
}

/// The buyer or the merchant calls the return off.
#[derive(Debug, Clone, PartialEq)]
pub struct Cancel {
    /// The return.
    pub r#return: ReturnId,
    /// Why, in words.
    pub note: Text,
}

/// The deadline of an authorisation has come.
#[derive(Debug, Clone, PartialEq)]
pub struct Expire {
    /// The return.
    pub r#return: ReturnId,
    /// The deadline that fired; an authorisation with another deadline stays.
    pub due: Timestamp,
}

/// A warehouse reports what arrived in one go.
#[derive(Debug, Clone, PartialEq)]
pub struct RecordReceipt {
    /// The return.
    pub r#return: ReturnId,
    /// The parcel it came in, if it was announced.
    pub parcel: Option<ParcelId>,
    /// The return centre.
    pub site: Text,
    /// What arrived.
    pub units: Vec<ReceivedUnits>,
    /// Which parts of kits arrived.
    pub parts: Vec<ReceivedParts>,
    /// What was announced but is not coming.
    pub missing: Vec<LineUnits>,
    /// What came in place of something else.
    pub wrong_items: Vec<WrongItem>,
    /// When.
    pub received_at: Timestamp,
}

/// Something that came in place of a unit.
#[derive(Debug, Clone, PartialEq)]
pub struct WrongItem {
    /// The line that was expected.
    pub line: LineId,
    /// How many.
    pub quantity: u32,
    /// What came, as far as it can be told.
    pub found: Text,
}

/// Units of a return are not coming.
#[derive(Debug, Clone, PartialEq)]
pub struct RecordMissing {
    /// The return.
    pub r#return: ReturnId,
    /// Which.
    pub units: Vec<LineUnits>,
}

/// Something else came in place of a unit.
#[derive(Debug, Clone, PartialEq)]
pub struct RecordWrongItem {
    /// The return.
    pub r#return: ReturnId,
    /// What came.
    pub item: WrongItem,
    /// When.
    pub received_at: Timestamp,
}

/// Units came that nobody announced.
#[derive(Debug, Clone, PartialEq)]
pub struct RecordUnexpected {
    /// The order whose goods they seem to be.
    pub order: OrderId,
    /// What came.
    pub found: Text,
    /// How many.
    pub quantity: u32,
    /// When.
    pub received_at: Timestamp,
}

/// A warehouse reports what received units are like.
#[derive(Debug, Clone, PartialEq)]
pub struct Inspect {
    /// The return.
    pub r#return: ReturnId,
    /// What was found.
    pub units: Vec<InspectedUnits>,
    /// Value that units lost with the buyer, to be kept back.
    pub lost_value: Vec<LostValue>,
    /// What becomes of the units, where that is already known.
    pub dispositions: Vec<(LineUnits, Disposition)>,
    /// When.
    pub inspected_at: Timestamp,
    /// What is known of the order.
    pub facts: OrderFacts,
}

/// Value that inspected units lost with the buyer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LostValue {
    /// Their place in what was found.
    pub units: usize,
    /// How much, for all of them.
    pub amount: Money,
}

/// Somebody says what becomes of inspected units.
#[derive(Debug, Clone, PartialEq)]
pub struct AssignDisposition {
    /// The return.
    pub r#return: ReturnId,
    /// Which units.
    pub units: LineUnits,
    /// What becomes of them.
    pub disposition: Disposition,
    /// Where; empty when nobody said.
    pub site: Text,
}

/// Goods brought in money.
#[derive(Debug, Clone, PartialEq)]
pub struct RecordRecovery {
    /// The return.
    pub r#return: ReturnId,
    /// Which units.
    pub units: LineUnits,
    /// What they brought in together.
    pub amount: Money,
    /// When.
    pub recovered_at: Timestamp,
    /// By which the merchant's books find it.
    pub reference: Text,
}

/// A person ends a return that waits for nothing more.
#[derive(Debug, Clone, PartialEq)]
pub struct Close {
    /// The return.
    pub r#return: ReturnId,
}

/// A person opens a closed return again.
#[derive(Debug, Clone, PartialEq)]
pub struct Reopen {
    /// The return.
    pub r#return: ReturnId,
    /// Why, in words.
    pub note: Text,
    /// What is known of the order.
    pub facts: OrderFacts,
}

/// A person offers money to a buyer who keeps the goods.
#[derive(Debug, Clone, PartialEq)]
pub struct OfferPartialRefund {
    /// The return.
    pub r#return: ReturnId,
    /// How much, taxes included.
    pub amount: Money,
    /// What is known of the order.
    pub facts: OrderFacts,
}

/// The buyer takes an offer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AcceptOffer {
    /// The return.
    pub r#return: ReturnId,
    /// Which of its offers.
    pub offer: u32,
}

/// The buyer leaves an offer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeclineOffer {
    /// The return.
    pub r#return: ReturnId,
    /// Which of its offers.
    pub offer: u32,
    /// Why, in the buyer's words.
    pub note: Text,
}

/// The refund of one of the return's releases was settled.
#[derive(Debug, Clone, PartialEq)]
pub struct NoteRefundSettled {
    /// The return.
    pub r#return: ReturnId,
    /// Which of its releases.
    pub release: u32,
}

/// A carrier saw a parcel of the return.
#[derive(Debug, Clone, PartialEq)]
pub struct RecordHandover {
    /// The return.
    pub r#return: ReturnId,
    /// The parcel.
    pub parcel: ParcelId,
    /// When.
    pub handed_over_at: Timestamp,
}

/// The time that the policy gives an inspection is over.
#[derive(Debug, Clone, PartialEq)]
pub struct ReleaseUninspected {
    /// The return.
    pub r#return: ReturnId,
    /// The deadline that fired.
    pub due: Timestamp,
}

/// The buyer states to withdraw from the contract.
#[derive(Debug, Clone, PartialEq)]
pub struct DeclareWithdrawal {
    /// The order.
    pub order: OrderId,
    /// What is to go back; all that is left of the order when empty.
    pub units: Vec<LineUnits>,
    /// What the buyer states.
    pub statement: Statement,
    /// When.
    pub declared_at: Timestamp,
    /// What is known of the order.
    pub facts: OrderFacts,
    /// The merchant's policy as it stands.
    pub policy: PolicySnapshot,
}

/// The buyer confirms a withdrawal.
#[derive(Debug, Clone, PartialEq)]
pub struct ConfirmWithdrawal {
    /// The return.
    pub r#return: ReturnId,
    /// When; the legal clock of the withdrawal.
    pub confirmed_at: Timestamp,
    /// What is known of the order.
    pub facts: OrderFacts,
    /// The merchant's policy as it stands.
    pub policy: PolicySnapshot,
}

/// The time that was promised for a decision is over.
#[derive(Debug, Clone, PartialEq)]
pub struct NoteReviewOverdue {
    /// The return.
    pub r#return: ReturnId,
    /// The deadline that fired.
    pub due: Timestamp,
}
