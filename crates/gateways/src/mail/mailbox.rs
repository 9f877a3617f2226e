//! Who a mail is from, and who gets it.

use std::fmt;

/// An e-mail address, with the name of whoever it belongs to.
#[derive(Clone, PartialEq, Eq)]
pub struct Mailbox(lettre::message::Mailbox);

/// The text is no e-mail address. It is not repeated here, since it may be personal all the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the text is not an e-mail address")]
pub struct InvalidAddress;

/// Longest e-mail address, in bytes (RFC 5321, 4.5.3.1.3, less the brackets).
const ADDRESS_BYTES_MAX: usize = 254;

impl Mailbox {
    /// An address without a name.
    pub fn new(address: &str) -> Result<Self, InvalidAddress> {
        // Line ends inside a quoted local part would end the line of the SMTP command.
        if address.len() > ADDRESS_BYTES_MAX || address.chars().any(char::is_control) {
            return Err(InvalidAddress);
        }
        let address = address.parse().map_err(|_| InvalidAddress)?;
        Ok(Self(lettre::message::Mailbox::new(None, address)))
    }

    /// The same address with a name. Control characters in the name become spaces.
    #[must_use]
    pub fn named(self, name: &str) -> Self {
        let name = one_line(name);
        let name = name.trim();
        let name = (!name.is_empty()).then(|| name.to_owned());
        Self(lettre::message::Mailbox { name, ..self.0 })
    }

    /// The address alone.
    pub fn address(&self) -> &str {
        self.0.email.as_ref()
    }

    /// The part of the address after the `@`.
    pub fn domain(&self) -> &str {
        self.0.email.domain()
    }

    pub(super) fn to_lettre(&self) -> lettre::message::Mailbox {
        self.0.clone()
    }
}

/// Personal data stays out of logs.
impl fmt::Debug for Mailbox {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Mailbox(..)")
    }
}

/// The text on one line: whatever could end a header becomes a space.
pub(super) fn one_line(text: &str) -> String {
    text.chars()
        .map(|c| match c {
            '\u{2028}' | '\u{2029}' => ' ',
            c if c.is_control() => ' ',
            c => c,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_address_is_refused_and_not_repeated() {
        for good in [
            "a@example.com",
            "first.last+tag@example.co.uk",
            "jürgen@example.com",
            "a@bücher.example",
            "a@[127.0.0.1]",
        ] {
            assert_eq!(Mailbox::new(good).unwrap().address(), good);
        }
        for bad in [
            "",
            "@",
            "a",
            "a@",
            "@example.com",
            "a b@example.com",
            "a@b@c",
            "a@example.com\r\nBcc: x@example.com",
            "\"a\r\nRCPT TO:<x@y>\"@example.com",
            "a@exa mple.com",
            "a@example.com>",
            &format!("{}@example.com", "x".repeat(250)),
            "\0@example.com",
        ] {
            let error = Mailbox::new(bad).unwrap_err();
            assert_eq!(error, InvalidAddress, "{bad}");
        }
        let mailbox = Mailbox::new("a@example.com").unwrap().named("Ann");
        assert_eq!(format!("{mailbox:?}"), "Mailbox(..)");
    }
}
