//! Languages of buyers, as BCP 47 tags.

use std::fmt;
use std::str::FromStr;

use crate::as_text::serde_as_text;

/// A well-formed BCP 47 tag in its recommended case, such as `en`, `zh-Hans` or `pt-BR`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Language(String);

/// The text is no BCP 47 language tag.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a BCP 47 language tag")]
pub struct InvalidLanguage(pub String);

/// RFC 5646 allows longer tags, but none that a shop sends is.
const TAG_BYTES_MAX: usize = 35;

impl Language {
    /// The whole tag.
    pub fn tag(&self) -> &str {
        &self.0
    }

    /// The primary language, the part before the first hyphen.
    pub fn primary(&self) -> &str {
        self.0.split('-').next().unwrap_or(&self.0)
    }
}

impl FromStr for Language {
    type Err = InvalidLanguage;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let invalid = || InvalidLanguage(text.chars().take(TAG_BYTES_MAX).collect());
        if text.len() > TAG_BYTES_MAX {
            return Err(invalid());
        }
        let mut parts = text.split('-');
        let primary = parts.next().unwrap_or_default();
        if !(2..=3).contains(&primary.len()) || !primary.bytes().all(|b| b.is_ascii_alphabetic()) {
            return Err(invalid());
        }
        let mut tag = primary.to_ascii_lowercase();
        for part in parts {
            if !(1..=8).contains(&part.len()) || !part.bytes().all(|b| b.is_ascii_alphanumeric()) {
                return Err(invalid());
            }
            tag.push('-');
            tag.push_str(&recommended_case(part));
        }
        Ok(Self(tag))
    }
}

/// RFC 5646, 2.1.1: scripts in title case, regions in upper case, the rest in lower case.
fn recommended_case(part: &str) -> String {
    match part.len() {
        2 => part.to_ascii_uppercase(),
        4 if part.bytes().all(|b| b.is_ascii_alphabetic()) => {
            let (first, rest) = part.split_at(1);
            first.to_ascii_uppercase() + &rest.to_ascii_lowercase()
        }
        _ => part.to_ascii_lowercase(),
    }
}

serde_as_text!(Language, tag);

impl fmt::Display for Language {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_are_checked_and_set_in_their_recommended_case() {
        for (text, tag) in [
            ("en", "en"),
            ("ZH-hans-cn", "zh-Hans-CN"),
            ("pt-br", "pt-BR"),
            ("de-1996", "de-1996"),
        ] {
            assert_eq!(text.parse::<Language>().unwrap().tag(), tag);
        }
        for text in ["", "e", "english", "en_US", "en-", "en-toolongpart", "日本"] {
            assert!(text.parse::<Language>().is_err(), "{text}");
        }
    }
}
