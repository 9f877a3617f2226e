//! What every refusal says of itself, so that one place can turn it into a wire status.

/// The kinds of business "no", each with its own answer on the wire.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RefusalKind {
    /// Wrong whatever the state: names the field, such as `lines[1].quantity`.
    Invalid {
        /// Path of the offending field in the request.
        field: String,
    },
    /// The state says no: names the thing whose state it is.
    Precondition {
        /// Resource name of what refuses, such as `returns/536365-R1`.
        subject: String,
    },
    /// The thing asked for is not there.
    NotFound {
        /// Resource name asked for.
        resource: String,
    },
    /// The thing to be created is there already.
    AlreadyExists {
        /// Resource name that exists.
        resource: String,
    },
    /// The caller may not decide this.
    Forbidden,
}

/// A business "no": part of the contract. Its `Display` is the sentence for people and carries no
/// personal data.
pub trait Refused: std::fmt::Display + std::fmt::Debug + Send + Sync + 'static {
    /// What kind of "no" this is.
    fn kind(&self) -> RefusalKind;

    /// A stable, machine-readable reason in `UPPER_SNAKE_CASE`, such as `RETURN_WINDOW_CLOSED`.
    fn reason(&self) -> &'static str;

    /// Facts that help a program, such as the limit that was exceeded. No personal data.
    fn facts(&self) -> Vec<(&'static str, String)> {
        Vec::new()
    }
}
