//! A CloudEvent from a warehouse, in either form: everything in one JSON object (structured), or
//! attributes as headers and the data as body (binary).

use std::borrow::Cow;

use backhaul_api::InvalidRequest;
use backhaul_api::proto::returns::v1 as proto;
use backhaul_api::proto::types::v1::LineUnits;
use backhaul_api::returns::{RecordReceipt, condition_to_proto};
use backhaul_engine::{Intent, intent};
use backhaul_eventlog::{Incoming, Rejection};
use backhaul_events::warehouse::{UNITS_RECEIVED, UnitsReceived};
use backhaul_host::calls;
use backhaul_kernel::{Actor, Tenant, Tier, Timestamp};
use percent_encoding::percent_decode_str;
use serde::Deserialize;
use serde_json::Value;
use uuid::Uuid;

/// The version of CloudEvents that is read.
const SPECVERSION: &str = "1.0";
/// What the names of attributes begin with as headers.
const PREFIX: &str = "ce-";
/// Most bytes of an id and of a source.
const NAME_BYTES_MAX: usize = 1_024;

/// Most bytes of a site's name.
const SITE_BYTES_MAX: usize = 64;

/// What a message asks for.
#[derive(Debug)]
pub(super) struct Asked {
    /// Who asks, and under which name.
    pub(super) intent: Intent,
    /// What arrived.
    pub(super) receipt: RecordReceipt,
    /// When; none means now.
    pub(super) received_at: Option<Timestamp>,
}

/// A CloudEvent, as far as it is read.
#[derive(Deserialize)]
struct CloudEvent {
    specversion: String,
    id: String,
    source: String,
    r#type: String,
    #[serde(default)]
    time: Option<String>,
    #[serde(default)]
    datacontenttype: Option<String>,
    #[serde(default)]
    traceparent: Option<String>,
    #[serde(default)]
    data: Value,
}

/// What a message asks for, or why it asks for nothing that can be done.
pub(super) fn read(message: &Incoming) -> Result<Asked, Rejection> {
    let tenant: Tenant = message
        .tenant
        .parse()
        .map_err(|error| rejected("INVALID_SUBJECT", &error))?;
    if !is_site(&message.site) {
        let detail = format!("`{}` is no name of a site", message.site);
        return Err(rejected("INVALID_SUBJECT", &detail));
    }
    let event = match message.header("ce-specversion") {
        Some(_) => binary(message)?,
        None => structured(message)?,
    };
    check(&event)?;
    let received_at = event.time.as_deref().map(time).transpose()?;
    let data = UnitsReceived::deserialize(&event.data)
        .map_err(|error| rejected("INVALID_DATA", &format_args!("data: {error}")))?;
    let request = request(&message.site, data);
    let digest = intent::digest(&prost::Message::encode_to_vec(&request));
    let receipt = RecordReceipt::from_proto(request).map_err(|invalid| told(&invalid))?;
    let command_id = command_id(&message.site, &event);
    Ok(Asked {
        intent: Intent {
            command_id: command_id
                .to_string()
                .parse()
                .map_err(|error| rejected("MALFORMED", &error))?,
            digest,
            actor: Actor {
                name: message.site.clone(),
                tier: Tier::Warehouse,
            },
            tenant,
            correlation_id: command_id,
            causation_id: None,
            traceparent: event
                .traceparent
                .filter(|text| calls::is_traceparent(text))
                .map(Into::into),
            occurred_at: received_at,
        },
        receipt,
        received_at,
    })
}

fn structured(message: &Incoming) -> Result<CloudEvent, Rejection> {
    serde_json::from_slice(&message.body)
        .map_err(|error| rejected("MALFORMED", &format_args!("no CloudEvent: {error}")))
}

fn binary(message: &Incoming) -> Result<CloudEvent, Rejection> {
    let attribute = |name: &str| {
        let value = message.header(&format!("{PREFIX}{name}"))?;
        Some(percent_decode_str(value).decode_utf8_lossy().into_owned())
    };
    let required = |name: &str| {
        let missing = format!("no CloudEvent: the header {PREFIX}{name} is missing");
        attribute(name).ok_or_else(|| rejected("MALFORMED", &missing))
    };
    let data = serde_json::from_slice(&message.body)
        .map_err(|error| rejected("MALFORMED", &format_args!("the body is no JSON: {error}")))?;
    Ok(CloudEvent {
        specversion: required("specversion")?,
        id: required("id")?,
        source: required("source")?,
        r#type: required("type")?,
        time: attribute("time"),
        datacontenttype: message.header("content-type").map(str::to_owned),
        traceparent: attribute("traceparent"),
        data,
    })
}

fn check(event: &CloudEvent) -> Result<(), Rejection> {
    if event.specversion != SPECVERSION {
        let detail = format!(
            "CloudEvents {SPECVERSION} is read, not {}",
            event.specversion
        );
        return Err(rejected("MALFORMED", &detail));
    }
    for (name, value) in [("id", &event.id), ("source", &event.source)] {
        if value.is_empty() || value.len() > NAME_BYTES_MAX {
            let detail = format!("{name} must have 1 to {NAME_BYTES_MAX} bytes");
            return Err(rejected("MALFORMED", &detail));
        }
    }
    if event.r#type != UNITS_RECEIVED {
        let detail = format!("{UNITS_RECEIVED} is taken in, not {}", event.r#type);
        return Err(rejected("UNKNOWN_TYPE", &detail));
    }
    match event.datacontenttype.as_deref() {
        None | Some("") => Ok(()),
        Some(kind) if is_json(kind) => Ok(()),
        Some(kind) => Err(rejected(
            "MALFORMED",
            &format!("the data is {kind}, not JSON"),
        )),
    }
}

fn is_json(content_type: &str) -> bool {
    let kind = content_type.split(';').next().unwrap_or_default().trim();
    kind.eq_ignore_ascii_case("application/json")
}

fn time(text: &str) -> Result<Timestamp, Rejection> {
    let wrong = |_| rejected("MALFORMED", &format!("time: `{text}` is no moment"));
    text.parse().map_err(wrong)
}

/// The same event of the same site has the same name, however often and in whichever form it
/// comes. No site can use up a name of another.
fn command_id(site: &str, event: &CloudEvent) -> Uuid {
    let site = Uuid::new_v5(&Uuid::NAMESPACE_OID, site.as_bytes());
    let source = Uuid::new_v5(&site, event.source.as_bytes());
    Uuid::new_v5(&source, event.id.as_bytes())
}

/// The call that says the same, so that the same is checked.
fn request(site: &str, data: UnitsReceived) -> proto::RecordReceiptRequest {
    proto::RecordReceiptRequest {
        request_id: String::new(),
        name: format!("returns/{}", data.r#return),
        parcel: data
            .parcel
            .map(|id| format!("parcels/{id}"))
            .unwrap_or_default(),
        site: site.to_owned(),
        units: data
            .units
            .into_iter()
            .map(|units| proto::ReceivedUnits {
                line: units.line,
                quantity: units.quantity,
                condition: condition_to_proto(units.condition).into(),
            })
            .collect(),
        parts: data
            .parts
            .into_iter()
            .map(|parts| proto::ReceivedParts {
                line: parts.line,
                sku: parts.sku,
                quantity: parts.quantity,
                condition: condition_to_proto(parts.condition).into(),
            })
            .collect(),
        missing: data
            .missing
            .into_iter()
            .map(|missing| LineUnits {
                line: missing.line,
                quantity: missing.quantity,
            })
            .collect(),
        wrong_items: data
            .wrong_items
            .into_iter()
            .map(|item| proto::WrongItem {
                line: item.line,
                quantity: item.quantity,
                found: item.found,
            })
            .collect(),
        receive_time: None,
    }
}

fn is_site(name: &str) -> bool {
    let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_');
    (1..=SITE_BYTES_MAX).contains(&name.len()) && name.bytes().all(plain)
}

/// What a call would be told, in the words of the message.
fn told(invalid: &InvalidRequest) -> Rejection {
    let mistakes = invalid.mistakes.iter().map(|mistake| {
        let field: Cow<'_, str> = match mistake.field.as_str() {
            "name" => "return".into(),
            field => field.into(),
        };
        format!("data.{field}: {}", mistake.description)
    });
    Rejection {
        reason: "INVALID_DATA".to_owned(),
        detail: mistakes.collect::<Vec<_>>().join("; "),
    }
}

pub(super) fn rejected(reason: &str, detail: &dyn std::fmt::Display) -> Rejection {
    Rejection {
        reason: reason.to_owned(),
        detail: detail.to_string(),
    }
}
