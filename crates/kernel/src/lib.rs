//! The words every context shares: ids, money, currency, country, time, actor, language, and the
//! shape of a rule (`Decider`).
//!
//! Read `money` and `apportion` first, then `id`, then `decider`. Nothing in this crate reads a
//! clock, draws a random number or touches the outside: a value that exists here is valid.

pub mod actor;
pub mod apportion;
mod as_text;
pub mod country;
pub mod currency;
pub mod deadline;
pub mod decider;
pub mod id;
pub mod language;
pub mod money;
pub mod refusal;
pub mod text;
pub mod time;

pub use actor::{Actor, Tier};
pub use country::Country;
pub use currency::Currency;
pub use decider::{Context, Decider};
pub use id::{
    AccountId, ChargeId, ClaimId, CommandId, CreditNoteId, ExchangeId, InvalidId, LineId,
    NotificationId, OrderId, ParcelId, PaymentId, PolicyId, RefundId, RepairId, ReturnId, Tenant,
};
pub use language::Language;
pub use money::{Money, MoneyError};
pub use refusal::{RefusalKind, Refused};
pub use text::Text;
pub use time::Timestamp;
