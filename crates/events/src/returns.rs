//! What comes back, why, and what becomes of it. One stream an order holds all its returns; one
//! stream a policy set holds its versions.

use backhaul_kernel::{
    Country, LineId, Money, OrderId, ParcelId, PolicyId, ReturnId, Text, Timestamp,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

mod buyer;
mod claim;
mod exchange;
mod inspection;
mod kit;
mod offer;
mod policy;
mod released;
mod repair;
mod replacement;
mod review;
mod terms;
mod withdrawal;

pub use buyer::BuyerBefore;
pub use claim::{
    ClaimAccepted, ClaimDenied, ClaimEvidenceAdded, ClaimEvidenceRequested, ClaimOpened,
    ClaimReason, ClaimRemedy, ClaimResolved, ClaimWithdrawn, ClaimedUnits, DenialReason, Evidence,
    EvidenceKind, RemedyGrounds,
};
pub use exchange::{
    AdvanceAuthorized, AdvanceCharged, AdvanceReleased, DifferenceCollected, DifferenceQuoted,
    DifferenceReleased, ExchangeCancelled, ExchangeCompleted, ExchangeRequested, ExchangeUnwound,
};
pub use inspection::{
    Disposition, DispositionAssigned, Grade, GradeFee, InspectedUnits, InspectionOutcome,
    UnitsInspected, ValueRecovered,
};
pub use kit::{Kit, PartsReceived, ReceivedParts};
pub use offer::{PartialRefundAccepted, PartialRefundDeclined, PartialRefundOffered};
pub use repair::{
    Coverage, GuaranteeExtended, RepairCompleted, RepairFailed, RepairQuoteAccepted,
    RepairQuoteDeclined, RepairQuoted, RepairSentBack, RepairStarted,
};
pub use replacement::{
    CollectedPart, LineAmount, RemedyOf, RemedyReleased, ReplacementDelivered, ReplacementLine,
    ReplacementReserved, ReplacementSent, ReplacementUnavailable,
};

pub use policy::{
    Clock, Day, Exemption, Fees, KeepItem, LastDay, PartialRefund, PolicyRetired, Remedy, Rule,
    Scope, SpanUnit, WayBack, WindowTerms,
};
pub use released::{
    Deduction, DeductionKind, InspectionOverdue, ItemFee, LegalDue, OutboundShipping,
    RefundReleased, ReleaseTerms, ReleasedItem, ShippingOwed, UnitsHandedOver,
};
pub use review::{LocalTime, ReviewOverdue, ReviewWithin, Weekday};
pub use terms::{AppliedClause, Aspect, Authority, LineTerms};
pub use withdrawal::{
    Statement, WithdrawalAcknowledged, WithdrawalConfirmed, WithdrawalDeclared, WithdrawalRight,
};

use crate::{LineUnits, context_events};

context_events! { Returns, "returns":
    ReturnRequested = 1,
    ReturnReferred = 1,
    ReturnAuthorized = 1,
    ReturnDeclined = 1,
    ReturnCancelled = 1,
    ReturnExpired = 1,
    UnitsReceived = 1,
    UnitsMissing = 1,
    WrongItemReceived = 1,
    UnexpectedUnitsReceived = 1,
    UnitsInspected = 1,
    DispositionAssigned = 1,
    RefundReleased = 1,
    ReturnClosed = 1,
    UnitsHandedOver = 1,
    InspectionOverdue = 1,
    WithdrawalDeclared = 1,
    WithdrawalConfirmed = 1,
    WithdrawalAcknowledged = 1,
    PolicyPublished = 1,
    PolicyRetired = 1,
    ClaimOpened = 1,
    ClaimEvidenceRequested = 1,
    ClaimEvidenceAdded = 1,
    ClaimAccepted = 1,
    ClaimDenied = 1,
    ClaimWithdrawn = 1,
    ClaimResolved = 1,
    ReplacementReserved = 1,
    ReplacementUnavailable = 1,
    ReplacementSent = 1,
    ReplacementDelivered = 1,
    RemedyReleased = 1,
    ExchangeRequested = 1,
    DifferenceQuoted = 1,
    DifferenceCollected = 1,
    DifferenceReleased = 1,
    AdvanceAuthorized = 1,
    AdvanceReleased = 1,
    AdvanceCharged = 1,
    ExchangeCompleted = 1,
    ExchangeUnwound = 1,
    ExchangeCancelled = 1,
    RepairStarted = 1,
    RepairQuoted = 1,
    RepairQuoteAccepted = 1,
    RepairQuoteDeclined = 1,
    RepairCompleted = 1,
    RepairFailed = 1,
    RepairSentBack = 1,
    GuaranteeExtended = 1,
    ValueRecovered = 1,
    PartialRefundOffered = 1,
    PartialRefundAccepted = 1,
    PartialRefundDeclined = 1,
    PartsReceived = 1,
    ReturnReopened = 1,
    ReviewOverdue = 1,
}

/// The buyer asks to return units.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ReturnRequested {
    /// The return.
    pub r#return: ReturnId,
    /// What is to come back, in the order asked.
    pub items: Vec<RequestedItem>,
    /// When the buyer asked; the legal clock of the request.
    pub requested_at: Timestamp,
    /// Which of the lines are kits, and of what they are made.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub kits: Vec<Kit>,
    /// The platform's pseudonymous name for the person who had the goods as a gift and returns them:
    /// the money is theirs, as store credit, and the buyer is not told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gift_recipient: Option<Text>,
}

/// Some units of one line that the buyer asks to return for one reason. A line may be asked for in
/// several items; their units add up.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct RequestedItem {
    /// The order line.
    pub line: LineId,
    /// Units, at least 1.
    pub quantity: u32,
    /// Why.
    pub reason: Reason,
    /// The buyer's own words.
    #[serde(default, skip_serializing_if = "Text::is_empty")]
    pub note: Text,
    /// What is asked back for the item, taxes included; the grant is never more. None asks for all
    /// that was paid.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub claim: Option<Money>,
    /// When the buyer found the fault, if there is one and somebody said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fault_found_at: Option<Timestamp>,
}

/// Why a buyer returns.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// Withdrawal without a reason.
    ChangedMind,
    /// Does not fit.
    WrongSize,
    /// Does not work, or not for long enough.
    Defective,
    /// Differs from what was promised.
    NotAsDescribed,
    /// Something else came.
    WrongItem,
    /// Came damaged.
    DamagedInTransit,
    /// Came too late.
    ArrivedLate,
    /// Parts are missing.
    MissingParts,
    /// Anything else; the note says what.
    Other,
}

/// The policy leaves the decision to a person.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ReturnReferred {
    /// The return.
    pub r#return: ReturnId,
    /// What the policy found.
    pub decision: Decision,
    /// By when a person decides; none where nothing was promised.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decide_by: Option<Timestamp>,
}

/// The return may go ahead.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ReturnAuthorized {
    /// The return.
    pub r#return: ReturnId,
    /// Why it may.
    pub decision: Decision,
    /// What the buyer does with the goods.
    pub handling: Handling,
    /// When the money is released.
    pub release: Release,
    /// Unused after this moment, the authorisation expires; none never expires.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<Timestamp>,
    /// What each item claims after fees, in the order of the items; written by builds that told no
    /// fees. Where it is empty each claims what was asked.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub claims: Vec<Money>,
    /// What is kept back from the money of the items.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub fees: Vec<ItemFee>,
    /// Days after receipt after which the money of units that nobody inspected is released; none
    /// never is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub release_after_days: Option<u32>,
    /// IANA time zone in which the buyer's days end; UTC when none is given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time_zone: Option<Text>,
    /// What kept goods are worth; none where they come back, and in events of builds that did not
    /// say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kept_worth: Option<Money>,
}

/// What the buyer does with the goods.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum Handling {
    /// Sends them to a return centre.
    SendBack {
        /// Where to.
        to: ReturnCentre,
        /// Who pays the way back.
        postage: Postage,
    },
    /// Keeps them; the units can never be returned again.
    KeepItem,
    /// Nothing: none of them has left the merchant.
    NothingSent,
}

/// A place that takes returns.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ReturnCentre {
    /// The merchant's name for it, such as `leicester`.
    pub id: Text,
    /// Its country.
    pub country: Country,
    /// As it stands on a label.
    pub name: Text,
}

/// Who pays the way back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Postage {
    /// The merchant.
    Merchant,
    /// The buyer.
    Buyer,
}

/// When the money of a return is released.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Release {
    /// As soon as the return is authorised.
    OnRequest,
    /// For each unit received.
    OnReceipt,
    /// For each unit that passed inspection.
    OnInspection,
    /// As soon as a carrier has the goods; for units received when no carrier told.
    OnFirstScan,
}

/// The return may not go ahead.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ReturnDeclined {
    /// The return.
    pub r#return: ReturnId,
    /// Why not.
    pub decision: Decision,
    /// In words, when a person declined.
    #[serde(default, skip_serializing_if = "Text::is_empty")]
    pub note: Text,
}

/// A decision with everything it was made from, so that it explains itself for ever.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Decision {
    /// The policy set that decided.
    pub policy: PolicyId,
    /// Its version; 0 is the built-in policy of a merchant who published none.
    pub policy_version: u32,
    /// Who decided.
    pub by: DecidedBy,
    /// One finding for each line asked for.
    pub findings: Vec<Finding>,
    /// SHA-256 over everything the policy was asked with, in hexadecimal; none in decisions of
    /// builds that kept no digest.
    #[serde(default, skip_serializing_if = "Text::is_empty")]
    pub inputs_digest: Text,
    /// What the policy was told of the buyer; none where it asked nothing, or nobody knows who
    /// bought.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub buyer: Option<Box<BuyerBefore>>,
    /// Signs of fraud that the policy saw, in its words.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub signals: Vec<Text>,
}

/// Who decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum DecidedBy {
    /// The policy alone.
    Policy,
    /// A person; the envelope's actor says who.
    Person,
}

/// What a policy says of some units of one line, and from which inputs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Finding {
    /// The line.
    pub line: LineId,
    /// Units asked for.
    pub quantity: u32,
    /// What it says.
    pub verdict: Verdict,
    /// The clause that decided: a rule of the policy, such as `default-window`, or of a statute,
    /// such as `eu.2011-83.art-9`.
    pub clause: Text,
    /// When the window's clock started; none while nothing is delivered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub clock_started_at: Option<Timestamp>,
    /// Days of the window that was applied.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub window_days: Option<u32>,
    /// The last moment of the window.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub window_ends_at: Option<Timestamp>,
    /// The buyer's country at the time of the decision.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub country: Option<Country>,
    /// The line's category.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub category: Option<Text>,
    /// What holds of each aspect. None where the same holds as for the finding before it in the
    /// decision, and in decisions of builds that knew only windows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub terms: Option<Box<LineTerms>>,
    /// Money offered to a buyer who keeps the goods.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub offer: Option<Money>,
}

/// What a policy says of some units.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// They may be returned.
    Returnable,
    /// The window is over.
    WindowClosed,
    /// Sold as final, and no statute overrules it.
    FinalSale,
    /// Nothing has been delivered yet.
    NotDelivered,
    /// A person decided against it.
    DeclinedByPerson,
    /// Exempt from return for a reason other than a final sale, and no statute overrules it.
    Exempt,
}

/// The buyer or the merchant called it off before anything was received.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ReturnCancelled {
    /// The return.
    pub r#return: ReturnId,
    /// Why, in words.
    #[serde(default, skip_serializing_if = "Text::is_empty")]
    pub note: Text,
}

/// Nothing came in time; the units may be asked for again.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ReturnExpired {
    /// The return.
    pub r#return: ReturnId,
}

/// Units of the return arrived at a return centre.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct UnitsReceived {
    /// The return.
    pub r#return: ReturnId,
    /// The parcel they came in, if it was announced.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parcel: Option<ParcelId>,
    /// The return centre.
    #[serde(default, skip_serializing_if = "Text::is_empty")]
    pub site: Text,
    /// What arrived, and how it looked.
    pub units: Vec<ReceivedUnits>,
    /// When.
    pub received_at: Timestamp,
    /// When money is released without inspection, unless the units are inspected before; none
    /// where nothing waits, or the policy gives no time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub inspect_by: Option<Timestamp>,
}

/// Units of one line as they arrived.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ReceivedUnits {
    /// The line.
    pub line: LineId,
    /// Units, at least 1.
    pub quantity: u32,
    /// How they looked.
    pub condition: Condition,
}

/// How received units looked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Condition {
    /// As they should.
    Intact,
    /// Damaged.
    Damaged,
}

/// Units that were announced but are not coming.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct UnitsMissing {
    /// The return.
    pub r#return: ReturnId,
    /// Which.
    pub units: Vec<LineUnits>,
}

/// Something else came in place of a unit; it never counts to the line.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct WrongItemReceived {
    /// The return.
    pub r#return: ReturnId,
    /// The line that was expected.
    pub line: LineId,
    /// How many wrong units.
    pub quantity: u32,
    /// What came, as far as it can be told.
    pub found: Text,
    /// When.
    pub received_at: Timestamp,
}

/// Units that nobody announced; recorded, never counted to a line.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct UnexpectedUnitsReceived {
    /// The order whose goods they seem to be.
    pub order: OrderId,
    /// What came.
    pub found: Text,
    /// How many.
    pub quantity: u32,
    /// When.
    pub received_at: Timestamp,
}

/// Nothing more will happen to the return.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ReturnClosed {
    /// The return.
    pub r#return: ReturnId,
}

/// A person opens a closed return again, because more of it may still come.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ReturnReopened {
    /// The return.
    pub r#return: ReturnId,
    /// Why, in words.
    #[serde(default, skip_serializing_if = "Text::is_empty")]
    pub note: Text,
}

/// A merchant's policy set has a new version.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct PolicyPublished {
    /// The policy set.
    pub policy: PolicyId,
    /// Its version, from 1.
    pub version: u32,
    /// What it says.
    pub content: PolicySet,
}

/// What a merchant allows. May be kinder than the law; the statutory floor makes up for the rest.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct PolicySet {
    /// Windows by country and category; the first that matches decides.
    pub windows: Vec<WindowRule>,
    /// Days of the window where no rule matches; 0 takes nothing back.
    pub default_window_days: u32,
    /// Categories sold as final.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub final_sale_categories: Vec<Text>,
    /// Who authorises what the policy finds returnable.
    pub authorization: Authorization,
    /// When money is released.
    pub release: Release,
    /// Returns worth no more than the limit in their currency are kept by the buyer; no limit in a
    /// currency means never.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub keep_item_up_to: Vec<Money>,
    /// Days after which an unused authorisation expires; none never does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expire_after_days: Option<u32>,
    /// Days after receipt after which money that waits for an inspection is released without it;
    /// none never is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub release_after_days: Option<u32>,
    /// Who pays the way back.
    pub postage: Postage,
    /// Where goods go: the first centre in the buyer's country, else the first of all. At least one.
    pub return_centres: Vec<ReturnCentre>,
    /// Rules, which go before everything above: of each aspect the first that holds decides.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rules: Vec<Rule>,
    /// By when a person decides on what is left to one; none promises nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub review_within: Option<Box<ReviewWithin>>,
}

/// A window for some countries and categories.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct WindowRule {
    /// The clause that decisions name.
    pub id: Text,
    /// Countries it holds in; none holds everywhere.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub countries: Vec<Country>,
    /// Categories it holds for; none holds for all.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub categories: Vec<Text>,
    /// Days after the day of delivery.
    pub window_days: u32,
}

/// Who authorises what the policy finds returnable.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Authorization {
    /// The policy, at once.
    Automatic,
    /// A person.
    Manual,
}
