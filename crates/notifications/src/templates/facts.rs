//! What templates may speak of, and how each fact is shown to people.

use backhaul_events::returns::Verdict;
use backhaul_kernel::Timestamp;
use jiff::tz::TimeZone;

use super::languages::LanguageTexts;
use super::text::one_line;

/// How a fact is written in `facts`, and therefore how it is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FactKind {
    /// Shown as it is: an id, a count, an amount as `Money` displays it.
    Plain,
    /// A timestamp as RFC 3339; shown as its day in UTC, the way the language writes days.
    Day,
    /// The same, shown as its day and minute in UTC.
    Minute,
    /// A verdict as [`verdict_fact`] names it; shown as a sentence of the language.
    Verdict,
}

/// Every fact that a template may name.
pub const FACTS: &[(&str, FactKind)] = &[
    ("order", FactKind::Plain),
    ("return", FactKind::Plain),
    ("refund", FactKind::Plain),
    ("units", FactKind::Plain),
    ("amount", FactKind::Plain),
    ("carrier", FactKind::Plain),
    ("tracking_number", FactKind::Plain),
    ("verdict", FactKind::Verdict),
    ("received_at", FactKind::Day),
    ("items", FactKind::Plain),
    ("confirmed_at", FactKind::Minute),
];

/// The fact `verdict` for a verdict.
pub fn verdict_fact(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Returnable => "returnable",
        Verdict::WindowClosed => "window_closed",
        Verdict::FinalSale => "final_sale",
        Verdict::NotDelivered => "not_delivered",
        Verdict::DeclinedByPerson => "declined_by_person",
        Verdict::Exempt => "exempt",
    }
}

/// The fact in the words of the language; none when it is not of its kind, or empty.
pub(super) fn show(name: &str, value: &str, texts: &LanguageTexts) -> Option<String> {
    let (_, kind) = FACTS.iter().find(|(fact, _)| *fact == name)?;
    let shown = match kind {
        FactKind::Plain => one_line(value),
        FactKind::Day => at(texts.word("date"), value)?,
        FactKind::Minute => at(&format!("{}, %H:%M UTC", texts.word("date")), value)?,
        FactKind::Verdict => texts.find_word(&format!("verdict.{value}"))?.to_owned(),
    };
    (!shown.is_empty()).then_some(shown)
}

/// The moment in UTC, written in that format.
fn at(format: &str, value: &str) -> Option<String> {
    let moment: Timestamp = value.parse().ok()?;
    jiff::fmt::strtime::format(format, &moment.to_zoned(TimeZone::UTC)).ok()
}
