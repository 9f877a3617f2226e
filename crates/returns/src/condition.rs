//! Conditions of rules: CEL expressions over a fixed list of variables.
//!
//! The expression is read by the `cel` crate and checked here: every name is known, every type
//! fits, and the whole is a truth value. What is left is a small tree that is evaluated without
//! allocation, in time bounded by its size. No clock, no randomness, no loops: macros that loop are
//! refused. What this understands, CEL's own interpreter answers alike; a test holds the two
//! together.
//!
//! `check` makes the tree, `evaluate` answers it.

mod check;
mod evaluate;

use std::fmt;

pub(crate) use evaluate::Inputs;

/// The longest condition, in characters.
pub const CONDITION_CHARS_MAX: usize = 1_000;
/// The most names, values and operations of one condition.
pub const CONDITION_NODES_MAX: usize = 200;
/// How deep operations may stand in each other.
pub(crate) const DEPTH_MAX: u16 = 32;

/// A condition that was read and checked.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Condition(Node);

/// A condition is wrong, and where.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}, column {column}: {problem}")]
pub struct ConditionError {
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
    /// What is wrong.
    pub problem: String,
}

/// A condition has no answer for these inputs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum NoAnswer {
    /// The order has no label of that name.
    #[error("the order has no such label")]
    NoLabel,
    /// A number left the range of 64 bits.
    #[error("a number does not fit into 64 bits")]
    Overflow,
    /// A division by nothing.
    #[error("a division by zero")]
    DivisionByZero,
}

impl Condition {
    /// Reads and checks an expression.
    pub(crate) fn compile(text: &str) -> Result<Self, ConditionError> {
        check::check(text).map(Self)
    }

    /// Whether it looks at what the buyer did over all orders.
    pub(crate) fn asks_of_buyer(&self) -> bool {
        self.0.asks_of_buyer()
    }

    /// Whether it holds.
    pub(crate) fn holds(&self, inputs: &Inputs<'_>) -> Result<bool, NoAnswer> {
        evaluate::truth(&self.0, inputs)
    }
}

/// What an expression gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Type {
    Bool,
    Int,
    Text,
}

impl fmt::Display for Type {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Bool => "bool",
            Self::Int => "int",
            Self::Text => "string",
        })
    }
}

/// A checked expression.
#[derive(Debug, Clone, PartialEq)]
enum Node {
    Bool(bool),
    Int(i64),
    Text(Box<str>),
    Variable(Variable),
    Label(Box<Node>),
    HasLabel(Box<Node>),
    Not(Box<Node>),
    Negate(Box<Node>),
    And(Box<[Node; 2]>),
    Or(Box<[Node; 2]>),
    If(Box<[Node; 3]>),
    Compare(Comparison, Box<[Node; 2]>),
    Calculate(Calculation, Box<[Node; 2]>),
    Search(Search, Box<[Node; 2]>),
    Size(Box<Node>),
    OneOf(Box<Node>, Box<[Node]>),
}

impl Node {
    fn asks_of_buyer(&self) -> bool {
        let any = |nodes: &[Self]| nodes.iter().any(Self::asks_of_buyer);
        match self {
            Self::Variable(variable) => variable.is_of_buyer(),
            Self::Bool(_) | Self::Int(_) | Self::Text(_) => false,
            Self::Label(inner)
            | Self::HasLabel(inner)
            | Self::Not(inner)
            | Self::Negate(inner)
            | Self::Size(inner) => inner.asks_of_buyer(),
            Self::And(both) | Self::Or(both) => any(&**both),
            Self::Compare(_, both) | Self::Calculate(_, both) | Self::Search(_, both) => {
                any(&**both)
            }
            Self::If(parts) => any(&**parts),
            Self::OneOf(item, elements) => item.asks_of_buyer() || any(elements),
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Comparison {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Calculation {
    Add,
    Subtract,
    Multiply,
    Divide,
    Remainder,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Search {
    StartsWith,
    EndsWith,
    Contains,
}

/// Declares the variables: their names in conditions, their types, and what they are.
macro_rules! variables {
    ($($variant:ident $name:literal $kind:ident $says:literal;)*) => {
        /// What a condition can look at.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        enum Variable {
            $(#[doc = $says] $variant,)*
        }

        impl Variable {
            fn named(name: &str) -> Option<(Self, Type)> {
                match name {
                    $($name => Some((Self::$variant, Type::$kind)),)*
                    _ => None,
                }
            }
        }

        /// The variables of conditions: name, type, and what it is.
        pub const VARIABLES: &[(&str, &str, &str)] = &[
            $(($name, variables!(@type $kind), $says),)*
        ];
    };
    (@type Int) => { "int" };
    (@type Text) => { "string" };
    (@type Bool) => { "bool" };
}

variables! {
    Country "country" Text "The buyer's country, empty when it is not known.";
    Region "region" Text "The part of the country, from the label `buyer-region`.";
    Channel "channel" Text "The sales channel, from the label `channel`.";
    BuyerGroup "buyer_group" Text "The group of the buyer, from the label `buyer-group`.";
    Category "category" Text "The category of the line.";
    Reason "reason" Text "The reason of the return, such as `changed_mind`; empty when none was given.";
    Grade "grade" Text "The grade that inspection found, such as `a`; empty before.";
    Currency "currency" Text "The currency of the order.";
    FinalSale "final_sale" Bool "Whether the line was sold as final.";
    Worth "worth" Int "What the units asked for are worth, in minor units.";
    OrderWorth "order_worth" Int "What was paid for all lines of the order, in minor units.";
    Quantity "quantity" Int "Units asked for.";
    Bought "bought" Int "Units of the line that were bought.";
    DaysSinceOrder "days_since_order" Int "Whole days from the order to the request.";
    DaysSinceDelivery "days_since_delivery" Int "Whole days from the line's last delivery to the request; -1 before.";
    ReturnsBefore "returns_before" Int "Returns of the order that were asked for before.";
    KeptBefore "kept_before" Int "Returns of the order whose goods the buyer kept.";
    BuyerOrders "buyer_orders" Int "Orders of the buyer in the last 365 days, this one among them; 0 when nobody knows who bought, as for all that is said of the buyer.";
    BuyerBought "buyer_bought" Int "Units of these orders.";
    BuyerReturns "buyer_returns" Int "Returns that the buyer asked for on any order in the last 365 days, before this one.";
    BuyerReturned "buyer_returned" Int "Units of these returns, without those declined, cancelled or expired.";
    BuyerKept "buyer_kept" Int "Returns among them whose goods the buyer kept.";
    BuyerKeptWorth "buyer_kept_worth" Int "What the kept goods were worth, in minor units, as far as they were paid in the currency of the order.";
    BuyerReturnShare "buyer_return_share" Int "Units of the buyer's orders of the last 365 days that were asked back before, of all their units, in basis points: 2500 is 25 %.";
}

/// The variable that holds the labels of the order.
const LABELS: &str = "labels";
