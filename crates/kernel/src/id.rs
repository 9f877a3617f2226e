//! Every id of the system, in one registry. Kinds never mix.
//!
//! A platform names its orders, lines and payments; everything that follows from an order is
//! numbered within it (`536365-R1`, `536365-F2`), so that an id alone tells the stream it lives
//! in and nobody has to look it up. All of them fit into one token of a NATS subject.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use crate::as_text::serde_as_text;

/// The text is no id of that kind.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not a valid {kind}")]
pub struct InvalidId {
    /// What the text should have been, such as `order id`.
    pub kind: &'static str,
    /// The text, cut to a readable length.
    pub text: String,
}

impl InvalidId {
    fn new(kind: &'static str, text: &str) -> Self {
        Self {
            kind,
            text: text.chars().filter(|c| !c.is_control()).take(80).collect(),
        }
    }
}

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident = $kind:literal where $valid:path;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(Arc<str>);

        impl $name {
            /// The id as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl FromStr for $name {
            type Err = InvalidId;
            fn from_str(text: &str) -> Result<Self, InvalidId> {
                if $valid(text) { Ok(Self(text.into())) } else { Err(InvalidId::new($kind, text)) }
            }
        }

        serde_as_text!($name, as_str);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    )*};
}

ids! {
    /// A merchant. Comes from the caller's identity, never from a request.
    Tenant = "tenant" where is_token;
    /// An order, as the platform names it.
    OrderId = "order id" where is_token;
    /// A line of an order, as the platform names it; unique within the order.
    LineId = "line id" where is_token;
    /// A payment of an order, as the platform names it; unique within the order.
    PaymentId = "payment id" where is_token;
    /// A charge of an order beside its lines and its shipping, as the platform names it; unique
    /// within the order.
    ChargeId = "charge id" where is_token;
    /// An account of store credit, or a gift card.
    AccountId = "account id" where is_token;
    /// A policy set of a merchant.
    PolicyId = "policy id" where is_token;
    /// A return (RMA): `{order}-R{number}`.
    ReturnId = "return id" where is_return;
    /// A refund (grant): `{order}-F{number}`.
    RefundId = "refund id" where is_refund;
    /// A credit note: `{order}-C{number}`.
    CreditNoteId = "credit note id" where is_credit_note;
    /// A return parcel: `{order}-P{number}`.
    ParcelId = "parcel id" where is_parcel;
    /// A notification: `{order}-N{number}`.
    NotificationId = "notification id" where is_notification;
    /// A claim: `{order}-K{number}`; `C` counts credit notes.
    ClaimId = "claim id" where is_claim;
    /// An exchange: `{order}-X{number}`.
    ExchangeId = "exchange id" where is_exchange;
    /// A repair (mending): `{order}-M{number}`.
    RepairId = "repair id" where is_repair;
    /// The caller's name for "this same request": 1 to 255 visible ASCII characters.
    CommandId = "request id" where is_visible;
}

macro_rules! numbered {
    ($($name:ident = $letter:literal, $check:ident;)*) => {$(
        impl $name {
            /// The `number`-th of its kind in the order, counted from 1.
            pub fn numbered(order: &OrderId, number: u32) -> Self {
                Self(format!("{order}-{}{number}", $letter).into())
            }

            /// The order it belongs to.
            pub fn order(&self) -> OrderId {
                let (order, _) = split_number(&self.0, $letter).expect("checked when it was parsed");
                OrderId(order.into())
            }

            /// Its number within the order, from 1.
            pub fn number(&self) -> u32 {
                split_number(&self.0, $letter).expect("checked when it was parsed").1
            }
        }

        fn $check(text: &str) -> bool {
            split_number(text, $letter).is_some()
        }
    )*};
}

numbered! {
    ReturnId = 'R', is_return;
    RefundId = 'F', is_refund;
    CreditNoteId = 'C', is_credit_note;
    ParcelId = 'P', is_parcel;
    NotificationId = 'N', is_notification;
    ClaimId = 'K', is_claim;
    ExchangeId = 'X', is_exchange;
    RepairId = 'M', is_repair;
}

/// Longest id that callers choose, in bytes.
const TOKEN_BYTES_MAX: usize = 64;
/// Longest request id, in bytes.
const COMMAND_ID_BYTES_MAX: usize = 255;

/// `[A-Za-z0-9_-]{1,64}`: safe in subjects, file names and URLs.
fn is_token(text: &str) -> bool {
    (1..=TOKEN_BYTES_MAX).contains(&text.len())
        && text
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-')
}

fn is_visible(text: &str) -> bool {
    (1..=COMMAND_ID_BYTES_MAX).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_graphic())
}

/// `A-R1-R2` splits into `A-R1` and 2: the last mark counts, so no two orders share an id.
fn split_number(text: &str, letter: char) -> Option<(&str, u32)> {
    let (order, tail) = text.rsplit_once('-')?;
    let digits = tail.strip_prefix(letter)?;
    let canonical = !digits.starts_with('0') && digits.bytes().all(|b| b.is_ascii_digit());
    (is_token(order) && canonical).then_some(())?;
    Some((order, digits.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_that_callers_choose_fit_a_subject_token() {
        for good in ["536365", "a", "A_b-9", &"x".repeat(64)] {
            assert!(good.parse::<OrderId>().is_ok(), "{good}");
        }
        for bad in ["", "a.b", "a*", "a>", "a b", "ä", "a\n", &"x".repeat(65)] {
            assert!(bad.parse::<OrderId>().is_err(), "{bad}");
        }
    }

    #[test]
    fn a_numbered_id_tells_its_order() {
        let order: OrderId = "A-R1".parse().unwrap();
        let id = ReturnId::numbered(&order, 12);
        assert_eq!(id.as_str(), "A-R1-R12");
        assert_eq!("A-R1-R12".parse::<ReturnId>().unwrap(), id);
        assert_eq!((id.order(), id.number()), (order, 12));
        for bad in [
            "A",
            "A-R",
            "A-R0",
            "A-R01",
            "A-F1",
            "A-R99999999999",
            "-R1",
            "A-R+1",
        ] {
            assert!(bad.parse::<ReturnId>().is_err(), "{bad}");
        }
    }
}
