//! The bytes of a commit in a local log. `backhaul_eventlog::frame` describes their order.

use backhaul_eventlog::{Commit, Digest, Metadata, Recorded, frame};
use backhaul_events::{Event, returns};
use backhaul_kernel::{Actor, Tier};
use backhaul_testkit::{id, time};
use backhaul_tests::golden;
use bytes::Bytes;
use uuid::Uuid;

use crate::samples;

/// The chain of the commit before the whole sample.
const PREVIOUS_CHAIN: u32 = 0x0102_0304;
/// Bytes in a line of a golden file.
const LINE_BYTES: usize = 32;

#[test]
fn a_commit_still_has_its_golden_bytes() {
    for (name, commit, previous_chain) in [
        ("whole", whole(), PREVIOUS_CHAIN),
        ("minimal", minimal(), 0),
    ] {
        let file = format!("tests/compat/commit.f{}.{name}.hex", frame::FORMAT);
        let (bytes, _) = frame::encode(&commit, previous_chain);
        if let Err(stale) = golden::check(&file, &hexadecimal(&bytes)) {
            panic!("{stale}");
        }
        let stored = std::fs::read_to_string(golden::repository().join(&file)).unwrap();
        let read = frame::decode(&from_hexadecimal(&stored)).unwrap();
        assert_eq!(read.previous_chain, previous_chain, "{file}");
        assert_same(&read.commit, &commit);
    }
}

/// Two events, a reaction's command, a trace; times before 1970 and with nanoseconds.
fn whole() -> Commit {
    Commit {
        position: 300,
        stream: "returns/acme/A-1001".parse().unwrap(),
        first_version: 7,
        chain: 0,
        metadata: Metadata {
            command_id: id("0195a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b"),
            command_digest: Digest(*b"sixteen bytes..."),
            actor: Actor::system("returns.settle"),
            correlation_id: Uuid::from_u128(0x0195_a1b2_c3d4_7000_8000_0000_0000_0001),
            causation_id: Some(Uuid::from_u128(0x0195_a1b2_c3d4_7000_8000_0000_0000_0002)),
            traceparent: Some("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01".into()),
            recorded_at: time("2026-03-15T09:00:00.000000001Z"),
        },
        events: samples::all()
            .into_iter()
            .filter(|sample| {
                let name = sample.event.type_name();
                sample.variant.is_empty()
                    && ["returns.UnitsInspected", "returns.RefundReleased"].contains(&name)
            })
            .zip(["1969-12-31T23:59:59.5Z", "2026-03-15T09:00:00Z"])
            .map(|(sample, at)| recorded(&sample.event, at))
            .collect(),
    }
}

/// The first commit of a stream, asked for by a caller without a trace.
fn minimal() -> Commit {
    let closed = returns::Event::ReturnClosed(returns::ReturnClosed {
        r#return: id("1-R1"),
    });
    Commit {
        position: 1,
        stream: "returns/a/1".parse().unwrap(),
        first_version: 1,
        chain: 0,
        metadata: Metadata {
            command_id: id("c"),
            command_digest: Digest([0; 16]),
            actor: Actor {
                name: "shop".to_owned(),
                tier: Tier::Platform,
            },
            correlation_id: Uuid::nil(),
            causation_id: None,
            traceparent: None,
            recorded_at: time("1970-01-01T00:00:00Z"),
        },
        events: vec![recorded(&closed.into(), "1970-01-01T00:00:00Z")],
    }
}

fn recorded(event: &Event, at: &str) -> Recorded {
    Recorded::stored(
        Uuid::from_u128(0x0195_a1b2_c3d4_7000_8000_0000_0000_0003),
        time(at),
        event.type_name().into(),
        event.schema_version(),
        event.to_json().into(),
    )
}

fn assert_same(read: &Commit, written: &Commit) {
    assert_eq!(read.position, written.position);
    assert_eq!(read.stream, written.stream);
    assert_eq!(read.first_version, written.first_version);
    assert_eq!(read.metadata, written.metadata);
    assert_eq!(read.events.len(), written.events.len());
    for (read, written) in read.events.iter().zip(&written.events) {
        assert_eq!(read.id, written.id);
        assert_eq!(read.occurred_at, written.occurred_at);
        assert_eq!(read.event(), written.event());
    }
}

fn hexadecimal(bytes: &[u8]) -> String {
    let line = |bytes: &[u8]| -> String {
        let digits = bytes.iter().map(|byte| format!("{byte:02x}"));
        digits.chain(["\n".to_owned()]).collect()
    };
    bytes.chunks(LINE_BYTES).map(line).collect()
}

fn from_hexadecimal(text: &str) -> Bytes {
    let digits: String = text.split_whitespace().collect();
    let byte = |place| u8::from_str_radix(&digits[place..place + 2], 16).unwrap();
    (0..digits.len()).step_by(2).map(byte).collect()
}
