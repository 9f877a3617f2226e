//! The languages that messages are written in.

use backhaul_events::notifications::Template;
use backhaul_kernel::Language;

use super::text::TemplateText;

/// The texts of one language.
pub(super) struct LanguageTexts {
    /// Its tag.
    pub(super) tag: &'static str,
    words: &'static str,
    return_requested: &'static str,
    return_authorized: &'static str,
    keep_item: &'static str,
    return_declined: &'static str,
    units_received: &'static str,
    refund_settled: &'static str,
    refund_failed: &'static str,
    withdrawal_acknowledged: &'static str,
}

macro_rules! language {
    ($tag:literal) => {
        LanguageTexts {
            tag: $tag,
            words: include_str!(concat!("../../templates/", $tag, "/words.txt")),
            return_requested: include_str!(concat!(
                "../../templates/",
                $tag,
                "/return_requested.txt"
            )),
            return_authorized: include_str!(concat!(
                "../../templates/",
                $tag,
                "/return_authorized.txt"
            )),
            keep_item: include_str!(concat!("../../templates/", $tag, "/keep_item.txt")),
            return_declined: include_str!(concat!(
                "../../templates/",
                $tag,
                "/return_declined.txt"
            )),
            units_received: include_str!(concat!("../../templates/", $tag, "/units_received.txt")),
            refund_settled: include_str!(concat!("../../templates/", $tag, "/refund_settled.txt")),
            refund_failed: include_str!(concat!("../../templates/", $tag, "/refund_failed.txt")),
            withdrawal_acknowledged: include_str!(concat!(
                "../../templates/",
                $tag,
                "/withdrawal_acknowledged.txt"
            )),
        }
    };
}

/// Every language, and first the one that everybody falls back to.
static LANGUAGES: [LanguageTexts; 2] = [language!("en"), language!("zh")];

/// Every language there are texts in.
#[cfg(test)]
pub(super) fn all() -> &'static [LanguageTexts] {
    &LANGUAGES
}

/// The language itself, else the same with fewer and fewer subtags, else English.
pub(super) fn nearest(language: &Language) -> &'static LanguageTexts {
    let mut tag = language.tag();
    loop {
        if let Some(texts) = LANGUAGES.iter().find(|texts| texts.tag == tag) {
            return texts;
        }
        match tag.rsplit_once('-') {
            Some((shorter, _)) => tag = shorter,
            None => return &LANGUAGES[0],
        }
    }
}

impl LanguageTexts {
    pub(super) fn language(&self) -> Language {
        self.tag.parse().expect("registered tags are languages")
    }

    pub(super) fn template(&self, template: Template) -> TemplateText {
        let text = match template {
            Template::ReturnRequested => self.return_requested,
            Template::ReturnAuthorized => self.return_authorized,
            Template::KeepItem => self.keep_item,
            Template::ReturnDeclined => self.return_declined,
            Template::UnitsReceived => self.units_received,
            Template::RefundSettled => self.refund_settled,
            Template::RefundFailed => self.refund_failed,
            Template::WithdrawalAcknowledged => self.withdrawal_acknowledged,
        };
        TemplateText::parse(text).expect("a test takes every text of this crate apart")
    }

    /// A word that every language has.
    pub(super) fn word(&self, key: &str) -> &'static str {
        self.find_word(key)
            .expect("a test asks every language for every word")
    }

    /// The line `key = words` of the language.
    pub(super) fn find_word(&self, key: &str) -> Option<&'static str> {
        self.words
            .lines()
            .filter_map(|line| line.split_once(" = "))
            .find(|(name, _)| *name == key)
            .map(|(_, words)| words)
    }
}
