//! What a decision says of each aspect of a return, and by which clause.

use backhaul_kernel::Text;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Exemption, Fees, GradeFee, OutboundShipping, Postage, Remedy, WayBack, WindowTerms};

/// What holds for the units of one line: of each aspect what the merchant grants or what the law
/// demands, whichever is better for the buyer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct LineTerms {
    /// The window that ends last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub window: Option<WindowTerms>,
    /// Why the units may not come back, where no law overrules it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exemption: Option<Exemption>,
    /// Who pays the way back.
    pub postage: Postage,
    /// What is kept back from the money; none keeps nothing back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fees: Option<Fees>,
    /// Within what the money must be back; none where no law says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refund_within: Option<WindowTerms>,
    /// What goes back of outbound shipping; nothing where no law says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outbound_shipping: Option<OutboundShipping>,
    /// What the buyer may have, in the order offered.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub remedies: Vec<Remedy>,
    /// How goods travel back, where a rule says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub way_back: Option<WayBack>,
    /// The clause that lets value be kept back which goods lost with the buyer; none where nothing
    /// may be.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub diminished_value: Option<Text>,
    /// What inspection keeps back beyond the fees, by grade.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub grade_fees: Vec<GradeFee>,
    /// The clause of each aspect that a clause decided.
    pub clauses: Vec<AppliedClause>,
}

/// A clause that decided.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct AppliedClause {
    /// What it decided.
    pub aspect: Aspect,
    /// Its name.
    pub clause: Text,
    /// Whose it is.
    pub by: Authority,
}

/// What a rule or a statute can speak of.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Aspect {
    /// Until when.
    Window,
    /// Whether at all.
    Exemption,
    /// Who pays the way back.
    Postage,
    /// What is kept back.
    Fees,
    /// Within what the money must be back.
    RefundWithin,
    /// What the buyer may have.
    Remedies,
    /// When money is released.
    Release,
    /// Who authorises.
    Authorization,
    /// A sign of fraud.
    Signal,
    /// Whether the buyer keeps the goods.
    KeepItem,
    /// Money offered to a buyer who keeps the goods.
    Offer,
    /// Where and how goods travel.
    WayBack,
    /// What goes back of outbound shipping.
    OutboundShipping,
}

/// Whose clause it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Authority {
    /// The merchant's.
    Merchant,
    /// The law's.
    Statute,
}
