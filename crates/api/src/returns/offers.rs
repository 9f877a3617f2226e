//! Partial refunds in place of a return.

use backhaul_kernel::{Money, ReturnId, Text};

use crate::invalid::{InvalidRequest, Path, convert};
use crate::names;
use crate::proto::returns::v1 as proto;
use crate::types::{Sign, some_money, text};

/// A person offers the buyer money.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OfferPartialRefund {
    /// The return.
    pub r#return: ReturnId,
    /// How much, taxes included.
    pub amount: Money,
}

impl OfferPartialRefund {
    /// Reads the request.
    pub fn from_proto(request: proto::OfferPartialRefundRequest) -> Result<Self, InvalidRequest> {
        convert(|wrong| {
            let r#return = names::r#return(&request.name, &Path::of("name"), wrong);
            let at = Path::of("amount");
            let amount = some_money(request.amount, Sign::Positive, &at, wrong);
            Some(Self {
                r#return: r#return?,
                amount: amount?,
            })
        })
    }
}

/// The buyer answers an offer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AnswerOffer {
    /// The return.
    pub r#return: ReturnId,
    /// The offer that the buyer saw.
    pub offer: u32,
    /// Why, in the buyer's words.
    pub note: Text,
}

impl AnswerOffer {
    /// Reads that the buyer takes it.
    pub fn accept_from_proto(
        request: proto::AcceptPartialRefundRequest,
    ) -> Result<Self, InvalidRequest> {
        answer(&request.name, request.offer, String::new())
    }

    /// Reads that the buyer leaves it.
    pub fn decline_from_proto(
        request: proto::DeclinePartialRefundRequest,
    ) -> Result<Self, InvalidRequest> {
        answer(&request.name, request.offer, request.note)
    }
}

fn answer(name: &str, offer: u32, note: String) -> Result<AnswerOffer, InvalidRequest> {
    convert(|wrong| {
        let r#return = names::r#return(name, &Path::of("name"), wrong);
        let note = text(note, &Path::of("note"), wrong);
        let offer = match offer {
            0 => wrong.note(&Path::of("offer"), "offers are counted from 1"),
            offer => Some(offer),
        };
        Some(AnswerOffer {
            r#return: r#return?,
            offer: offer?,
            note: note?,
        })
    })
}
