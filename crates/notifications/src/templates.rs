//! What the messages say: texts as data, one folder a language, and the one function that fills
//! them in.
//!
//! A language is a folder under `templates/` and one line in `languages`; the tests then hold it
//! to the same facts as every other language. A text starts with its version (count it up with
//! every change of words, because the log keeps it as proof), then its subject, an empty line, and
//! the body. `{fact}` stands for a fact, `{greeting}` for how the language addresses the buyer.

mod facts;
mod languages;
mod text;

pub use facts::{FACTS, FactKind, verdict_fact};

use std::collections::BTreeMap;

use backhaul_events::notifications::Template;
use backhaul_kernel::Language;
use sha2::{Digest, Sha256};

use languages::LanguageTexts;

/// The placeholder that the buyer's name goes into.
const GREETING: &str = "greeting";

/// Every template, in the order in which a buyer meets them.
pub const TEMPLATES: [Template; 8] = [
    Template::WithdrawalAcknowledged,
    Template::ReturnRequested,
    Template::ReturnAuthorized,
    Template::KeepItem,
    Template::ReturnDeclined,
    Template::UnitsReceived,
    Template::RefundSettled,
    Template::RefundFailed,
];

/// A message, ready to be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rendered {
    /// One line.
    pub subject: String,
    /// Plain text, lines ended by line feeds.
    pub body: String,
    /// The language it is written in, which may be a fallback of the one asked for.
    pub language: Language,
    /// The version of the text.
    pub version: u32,
}

impl Rendered {
    /// SHA-256 of subject, an empty line and body, in hexadecimal: proves later what was said.
    pub fn digest(&self) -> String {
        Sha256::digest(format!("{}\n\n{}", self.subject, self.body))
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect()
    }
}

/// A message cannot be written.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RenderError {
    /// The text would have a hole.
    #[error("the fact `{0}` is missing")]
    FactMissing(String),
    /// The fact is not of its kind, such as a date that is none.
    #[error("the fact `{0}` cannot be shown")]
    FactInvalid(String),
}

/// Writes the message in the language, or in the nearest one that there are texts in: `zh-TW` is
/// written in `zh`, and what nobody translated in English. Without a name the buyer is greeted
/// without one.
pub fn render(
    template: Template,
    language: &Language,
    facts: &BTreeMap<String, String>,
    name: Option<&str>,
) -> Result<Rendered, RenderError> {
    let texts = languages::nearest(language);
    let text = texts.template(template);
    let value = |placeholder: &str| match placeholder {
        GREETING => Ok(greeting(texts, name)),
        fact => {
            let value = facts
                .get(fact)
                .ok_or_else(|| RenderError::FactMissing(fact.to_owned()))?;
            facts::show(fact, value, texts).ok_or_else(|| RenderError::FactInvalid(fact.to_owned()))
        }
    };
    Ok(Rendered {
        subject: text::fill(text.subject, value)?,
        body: text::fill(text.body, value)?,
        language: texts.language(),
        version: text.version,
    })
}

fn greeting(texts: &LanguageTexts, name: Option<&str>) -> String {
    match name.map(text::one_line).filter(|name| !name.is_empty()) {
        Some(name) => texts.word("greeting").replace("{name}", &name),
        None => texts.word("greeting_no_name").to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use backhaul_events::returns::Verdict;

    fn facts() -> BTreeMap<String, String> {
        [
            ("order", "536365"),
            ("return", "536365-R1"),
            ("refund", "536365-F1"),
            ("units", "2"),
            ("amount", "EUR 12.30"),
            ("carrier", "Postbote"),
            ("tracking_number", "PB-1"),
            ("verdict", "window_closed"),
            ("received_at", "2026-03-05T22:30:00Z"),
            ("confirmed_at", "2026-03-05T22:30:07Z"),
            ("items", "2 x line 1"),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .into()
    }

    fn language(tag: &str) -> Language {
        tag.parse().unwrap()
    }

    #[test]
    fn every_language_has_every_text_and_names_only_known_facts() {
        for texts in languages::all() {
            for template in TEMPLATES {
                let text = texts.template(template);
                assert!(text.version >= 1, "{} {template:?}", texts.tag);
                assert!(!text.subject.is_empty() && !text.subject.contains('\n'));
                for placeholder in text::placeholders(text.subject)
                    .into_iter()
                    .chain(text::placeholders(text.body))
                {
                    let known = placeholder == GREETING
                        || FACTS.iter().any(|(name, _)| *name == placeholder);
                    assert!(known, "{} {template:?}: {{{placeholder}}}", texts.tag);
                }
            }
            for word in ["greeting", "greeting_no_name", "date"] {
                assert!(!texts.word(word).is_empty(), "{} {word}", texts.tag);
            }
            assert!(texts.word("greeting").contains("{name}"), "{}", texts.tag);
        }
    }

    #[test]
    fn every_language_says_the_same_facts() {
        let said = |texts: &LanguageTexts, template| {
            let text = texts.template(template);
            let mut names = text::placeholders(text.subject);
            names.extend(text::placeholders(text.body));
            names.sort_unstable();
            names.dedup();
            names.into_iter().map(str::to_owned).collect::<Vec<_>>()
        };
        let english = languages::nearest(&language("en"));
        for texts in languages::all() {
            for template in TEMPLATES {
                assert_eq!(
                    said(texts, template),
                    said(english, template),
                    "{} {template:?}",
                    texts.tag
                );
            }
        }
    }

    #[test]
    fn every_text_can_be_written_in_every_language() {
        for texts in languages::all() {
            for template in TEMPLATES {
                let rendered = render(template, &texts.language(), &facts(), Some("Ada")).unwrap();
                assert_eq!(rendered.language, texts.language());
                for text in [&rendered.subject, &rendered.body] {
                    assert!(!text.contains(['{', '}']), "{text}");
                }
                assert!(rendered.body.contains("Ada"), "{}", rendered.body);
            }
        }
    }

    #[test]
    fn every_verdict_has_words_in_every_language() {
        for texts in languages::all() {
            for verdict in [
                Verdict::Returnable,
                Verdict::WindowClosed,
                Verdict::FinalSale,
                Verdict::NotDelivered,
                Verdict::DeclinedByPerson,
                Verdict::Exempt,
            ] {
                let mut facts = facts();
                facts.insert("verdict".to_owned(), verdict_fact(verdict).to_owned());
                render(Template::ReturnDeclined, &texts.language(), &facts, None).unwrap();
            }
        }
    }

    #[test]
    fn the_nearest_language_is_used() {
        for (asked, written) in [
            ("en", "en"),
            ("en-GB", "en"),
            ("zh", "zh"),
            ("zh-TW", "zh"),
            ("zh-Hans-CN", "zh"),
            ("tlh", "en"),
        ] {
            let rendered =
                render(Template::RefundSettled, &language(asked), &facts(), None).unwrap();
            assert_eq!(rendered.language.tag(), written, "{asked}");
        }
    }

    #[test]
    fn a_fact_that_is_missing_or_wrong_leaves_no_hole() {
        let mut missing = facts();
        missing.remove("amount");
        assert_eq!(
            render(Template::RefundSettled, &language("en"), &missing, None),
            Err(RenderError::FactMissing("amount".to_owned()))
        );
        for (template, fact, value) in [
            (Template::RefundSettled, "amount", " "),
            (Template::UnitsReceived, "received_at", "yesterday"),
            (Template::ReturnDeclined, "verdict", "because"),
            (Template::WithdrawalAcknowledged, "confirmed_at", "today"),
        ] {
            let mut wrong = facts();
            wrong.insert(fact.to_owned(), value.to_owned());
            assert_eq!(
                render(template, &language("zh"), &wrong, None),
                Err(RenderError::FactInvalid(fact.to_owned()))
            );
        }
    }

    #[test]
    fn what_people_typed_stays_text() {
        let mut facts = facts();
        facts.insert("return".to_owned(), "{amount}\r\nBcc: x".to_owned());
        let rendered = render(
            Template::ReturnRequested,
            &language("en"),
            &facts,
            Some("{order}\nEve"),
        )
        .unwrap();
        assert!(
            rendered.subject.contains("{amount}  Bcc: x"),
            "{rendered:?}"
        );
        assert!(rendered.body.contains("{order} Eve"), "{rendered:?}");
    }

    #[test]
    fn dates_are_written_as_the_language_does() {
        for (tag, date) in [("en", "5 March 2026"), ("zh", "2026年3月5日")] {
            let rendered = render(Template::UnitsReceived, &language(tag), &facts(), None).unwrap();
            assert!(rendered.body.contains(date), "{}", rendered.body);
        }
    }

    #[test]
    fn a_withdrawal_is_acknowledged_with_its_content_its_day_and_its_time() {
        for (tag, moment) in [
            ("en", "5 March 2026, 22:30 UTC"),
            ("zh", "2026年3月5日, 22:30 UTC"),
        ] {
            let template = Template::WithdrawalAcknowledged;
            let rendered = render(template, &language(tag), &facts(), Some("Ada")).unwrap();
            for said in [moment, "2 x line 1", "536365", "Ada"] {
                assert!(rendered.body.contains(said), "{said}: {}", rendered.body);
            }
        }
    }

    #[test]
    fn the_digest_is_of_exactly_what_was_said() {
        let mut rendered = Rendered {
            subject: "a".to_owned(),
            body: "b".to_owned(),
            language: language("en"),
            version: 1,
        };
        let digest = rendered.digest();
        assert_eq!(
            digest,
            "38022fd2b8dbc5cb3d2cee74e083edbf59e3d4e13d067ebcb5db633d4cff4d8c"
        );
        rendered.body.push(' ');
        assert_ne!(rendered.digest(), digest);
    }
}
