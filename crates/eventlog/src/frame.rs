//! The bytes of one commit in a local log.
//!
//! ```text
//! format            1 byte, [`FORMAT`]
//! context           1 byte, its place in `ContextName::ALL`
//! position          varint
//! first version     varint
//! previous chain    4 bytes: chain of the stream's commit before this one, 0 for its first
//! tenant, key       texts
//! command id        text
//! command digest    16 bytes
//! actor             text, then its tier, 1 byte
//! correlation id    16 bytes
//! present           1 byte: bit 0 causation id, bit 1 traceparent
//! causation id      16 bytes, if present
//! traceparent       text, if present
//! recorded at       time
//! number of events  varint
//! each event        varint length of its body, body, CRC32C of the body
//!   body            id 16 bytes, occurred at, type text, schema version varint, then the payload
//! chain             CRC32C of everything before
//! ```
//! A text is a varint length and UTF-8. A time is its seconds as zigzag varint, then its
//! nanoseconds as varint. Checksums are little-endian. Since the chain covers the previous chain,
//! no commit in the middle of a stream can be lost or changed without the next one telling.
//!
//! Numbers and order are for ever; a change is a new format number. Decoding never panics, and
//! shares the frame's memory for payloads and type names.

use std::num::TryFromIntError;
use std::ops::Range;
use std::str::FromStr;

use backhaul_events::ContextName;
use backhaul_kernel::{Actor, Tier, Timestamp};
use bytes::{Buf, BufMut, Bytes};
use bytestring::ByteString;
use uuid::Uuid;

use crate::{Commit, Digest, Metadata, Position, Recorded, StreamName};

mod chain;

pub use chain::chain;

/// The format that this build writes, and the only one so far.
pub const FORMAT: u8 = 1;

const CHECKSUM_BYTES: usize = size_of::<u32>();
const CAUSATION_PRESENT: u8 = 1;
const TRACEPARENT_PRESENT: u8 = 2;
/// Room for the metadata of a usual commit; only a first guess for the buffer.
const METADATA_BYTES: usize = 256;
/// Room for the metadata of a usual event; only a first guess for the buffer.
const EVENT_METADATA_BYTES: usize = 64;

/// The bytes are no commit that this build wrote.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum FrameError {
    /// Written by a newer build, or damaged in the first byte.
    #[error("format {0} is not known")]
    UnknownFormat(u8),
    /// An event is not what was written.
    #[error("event {index} of the commit fails its checksum")]
    EventChecksum {
        /// Which event of the commit, from 0.
        index: usize,
    },
    /// The commit is not what was written.
    #[error("the commit fails its checksum")]
    CommitChecksum,
    /// The bytes end too early.
    #[error("the frame ends within its {0}")]
    Truncated(&'static str),
    /// The checksums are right, but a field holds what this build never writes.
    #[error("the frame's {0} is not valid")]
    Invalid(&'static str),
}

/// A commit with what ties it to the one before it.
#[derive(Debug, Clone)]
pub struct Framed {
    /// The commit.
    pub commit: Commit,
    /// Chain of the stream's commit before it; 0 for the first of a stream.
    pub previous_chain: u32,
}

/// A context's number in stored bytes.
pub fn context_number(context: ContextName) -> u8 {
    context as u8
}

/// The frame of a commit, and its chain. `commit.chain` is not read.
pub fn encode(commit: &Commit, previous_chain: u32) -> (Bytes, u32) {
    let events: usize = commit
        .events
        .iter()
        .map(|event| event.payload.len() + EVENT_METADATA_BYTES)
        .sum();
    let mut frame = Vec::with_capacity(METADATA_BYTES + events);
    put_metadata(&mut frame, commit, commit.position, previous_chain);
    put_varint(&mut frame, commit.events.len() as u64);
    let mut head = Vec::with_capacity(EVENT_METADATA_BYTES);
    for event in &commit.events {
        put_event(&mut frame, &mut head, event);
    }
    let chain = crc32c::crc32c(&frame);
    frame.put_u32_le(chain);
    (frame.into(), chain)
}

fn put_metadata(frame: &mut Vec<u8>, commit: &Commit, position: Position, previous_chain: u32) {
    let Commit {
        stream,
        first_version,
        metadata,
        ..
    } = commit;
    frame.put_u8(FORMAT);
    frame.put_u8(context_number(stream.context));
    put_varint(frame, position);
    put_varint(frame, *first_version);
    frame.put_u32_le(previous_chain);
    put_text(frame, stream.tenant.as_str());
    put_text(frame, stream.key.as_str());
    put_text(frame, metadata.command_id.as_str());
    frame.put_slice(&metadata.command_digest.0);
    put_text(frame, &metadata.actor.name);
    frame.put_u8(tier_number(metadata.actor.tier));
    frame.put_slice(metadata.correlation_id.as_bytes());
    let causation = metadata.causation_id.map_or(0, |_| CAUSATION_PRESENT);
    let traceparent = metadata.traceparent.as_ref();
    frame.put_u8(causation | traceparent.map_or(0, |_| TRACEPARENT_PRESENT));
    if let Some(id) = metadata.causation_id {
        frame.put_slice(id.as_bytes());
    }
    if let Some(text) = traceparent {
        put_text(frame, text);
    }
    put_time(frame, metadata.recorded_at);
}

fn put_event(frame: &mut Vec<u8>, head: &mut Vec<u8>, event: &Recorded) {
    head.clear();
    put_event_head(head, event);
    put_varint(frame, (head.len() + event.payload.len()) as u64);
    let start = frame.len();
    frame.put_slice(head);
    frame.put_slice(&event.payload);
    let checksum = crc32c::crc32c(&frame[start..]);
    frame.put_u32_le(checksum);
}

fn put_event_head(head: &mut Vec<u8>, event: &Recorded) {
    head.put_slice(event.id.as_bytes());
    put_time(head, event.occurred_at);
    put_text(head, &event.type_name);
    put_varint(head, u64::from(event.schema_version));
}

/// The commit in a frame, every checksum checked.
pub fn decode(frame: &Bytes) -> Result<Framed, FrameError> {
    let format = *frame.first().ok_or(FrameError::Truncated("format"))?;
    if format != FORMAT {
        return Err(FrameError::UnknownFormat(format));
    }
    let body_bytes = frame.len().saturating_sub(CHECKSUM_BYTES);
    if body_bytes == 0 {
        return Err(FrameError::Truncated("chain"));
    }
    let chain = (&frame[body_bytes..]).get_u32_le();
    let sound = crc32c::crc32c(&frame[..body_bytes]) == chain;
    let input = Reader {
        frame,
        at: 1,
        end: body_bytes,
    };
    match (parse(input, chain), sound) {
        (parsed, true) => parsed,
        (Err(error @ FrameError::EventChecksum { .. }), false) => Err(error),
        (_, false) => Err(FrameError::CommitChecksum),
    }
}

fn parse(mut input: Reader<'_>, chain: u32) -> Result<Framed, FrameError> {
    let context = usize::from(input.byte("context")?);
    let context = *ContextName::ALL
        .get(context)
        .ok_or(FrameError::Invalid("context"))?;
    let position = input.varint("position")?;
    let first_version = input.varint("first version")?;
    let previous_chain = u32::from_le_bytes(input.array("previous chain")?);
    let stream = StreamName {
        context,
        tenant: input.parsed("tenant")?,
        key: input.parsed("key")?,
    };
    let metadata = parse_metadata(&mut input)?;
    let count = input.number::<usize>("number of events")?;
    // An event takes more than a byte, so a wrong count cannot make us reserve much.
    if count > input.rest().len() {
        return Err(FrameError::Truncated("events"));
    }
    let mut events = Vec::with_capacity(count);
    for index in 0..count {
        events.push(parse_event(&mut input, index)?);
    }
    if !input.rest().is_empty() {
        return Err(FrameError::Invalid("end"));
    }
    let commit = Commit {
        position,
        stream,
        first_version,
        chain,
        metadata,
        events,
    };
    Ok(Framed {
        commit,
        previous_chain,
    })
}

fn parse_metadata(input: &mut Reader<'_>) -> Result<Metadata, FrameError> {
    let command_id = input.parsed("command id")?;
    let command_digest = Digest(input.array("command digest")?);
    let actor = Actor {
        name: input.str("actor")?.to_owned(),
        tier: tier(input.byte("tier")?)?,
    };
    let correlation_id = Uuid::from_bytes(input.array("correlation id")?);
    let present = input.byte("presence bits")?;
    if present & !(CAUSATION_PRESENT | TRACEPARENT_PRESENT) != 0 {
        return Err(FrameError::Invalid("presence bits"));
    }
    let causation_id = (present & CAUSATION_PRESENT != 0)
        .then(|| input.array("causation id").map(Uuid::from_bytes))
        .transpose()?;
    let traceparent = (present & TRACEPARENT_PRESENT != 0)
        .then(|| input.text("traceparent"))
        .transpose()?;
    Ok(Metadata {
        command_id,
        command_digest,
        actor,
        correlation_id,
        causation_id,
        traceparent,
        recorded_at: input.time("recording time")?,
    })
}

fn parse_event(input: &mut Reader<'_>, index: usize) -> Result<Recorded, FrameError> {
    let body = input.counted("event")?;
    let checksum = u32::from_le_bytes(input.array("event checksum")?);
    if crc32c::crc32c(&input.frame[body.clone()]) != checksum {
        return Err(FrameError::EventChecksum { index });
    }
    let mut body = Reader {
        frame: input.frame,
        at: body.start,
        end: body.end,
    };
    let id = Uuid::from_bytes(body.array("event id")?);
    let occurred_at = body.time("event time")?;
    let type_name = body.text("event type")?;
    let schema_version = body.number("schema version")?;
    let payload = body.frame.slice(body.at..body.end);
    Ok(Recorded::stored(
        id,
        occurred_at,
        type_name,
        schema_version,
        payload,
    ))
}

/// Takes fields from the front; every method names the field it could not read.
struct Reader<'a> {
    frame: &'a Bytes,
    at: usize,
    end: usize,
}

impl<'a> Reader<'a> {
    fn rest(&self) -> &'a [u8] {
        &self.frame[self.at..self.end]
    }

    fn byte(&mut self, field: &'static str) -> Result<u8, FrameError> {
        let [byte] = self.array(field)?;
        Ok(byte)
    }

    fn array<const N: usize>(&mut self, field: &'static str) -> Result<[u8; N], FrameError> {
        let array = self.rest().first_chunk();
        let array = *array.ok_or(FrameError::Truncated(field))?;
        self.at += N;
        Ok(array)
    }

    fn varint(&mut self, field: &'static str) -> Result<u64, FrameError> {
        let mut value = 0;
        for (place, byte) in self.rest().iter().take(VARINT_BYTES_MAX).enumerate() {
            // The last byte holds one bit, and the shortest form is the only one.
            if (place == VARINT_BYTES_MAX - 1 && *byte > 1) || (place > 0 && *byte == 0) {
                return Err(FrameError::Invalid(field));
            }
            value |= u64::from(byte & 0x7f) << (7 * place);
            if byte & 0x80 == 0 {
                self.at += place + 1;
                return Ok(value);
            }
        }
        Err(FrameError::Truncated(field))
    }

    fn number<N>(&mut self, field: &'static str) -> Result<N, FrameError>
    where
        N: TryFrom<u64, Error = TryFromIntError>,
    {
        let number = self.varint(field)?.try_into();
        number.map_err(|_| FrameError::Invalid(field))
    }

    /// The bytes whose length stands before them, as a place in the frame.
    fn counted(&mut self, field: &'static str) -> Result<Range<usize>, FrameError> {
        let bytes: usize = self.number(field)?;
        if bytes > self.rest().len() {
            return Err(FrameError::Truncated(field));
        }
        let start = self.at;
        self.at += bytes;
        Ok(start..self.at)
    }

    fn text(&mut self, field: &'static str) -> Result<ByteString, FrameError> {
        let text = self.counted(field)?;
        let text = ByteString::try_from(self.frame.slice(text));
        text.map_err(|_| FrameError::Invalid(field))
    }

    /// A text that is only looked at, which spares the frame's reference count.
    fn str(&mut self, field: &'static str) -> Result<&'a str, FrameError> {
        let text = self.counted(field)?;
        std::str::from_utf8(&self.frame[text]).map_err(|_| FrameError::Invalid(field))
    }

    fn parsed<T: FromStr>(&mut self, field: &'static str) -> Result<T, FrameError> {
        let value = self.str(field)?.parse();
        value.map_err(|_| FrameError::Invalid(field))
    }

    fn time(&mut self, field: &'static str) -> Result<Timestamp, FrameError> {
        let second = unzigzag(self.varint(field)?);
        let nanosecond: u32 = self.number(field)?;
        let instant = i128::from(second) * NANOSECONDS_PER_SECOND + i128::from(nanosecond);
        Timestamp::from_nanosecond(instant).map_err(|_| FrameError::Invalid(field))
    }
}

/// Longest varint of 64 bits, in bytes.
const VARINT_BYTES_MAX: usize = 10;
const NANOSECONDS_PER_SECOND: i128 = 1_000_000_000;

fn put_varint(frame: &mut Vec<u8>, mut value: u64) {
    while value > 0x7f {
        frame.put_u8(value as u8 | 0x80);
        value >>= 7;
    }
    frame.put_u8(value as u8);
}

fn put_text(frame: &mut Vec<u8>, text: &str) {
    put_varint(frame, text.len() as u64);
    frame.put_slice(text.as_bytes());
}

/// Seconds are rounded down, so that the nanoseconds after them are never negative.
fn put_time(frame: &mut Vec<u8>, time: Timestamp) {
    let borrowed = time.subsec_nanosecond() < 0;
    let second = time.as_second() - i64::from(borrowed);
    let nanosecond = time.subsec_nanosecond() + if borrowed { 1_000_000_000 } else { 0 };
    put_varint(frame, zigzag(second));
    put_varint(frame, u64::from(nanosecond.unsigned_abs()));
}

fn zigzag(value: i64) -> u64 {
    ((value << 1) ^ (value >> 63)) as u64
}

fn unzigzag(value: u64) -> i64 {
    (value >> 1) as i64 ^ -((value & 1) as i64)
}

/// Numbers are for ever, whatever becomes of the order in the enum.
fn tier_number(tier: Tier) -> u8 {
    match tier {
        Tier::Platform => 0,
        Tier::Warehouse => 1,
        Tier::Agent => 2,
        Tier::Expert => 3,
        Tier::Admin => 4,
        Tier::System => 5,
    }
}

fn tier(number: u8) -> Result<Tier, FrameError> {
    match number {
        0 => Ok(Tier::Platform),
        1 => Ok(Tier::Warehouse),
        2 => Ok(Tier::Agent),
        3 => Ok(Tier::Expert),
        4 => Ok(Tier::Admin),
        5 => Ok(Tier::System),
        _ => Err(FrameError::Invalid("tier")),
    }
}

#[cfg(test)]
mod tests;
