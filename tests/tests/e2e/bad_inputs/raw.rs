//! A caller that knows nothing of messages: bytes go out as they are.

use std::net::SocketAddr;

use bytes::{Buf, BufMut};
use http::uri::PathAndQuery;
use http::{HeaderName, HeaderValue};
use tonic::client::Grpc;
use tonic::codec::{Codec, DecodeBuf, Decoder, EncodeBuf, Encoder};
use tonic::transport::Endpoint;
use tonic::{Request, Response, Status};
use tower::ServiceExt as _;

/// One call.
pub(super) struct Frame {
    pub(super) path: &'static str,
    pub(super) message: Vec<u8>,
    /// Written over those that the library sets.
    pub(super) headers: Vec<(&'static str, String)>,
}

/// Makes the call on a connection of its own, so that no other call suffers.
pub(super) async fn send(address: SocketAddr, frame: Frame) -> Result<Response<Vec<u8>>, Status> {
    let channel = Endpoint::from_shared(format!("http://{address}"))
        .unwrap()
        .connect()
        .await
        .unwrap();
    let headers = frame.headers;
    let channel = channel.map_request(move |mut request: http::Request<tonic::body::Body>| {
        for (name, value) in &headers {
            let value = HeaderValue::from_str(value).unwrap();
            request
                .headers_mut()
                .insert(HeaderName::from_static(name), value);
        }
        request
    });
    let mut client = Grpc::new(channel);
    client
        .ready()
        .await
        .map_err(|error| Status::unknown(error.to_string()))?;
    let path = PathAndQuery::from_static(frame.path);
    client.unary(Request::new(frame.message), path, Bytes).await
}

/// No codec.
struct Bytes;

impl Codec for Bytes {
    type Encode = Vec<u8>;
    type Decode = Vec<u8>;
    type Encoder = Self;
    type Decoder = Self;

    fn encoder(&mut self) -> Self {
        Self
    }

    fn decoder(&mut self) -> Self {
        Self
    }
}

impl Encoder for Bytes {
    type Item = Vec<u8>;
    type Error = Status;

    fn encode(&mut self, item: Vec<u8>, buffer: &mut EncodeBuf<'_>) -> Result<(), Status> {
        buffer.put_slice(&item);
        Ok(())
    }
}

impl Decoder for Bytes {
    type Item = Vec<u8>;
    type Error = Status;

    fn decode(&mut self, buffer: &mut DecodeBuf<'_>) -> Result<Option<Vec<u8>>, Status> {
        Ok(Some(buffer.copy_to_bytes(buffer.remaining()).to_vec()))
    }
}
