//! One text: version, subject, body, and how its placeholders are filled.

/// A text, taken apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct TemplateText {
    /// Counted up with every change of words.
    pub(super) version: u32,
    /// One line.
    pub(super) subject: &'static str,
    /// The rest.
    pub(super) body: &'static str,
}

impl TemplateText {
    /// Takes a text of this crate apart; none when it does not have the shape of one.
    pub(super) fn parse(text: &'static str) -> Option<Self> {
        let (version, rest) = text.strip_prefix("version: ")?.split_once('\n')?;
        let (subject, body) = rest.strip_prefix("subject: ")?.split_once("\n\n")?;
        Some(Self {
            version: version.parse().ok()?,
            subject,
            body,
        })
    }
}

/// Puts a value into every placeholder. Values are never looked at again, so a value that looks
/// like a placeholder stays what it is.
pub(super) fn fill<E>(text: &str, value: impl Fn(&str) -> Result<String, E>) -> Result<String, E> {
    let mut filled = String::with_capacity(text.len() * 2);
    let mut rest = text;
    while let Some((before, placeholder, after)) = next_placeholder(rest) {
        filled.push_str(before);
        filled.push_str(&value(placeholder)?);
        rest = after;
    }
    filled.push_str(rest);
    Ok(filled)
}

/// The placeholders of a text, as often as they stand there.
#[cfg(test)]
pub(super) fn placeholders(text: &str) -> Vec<&str> {
    let mut found = Vec::new();
    let mut rest = text;
    while let Some((_, placeholder, after)) = next_placeholder(rest) {
        found.push(placeholder);
        rest = after;
    }
    found
}

fn next_placeholder(text: &str) -> Option<(&str, &str, &str)> {
    let (before, rest) = text.split_once('{')?;
    let (placeholder, after) = rest.split_once('}')?;
    Some((before, placeholder, after))
}

/// The value without line breaks: a value must not start a line, or a header, of its own.
pub(super) fn one_line(value: &str) -> String {
    value.replace(char::is_control, " ").trim().to_owned()
}
