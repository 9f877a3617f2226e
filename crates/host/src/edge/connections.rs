//! Connections: how many, from where, and how long in silence.

use std::collections::HashMap;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::Sleep;
use tokio_stream::Stream;
use tokio_util::sync::{CancellationToken, WaitForCancellationFutureOwned};
use tonic::transport::server::Connected;
use tracing::{debug, warn};

use super::Limits;

/// Takes connections off a listener, within bounds.
pub(crate) struct Connections {
    listener: TcpListener,
    limits: Limits,
    open: Arc<Mutex<Open>>,
    cut: CancellationToken,
    rest: Option<Pin<Box<Sleep>>>,
}

/// After a failed accept, such as for want of file descriptors, the next try waits this long.
const REST: Duration = Duration::from_millis(100);

#[derive(Default)]
struct Open {
    all: usize,
    by_address: HashMap<IpAddr, usize>,
}

impl Connections {
    /// Connections of a listener, all of them cut off when `cut` says so.
    pub(crate) fn new(listener: TcpListener, limits: Limits, cut: CancellationToken) -> Self {
        Self {
            listener,
            limits,
            open: Arc::default(),
            cut,
            rest: None,
        }
    }

    fn admit(&self, stream: TcpStream, peer: SocketAddr) -> Option<Connection> {
        let place = Place::take(&self.open, peer.ip(), &self.limits)?;
        if let Err(error) = stream.set_nodelay(true) {
            debug!(%error, "a connection was gone at once");
            return None;
        }
        Some(Connection {
            stream,
            asked: Asked::default(),
            silence: Box::pin(tokio::time::sleep(self.limits.first_request)),
            cut: Box::pin(self.cut.clone().cancelled_owned()),
            _place: place,
        })
    }
}

impl Stream for Connections {
    type Item = io::Result<Connection>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if let Some(rest) = &mut self.rest {
            std::task::ready!(rest.as_mut().poll(context));
            self.rest = None;
        }
        loop {
            let accepted = match self.listener.poll_accept(context) {
                Poll::Ready(accepted) => accepted,
                Poll::Pending => return Poll::Pending,
            };
            match accepted {
                Err(error) => {
                    self.rest = Some(Box::pin(tokio::time::sleep(REST)));
                    return Poll::Ready(Some(Err(error)));
                }
                Ok((stream, peer)) => match self.admit(stream, peer) {
                    Some(connection) => return Poll::Ready(Some(Ok(connection))),
                    None => warn!("a connection was turned away: too many are open"),
                },
            }
        }
    }
}

/// A place among the open connections, given back on drop.
struct Place {
    open: Arc<Mutex<Open>>,
    address: IpAddr,
}

impl Place {
    fn take(open: &Arc<Mutex<Open>>, address: IpAddr, limits: &Limits) -> Option<Self> {
        let most = match address.is_loopback() {
            true => limits.connections_from_loopback,
            false => limits.connections_per_address,
        };
        let mut places = open.lock().unwrap_or_else(PoisonError::into_inner);
        let here = places.by_address.get(&address).copied().unwrap_or(0);
        if places.all >= limits.connections || here >= most {
            return None;
        }
        places.all += 1;
        places.by_address.insert(address, here + 1);
        Some(Self {
            open: open.clone(),
            address,
        })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut places = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        places.all -= 1;
        match places.by_address.get_mut(&self.address) {
            Some(here) if *here > 1 => *here -= 1,
            _ => {
                places.by_address.remove(&self.address);
            }
        }
    }
}

/// Whether a connection has asked for anything yet. Every request carries it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Asked(Arc<AtomicBool>);

impl Asked {
    /// A whole request came.
    pub(crate) fn note(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    fn anything(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// A connection that ends when its peer stays silent from the start, or when all are cut off.
pub(crate) struct Connection {
    stream: TcpStream,
    asked: Asked,
    silence: Pin<Box<Sleep>>,
    cut: Pin<Box<WaitForCancellationFutureOwned>>,
    _place: Place,
}

impl Connected for Connection {
    type ConnectInfo = Asked;

    fn connect_info(&self) -> Asked {
        self.asked.clone()
    }
}

impl AsyncRead for Connection {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if self.cut.as_mut().poll(context).is_ready() {
            return Poll::Ready(Err(io::ErrorKind::ConnectionAborted.into()));
        }
        if !self.asked.anything() && self.silence.as_mut().poll(context).is_ready() {
            return Poll::Ready(Err(io::ErrorKind::TimedOut.into()));
        }
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl AsyncWrite for Connection {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(context, slices)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_bounded_by_address_and_given_back() {
        let limits = Limits {
            connections: 4,
            connections_per_address: 2,
            connections_from_loopback: 3,
            ..Limits::default()
        };
        let open = Arc::default();
        let take = |address: &str| Place::take(&open, address.parse().unwrap(), &limits);
        let far = [take("10.0.0.1"), take("10.0.0.1"), take("10.0.0.1")];
        assert_eq!(far.each_ref().map(Option::is_some), [true, true, false]);
        let near = [take("127.0.0.1"), take("127.0.0.1"), take("127.0.0.1")];
        assert_eq!(near.each_ref().map(Option::is_some), [true, true, false]);
        drop(far);
        assert!(take("127.0.0.1").is_some());
        drop(near);
        assert_eq!(open.lock().unwrap().all, 0);
        assert!(open.lock().unwrap().by_address.is_empty());
    }
}
