//! What each server is told: an open configuration made here, or the one that is deployed.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::net::SocketAddr;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use crate::options::SyncInterval;

/// A server, as its configuration needs to know it.
#[derive(Debug)]
pub(crate) struct Place {
    pub(crate) name: String,
    pub(crate) folder: PathBuf,
    pub(crate) client: SocketAddr,
    pub(crate) monitor: SocketAddr,
    /// None where there is only one server.
    pub(crate) cluster: Option<Membership>,
}

/// How a server reaches the others and is reached by them.
#[derive(Debug)]
pub(crate) struct Membership {
    pub(crate) listen: SocketAddr,
    /// What others are told, when they hear of it from one another.
    pub(crate) advertise: SocketAddr,
    pub(crate) routes: Vec<SocketAddr>,
}

/// The configuration of a server to which anybody on this machine may do anything.
pub(crate) fn open(place: &Place, sync_interval: SyncInterval) -> String {
    let sync = match sync_interval {
        SyncInterval::Always => "  sync_interval: always\n",
        SyncInterval::ServerDefault => "",
    };
    let mut text = format!(
        "server_name: {name}\nlisten: \"{client}\"\nhttp: \"{monitor}\"\nmax_payload: 2MB\n\
         jetstream {{\n  store_dir: {store:?}\n{sync}}}\n",
        name = place.name,
        client = place.client,
        monitor = place.monitor,
        store = place.store(),
    );
    if let Some(cluster) = &place.cluster {
        let routes: Vec<String> = cluster
            .routes
            .iter()
            .map(|route| format!("\"nats-route://{route}\""))
            .collect();
        text += &format!(
            "cluster {{\n  name: backhaul\n  listen: \"{}\"\n  advertise: \"{}\"\n  \
             routes: [{}]\n}}\n",
            cluster.listen,
            cluster.advertise,
            routes.join(", "),
        );
    }
    text
}

impl Place {
    /// Where its streams lie.
    pub(crate) fn store(&self) -> PathBuf {
        self.folder.join("data")
    }
}

/// Writes a file that only its owner may read, in place of the one that is there.
pub(crate) fn write_private(path: &Path, content: &[u8]) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut file = File::options()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)?;
    file.write_all(content)
}
