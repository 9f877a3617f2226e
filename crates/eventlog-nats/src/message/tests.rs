//! What was written is read again, and nothing else is.

use backhaul_eventlog::sample;
use backhaul_eventlog::{Expected, NewEvent};
use backhaul_kernel::OrderId;
use proptest::prelude::*;

use super::*;

const POSITION: Position = 17;
const PREVIOUS: u32 = 0x1234_abcd;

/// A commit with everything that a commit can have.
fn commit(payloads: &[Vec<u8>]) -> Commit {
    let mut new = sample::commit("tracking/acme/536365", Expected::Any, "c-1/#");
    new.metadata.actor.name = "Lagerhaus Süd".to_owned();
    new.metadata.causation_id = Some(Uuid::from_u128(9));
    new.metadata.traceparent = Some("00-4bf92f3577b34da6-00f067aa-01".into());
    let order: OrderId = "536365".parse().unwrap();
    new.events = payloads
        .iter()
        .map(|payload| NewEvent {
            payload: payload.clone().into(),
            ..sample::new_event(sample::scan(&order, "s-1"))
        })
        .collect();
    new.into_commit(0, 5)
}

fn identity(commit: &Commit) -> impl PartialEq + std::fmt::Debug + use<> {
    let events: Vec<_> = commit
        .events
        .iter()
        .map(|event| {
            let name = event.type_name.clone();
            let payload = event.payload.clone();
            (
                event.id,
                event.occurred_at,
                name,
                event.schema_version,
                payload,
            )
        })
        .collect();
    let place = (commit.position, commit.stream.clone(), commit.first_version);
    (place, commit.chain, commit.metadata.clone(), events)
}

/// What the commit is once it has been stored.
fn stored(commit: &Commit, chain: u32) -> Commit {
    Commit {
        position: POSITION,
        chain,
        ..commit.clone()
    }
}

fn check_round_trip(payloads: &[Vec<u8>]) {
    let commit = commit(payloads);
    let Encoded {
        headers,
        body,
        chain,
    } = encode(&commit, PREVIOUS).unwrap();
    let framed = decode(commit.stream.clone(), POSITION, &headers, &body).unwrap();
    assert_eq!(framed.previous_chain, PREVIOUS);
    assert_eq!(identity(&framed.commit), identity(&stored(&commit, chain)));
}

/// A reader either refuses a changed message, or reads what was written: a capital digit of a UUID
/// is the same UUID.
fn check_changed(commit: &Commit, chain: u32, headers: &HeaderMap, body: &Bytes) {
    if let Ok(framed) = decode(commit.stream.clone(), POSITION, headers, body) {
        assert_eq!(framed.previous_chain, PREVIOUS);
        assert_eq!(identity(&framed.commit), identity(&stored(commit, chain)));
    }
}

fn check_every_byte(payloads: &[Vec<u8>]) {
    let commit = commit(payloads);
    let Encoded {
        headers,
        body,
        chain,
    } = encode(&commit, PREVIOUS).unwrap();
    for at in 0..body.len() {
        for bit in 0..8 {
            let mut changed = body.to_vec();
            changed[at] ^= 1 << bit;
            check_changed(&commit, chain, &headers, &changed.into());
        }
    }
    for (name, values) in headers.iter() {
        let value = values[0].as_str();
        for at in 0..value.len() {
            for bit in 0..8 {
                let mut changed = value.as_bytes().to_vec();
                changed[at] ^= 1 << bit;
                // A connection refuses what is no text or breaks the line.
                let Ok(Ok(changed)) = String::from_utf8(changed).map(|text| text.parse()) else {
                    continue;
                };
                let changed: HeaderValue = changed;
                let mut headers = headers.clone();
                headers.insert(name.clone(), changed);
                check_changed(&commit, chain, &headers, &body);
            }
        }
        let without = headers.iter().filter(|(other, _)| *other != name);
        let without: HeaderMap = without
            .map(|(name, values)| (name.clone(), values[0].clone()))
            .collect();
        check_changed(&commit, chain, &without, &body);
    }
}

#[test]
fn payloads_come_back_byte_by_byte() {
    let json = br#"{"a":[1, 2.50,"\u00e9"],  "b":{}}"#.to_vec();
    let spaced = b"{} \n  ".to_vec();
    let no_json = vec![0, 255, b'"', b'{'];
    for payload in [json.clone(), spaced.clone(), no_json.clone(), Vec::new()] {
        check_round_trip(std::slice::from_ref(&payload));
        check_round_trip(&[payload, json.clone()]);
    }
    check_round_trip(&[json, spaced, no_json]);
}

#[test]
fn no_bit_changes_what_is_read() {
    check_every_byte(&[br#"{"a":1}"#.to_vec()]);
    check_every_byte(&[br#"{"a":1}"#.to_vec(), b"{} ".to_vec()]);
}

#[test]
fn one_event_is_a_cloud_event_in_binary_mode() {
    let commit = commit(&[b"{}".to_vec()]);
    let encoded = encode(&commit, 0).unwrap();
    let mut headers: Vec<String> = encoded
        .headers
        .iter()
        .filter(|(name, _)| !name.to_string().starts_with("bh-crc"))
        .map(|(name, values)| format!("{name}: {}", values[0]))
        .collect();
    headers.sort_unstable();
    assert_eq!(
        headers,
        [
            "Nats-Msg-Id: acme/536365/5/c-1/#",
            "bh-actor: Lagerhaus Süd",
            "bh-causation: 00000000-0000-0000-0000-000000000009",
            "bh-command-digest: 07070707070707070707070707070707",
            "bh-command: c-1/#",
            "bh-correlation: 00000000-0000-0000-0000-000000000001",
            "bh-previous-crc: 00000000",
            "bh-recorded-at: 2026-01-01T00:00:00Z",
            "bh-tier: system",
            "bh-version: 5",
            "ce-datacontenttype: application/json",
            "ce-id: 00000000-0000-0000-0000-000000000002",
            "ce-schemaversion: 1",
            "ce-source: /backhaul/tracking/acme",
            "ce-specversion: 1.0",
            "ce-subject: 536365",
            "ce-time: 2026-01-01T00:00:00Z",
            "ce-type: tracking.CheckpointRecorded",
            "traceparent: 00-4bf92f3577b34da6-00f067aa-01",
        ]
    );
    assert_eq!(&encoded.body[..], b"{}");
}

#[test]
fn several_events_are_a_cloud_events_batch() {
    let commit = commit(&[br#"{"a": 1}"#.to_vec(), b"{} ".to_vec()]);
    let encoded = encode(&commit, 0).unwrap();
    let content_type = encoded.headers.get(CONTENT_TYPE).unwrap().as_str();
    assert_eq!(content_type, BATCH_CONTENT_TYPE);
    let head = r#""specversion":"1.0","id":"00000000-0000-0000-0000-000000000002","source":"/backhaul/tracking/acme","type":"tracking.CheckpointRecorded","time":"2026-01-01T00:00:00Z","subject":"536365","datacontenttype":"application/json","schemaversion":1"#;
    let expected = format!(r#"[{{{head},"data":{{"a": 1}}}},{{{head},"data_base64":"e30g"}}]"#);
    assert_eq!(std::str::from_utf8(&encoded.body).unwrap(), expected);
}

#[test]
fn what_a_header_cannot_hold_is_not_written() {
    for name in ["line\nend", " space before", "space after ", "\u{0}"] {
        let mut commit = commit(&[b"{}".to_vec()]);
        commit.metadata.actor.name = name.to_owned();
        assert_eq!(
            encode(&commit, 0).unwrap_err(),
            Unwritable(ACTOR),
            "{name:?}"
        );
    }
}

proptest! {
    #[test]
    fn any_payloads_round_trip(
        payloads in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..40), 1..4)
    ) {
        check_round_trip(&payloads);
    }

    #[test]
    fn any_body_is_refused_or_was_written(body in prop::collection::vec(any::<u8>(), 0..200)) {
        for payloads in [&[b"{}".to_vec()][..], &[b"{}".to_vec(), b"{}".to_vec()]] {
            let commit = commit(payloads);
            let encoded = encode(&commit, PREVIOUS).unwrap();
            check_changed(&commit, encoded.chain, &encoded.headers, &body.clone().into());
        }
    }
}
