use std::fmt;

use super::*;

#[derive(Debug)]
struct No(RefusalKind);

impl fmt::Display for No {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the rules say no")
    }
}

impl Refused for No {
    fn kind(&self) -> RefusalKind {
        self.0.clone()
    }
    fn reason(&self) -> &'static str {
        "RULES_SAY_NO"
    }
    fn facts(&self) -> Vec<(&'static str, String)> {
        vec![("limit", "3".to_owned())]
    }
}

fn command_id() -> CommandId {
    "request-1".parse().unwrap()
}

fn reason(status: &Status) -> String {
    let details = status.get_error_details();
    let info = details.error_info().expect("every status says why");
    assert_eq!(info.domain, DOMAIN);
    info.reason.clone()
}

#[test]
fn every_kind_of_refusal_has_its_code_and_details() {
    let resource = || "orders/1".to_owned();
    for (kind, code) in [
        (
            RefusalKind::Invalid {
                field: "lines[1].quantity".to_owned(),
            },
            Code::InvalidArgument,
        ),
        (
            RefusalKind::Precondition {
                subject: resource(),
            },
            Code::FailedPrecondition,
        ),
        (
            RefusalKind::NotFound {
                resource: resource(),
            },
            Code::NotFound,
        ),
        (
            RefusalKind::AlreadyExists {
                resource: resource(),
            },
            Code::AlreadyExists,
        ),
        (RefusalKind::Forbidden, Code::PermissionDenied),
    ] {
        let status = refused(&No(kind.clone()));
        assert_eq!(
            (status.code(), reason(&status).as_str()),
            (code, "RULES_SAY_NO")
        );
        let details = status.get_error_details();
        assert_eq!(details.error_info().unwrap().metadata["limit"], "3");
        match kind {
            RefusalKind::Invalid { field } => {
                assert_eq!(
                    details.bad_request().unwrap().field_violations[0].field,
                    field
                );
            }
            RefusalKind::Precondition { subject } => {
                let violation = &details.precondition_failure().unwrap().violations[0];
                assert_eq!(
                    (violation.r#type.as_str(), &violation.subject),
                    ("RULES_SAY_NO", &subject)
                );
            }
            RefusalKind::NotFound { resource } | RefusalKind::AlreadyExists { resource } => {
                let info = details.resource_info().unwrap();
                assert_eq!(
                    (&info.resource_name, info.resource_type.as_str()),
                    (&resource, "orders")
                );
            }
            RefusalKind::Forbidden => {}
        }
    }
}

#[test]
fn every_failure_has_its_code_and_names_the_request() {
    let corrupt = ReadError::Corrupt {
        record: "orders at position 17".to_owned(),
        detail: "secret".to_owned(),
    };
    let stream = "orders/main/1".parse().unwrap();
    let failures: [(Failure<No>, Code, &str); 9] = [
        (
            Failure::Refused(No(RefusalKind::Forbidden)),
            Code::PermissionDenied,
            "RULES_SAY_NO",
        ),
        (
            Failure::CommandReused {
                command_id: command_id(),
            },
            Code::InvalidArgument,
            "REQUEST_ID_REUSED",
        ),
        (
            Failure::Contended { stream, actual: 7 },
            Code::Aborted,
            "VERSION_CONFLICT",
        ),
        (Failure::Overloaded, Code::ResourceExhausted, "OVERLOADED"),
        (
            Failure::ReadOnly("secret".to_owned()),
            Code::Unavailable,
            "LOG_READ_ONLY",
        ),
        (
            Failure::Unknown("secret".to_owned()),
            Code::Unavailable,
            "OUTCOME_UNKNOWN",
        ),
        (
            Failure::Invalid("secret".to_owned()),
            Code::InvalidArgument,
            "NOT_STORABLE",
        ),
        (Failure::Read(corrupt), Code::DataLoss, "LOG_CORRUPT"),
        (
            Failure::Read(ReadError::Unavailable("secret".to_owned())),
            Code::Unavailable,
            "LOG_UNAVAILABLE",
        ),
    ];
    for (failure, code, why) in failures {
        let status = failed(&failure, &command_id());
        assert_eq!((status.code(), reason(&status).as_str()), (code, why));
        assert!(!status.message().contains("secret"), "{status}");
        let details = status.get_error_details();
        assert_eq!(details.request_info().unwrap().request_id, "request-1");
        let retries = matches!(failure, Failure::Overloaded | Failure::Unknown(_));
        assert_eq!(details.retry_info().is_some(), retries);
    }
}

#[test]
fn a_conflict_tells_the_version() {
    let stream = "orders/main/1".parse().unwrap();
    let status = failed(
        &Failure::<No>::Contended { stream, actual: 7 },
        &command_id(),
    );
    let details = status.get_error_details();
    assert_eq!(details.error_info().unwrap().metadata["version"], "7");
}

#[test]
fn every_mistake_of_a_request_is_named() {
    let request = InvalidRequest::one("order.name", "must be given")
        .and(InvalidRequest::one("request_id", "must be given"));
    let details = invalid(&request).get_error_details();
    let violations = &details.bad_request().unwrap().field_violations;
    let fields: Vec<_> = violations
        .iter()
        .map(|violation| violation.field.as_str())
        .collect();
    assert_eq!(fields, ["order.name", "request_id"]);
}

#[test]
fn what_the_edge_says_has_a_reason_too() {
    for (status, code, why) in [
        (
            not_found("ORDER_NOT_FOUND", "orders/1"),
            Code::NotFound,
            "ORDER_NOT_FOUND",
        ),
        (unauthenticated(), Code::Unauthenticated, "TOKEN"),
        (forbidden(), Code::PermissionDenied, "TIER"),
        (overloaded("CALLS"), Code::ResourceExhausted, "CALLS"),
        (too_late(), Code::DeadlineExceeded, "DEADLINE"),
        (behind(), Code::Unavailable, "VIEW_BEHIND"),
        (malformed(), Code::InvalidArgument, "MALFORMED"),
        (too_large(), Code::ResourceExhausted, "MESSAGE_TOO_LARGE"),
        (internal(), Code::Internal, "INTERNAL"),
    ] {
        assert_eq!((status.code(), reason(&status).as_str()), (code, why));
    }
}
