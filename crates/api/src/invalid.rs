//! What is wrong with a request, field by field.
//!
//! A conversion goes on after the first mistake, so that a caller learns of all of them at once:
//! every check returns `Option` and leaves a note in `Wrong` where it returns nothing.

use std::fmt;
use std::str::FromStr;

/// Most mistakes that one answer names. They travel in HTTP/2 trailers, which clients bound.
pub const MISTAKES_MAX: usize = 20;

/// One field that is wrong whatever the state.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{field}: {description}")]
pub struct Invalid {
    /// Path of the field, such as `order.lines[1].unit_price.currency_code`.
    pub field: String,
    /// What is wrong with it; never quotes personal data.
    pub description: String,
}

/// A request that is wrong whatever the state: at least one mistake, at most [`MISTAKES_MAX`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the request is invalid: {}", mistakes.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))]
pub struct InvalidRequest {
    /// What is wrong, in the order of the request's fields.
    pub mistakes: Vec<Invalid>,
}

impl InvalidRequest {
    /// A request with one mistake.
    pub fn one(field: impl Into<String>, description: impl Into<String>) -> Self {
        let invalid = Invalid {
            field: field.into(),
            description: description.into(),
        };
        Self {
            mistakes: vec![invalid],
        }
    }

    /// The mistakes of both, this one's first.
    #[must_use]
    pub fn and(mut self, other: Self) -> Self {
        self.mistakes.extend(other.mistakes);
        self.mistakes.truncate(MISTAKES_MAX);
        self
    }
}

/// Where a field stands in its request. Costs nothing until somebody has to read it.
#[derive(Debug, Clone, Copy)]
pub struct Path<'a> {
    parent: Option<&'a Path<'a>>,
    step: Step<'a>,
}

#[derive(Debug, Clone, Copy)]
enum Step<'a> {
    Field(&'a str),
    Index(usize),
}

impl<'a> Path<'a> {
    /// A field of the request itself.
    pub const fn of(field: &'a str) -> Self {
        Self {
            parent: None,
            step: Step::Field(field),
        }
    }

    /// A field of this message.
    pub const fn field(&'a self, name: &'a str) -> Self {
        Self {
            parent: Some(self),
            step: Step::Field(name),
        }
    }

    /// An element of this list.
    pub const fn index(&'a self, index: usize) -> Self {
        Self {
            parent: Some(self),
            step: Step::Index(index),
        }
    }
}

impl fmt::Display for Path<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(parent) = self.parent {
            parent.fmt(f)?;
        }
        match (self.step, self.parent) {
            (Step::Field(name), None) => f.write_str(name),
            (Step::Field(name), Some(_)) => write!(f, ".{name}"),
            (Step::Index(index), _) => write!(f, "[{index}]"),
        }
    }
}

/// The mistakes found so far.
#[derive(Debug, Default)]
pub(crate) struct Wrong(Vec<Invalid>);

impl Wrong {
    /// Notes a mistake. Returns nothing, as the check that found it does.
    pub(crate) fn note<T>(&mut self, at: &Path<'_>, description: impl fmt::Display) -> Option<T> {
        if self.0.len() < MISTAKES_MAX {
            self.0.push(Invalid {
                field: at.to_string(),
                description: description.to_string(),
            });
        }
        None
    }

    /// The text as whatever it should be.
    pub(crate) fn parse<T>(&mut self, text: &str, at: &Path<'_>) -> Option<T>
    where
        T: FromStr<Err: fmt::Display>,
    {
        match text.parse() {
            Ok(value) => Some(value),
            Err(_) if text.is_empty() => self.note(at, MISSING),
            Err(error) => self.note(at, error),
        }
    }

    /// Nothing when the text is empty; else the text as whatever it should be.
    pub(crate) fn parse_if_any<T>(&mut self, text: &str, at: &Path<'_>) -> Option<Option<T>>
    where
        T: FromStr<Err: fmt::Display>,
    {
        match text {
            "" => Some(None),
            text => self.parse(text, at).map(Some),
        }
    }

    /// A message that must not be absent.
    pub(crate) fn required<T>(&mut self, message: Option<T>, at: &Path<'_>) -> Option<T> {
        match message {
            Some(message) => Some(message),
            None => self.note(at, MISSING),
        }
    }

    /// Every element converted, or nothing when one of them or their number is wrong.
    pub(crate) fn each<M, T>(
        &mut self,
        messages: Vec<M>,
        count: std::ops::RangeInclusive<usize>,
        at: &Path<'_>,
        convert: impl Fn(M, &Path<'_>, &mut Self) -> Option<T>,
    ) -> Option<Vec<T>> {
        if !count.contains(&messages.len()) {
            let (least, most, found) = (count.start(), count.end(), messages.len());
            return self.note(
                at,
                format_args!("{least} to {most} are allowed, not {found}"),
            );
        }
        let expected = messages.len();
        let converted: Vec<T> = messages
            .into_iter()
            .enumerate()
            .filter_map(|(index, message)| convert(message, &at.index(index), self))
            .collect();
        (converted.len() == expected).then_some(converted)
    }

    /// The value, if nothing was noted.
    pub(crate) fn finish<T>(self, value: Option<T>) -> Result<T, InvalidRequest> {
        match value {
            Some(value) if self.0.is_empty() => Ok(value),
            _ => Err(InvalidRequest { mistakes: self.0 }),
        }
    }
}

/// What is said of a field that has to be there.
pub(crate) const MISSING: &str = "must be given";

/// Runs a conversion and collects what is wrong.
pub(crate) fn convert<T>(
    conversion: impl FnOnce(&mut Wrong) -> Option<T>,
) -> Result<T, InvalidRequest> {
    let mut wrong = Wrong::default();
    let value = conversion(&mut wrong);
    wrong.finish(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_reads_like_the_request() {
        let order = Path::of("order");
        let lines = order.field("lines");
        let line = lines.index(1);
        let price = line.field("unit_price");
        assert_eq!(
            price.field("currency_code").to_string(),
            "order.lines[1].unit_price.currency_code"
        );
    }

    #[test]
    fn an_answer_names_a_bounded_number_of_mistakes() {
        let many = convert(|wrong| {
            for index in 0..1_000 {
                wrong.note::<()>(&Path::of("lines").index(index), "is wrong");
            }
            Some(())
        });
        let mistakes = many.unwrap_err().mistakes;
        assert_eq!(mistakes.len(), MISTAKES_MAX);
        assert_eq!(mistakes[1].field, "lines[1]");
        let twice = InvalidRequest { mistakes }.and(InvalidRequest::one("filter", "is wrong"));
        assert_eq!(twice.mistakes.len(), MISTAKES_MAX);
    }
}
