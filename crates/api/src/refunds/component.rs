//! What money was paid for, both ways.

use backhaul_events::refunds::Component;

use crate::invalid::{Path, Wrong};
use crate::proto::refunds::v1 as proto;
use crate::types::some_text;

pub(super) fn component(
    message: proto::Component,
    at: &Path<'_>,
    wrong: &mut Wrong,
) -> Option<Component> {
    use proto::component::Kind;
    let line = |wrong: &mut Wrong| wrong.parse(&message.line, &at.field("line"));
    let charge = |wrong: &mut Wrong| wrong.parse(&message.charge, &at.field("charge"));
    let jurisdiction = |wrong: &mut Wrong| {
        let words = message.jurisdiction.clone();
        Some(some_text(words, &at.field("jurisdiction"), wrong)?.to_string())
    };
    let rate_basis_points = message.rate_basis_points;
    Some(match Kind::try_from(message.kind) {
        Ok(Kind::LineNet) => Component::LineNet { line: line(wrong)? },
        Ok(Kind::LineTax) => {
            let (line, jurisdiction) = (line(wrong), jurisdiction(wrong));
            Component::LineTax {
                line: line?,
                jurisdiction: jurisdiction?,
                rate_basis_points,
            }
        }
        Ok(Kind::ShippingNet) => Component::ShippingNet,
        Ok(Kind::ShippingTax) => Component::ShippingTax {
            jurisdiction: jurisdiction(wrong)?,
            rate_basis_points,
        },
        Ok(Kind::ChargeNet) => Component::ChargeNet {
            charge: charge(wrong)?,
        },
        Ok(Kind::ChargeTax) => {
            let (charge, jurisdiction) = (charge(wrong), jurisdiction(wrong));
            Component::ChargeTax {
                charge: charge?,
                jurisdiction: jurisdiction?,
                rate_basis_points,
            }
        }
        Ok(Kind::Fee) => Component::Fee,
        Ok(Kind::Goodwill) => Component::Goodwill,
        Ok(Kind::Unspecified) => return wrong.note(&at.field("kind"), crate::invalid::MISSING),
        Err(_) => {
            return wrong.note(
                &at.field("kind"),
                format_args!("{} is no kind of component", message.kind),
            );
        }
    })
}

/// The message of a component.
pub fn component_to_proto(component: &Component) -> proto::Component {
    use proto::component::Kind;
    let of = |kind: Kind| proto::Component {
        kind: kind.into(),
        ..Default::default()
    };
    match component {
        Component::LineNet { line } => proto::Component {
            line: line.to_string(),
            ..of(Kind::LineNet)
        },
        Component::LineTax {
            line,
            jurisdiction,
            rate_basis_points,
        } => proto::Component {
            line: line.to_string(),
            jurisdiction: jurisdiction.clone(),
            rate_basis_points: *rate_basis_points,
            ..of(Kind::LineTax)
        },
        Component::ShippingNet => of(Kind::ShippingNet),
        Component::ShippingTax {
            jurisdiction,
            rate_basis_points,
        } => proto::Component {
            jurisdiction: jurisdiction.clone(),
            rate_basis_points: *rate_basis_points,
            ..of(Kind::ShippingTax)
        },
        Component::ChargeNet { charge } => proto::Component {
            charge: charge.to_string(),
            ..of(Kind::ChargeNet)
        },
        Component::ChargeTax {
            charge,
            jurisdiction,
            rate_basis_points,
        } => proto::Component {
            charge: charge.to_string(),
            jurisdiction: jurisdiction.clone(),
            rate_basis_points: *rate_basis_points,
            ..of(Kind::ChargeTax)
        },
        Component::Fee => of(Kind::Fee),
        Component::Goodwill => of(Kind::Goodwill),
    }
}
