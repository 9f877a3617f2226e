//! Filters of list requests: the part of AIP-160 that is terms `field = value` joined by `AND`.
//! Values are quoted (`"orders/536365"`, with `\"` and `\\` inside) or bare (`CLOSED`).

use std::fmt;
use std::str::FromStr;

use crate::invalid::{Invalid, InvalidRequest};

/// Longest filter, in bytes.
const FILTER_BYTES_MAX: usize = 1_024;

/// The terms of a filter; each field stands at most once.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    terms: Vec<(String, String)>,
}

impl Filter {
    /// Reads a filter over these fields.
    pub fn from_proto(text: &str, fields: &[&str]) -> Result<Self, InvalidRequest> {
        if text.len() > FILTER_BYTES_MAX {
            return Err(invalid(format!("must be at most {FILTER_BYTES_MAX} bytes")));
        }
        let tokens = tokens(text)?;
        let mut filter = Self::default();
        let mut rest = tokens.as_slice();
        while !rest.is_empty() {
            rest = filter.take_term(rest, fields)?;
            rest = match rest {
                [] => rest,
                [Token::Bare("AND"), more @ ..] if !more.is_empty() => more,
                _ => return Err(invalid("terms must be joined by AND")),
            };
        }
        Ok(filter)
    }

    /// What the field must be, if the filter says so.
    pub fn value(&self, field: &str) -> Option<&str> {
        let term = self.terms.iter().find(|(name, _)| name == field)?;
        Some(&term.1)
    }

    /// What the field must be, as whatever it is.
    pub fn parse<T: FromStr<Err: fmt::Display>>(
        &self,
        field: &str,
    ) -> Result<Option<T>, InvalidRequest> {
        let parse = |text: &str| {
            text.parse()
                .map_err(|error: T::Err| invalid(error.to_string()))
        };
        self.value(field).map(parse).transpose()
    }

    /// What the field must be, as `read` understands it.
    pub fn read<T>(
        &self,
        field: &str,
        read: impl FnOnce(&str) -> Result<T, String>,
    ) -> Result<Option<T>, InvalidRequest> {
        let read = |text| read(text).map_err(|error| invalid(format!("`{field}` {error}")));
        self.value(field).map(read).transpose()
    }

    /// The id in the resource name that the field must be.
    pub(crate) fn name<T>(
        &self,
        field: &str,
        parse: impl FnOnce(&str, &str) -> Result<T, Invalid>,
    ) -> Result<Option<T>, InvalidRequest> {
        self.read(field, |name| {
            parse(field, name).map_err(|error| error.description)
        })
    }

    /// The state that the field must be, without the prefix `STATE_`.
    pub(crate) fn state<T>(
        &self,
        field: &str,
        from_name: impl FnOnce(&str) -> Option<T>,
    ) -> Result<Option<T>, InvalidRequest> {
        self.read(field, |name| {
            let state = from_name(&format!("STATE_{name}")).filter(|_| name != "UNSPECIFIED");
            state.ok_or_else(|| "is no state".to_owned())
        })
    }

    fn take_term<'a, 'b>(
        &mut self,
        tokens: &'b [Token<'a>],
        fields: &[&str],
    ) -> Result<&'b [Token<'a>], InvalidRequest> {
        let [Token::Bare(field), Token::Equals, value, rest @ ..] = tokens else {
            return Err(invalid("each term must read `field = value`"));
        };
        if !fields.contains(field) {
            return Err(invalid(format!("can only be over {}", fields.join(", "))));
        }
        if self.value(field).is_some() {
            return Err(invalid(format!("asks for {field} twice")));
        }
        let value = match value {
            Token::Bare(value) => (*value).to_owned(),
            Token::Quoted(value) => value.clone(),
            Token::Equals => return Err(invalid("each term must read `field = value`")),
        };
        self.terms.push(((*field).to_owned(), value));
        Ok(rest)
    }
}

fn invalid(description: impl Into<String>) -> InvalidRequest {
    InvalidRequest::one("filter", description)
}

enum Token<'a> {
    Bare(&'a str),
    Quoted(String),
    Equals,
}

fn tokens(text: &str) -> Result<Vec<Token<'_>>, InvalidRequest> {
    let mut tokens = Vec::new();
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        let (token, after) = match first {
            '=' => (Token::Equals, &rest[1..]),
            '"' => quoted(&rest[1..]).ok_or_else(|| invalid("a quote is not closed"))?,
            _ => bare(rest),
        };
        tokens.push(token);
        rest = after.trim_start();
    }
    Ok(tokens)
}

fn bare(text: &str) -> (Token<'_>, &str) {
    let end = text
        .find(|c: char| c.is_whitespace() || c == '=' || c == '"')
        .unwrap_or(text.len());
    let (token, rest) = text.split_at(end);
    (Token::Bare(token), rest)
}

fn quoted(text: &str) -> Option<(Token<'_>, &str)> {
    let mut value = String::new();
    let mut characters = text.char_indices();
    loop {
        match characters.next()? {
            (index, '"') => return Some((Token::Quoted(value), &text[index + 1..])),
            (_, '\\') => value.push(characters.next()?.1),
            (_, character) => value.push(character),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn terms_are_read_or_refused() {
        for (text, terms) in [
            ("", Some(&[][..])),
            ("  ", Some(&[])),
            ("state = CLOSED", Some(&[("state", "CLOSED")][..])),
            ("state=CLOSED", Some(&[("state", "CLOSED")])),
            (
                r#"order = "orders/1" AND state = CLOSED"#,
                Some(&[("order", "orders/1"), ("state", "CLOSED")]),
            ),
            (
                r#"order = "a \"b\" \\ c""#,
                Some(&[("order", r#"a "b" \ c"#)]),
            ),
            (r#"order = "AND""#, Some(&[("order", "AND")])),
            ("other = 1", None),
            ("state", None),
            ("state =", None),
            ("= CLOSED", None),
            ("state = = CLOSED", None),
            ("state = A state = B", None),
            ("state = A OR state = B", None),
            ("state = A AND", None),
            ("state = A AND state = B", None),
            (r#"state = "A"#, None),
            (r#"state = "A\"#, None),
            ("NOT state = A", None),
        ] {
            let filter = Filter::from_proto(text, &["order", "state"]);
            match (&filter, terms) {
                (Ok(filter), Some(terms)) => {
                    let read: Vec<_> = filter
                        .terms
                        .iter()
                        .map(|(a, b)| (a.as_str(), b.as_str()))
                        .collect();
                    assert_eq!(read, terms, "{text}");
                }
                (Err(error), None) => assert_eq!(error.mistakes[0].field, "filter", "{text}"),
                _ => panic!("{text}: {filter:?}"),
            }
        }
        assert!(Filter::from_proto(&"x".repeat(FILTER_BYTES_MAX + 1), &[]).is_err());
    }
}
