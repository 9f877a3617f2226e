//! What every method of every service does first and last: who calls, what is asked, under which
//! name, and which position the answer stands for.

use backhaul_api::{CommandRequest, InvalidRequest, ListRequest, Page, PageKey};
use backhaul_engine::{Intent, intent};
use backhaul_eventlog::Position;
use backhaul_events::ContextName;
use backhaul_kernel::{Actor, CommandId, Tenant, Tier};
use bytestring::ByteString;
use tonic::metadata::{MetadataMap, MetadataValue};
use tonic::{Request, Response, Status};
use uuid::Uuid;

use crate::status;

/// Metadata that says which position an answer stands for, or which position a query wants to see,
/// as `{context}:{position}`. May stand in a query several times.
pub const POSITION_HEADER: &str = "backhaul-position";

/// Metadata by which a caller names what everything began with, as a UUID.
pub const CORRELATION_HEADER: &str = "backhaul-correlation-id";

/// W3C trace context.
pub(crate) const TRACEPARENT_HEADER: &str = "traceparent";

/// Bytes of a `traceparent` of version 00.
const TRACEPARENT_BYTES: usize = 55;

/// Who calls, as the access token says. Nothing in a request can change it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    /// The merchant.
    pub tenant: Tenant,
    /// The account.
    pub actor: Actor,
}

impl Caller {
    /// Refuses callers below a tier.
    pub fn at_least(&self, tier: Tier) -> Result<(), Status> {
        match self.actor.tier >= tier {
            true => Ok(()),
            false => Err(status::forbidden()),
        }
    }
}

/// A call that changes nothing.
#[derive(Debug, Clone)]
pub struct Query {
    /// Who asks.
    pub caller: Caller,
    seen: Vec<(ContextName, Position)>,
}

impl Query {
    /// The position of a context that the caller wants to see; 0 when it named none.
    pub fn position(&self, context: ContextName) -> Position {
        let of =
            |(named, position): &(ContextName, Position)| (*named == context).then_some(*position);
        self.seen.iter().filter_map(of).max().unwrap_or(0)
    }
}

/// Who calls. Every method but health has a caller; a call without one was not let in.
pub fn caller<M>(request: &Request<M>) -> Result<Caller, Status> {
    let caller = request.extensions().get::<Caller>().cloned();
    caller.ok_or_else(status::unauthenticated)
}

/// Opens a command: who asks, under which name, and for what.
pub fn command<M: CommandRequest, T>(
    request: Request<M>,
    from_proto: impl FnOnce(M) -> Result<T, InvalidRequest>,
) -> Result<(Intent, T), Status> {
    let caller = caller(&request)?;
    let (metadata, _, message) = request.into_parts();
    let digest = intent::digest(&message.encode_to_vec());
    let command_id = message.request_id().parse::<CommandId>();
    let (command_id, asked) = match (command_id, from_proto(message)) {
        (Ok(command_id), Ok(asked)) => (command_id, asked),
        (Ok(_), Err(invalid)) => return Err(status::invalid(&invalid)),
        (Err(_), Ok(_)) => return Err(status::invalid(&request_id())),
        (Err(_), Err(invalid)) => return Err(status::invalid(&request_id().and(invalid))),
    };
    let intent = Intent {
        correlation_id: correlation_id(&metadata, &caller.tenant, &command_id),
        command_id,
        digest,
        actor: caller.actor,
        tenant: caller.tenant,
        causation_id: None,
        traceparent: traceparent(&metadata),
        occurred_at: None,
    };
    Ok((intent, asked))
}

/// Opens a query: who asks, and for what.
pub fn query<M, T>(
    request: Request<M>,
    from_proto: impl FnOnce(M) -> Result<T, InvalidRequest>,
) -> Result<(Query, T), Status> {
    let query = Query {
        caller: caller(&request)?,
        seen: positions(request.metadata()).map_err(|invalid| status::invalid(&invalid))?,
    };
    let asked = from_proto(request.into_inner()).map_err(|invalid| status::invalid(&invalid))?;
    Ok((query, asked))
}

/// Opens a list: who asks, for which page, and which rows.
pub fn list<M: ListRequest, F>(
    request: Request<M>,
    key: &PageKey,
    filter: impl FnOnce(&str) -> Result<F, InvalidRequest>,
) -> Result<(Query, Page, F), Status> {
    let tenant = caller(&request)?.tenant;
    let (query, (page, filter)) = query(request, |message| {
        let page = Page::from_proto(&message, &tenant, key);
        match (page, filter(message.filter())) {
            (Ok(page), Ok(filter)) => Ok((page, filter)),
            (Err(page), Err(filter)) => Err(page.and(filter)),
            (Err(invalid), Ok(_)) | (Ok(_), Err(invalid)) => Err(invalid),
        }
    })?;
    Ok((query, page, filter))
}

/// An answer, with the position that it stands for.
pub fn answer<M>(message: M, context: ContextName, position: Position) -> Response<M> {
    let mut response = Response::new(message);
    let value = MetadataValue::try_from(format!("{context}:{position}"));
    let value = value.expect("a context and a number are visible ASCII");
    response.metadata_mut().insert(POSITION_HEADER, value);
    response
}

fn request_id() -> InvalidRequest {
    InvalidRequest::one("request_id", "must be 1 to 255 visible ASCII characters")
}

fn positions(metadata: &MetadataMap) -> Result<Vec<(ContextName, Position)>, InvalidRequest> {
    let invalid = || InvalidRequest::one(POSITION_HEADER, "must read `context:position`");
    let read = |value: &MetadataValue<_>| {
        let (context, position) = value.to_str().ok()?.split_once(':')?;
        Some((context.parse().ok()?, position.parse().ok()?))
    };
    let values = metadata.get_all(POSITION_HEADER);
    values
        .iter()
        .map(|value| read(value).ok_or_else(invalid))
        .collect()
}

/// What the caller named, else a name that the same request always gets again.
fn correlation_id(metadata: &MetadataMap, tenant: &Tenant, command_id: &CommandId) -> Uuid {
    let named = metadata.get(CORRELATION_HEADER);
    let named = named.and_then(|value| Uuid::try_parse(value.to_str().ok()?).ok());
    named.unwrap_or_else(|| {
        let content = format!("{tenant}/{command_id}");
        Uuid::new_v5(&Uuid::NAMESPACE_OID, content.as_bytes())
    })
}

/// Our own span's trace context when tracing is on, else the caller's, if it is well-formed.
fn traceparent(metadata: &MetadataMap) -> Option<ByteString> {
    if let Some(own) = crate::telemetry::traceparent() {
        return Some(own.into());
    }
    let text = metadata.get(TRACEPARENT_HEADER)?.to_str().ok()?;
    is_traceparent(text).then(|| text.into())
}

/// Whether the text is a W3C trace context of version 00 in form.
pub fn is_traceparent(text: &str) -> bool {
    let hexadecimal = |part: &str| part.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
    let lengths = text.split('-').map(str::len);
    text.len() == TRACEPARENT_BYTES
        && lengths.eq([2, 32, 16, 2])
        && text.split('-').all(hexadecimal)
}

#[cfg(test)]
mod tests {
    use super::*;
    use backhaul_api::proto::orders::v1::{
        GetOrderRequest, ListOrdersRequest, RecordDispatchRequest,
    };
    use tonic_types::StatusExt;

    fn caller_of(tier: Tier) -> Caller {
        Caller {
            tenant: "main".parse().unwrap(),
            actor: Actor {
                name: "shop".to_owned(),
                tier,
            },
        }
    }

    fn request<M>(message: M, metadata: &[(&'static str, &str)]) -> Request<M> {
        let mut request = Request::new(message);
        request.extensions_mut().insert(caller_of(Tier::Platform));
        for (name, value) in metadata {
            request.metadata_mut().append(*name, value.parse().unwrap());
        }
        request
    }

    fn dispatch(request_id: &str) -> RecordDispatchRequest {
        RecordDispatchRequest {
            request_id: request_id.to_owned(),
            name: "orders/1".to_owned(),
            ..Default::default()
        }
    }

    fn wrong_fields(status: &Status) -> Vec<String> {
        let details = status.get_error_details();
        let violations = details.bad_request().unwrap().field_violations.clone();
        violations
            .into_iter()
            .map(|violation| violation.field)
            .collect()
    }

    #[test]
    fn the_same_request_has_the_same_name_and_digest() {
        let open = |id: &str| command(request(dispatch(id), &[]), |_| Ok(())).unwrap().0;
        let (first, again, other) = (open("a"), open("a"), open("b"));
        assert_eq!(
            (first.digest, first.correlation_id),
            (again.digest, again.correlation_id)
        );
        assert_ne!(first.digest, other.digest);
        assert_ne!(first.correlation_id, other.correlation_id);
        assert_eq!(first.tenant.as_str(), "main");
    }

    #[test]
    fn mistakes_of_name_and_content_are_told_together() {
        let content = |_| Err::<(), _>(InvalidRequest::one("lines", "must be given"));
        let long = "x".repeat(256);
        for id in ["", "a b", "ä", "a\n", &long] {
            let status = command(request(dispatch(id), &[]), content).unwrap_err();
            assert_eq!(wrong_fields(&status), ["request_id", "lines"], "{id}");
            let status = command(request(dispatch(id), &[]), |_| Ok(())).unwrap_err();
            assert_eq!(wrong_fields(&status), ["request_id"], "{id}");
        }
    }

    #[test]
    fn nobody_calls_without_a_token() {
        let status = command(Request::new(dispatch("a")), |_| Ok(())).unwrap_err();
        assert_eq!(status.code(), tonic::Code::Unauthenticated);
    }

    #[test]
    fn tiers_are_ordered() {
        assert!(caller_of(Tier::Admin).at_least(Tier::Agent).is_ok());
        let status = caller_of(Tier::Platform).at_least(Tier::Agent).unwrap_err();
        assert_eq!(status.code(), tonic::Code::PermissionDenied);
    }

    #[test]
    fn positions_travel_in_metadata() {
        let sent = answer((), ContextName::Orders, 17);
        assert_eq!(sent.metadata().get(POSITION_HEADER).unwrap(), "orders:17");
        let get = |positions: &[(&'static str, &str)]| {
            query(request(GetOrderRequest::default(), positions), |_| Ok(()))
        };
        let (query, ()) = get(&[
            (POSITION_HEADER, "orders:17"),
            (POSITION_HEADER, "returns:3"),
            (POSITION_HEADER, "orders:5"),
        ])
        .unwrap();
        assert_eq!(query.position(ContextName::Orders), 17);
        assert_eq!(query.position(ContextName::Returns), 3);
        assert_eq!(query.position(ContextName::Refunds), 0);
        for bad in ["17", "orders:", "orders:-1", "letters:1"] {
            let status = get(&[(POSITION_HEADER, bad)]).unwrap_err();
            assert_eq!(wrong_fields(&status), [POSITION_HEADER], "{bad}");
        }
    }

    #[test]
    fn a_list_tells_what_is_wrong_with_page_and_filter() {
        let message = ListOrdersRequest {
            page_size: -1,
            page_token: String::new(),
            filter: "other = 1".to_owned(),
        };
        let filter = backhaul_api::orders::OrderFilter::from_proto;
        let answer = list(request(message, &[]), &PageKey::new([1; 32]), filter);
        assert_eq!(wrong_fields(&answer.unwrap_err()), ["page_size", "filter"]);
    }

    #[test]
    fn only_well_formed_context_is_passed_on() {
        let good = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
        let correlation = "018f0000-0000-7000-8000-000000000001";
        let metadata = [
            (TRACEPARENT_HEADER, good),
            (CORRELATION_HEADER, correlation),
        ];
        let (intent, ()) = command(request(dispatch("a"), &metadata), |_| Ok(())).unwrap();
        assert_eq!(intent.traceparent.as_deref(), Some(good));
        assert_eq!(intent.correlation_id.to_string(), correlation);
        for bad in [
            "",
            "00",
            &good.to_uppercase(),
            &format!("{good}0"),
            &good.replace('-', "0"),
        ] {
            assert!(!is_traceparent(bad), "{bad}");
        }
    }
}
