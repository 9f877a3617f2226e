//! Claims: the buyer keeps the goods, or never had them, and wants a remedy.

use backhaul_kernel::{ClaimId, LineId, PolicyId, RepairId, Text, Timestamp};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{LineAmount, Remedy, ReplacementLine};

/// The buyer claims that something is wrong with units of the order, and sends nothing back.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ClaimOpened {
    /// The claim.
    pub claim: ClaimId,
    /// What is wrong.
    pub reason: ClaimReason,
    /// With which units; each line once.
    pub units: Vec<ClaimedUnits>,
    /// The buyer's own words.
    #[serde(default, skip_serializing_if = "Text::is_empty")]
    pub note: Text,
    /// What the buyer shows for it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub evidence: Vec<Evidence>,
    /// When the buyer claimed; the legal clock of the claim.
    pub opened_at: Timestamp,
}

/// Units of one line that are claimed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ClaimedUnits {
    /// The line.
    pub line: LineId,
    /// Units, at least 1.
    pub quantity: u32,
    /// When the buyer found the fault, if somebody said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fault_found_at: Option<Timestamp>,
}

/// What is wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ClaimReason {
    /// Never came; such claims count against what was dispatched, all others against what was
    /// delivered.
    NotDelivered,
    /// Does not work, or not for long enough.
    Defective,
    /// Differs from what was promised.
    NotAsDescribed,
    /// Came damaged.
    Damaged,
    /// Parts are missing.
    MissingParts,
    /// Came too late.
    Late,
}

/// Something that shows what is wrong. The thing itself is kept elsewhere.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Evidence {
    /// What it is.
    pub kind: EvidenceKind,
    /// By which the platform finds it.
    pub reference: Text,
    /// What it shows.
    #[serde(default, skip_serializing_if = "Text::is_empty")]
    pub note: Text,
}

/// What evidence is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum EvidenceKind {
    /// A picture.
    Photo,
    /// A film.
    Video,
    /// Anything written.
    Document,
}

/// The merchant asks the buyer to show more.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ClaimEvidenceRequested {
    /// The claim.
    pub claim: ClaimId,
    /// What is asked for.
    pub note: Text,
}

/// The buyer shows more.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ClaimEvidenceAdded {
    /// The claim.
    pub claim: ClaimId,
    /// What is shown, at least one thing.
    pub evidence: Vec<Evidence>,
}

/// The claim is right; the remedy is still to be chosen.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ClaimAccepted {
    /// The claim.
    pub claim: ClaimId,
    /// In words.
    #[serde(default, skip_serializing_if = "Text::is_empty")]
    pub note: Text,
}

/// The claim is not right.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ClaimDenied {
    /// The claim.
    pub claim: ClaimId,
    /// Why not.
    pub reason: DenialReason,
    /// In words.
    #[serde(default, skip_serializing_if = "Text::is_empty")]
    pub note: Text,
}

/// Why a claim is denied.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum DenialReason {
    /// Nothing shows the fault.
    NoEvidence,
    /// No guarantee covers it.
    NotCovered,
    /// Claimed too late.
    TooLate,
    /// The buyer caused it.
    Misuse,
    /// The carrier proves the delivery.
    DeliveryProven,
    /// Anything else; the note says what.
    Other,
}

/// The buyer claims no more.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ClaimWithdrawn {
    /// The claim.
    pub claim: ClaimId,
    /// Why, in words.
    #[serde(default, skip_serializing_if = "Text::is_empty")]
    pub note: Text,
}

/// A remedy was chosen. Where it fails, the claim is open again and the next one may be.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ClaimResolved {
    /// The claim.
    pub claim: ClaimId,
    /// What the buyer has.
    pub remedy: ClaimRemedy,
    /// Why that was open to choose.
    pub grounds: RemedyGrounds,
}

/// What the buyer of a claim has.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum ClaimRemedy {
    /// All the money; the units can never be returned or exchanged.
    Refund,
    /// Part of the money, and the goods.
    PriceReduction {
        /// How much of which line.
        reductions: Vec<LineAmount>,
    },
    /// The same again.
    Replacement {
        /// What is sent, each a line of its own.
        lines: Vec<ReplacementLine>,
        /// Part of the money besides.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        reductions: Vec<LineAmount>,
    },
    /// The goods mended.
    Repair {
        /// The repair.
        repair: RepairId,
        /// Part of the money besides.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        reductions: Vec<LineAmount>,
    },
}

/// Why a remedy was open to choose.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct RemedyGrounds {
    /// The policy set that was asked.
    pub policy: PolicyId,
    /// Its version; 0 is the built-in policy.
    pub policy_version: u32,
    /// What was open to choose.
    pub allowed: Vec<Remedy>,
    /// The clauses that say so, of the policy and of statutes; none where neither says anything.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub clauses: Vec<Text>,
    /// Repairs and replacements that were tried before.
    pub attempts: u32,
}
