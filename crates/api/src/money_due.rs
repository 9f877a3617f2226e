//! Money of a return that goes back, as returns tell refunds, in both directions.

use backhaul_events::returns::{
    Deduction, LegalDue, OutboundShipping, RefundReleased, ReleaseTerms, ReleasedItem, ShippingOwed,
};
use backhaul_kernel::{ReturnId, Text};

use crate::invalid::{Path, Wrong};
use crate::names;
use crate::proto::types::v1 as proto;
use crate::types::{
    LINES_MAX, Sign, deduction_kind, deduction_to_proto, money, money_to_proto, quantity,
    some_money, text, text_if_any, timestamp_if_any, timestamp_to_proto,
};

/// What would be released.
#[derive(Debug, Clone, PartialEq)]
pub struct MoneyDue {
    /// For which return.
    pub r#return: ReturnId,
    /// For what.
    pub items: Vec<ReleasedItem>,
    /// On which terms.
    pub terms: ReleaseTerms,
}

pub(crate) fn money_due(
    message: proto::MoneyDue,
    at: &Path<'_>,
    wrong: &mut Wrong,
) -> Option<MoneyDue> {
    let r#return = names::r#return(&message.r#return, &at.field("return"), wrong);
    let items = wrong.each(message.items, 1..=LINES_MAX, &at.field("items"), item);
    let field = at.field("deductions");
    let deductions = wrong.each(message.deductions, 0..=LINES_MAX, &field, deduction);
    let due_at = timestamp_if_any(message.due_time, &at.field("due_time"), wrong);
    let credit_to = text_if_any(message.credit_to, &at.field("credit_to"), wrong);
    let clause = Text::default();
    let field = at.field("outbound_shipping");
    let extent = outbound_shipping(message.outbound_shipping, &field, wrong);
    Some(MoneyDue {
        r#return: r#return?,
        items: items?,
        terms: ReleaseTerms {
            due: due_at?.map(|at| LegalDue {
                at,
                clause: clause.clone(),
            }),
            shipping: extent?.map(|extent| ShippingOwed { extent, clause }),
            deductions: deductions?,
            credit_to: credit_to?,
        },
    })
}

/// How much outbound shipping goes back; nothing where nobody says.
pub(crate) fn outbound_shipping(
    number: i32,
    at: &Path<'_>,
    wrong: &mut Wrong,
) -> Option<Option<OutboundShipping>> {
    match proto::OutboundShipping::try_from(number) {
        Ok(proto::OutboundShipping::Unspecified) => Some(None),
        Ok(proto::OutboundShipping::WithWholeOrder) => Some(Some(OutboundShipping::WithWholeOrder)),
        Ok(proto::OutboundShipping::ProRata) => Some(Some(OutboundShipping::ProRata)),
        Err(_) => wrong.note(at, format_args!("{number} is no extent of shipping")),
    }
}

fn item(message: proto::MoneyDueItem, at: &Path<'_>, wrong: &mut Wrong) -> Option<ReleasedItem> {
    let line = wrong.parse(&message.line, &at.field("line"));
    let quantity = quantity(message.quantity, &at.field("quantity"), wrong);
    let claim = match message.claim {
        Some(claim) => money(claim, Sign::NotNegative, &at.field("claim"), wrong).map(Some),
        None => Some(None),
    };
    Some(ReleasedItem {
        line: line?,
        quantity: quantity?,
        claim: claim?,
        out_of: Vec::new(),
    })
}

fn deduction(message: proto::Deduction, at: &Path<'_>, wrong: &mut Wrong) -> Option<Deduction> {
    let kind = deduction_kind(message.kind, &at.field("kind"), wrong);
    let amount = some_money(message.amount, Sign::Positive, &at.field("amount"), wrong);
    let clause = text(message.clause, &at.field("clause"), wrong);
    let line = wrong.parse_if_any(&message.line, &at.field("line"));
    Some(Deduction {
        kind: kind?,
        amount: amount?,
        clause: clause?,
        line: line?,
    })
}

/// The message of what a return would release.
pub fn money_due_to_proto(released: &RefundReleased) -> proto::MoneyDue {
    let terms = &released.terms;
    let items = released.items.iter().map(|item| proto::MoneyDueItem {
        line: item.line.to_string(),
        quantity: item.quantity,
        claim: item.claim.map(money_to_proto),
    });
    let shipping = terms.shipping.as_ref().map(|owed| owed.extent);
    let credit_to = terms.credit_to.as_ref();
    proto::MoneyDue {
        r#return: names::return_name(&released.r#return),
        items: items.collect(),
        outbound_shipping: outbound_shipping_to_proto(shipping).into(),
        deductions: terms.deductions.iter().map(deduction_to_proto).collect(),
        due_time: terms.due.as_ref().map(|due| timestamp_to_proto(due.at)),
        credit_to: credit_to.map(ToString::to_string).unwrap_or_default(),
    }
}

/// The number of how much outbound shipping goes back.
pub(crate) const fn outbound_shipping_to_proto(
    extent: Option<OutboundShipping>,
) -> proto::OutboundShipping {
    match extent {
        None => proto::OutboundShipping::Unspecified,
        Some(OutboundShipping::WithWholeOrder) => proto::OutboundShipping::WithWholeOrder,
        Some(OutboundShipping::ProRata) => proto::OutboundShipping::ProRata,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::invalid::convert;

    #[test]
    fn what_returns_tell_is_what_refunds_read() {
        let told = proto::MoneyDue {
            r#return: "returns/536365-R1".to_owned(),
            items: vec![proto::MoneyDueItem {
                line: "1".to_owned(),
                quantity: 2,
                claim: Some(proto::Money {
                    minor_units: 900,
                    currency_code: "EUR".to_owned(),
                }),
            }],
            outbound_shipping: proto::OutboundShipping::WithWholeOrder.into(),
            deductions: vec![proto::Deduction {
                kind: proto::DeductionKind::Restocking.into(),
                amount: Some(proto::Money {
                    minor_units: 100,
                    currency_code: "EUR".to_owned(),
                }),
                clause: "fees".to_owned(),
                line: "1".to_owned(),
            }],
            due_time: Some(prost_types::Timestamp {
                seconds: 1_800_000_000,
                nanos: 0,
            }),
            credit_to: "person-9".to_owned(),
        };
        let read = convert(|wrong| money_due(told.clone(), &Path::of("money_due"), wrong)).unwrap();
        let released = RefundReleased {
            r#return: read.r#return,
            release: 1,
            items: read.items,
            basis: backhaul_events::returns::Release::OnRequest,
            terms: read.terms,
        };
        assert_eq!(money_due_to_proto(&released), told);
        for wrong_message in [
            proto::MoneyDue {
                items: Vec::new(),
                ..told.clone()
            },
            proto::MoneyDue {
                outbound_shipping: 9,
                ..told.clone()
            },
            proto::MoneyDue {
                r#return: "536365".to_owned(),
                ..told
            },
        ] {
            assert!(
                convert(|wrong| money_due(wrong_message, &Path::of("money_due"), wrong)).is_err()
            );
        }
    }
}
