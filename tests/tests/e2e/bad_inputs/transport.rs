//! B39 and B40: bytes that are no message, and calls that are none.

use tonic::Code;

use super::raw::{Frame, send};
use super::{Answer, Row, Where, World, invalid, row};

const RECORD: &str = "/backhaul.orders.v1.OrdersService/RecordOrder";
/// Larger than any request may be.
const FIVE_MIB: usize = 5 << 20;
/// Larger than all headers of a request may be.
const LONG_HEADER: usize = 20 << 10;

pub(super) async fn rows(world: &World) -> Vec<Row> {
    let (address, token) = (world.shop.address(), world.shop.token());
    let frame = |path: &'static str, message: Vec<u8>| Frame {
        path,
        message,
        headers: vec![("authorization", format!("Bearer {token}"))],
    };
    let mut rows = Vec::new();
    let malformed = Answer::No(Code::InvalidArgument, "MALFORMED", Where::Nowhere);
    for (name, bytes) in [
        ("B39 random bytes", vec![0xff, 0x13, 0x77, 0xaa, 0x00, 0xfe]),
        ("B39 a number that ends early", vec![0x08, 0x80]),
        ("B39 a text that ends early", vec![0x0a, 0x20, b'x']),
        ("B39 150 levels", nested(150)),
        ("B39 a text that is a number", vec![0x08, 0x01]),
        ("B39 a text that is no UTF-8", vec![0x0a, 0x02, 0xc3, 0x28]),
    ] {
        rows.push(row(name, send(address, frame(RECORD, bytes)), malformed));
    }
    let too_large = Answer::No(Code::ResourceExhausted, "MESSAGE_TOO_LARGE", Where::Nowhere);
    let large = frame(RECORD, text_field(1, FIVE_MIB));
    rows.push(row("B40 five MiB", send(address, large), too_large));
    let unknown = frame("/backhaul.orders.v1.OrdersService/Burn", Vec::new());
    rows.push(row(
        "B40 an unknown method",
        send(address, unknown),
        Answer::Bare(Code::Unimplemented),
    ));
    let unknown = frame("/backhaul.parties.v1.PartiesService/Have", Vec::new());
    rows.push(row(
        "B40 an unknown service",
        send(address, unknown),
        Answer::Bare(Code::Unimplemented),
    ));
    for (name, header, code) in [
        (
            "B40 a header of 20 KB",
            ("x-long", "x".repeat(LONG_HEADER)),
            Code::Unknown,
        ),
        (
            "B40 an encoding that is none",
            ("grpc-encoding", "br".to_owned()),
            Code::Unimplemented,
        ),
    ] {
        let mut odd = frame(RECORD, text_field(1, 1));
        odd.headers.push(header);
        rows.push(row(name, send(address, odd), Answer::Bare(code)));
    }
    // The content type is not looked at: what counts is whether the bytes are the message.
    let mut odd = frame(RECORD, text_field(1, 1));
    odd.headers.push(("content-type", "text/plain".to_owned()));
    rows.push(row(
        "B40 another content type",
        send(address, odd),
        invalid("order"),
    ));
    rows
}

/// A message within a message within a message: field 2, so many times.
fn nested(levels: usize) -> Vec<u8> {
    (0..levels).fold(Vec::new(), |inner, _| field(2, &inner))
}

fn text_field(number: u8, length: usize) -> Vec<u8> {
    field(number, &vec![b'x'; length])
}

fn field(number: u8, content: &[u8]) -> Vec<u8> {
    let mut bytes = vec![number << 3 | 2];
    prost::encode_length_delimiter(content.len(), &mut bytes).unwrap();
    bytes.extend_from_slice(content);
    bytes
}
