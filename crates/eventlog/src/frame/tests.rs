use proptest::prelude::*;

use super::*;
use crate::{Expected, sample};

fn commit(event_count: u32) -> Commit {
    let stream = "tracking/acme/536365";
    let mut new = sample::commit_of(stream, Expected::Any, "c-1", event_count);
    new.metadata.causation_id = Some(Uuid::from_u128(7));
    new.metadata.traceparent = Some("00-abc-def-01".into());
    new.into_commit(300, 17)
}

fn framed(event_count: u32) -> (Commit, Bytes) {
    let mut commit = commit(event_count);
    let (frame, chain) = encode(&commit, 99);
    commit.chain = chain;
    (commit, frame)
}

#[test]
fn a_commit_comes_back_as_it_was() {
    for event_count in [1, 2, 1_000] {
        let (commit, frame) = framed(event_count);
        let decoded = decode(&frame).unwrap();
        assert_eq!(decoded.previous_chain, 99);
        assert_same(&decoded.commit, &commit);
        assert!(
            decoded
                .commit
                .events
                .iter()
                .all(|event| event.event().is_ok())
        );
    }
}

#[test]
fn the_bytes_of_the_first_format_are_for_ever() {
    let (_, frame) = framed(1);
    let hex: String = frame.iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(hex, GOLDEN);
}

/// Written by the first build that wrote format 1.
const GOLDEN: &str = concat!(
    "0103ac0211630000000461636d650635333633363503632d31070707070707070707070707070707",
    "070673616d706c650500000000000000000000000000000001030000000000000000000000000000",
    "00070d30302d6162632d6465662d303180e4ad950d00018b01000000000000000000000000000000",
    "0280e4ad950d001b747261636b696e672e436865636b706f696e745265636f72646564017b227061",
    "7263656c223a223533363336352d5031222c227363616e223a2231222c22737461747573223a2269",
    "6e5f7472616e736974222c227365656e5f6174223a22323032362d30312d30315430303a30303a30",
    "305a227db63f0c8b6d60aa49",
);

#[test]
fn every_flipped_bit_is_found() {
    let (_, frame) = framed(2);
    for bit in 0..frame.len() * 8 {
        let mut damaged = frame.to_vec();
        damaged[bit / 8] ^= 1 << (bit % 8);
        assert!(decode(&damaged.into()).is_err(), "bit {bit}");
    }
}

#[test]
fn every_shorter_frame_is_refused() {
    let (_, frame) = framed(2);
    for bytes in 0..frame.len() {
        assert!(decode(&frame.slice(..bytes)).is_err(), "{bytes} bytes");
    }
}

#[test]
fn damage_is_named() {
    let (commit, frame) = framed(2);
    let payload = commit.events[1].payload.clone();
    let at = frame
        .windows(payload.len())
        .position(|window| window == payload)
        .unwrap();
    let mut damaged = frame.to_vec();
    damaged[at] ^= 1;
    let expected = FrameError::EventChecksum { index: 1 };
    assert_eq!(decode(&damaged.into()).unwrap_err(), expected);

    let mut damaged = frame.to_vec();
    damaged[2] ^= 1;
    assert_eq!(
        decode(&damaged.into()).unwrap_err(),
        FrameError::CommitChecksum
    );

    let mut newer = frame.to_vec();
    newer[0] = 2;
    assert_eq!(
        decode(&newer.into()).unwrap_err(),
        FrameError::UnknownFormat(2)
    );
}

#[test]
fn contexts_keep_their_numbers() {
    let numbers = ContextName::ALL.map(context_number);
    assert_eq!(numbers, [0, 1, 2, 3, 4]);
}

fn assert_same(a: &Commit, b: &Commit) {
    assert_eq!(
        (a.position, &a.stream, a.first_version, a.chain, &a.metadata),
        (b.position, &b.stream, b.first_version, b.chain, &b.metadata)
    );
    assert_eq!(a.events.len(), b.events.len());
    for (a, b) in a.events.iter().zip(&b.events) {
        assert_eq!(
            (
                a.id,
                a.occurred_at,
                &a.type_name,
                a.schema_version,
                &a.payload
            ),
            (
                b.id,
                b.occurred_at,
                &b.type_name,
                b.schema_version,
                &b.payload
            )
        );
    }
}

fn any_time() -> impl Strategy<Value = Timestamp> {
    let (first, last) = (
        Timestamp::MIN.as_nanosecond(),
        Timestamp::MAX.as_nanosecond(),
    );
    (first..=last).prop_map(|nanosecond| Timestamp::from_nanosecond(nanosecond).unwrap())
}

fn any_event() -> impl Strategy<Value = Recorded> {
    (
        any::<u128>(),
        any_time(),
        ".{0,40}",
        any::<u32>(),
        any::<Vec<u8>>(),
    )
        .prop_map(|(id, time, type_name, schema_version, payload)| {
            let id = Uuid::from_u128(id);
            Recorded::stored(id, time, type_name.into(), schema_version, payload.into())
        })
}

fn any_commit() -> impl Strategy<Value = Commit> {
    let metadata = (
        "[!-~]{1,255}",
        any::<[u8; 16]>(),
        ".{0,20}",
        0..6_u8,
        any::<Option<u128>>(),
        proptest::option::of(".{0,60}"),
        any_time(),
    );
    let stream = (0..5_usize, "[A-Za-z0-9_-]{1,64}", "[A-Za-z0-9_-]{1,64}");
    let events = proptest::collection::vec(any_event(), 1..5);
    (any::<u64>(), any::<u64>(), stream, metadata, events).prop_map(
        |(position, first_version, (context, tenant, key), metadata, events)| {
            let (command_id, digest, actor, tier_number, causation, traceparent, time) = metadata;
            let mut commit = commit(1);
            commit.events = events;
            commit.position = position;
            commit.first_version = first_version;
            commit.stream.context = ContextName::ALL[context];
            commit.stream.tenant = tenant.parse().unwrap();
            commit.stream.key = key.parse().unwrap();
            commit.metadata = Metadata {
                command_id: command_id.parse().unwrap(),
                command_digest: Digest(digest),
                actor: Actor {
                    name: actor,
                    tier: tier(tier_number).unwrap(),
                },
                correlation_id: Uuid::from_bytes(digest),
                causation_id: causation.map(Uuid::from_u128),
                traceparent: traceparent.map(Into::into),
                recorded_at: time,
            };
            commit
        },
    )
}

proptest! {
    #[test]
    fn any_commit_round_trips(mut commit in any_commit(), previous_chain: u32) {
        let (frame, chain) = encode(&commit, previous_chain);
        commit.chain = chain;
        let decoded = decode(&frame).unwrap();
        prop_assert_eq!(decoded.previous_chain, previous_chain);
        assert_same(&decoded.commit, &commit);
        let (again, _) = encode(&decoded.commit, previous_chain);
        prop_assert_eq!(again, frame);
    }

    #[test]
    fn random_bytes_never_panic(mut bytes: Vec<u8>) {
        prop_assert!(decode(&bytes.clone().into()).is_err());
        // With right checksums too, the parser is on its own.
        bytes.insert(0, FORMAT);
        let checksum = crc32c::crc32c(&bytes);
        bytes.put_u32_le(checksum);
        prop_assert!(decode(&bytes.into()).is_err());
    }

    #[test]
    fn a_changed_byte_under_a_right_checksum_never_panics(at: prop::sample::Index, to: u8) {
        let (_, frame) = framed(2);
        let mut bytes = frame[..frame.len() - CHECKSUM_BYTES].to_vec();
        let at = at.index(bytes.len());
        bytes[at] = to;
        let checksum = crc32c::crc32c(&bytes);
        bytes.put_u32_le(checksum);
        let _any_answer = decode(&bytes.into());
    }
}
