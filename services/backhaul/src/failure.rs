//! How a command ends badly: one line for people, one object for programs.

use std::fmt;

use serde::Serialize;
use tonic::{Code, Status};
use tonic_types::{ErrorDetails, StatusExt as _};

/// Why a command failed, with what the deployment said about it.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub struct Failure {
    /// In words.
    pub message: String,
    /// The gRPC status, such as `INVALID_ARGUMENT`; empty when no call failed.
    #[serde(skip_serializing_if = "str::is_empty")]
    pub code: &'static str,
    /// The reason, such as `UNITS_EXCEED`.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub reason: String,
    /// The field that is wrong.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub field: String,
    /// What to do about it.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub hint: String,
}

impl From<&anyhow::Error> for Failure {
    /// A refusal speaks for itself, after what the command was about; everything else is its chain
    /// of causes.
    fn from(error: &anyhow::Error) -> Self {
        let status = error.chain().enumerate().find_map(|(depth, cause)| {
            let status = cause.downcast_ref::<Status>()?;
            Some((depth, status))
        });
        match status {
            Some((depth, status)) => {
                let about: String = error
                    .chain()
                    .take(depth)
                    .map(|context| format!("{context}: "))
                    .collect();
                let failure = Self::of_status(status);
                Self {
                    message: format!("{about}{}", failure.message),
                    ..failure
                }
            }
            None => Self {
                message: format!("{error:#}"),
                code: "",
                reason: String::new(),
                field: String::new(),
                hint: String::new(),
            },
        }
    }
}

impl Failure {
    fn of_status(status: &Status) -> Self {
        let details = status.get_error_details();
        Self {
            message: status.message().to_owned(),
            code: code_name(status.code()),
            reason: reason(&details).to_owned(),
            field: fields(&details),
            hint: hint(status.code(), &details),
        }
    }
}

/// One line: the message, then reason, field and hint where there are any.
impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let message = self.message.replace('\n', " ");
        let message = if message.is_empty() {
            self.code
        } else {
            &message
        };
        write!(f, "{message}")?;
        let reason = if self.reason.is_empty() {
            self.code
        } else {
            &self.reason
        };
        match (reason.is_empty(), self.field.is_empty()) {
            (true, _) => {}
            (false, true) => write!(f, " ({reason})")?,
            (false, false) => write!(f, " ({reason} at {})", self.field)?,
        }
        if !self.hint.is_empty() {
            write!(f, "; {}", self.hint)?;
        }
        Ok(())
    }
}

/// The reason that the deployment gives for a refusal; empty when it gives none.
pub fn reason_of(status: &Status) -> String {
    reason(&status.get_error_details()).to_owned()
}

fn reason(details: &ErrorDetails) -> &str {
    details.error_info().map_or("", |info| &info.reason)
}

fn fields(details: &ErrorDetails) -> String {
    let violations = details
        .bad_request()
        .map_or(&[][..], |bad| &bad.field_violations);
    let fields: Vec<&str> = violations.iter().map(|each| each.field.as_str()).collect();
    fields.join(", ")
}

fn hint(code: Code, details: &ErrorDetails) -> String {
    let wait = details.retry_info().and_then(|info| info.retry_delay);
    if let Some(wait) = wait {
        return format!("try again in {} ms", wait.as_millis());
    }
    if let Some(link) = details.help().and_then(|help| help.links.first()) {
        return link.description.clone();
    }
    if let Some(violation) = details
        .precondition_failure()
        .and_then(|failure| failure.violations.first())
    {
        return violation.description.clone();
    }
    match code {
        Code::Unauthenticated => "--token-file says where the token is".to_owned(),
        Code::Unavailable => "is the deployment running?".to_owned(),
        _ => String::new(),
    }
}

const fn code_name(code: Code) -> &'static str {
    match code {
        Code::Ok => "OK",
        Code::Cancelled => "CANCELLED",
        Code::Unknown => "UNKNOWN",
        Code::InvalidArgument => "INVALID_ARGUMENT",
        Code::DeadlineExceeded => "DEADLINE_EXCEEDED",
        Code::NotFound => "NOT_FOUND",
        Code::AlreadyExists => "ALREADY_EXISTS",
        Code::PermissionDenied => "PERMISSION_DENIED",
        Code::ResourceExhausted => "RESOURCE_EXHAUSTED",
        Code::FailedPrecondition => "FAILED_PRECONDITION",
        Code::Aborted => "ABORTED",
        Code::OutOfRange => "OUT_OF_RANGE",
        Code::Unimplemented => "UNIMPLEMENTED",
        Code::Internal => "INTERNAL",
        Code::Unavailable => "UNAVAILABLE",
        Code::DataLoss => "DATA_LOSS",
        Code::Unauthenticated => "UNAUTHENTICATED",
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::*;

    #[test]
    fn a_refusal_is_one_line_with_reason_and_field() {
        let mut details = ErrorDetails::new();
        details.set_error_info("UNITS_EXCEED", "backhaul", HashMap::new());
        details.add_bad_request_violation("items[0].quantity", "too many");
        let status =
            Status::with_error_details(Code::InvalidArgument, "2 units asked, 1 left", details);
        let error = anyhow::Error::from(status).context("return of 536365");
        assert_eq!(
            Failure::from(&error).to_string(),
            "return of 536365: 2 units asked, 1 left (UNITS_EXCEED at items[0].quantity)"
        );
    }

    #[test]
    fn everything_else_is_its_chain_of_causes() {
        let error = anyhow::anyhow!("disk full").context("the file cannot be read");
        assert_eq!(
            Failure::from(&error).to_string(),
            "the file cannot be read: disk full"
        );
        let status = Status::new(Code::Unauthenticated, "no token");
        assert_eq!(
            Failure::from(&status.into()).to_string(),
            "no token (UNAUTHENTICATED); --token-file says where the token is"
        );
    }
}
