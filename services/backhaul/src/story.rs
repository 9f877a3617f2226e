//! Tells events to people: one line each, with when, which context, what happened and why.
//!
//! Read [`telling`] first; the words of each context stand in a file of its own. A story is told
//! from the stored event alone: it never asks a service what it would decide today.

mod beside;
mod decisions;
mod notifications;
mod orders;
mod refunds;
mod remedies;
mod returns;
mod tracking;

use std::fmt::{self, Write as _};

use backhaul_api::proto::operations::v1 as operations;
use backhaul_events::Event;
use backhaul_events::returns::Deduction;
use backhaul_kernel::{Money, Text, Timestamp};

use crate::wire;

/// The longest list of lines, payments or findings that is told in full.
const LISTED_MAX: usize = 4;

/// A story, line by line, in the order of its events.
pub fn lines(events: &[operations::Event]) -> Vec<String> {
    events.iter().map(telling).collect()
}

/// One line of a story. An event that this build cannot read is told by its type.
pub fn telling(event: &operations::Event) -> String {
    let (context, kind) = event.r#type.split_once('.').unwrap_or(("", &event.r#type));
    let version = event.schema_version;
    let words = match Event::from_json(&event.r#type, version, event.payload.as_bytes()) {
        Ok(event) => words(&event),
        Err(error) => format!("{kind} ({error})"),
    };
    let at = wire::time_text(event.occur_time.as_ref());
    let mut line = format!("{at}  {context:<13}  {words}");
    if let Some(actor) = event.actor.as_ref().filter(|actor| actor.tier != "system") {
        // Writing to a string cannot fail.
        let _ = write!(line, " [{}]", actor.name);
    }
    line
}

/// What happened, in words.
fn words(event: &Event) -> String {
    match event {
        Event::Orders(event) => orders::words(event),
        Event::Returns(event) => returns::words(event),
        Event::Refunds(event) => refunds::words(event),
        Event::Tracking(event) => tracking::words(event),
        Event::Notifications(event) => notifications::words(event),
    }
}

/// `a, b, c and 3 more`.
fn listed(items: impl IntoIterator<Item = String>) -> String {
    let mut items = items.into_iter();
    let shown: Vec<String> = items.by_ref().take(LISTED_MAX).collect();
    let shown = shown.join(", ");
    match items.count() {
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}

/// `1 unit`, `2 units`.
fn counted(count: u64, what: &str) -> String {
    format!("{count} {what}{}", if count == 1 { "" } else { "s" })
}

/// `2 of line 1`.
fn of_line(quantity: u32, line: impl std::fmt::Display) -> String {
    format!("{quantity} of line {line}")
}

/// A note in quotation marks after a colon; nothing when there is none.
fn noted(note: &Text) -> String {
    if note.is_empty() {
        return String::new();
    }
    format!(": \"{}\"", note.as_str().replace('\n', " "))
}

/// A moment, to the minute.
fn minute(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d %H:%M").to_string()
}

/// Amounts of several currencies.
fn amounts(amounts: &[Money]) -> String {
    listed(amounts.iter().map(Money::to_string))
}

/// `; less EUR 4.99 for return postage (fees)`.
fn less(deduction: &Deduction) -> String {
    let (amount, clause) = (deduction.amount, &deduction.clause);
    format!("; less {amount} for {} ({clause})", word(deduction.kind))
}

/// Basis points as people read them: `19 %`, `5.5 %`.
struct Percent(u32);

impl fmt::Display for Percent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (whole, rest) = (self.0 / 100, self.0 % 100);
        match rest {
            0 => write!(f, "{whole} %"),
            rest if rest % 10 == 0 => write!(f, "{whole}.{} %", rest / 10),
            rest => write!(f, "{whole}.{rest:02} %"),
        }
    }
}

/// A word of the published language for people: `changed_mind` becomes `changed mind`.
fn word(value: impl serde::Serialize) -> String {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(word)) => word.replace('_', " "),
        Ok(_) | Err(_) => String::new(),
    }
}

#[cfg(test)]
mod tests;
