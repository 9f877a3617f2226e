//! A digest of everything a policy was asked with, so that anybody can tell later whether the same
//! question was asked.

use backhaul_events::orders::Destination;
use backhaul_events::returns::{BuyerBefore, Reason};
use backhaul_kernel::{Currency, LineId, OrderId, PolicyId, Text, Timestamp};
use serde::Serialize;
use sha2::{Digest as _, Sha256};

use crate::assess::Question;
use crate::case::AskedLine;
use crate::order_facts::LineFacts;
use crate::policy::clause;

#[derive(Serialize)]
struct Inputs<'a> {
    policy: &'a PolicyId,
    version: u32,
    order: &'a OrderId,
    ordered_at: Timestamp,
    currency: Currency,
    destination: &'a Destination,
    labels: &'a std::collections::BTreeMap<String, String>,
    last_delivered_at: Option<Timestamp>,
    asked_at: Timestamp,
    returns_before: u32,
    kept_before: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    buyer: Option<&'a BuyerBefore>,
    lines: Vec<Line<'a>>,
}

#[derive(Serialize)]
struct Line<'a> {
    line: &'a LineId,
    quantity: u32,
    reason: Option<Reason>,
    fault_found_at: Option<Timestamp>,
    worth: i64,
    facts: Option<&'a LineFacts>,
}

/// SHA-256 over the inputs as JSON, in hexadecimal.
pub(crate) fn digest(question: &Question<'_>, asked: &[AskedLine<'_>]) -> Text {
    let facts = question.facts;
    let inputs = Inputs {
        policy: &question.policy.policy,
        version: question.policy.version,
        order: &facts.order,
        ordered_at: facts.ordered_at,
        currency: facts.currency,
        destination: &facts.destination,
        labels: &facts.labels,
        last_delivered_at: facts.last_delivered_at(),
        asked_at: question.asked_at,
        returns_before: question.before.returns,
        kept_before: question.before.kept,
        buyer: question.before.buyer.as_deref(),
        lines: asked
            .iter()
            .map(|asked| Line {
                line: asked.line,
                quantity: asked.quantity,
                reason: asked.reason,
                fault_found_at: asked.fault_found_at,
                worth: asked.worth,
                facts: facts.lines.get(asked.line),
            })
            .collect(),
    };
    let json =
        serde_json::to_vec(&inputs).expect("plain data without maps of other keys than text");
    let hash = Sha256::digest(&json);
    let hexadecimal: String = hash.iter().map(|byte| format!("{byte:02x}")).collect();
    clause(&hexadecimal)
}
