//! The withdrawal function of Directive 2011/83/EU, Article 11a: a declaration in two steps, and the
//! acknowledgement of it.

use backhaul_kernel::{LineId, ReturnId, Text, Timestamp};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::LineUnits;

/// The buyer stated to withdraw: the first of two steps. Holds no units before it is confirmed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct WithdrawalDeclared {
    /// The return that it becomes when it is confirmed.
    pub r#return: ReturnId,
    /// What is to go back.
    pub units: Vec<LineUnits>,
    /// What the buyer stated.
    pub statement: Statement,
    /// When.
    pub declared_at: Timestamp,
}

/// What a buyer states to withdraw; the contract is the order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Statement {
    /// The buyer's name.
    pub name: Text,
    /// Where the acknowledgement is to reach the buyer.
    pub contact: Text,
}

/// The buyer confirmed the withdrawal within its time: it is declared. The request and its
/// authorisation follow in the same commit.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct WithdrawalConfirmed {
    /// The return.
    pub r#return: ReturnId,
    /// The right to withdraw from each line.
    pub rights: Vec<WithdrawalRight>,
    /// When; the legal clock of the withdrawal.
    pub confirmed_at: Timestamp,
}

/// A right to withdraw from units of a line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct WithdrawalRight {
    /// The line.
    pub line: LineId,
    /// The clause that gives it.
    pub clause: Text,
    /// Its last moment; none where it has no end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ends_at: Option<Timestamp>,
}

/// What the buyer is told on a durable medium: that the withdrawal arrived, its content, its day
/// and its time.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct WithdrawalAcknowledged {
    /// The return.
    pub r#return: ReturnId,
    /// What goes back.
    pub units: Vec<LineUnits>,
    /// What the buyer stated.
    pub statement: Statement,
    /// When it was confirmed.
    pub confirmed_at: Timestamp,
}
