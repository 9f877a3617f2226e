//! Answers that the gRPC library gives by itself, as this API promises them.
//!
//! The library answers unreadable bytes with `INTERNAL` and its decoder's own words, and messages
//! over their limit with `OUT_OF_RANGE`. Our own statuses always carry details, so an `INTERNAL`
//! without them is the library's.

use axum::response::Response;
use tonic::{Code, Status};

use crate::status;

/// How the library begins what it says of unreadable requests.
const UNREADABLE: [&str; 4] = [
    "failed to decode Protobuf message",
    "protocol error",
    "Missing request message",
    "Unexpected EOF decoding stream",
];

/// The answer as it may leave.
pub(crate) fn mend(response: Response) -> Response {
    let Some(status) = Status::from_header_map(response.headers()) else {
        return response;
    };
    match mended(&status) {
        Some(status) => status.into_http(),
        None => response,
    }
}

fn mended(status: &Status) -> Option<Status> {
    if !status.details().is_empty() {
        return None;
    }
    let says = |words: &str| status.message().contains(words);
    match status.code() {
        Code::Internal if UNREADABLE.into_iter().any(says) => Some(status::malformed()),
        Code::Internal | Code::Unknown => Some(status::internal()),
        Code::OutOfRange if says("message length too large") => Some(status::too_large()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_library_does_not_speak_for_us() {
        for (status, mended_code) in [
            (
                Status::internal("failed to decode Protobuf message: Order.name: x"),
                Some(Code::InvalidArgument),
            ),
            (
                Status::internal("Missing request message."),
                Some(Code::InvalidArgument),
            ),
            (
                Status::internal("something else: secret"),
                Some(Code::Internal),
            ),
            (
                Status::out_of_range("Error, decoded message length too large: found 9 bytes"),
                Some(Code::ResourceExhausted),
            ),
            (Status::out_of_range("after the end"), None),
            (Status::unimplemented(""), None),
            (status::internal(), None),
            (status::too_late(), None),
        ] {
            let answer = mended(&status);
            assert_eq!(answer.as_ref().map(Status::code), mended_code, "{status}");
            if let Some(answer) = answer {
                assert!(!answer.message().contains("secret"));
                assert!(!answer.details().is_empty());
            }
        }
    }
}
