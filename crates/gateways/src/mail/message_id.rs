//! Names of mails.

use std::fmt;
use std::str::FromStr;

/// The part of a `Message-ID` before the `@`, which is a file name as well: letters, digits, and
/// `-`, `_`, `.` between them.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct MessageId(String);

/// The text cannot name a mail.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "a message id is 1 to {MESSAGE_ID_BYTES_MAX} letters, digits, hyphens, underscores and single inner dots"
)]
pub struct InvalidMessageId;

/// Longest message id, in bytes: with its ending it is still a file name everywhere.
pub const MESSAGE_ID_BYTES_MAX: usize = 200;

impl MessageId {
    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for MessageId {
    type Err = InvalidMessageId;

    fn from_str(text: &str) -> Result<Self, InvalidMessageId> {
        let is_atom = |atom: &str| {
            !atom.is_empty()
                && atom
                    .bytes()
                    .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_')
        };
        if text.len() <= MESSAGE_ID_BYTES_MAX && text.split('.').all(is_atom) {
            Ok(Self(text.to_owned()))
        } else {
            Err(InvalidMessageId)
        }
    }
}

impl fmt::Display for MessageId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_id_is_a_safe_file_name() {
        for good in ["shop.536365-N1", "a", &"x".repeat(MESSAGE_ID_BYTES_MAX)] {
            assert!(good.parse::<MessageId>().is_ok(), "{good}");
        }
        for bad in [
            "",
            ".",
            "..",
            ".a",
            "a.",
            "a..b",
            "a/b",
            "a@b",
            "a b",
            "a\r\nb",
            "ä",
            &"x".repeat(MESSAGE_ID_BYTES_MAX + 1),
        ] {
            assert!(bad.parse::<MessageId>().is_err(), "{bad}");
        }
    }
}
