//! Text that people typed: bounded, without control characters.

use serde::{Deserialize, Serialize};
use std::fmt;

/// The longest text a person may type, in characters.
pub const TEXT_CHARS_MAX: usize = 2_000;

/// What is kept of words from outside, in characters.
const OUTSIDE_CHARS_MAX: usize = 256;

/// A bounded text without control characters other than line feed and tab.
#[derive(
    Debug,
    Clone,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Default,
    Serialize,
    Deserialize,
    schemars::JsonSchema,
)]
#[serde(try_from = "String", into = "String")]
pub struct Text(String);

/// The text cannot be stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidText {
    /// More than [`TEXT_CHARS_MAX`] characters.
    #[error("the text is longer than {TEXT_CHARS_MAX} characters")]
    TooLong,
    /// A control character other than line feed and tab.
    #[error("the text contains a control character")]
    ControlCharacter,
}

impl Text {
    /// Checks the text.
    pub fn new(text: impl Into<String>) -> Result<Self, InvalidText> {
        let text = text.into();
        if text.chars().count() > TEXT_CHARS_MAX {
            return Err(InvalidText::TooLong);
        }
        if text
            .chars()
            .any(|c| c.is_control() && c != '\n' && c != '\t')
        {
            return Err(InvalidText::ControlCharacter);
        }
        Ok(Self(text))
    }

    /// The words of a provider, a carrier or a mail server, cut and cleaned: nobody checked them.
    pub fn from_outside(words: &str) -> Self {
        let clean = words.chars().filter(|c| !c.is_control());
        Self(clean.take(OUTSIDE_CHARS_MAX).collect())
    }

    /// The text itself.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether nothing was typed.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl TryFrom<String> for Text {
    type Error = InvalidText;
    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::new(text)
    }
}

impl From<Text> for String {
    fn from(text: Text) -> Self {
        text.0
    }
}

impl fmt::Display for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_from_outside_are_cut_and_cleaned() {
        for (words, text) in [
            ("", "".to_owned()),
            ("250 2.0.0\r\n ok\u{1b}[0m", "250 2.0.0 ok[0m".to_owned()),
            (&"ü".repeat(300), "ü".repeat(256)),
        ] {
            assert_eq!(Text::from_outside(words), Text::new(text).unwrap());
        }
    }
}
