//! The parts of a kit.

use std::collections::HashSet;

use backhaul_events::orders::KitPart;

use crate::invalid::{Path, Wrong};
use crate::proto::orders::v1 as proto;
use crate::types::{quantity, some_text};

/// The most parts of one kit.
const PARTS_MAX: usize = 100;

/// An article stands in a kit once.
pub(super) fn parts(
    messages: Vec<proto::KitPart>,
    at: &Path<'_>,
    wrong: &mut Wrong,
) -> Option<Vec<KitPart>> {
    let parts = wrong.each(messages, 0..=PARTS_MAX, at, part)?;
    let mut seen = HashSet::new();
    match parts
        .iter()
        .position(|part| !seen.insert(part.sku.as_str()))
    {
        Some(index) => wrong.note(&at.index(index).field("sku"), "stands in the kit twice"),
        None => Some(parts),
    }
}

fn part(message: proto::KitPart, at: &Path<'_>, wrong: &mut Wrong) -> Option<KitPart> {
    let sku = some_text(message.sku, &at.field("sku"), wrong);
    let quantity = quantity(message.quantity, &at.field("quantity"), wrong);
    Some(KitPart {
        sku: sku?,
        quantity: quantity?,
    })
}

/// The messages of the parts of a kit.
pub fn parts_to_proto(parts: &[KitPart]) -> Vec<proto::KitPart> {
    let parts = parts.iter().map(|part| proto::KitPart {
        sku: part.sku.to_string(),
        quantity: part.quantity,
    });
    parts.collect()
}
