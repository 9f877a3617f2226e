//! Routes between servers that can be cut, as a network would: nothing is refused and nothing is
//! closed, the bytes only stop to come, and come after all when the link is whole again.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;

/// What is read at once, in bytes.
const CHUNK_BYTES: usize = 64 * 1024;

/// A link from one server to another.
#[derive(Debug)]
pub(crate) struct Link {
    pub(crate) from: usize,
    pub(crate) to: usize,
    pub(crate) port: u16,
    cut: watch::Sender<bool>,
    /// Ends with the link.
    _tasks: JoinSet<()>,
}

impl Link {
    /// Listens for the one server and leads to the other, which listens at `target`.
    pub(crate) async fn open(from: usize, to: usize, target: SocketAddr) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let port = listener.local_addr()?.port();
        let (cut, whole) = watch::channel(false);
        let mut tasks = JoinSet::new();
        tasks.spawn(accept(listener, target, whole));
        Ok(Self {
            from,
            to,
            port,
            cut,
            _tasks: tasks,
        })
    }

    pub(crate) fn cut(&self) {
        self.cut.send_replace(true);
    }

    pub(crate) fn heal(&self) {
        self.cut.send_replace(false);
    }
}

async fn accept(listener: TcpListener, target: SocketAddr, cut: watch::Receiver<bool>) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => if let Ok((stream, _)) = accepted {
                connections.spawn(lead(stream, target, cut.clone()));
            },
            Some(_) = connections.join_next() => {}
        }
    }
}

/// Carries bytes both ways until one side closes.
async fn lead(near: TcpStream, target: SocketAddr, mut cut: watch::Receiver<bool>) {
    if cut.wait_for(|cut| !cut).await.is_err() {
        return;
    }
    let Ok(far) = TcpStream::connect(target).await else {
        return;
    };
    let (near_read, near_write) = near.into_split();
    let (far_read, far_write) = far.into_split();
    tokio::select! {
        () = carry(near_read, far_write, cut.clone()) => {}
        () = carry(far_read, near_write, cut) => {}
    }
}

async fn carry(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, mut cut: watch::Receiver<bool>) {
    let mut chunk = vec![0; CHUNK_BYTES];
    loop {
        let Ok(read) = from.read(&mut chunk).await else {
            return;
        };
        // The end of a connection does not pass a cut link either.
        if cut.wait_for(|cut| !cut).await.is_err()
            || read == 0
            || to.write_all(&chunk[..read]).await.is_err()
        {
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn bytes_wait_at_a_cut_link_and_come_when_it_is_whole() {
        let server = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let target = server.local_addr().unwrap();
        let link = Link::open(0, 1, target).await.unwrap();
        let near = (Ipv4Addr::LOCALHOST, link.port);
        let mut near = TcpStream::connect(near).await.unwrap();
        let (mut far, _) = server.accept().await.unwrap();
        let mut byte = [0];

        near.write_all(b"a").await.unwrap();
        far.read_exact(&mut byte).await.unwrap();
        assert_eq!(&byte, b"a");

        link.cut();
        near.write_all(b"b").await.unwrap();
        let nothing =
            tokio::time::timeout(std::time::Duration::from_millis(50), far.read(&mut byte));
        assert!(nothing.await.is_err(), "a byte passed the cut link");

        link.heal();
        far.read_exact(&mut byte).await.unwrap();
        assert_eq!(&byte, b"b");
    }
}
