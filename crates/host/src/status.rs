//! The one place that turns a "no" into a gRPC status.
//!
//! Every status carries an `ErrorInfo` with a stable reason. `INTERNAL` is for our own mistakes
//! only, and never says what went wrong: that stands in the log.
//!
//! | what | code |
//! |---|---|
//! | wrong whatever the state; a request id that was used for another request | `INVALID_ARGUMENT` |
//! | the state says no | `FAILED_PRECONDITION` |
//! | not there; another merchant's | `NOT_FOUND` |
//! | there already | `ALREADY_EXISTS` |
//! | the caller may not decide this | `PERMISSION_DENIED` |
//! | no valid token | `UNAUTHENTICATED` |
//! | others wrote to the same stream all the time | `ABORTED` |
//! | too much at once; a message over its limit | `RESOURCE_EXHAUSTED` |
//! | not decided in time | `DEADLINE_EXCEEDED` |
//! | read-only, unreachable, outcome unknown: the same request id can be sent again | `UNAVAILABLE` |
//! | stored bytes are damaged | `DATA_LOSS` |

use std::collections::HashMap;
use std::time::Duration;

use backhaul_api::InvalidRequest;
use backhaul_engine::Failure;
use backhaul_eventlog::ReadError;
use backhaul_kernel::{CommandId, RefusalKind, Refused};
use tonic::{Code, Status};
use tonic_types::{ErrorDetails, FieldViolation, PreconditionViolation, StatusExt};
use tracing::error;

/// Who speaks, in every `ErrorInfo`.
pub const DOMAIN: &str = "backhaul";

/// How long a caller should wait before it sends again what was too much.
const RETRY_AFTER: Duration = Duration::from_millis(500);

/// A request that is wrong whatever the state.
pub fn invalid(invalid: &InvalidRequest) -> Status {
    let violation = |mistake: &backhaul_api::Invalid| {
        FieldViolation::new(mistake.field.as_str(), mistake.description.as_str())
    };
    let violations: Vec<_> = invalid.mistakes.iter().map(violation).collect();
    let mut details = about("INVALID_REQUEST");
    details.set_bad_request(violations);
    Status::with_error_details(Code::InvalidArgument, "the request is invalid", details)
}

/// A business "no".
pub fn refused(refusal: &dyn Refused) -> Status {
    with(refusal_status(refusal))
}

/// A command that was not carried out, with the request id that it can be sent again under.
pub fn failed<R: Refused>(failure: &Failure<R>, command_id: &CommandId) -> Status {
    let (code, message, mut details) = match failure {
        Failure::Refused(refusal) => refusal_status(refusal),
        Failure::CommandReused { .. } => request_id_reused(),
        Failure::Contended { actual, .. } => (
            Code::Aborted,
            "others changed it at the same time; read it and decide again".to_owned(),
            about_with("VERSION_CONFLICT", [("version", actual.to_string())]),
        ),
        Failure::Overloaded => overloaded_parts("OVERLOADED"),
        Failure::ReadOnly(reason) => {
            error!(reason, "a command was turned away: the log is read-only");
            (
                Code::Unavailable,
                "the log takes no writes; send the same request id again later".to_owned(),
                about("LOG_READ_ONLY"),
            )
        }
        Failure::Unknown(reason) => {
            error!(reason, "the outcome of a command is unknown");
            let mut details = about("OUTCOME_UNKNOWN");
            details.set_retry_info(Some(RETRY_AFTER));
            let message = "whether it took effect is not known; the same request id will tell";
            (Code::Unavailable, message.to_owned(), details)
        }
        Failure::Invalid(reason) => {
            error!(reason, "the answer to a command cannot be stored");
            (
                Code::InvalidArgument,
                "what follows from the request is too large to be stored".to_owned(),
                about("NOT_STORABLE"),
            )
        }
        Failure::Read(error) => unreadable_parts(error),
    };
    details.set_request_info(command_id.as_str(), "");
    with((code, message, details))
}

/// Stored events that cannot be read.
pub fn unreadable(error: &ReadError) -> Status {
    with(unreadable_parts(error))
}

/// There is no such thing, or it belongs to another merchant: both look the same. `reason` is
/// such as `ORDER_NOT_FOUND`, `resource` the name that was asked for.
pub fn not_found(reason: &'static str, resource: &str) -> Status {
    with(not_found_parts(reason, resource, Vec::new()))
}

/// The state says no, where no rule speaks for it. `reason` is such as `UNKNOWN_PARCEL`, `subject`
/// the resource name of what refuses.
pub fn precondition(reason: &'static str, subject: &str, message: &str) -> Status {
    let mut details = about(reason);
    let violation = PreconditionViolation::new(reason, subject, message);
    details.set_precondition_failure(vec![violation]);
    with((Code::FailedPrecondition, message.to_owned(), details))
}

/// Somebody outside does not answer; the same call may go better later.
pub fn unreachable(reason: &'static str, message: &str) -> Status {
    let mut details = about(reason);
    details.set_retry_info(Some(RETRY_AFTER));
    with((Code::Unavailable, message.to_owned(), details))
}

/// The caller showed no valid token.
pub fn unauthenticated() -> Status {
    let message = "a valid access token is needed".to_owned();
    with((Code::Unauthenticated, message, about("TOKEN")))
}

/// The caller's tier may not do this.
pub fn forbidden() -> Status {
    let message = "the caller may not do this".to_owned();
    with((Code::PermissionDenied, message, about("TIER")))
}

/// Too many calls are being answered. `reason` says which bound was met.
pub fn overloaded(reason: &'static str) -> Status {
    with(overloaded_parts(reason))
}

/// The call was not answered in time. A command may still have taken effect.
pub fn too_late() -> Status {
    with((
        Code::DeadlineExceeded,
        "not answered in time; the same request id will tell whether it took effect".to_owned(),
        about("DEADLINE"),
    ))
}

/// A view has not got far enough yet for the caller to read its own writes.
pub fn behind() -> Status {
    let mut details = about("VIEW_BEHIND");
    details.set_retry_info(Some(RETRY_AFTER));
    let message = "the view has not reached the position asked for".to_owned();
    with((Code::Unavailable, message, details))
}

/// Bytes that are no message of the method.
pub fn malformed() -> Status {
    let message = "the request is no message of this method".to_owned();
    with((Code::InvalidArgument, message, about("MALFORMED")))
}

/// A message over its limit.
pub fn too_large() -> Status {
    let message = "the message is larger than this method takes".to_owned();
    with((Code::ResourceExhausted, message, about("MESSAGE_TOO_LARGE")))
}

/// A mistake of ours. What it was stands in the log, not in the answer.
pub fn internal() -> Status {
    with((
        Code::Internal,
        "internal error".to_owned(),
        about("INTERNAL"),
    ))
}

type Parts = (Code, String, ErrorDetails);

fn with((code, message, details): Parts) -> Status {
    Status::with_error_details(code, message, details)
}

fn about(reason: &str) -> ErrorDetails {
    ErrorDetails::with_error_info(reason, DOMAIN, HashMap::new())
}

fn about_with<K: Into<String>>(
    reason: &str,
    facts: impl IntoIterator<Item = (K, String)>,
) -> ErrorDetails {
    let facts: HashMap<String, String> = facts.into_iter().map(|(k, v)| (k.into(), v)).collect();
    ErrorDetails::with_error_info(reason, DOMAIN, facts)
}

fn refusal_status(refusal: &dyn Refused) -> Parts {
    let (reason, message) = (refusal.reason(), refusal.to_string());
    let mut details = about_with(reason, refusal.facts());
    match refusal.kind() {
        RefusalKind::Invalid { field } => {
            details.add_bad_request_violation(field, message.as_str());
            (Code::InvalidArgument, message, details)
        }
        RefusalKind::Precondition { subject } => {
            let violation = PreconditionViolation::new(reason, subject, message.as_str());
            details.set_precondition_failure(vec![violation]);
            (Code::FailedPrecondition, message, details)
        }
        RefusalKind::NotFound { resource } => not_found_parts(reason, &resource, refusal.facts()),
        RefusalKind::AlreadyExists { resource } => {
            details.set_resource_info(resource_type(&resource), resource.as_str(), "", "");
            (Code::AlreadyExists, message, details)
        }
        RefusalKind::Forbidden => (Code::PermissionDenied, message, details),
    }
}

fn not_found_parts(reason: &str, resource: &str, facts: Vec<(&'static str, String)>) -> Parts {
    let mut details = about_with(reason, facts);
    details.set_resource_info(resource_type(resource), resource, "", "");
    (Code::NotFound, format!("{resource} is not there"), details)
}

/// The collection of a resource name.
fn resource_type(resource: &str) -> &str {
    resource.split('/').next().unwrap_or_default()
}

fn request_id_reused() -> Parts {
    let message = "the request id was used for another request".to_owned();
    let mut details = about("REQUEST_ID_REUSED");
    details.add_bad_request_violation("request_id", message.as_str());
    (Code::InvalidArgument, message, details)
}

fn overloaded_parts(reason: &str) -> Parts {
    let mut details = about(reason);
    details.set_retry_info(Some(RETRY_AFTER));
    (
        Code::ResourceExhausted,
        "too much at once; try again".to_owned(),
        details,
    )
}

fn unreadable_parts(failure: &ReadError) -> Parts {
    error!(%failure, "stored events cannot be read");
    match failure {
        ReadError::Corrupt { .. } => (
            Code::DataLoss,
            "stored events are damaged; an operator has to look".to_owned(),
            about("LOG_CORRUPT"),
        ),
        ReadError::Unavailable(_) => (
            Code::Unavailable,
            "the log cannot be reached; try again".to_owned(),
            about("LOG_UNAVAILABLE"),
        ),
    }
}

#[cfg(test)]
mod tests;
