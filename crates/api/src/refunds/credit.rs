//! Store credit and gift cards: requests to what is asked.

use backhaul_events::refunds::Owner;
use backhaul_kernel::{Currency, Money, Text, Timestamp};

use crate::invalid::{InvalidRequest, MISSING, Path, Wrong, convert};
use crate::proto::refunds::v1 as proto;
use crate::types::{Sign, money, some_text, text, timestamp_if_any};

/// Which account: its owner and its currency.
#[derive(Debug, Clone, PartialEq)]
pub struct CreditKey {
    /// Whose it is.
    pub owner: Owner,
    /// In which currency.
    pub currency: Currency,
}

/// Money for an account.
#[derive(Debug, Clone, PartialEq)]
pub struct IssueStoreCredit {
    /// Whose the account is.
    pub owner: Owner,
    /// How much, more than nothing.
    pub amount: Money,
    /// The merchant's name for it.
    pub reference: Text,
    /// When what is left of it lapses.
    pub expires_at: Option<Timestamp>,
}

/// Money out of an account.
#[derive(Debug, Clone, PartialEq)]
pub struct RedeemStoreCredit {
    /// Whose the account is.
    pub owner: Owner,
    /// How much, more than nothing.
    pub amount: Money,
    /// What it is spent on.
    pub reference: Text,
}

/// An account that is frozen or opened again.
#[derive(Debug, Clone, PartialEq)]
pub struct SetStanding {
    /// Which account.
    pub account: CreditKey,
    /// What becomes of it.
    pub frozen: bool,
    /// Why.
    pub note: Text,
}

impl IssueStoreCredit {
    /// Reads the request.
    pub fn from_proto(request: proto::IssueStoreCreditRequest) -> Result<Self, InvalidRequest> {
        convert(|wrong| {
            let owner = owner(request.owner, wrong);
            let amount = amount(request.amount, wrong);
            let reference = some_text(request.reference, &Path::of("reference"), wrong);
            let at = Path::of("expire_time");
            let expires_at = timestamp_if_any(request.expire_time, &at, wrong);
            Some(Self {
                owner: owner?,
                amount: amount?,
                reference: reference?,
                expires_at: expires_at?,
            })
        })
    }
}

impl RedeemStoreCredit {
    /// Reads the request.
    pub fn from_proto(request: proto::RedeemStoreCreditRequest) -> Result<Self, InvalidRequest> {
        convert(|wrong| {
            let owner = owner(request.owner, wrong);
            let amount = amount(request.amount, wrong);
            let reference = some_text(request.reference, &Path::of("reference"), wrong);
            Some(Self {
                owner: owner?,
                amount: amount?,
                reference: reference?,
            })
        })
    }
}

impl SetStanding {
    /// Reads the request.
    pub fn from_proto(
        request: proto::SetStoreCreditStandingRequest,
    ) -> Result<Self, InvalidRequest> {
        convert(|wrong| {
            let account = key(request.owner, &request.currency_code, wrong);
            let note = text(request.note, &Path::of("note"), wrong);
            Some(Self {
                account: account?,
                frozen: request.frozen,
                note: note?,
            })
        })
    }
}

/// The account asked for.
pub fn get_store_credit_from_proto(
    request: proto::GetStoreCreditRequest,
) -> Result<CreditKey, InvalidRequest> {
    convert(|wrong| key(request.owner, &request.currency_code, wrong))
}

fn key(message: Option<proto::CreditOwner>, code: &str, wrong: &mut Wrong) -> Option<CreditKey> {
    let owner = owner(message, wrong);
    let currency = wrong.parse(code, &Path::of("currency_code"));
    Some(CreditKey {
        owner: owner?,
        currency: currency?,
    })
}

fn amount(message: Option<crate::proto::types::v1::Money>, wrong: &mut Wrong) -> Option<Money> {
    let at = Path::of("amount");
    let amount = wrong.required(message, &at)?;
    money(amount, Sign::Positive, &at, wrong)
}

fn owner(message: Option<proto::CreditOwner>, wrong: &mut Wrong) -> Option<Owner> {
    use proto::credit_owner::Owner as Named;
    let at = Path::of("owner");
    match message.and_then(|message| message.owner) {
        None => wrong.note(&at, MISSING),
        Some(Named::Buyer(reference)) => {
            let reference = some_text(reference, &at.field("buyer"), wrong)?;
            Some(Owner::Buyer { reference })
        }
        Some(Named::GiftCard(card)) => {
            let card = some_text(card, &at.field("gift_card"), wrong)?;
            Some(Owner::GiftCard { card })
        }
    }
}

/// The message of an owner.
pub fn owner_to_proto(owner: &Owner) -> proto::CreditOwner {
    use proto::credit_owner::Owner as Named;
    let owner = match owner {
        Owner::Buyer { reference } => Named::Buyer(reference.to_string()),
        Owner::GiftCard { card } => Named::GiftCard(card.to_string()),
    };
    proto::CreditOwner { owner: Some(owner) }
}
