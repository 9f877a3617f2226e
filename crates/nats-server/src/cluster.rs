//! One or three servers on loopback.

use std::fs::{self, File};
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::time::Duration;

use tempfile::TempDir;
use tokio::time::Instant;

use crate::access::{Access, AccessError};
use crate::configuration::{self, Membership, Place};
use crate::find::{FindError, find};
use crate::links::Link;
use crate::node::{Node, NodeError};
use crate::options::{Options, Ports, Routes, Security};
use crate::ports;

/// The servers have so long to find one another and to elect.
const READY_WAIT: Duration = Duration::from_secs(60);
/// Another process may take a port that was free a moment ago; then others are tried.
const ATTEMPTS_MAX: usize = 5;
/// A server that can not listen says so.
const PORT_TAKEN: &str = "address already in use";

/// A cluster could not be started or is not whole.
#[derive(Debug, thiserror::Error)]
pub enum ClusterError {
    /// There is no server to run.
    #[error(transparent)]
    Find(#[from] FindError),
    /// One of the servers fails.
    #[error(transparent)]
    Node(#[from] NodeError),
    /// Passwords or certificates could not be made.
    #[error(transparent)]
    Access(#[from] AccessError),
    /// Another process runs a cluster in this folder.
    #[error("{0} is in use by another process that runs a cluster there")]
    InUse(PathBuf),
    /// There are not so many free ports.
    #[error("there are not enough free ports on loopback")]
    NoPorts,
    /// A file or a port could not be used.
    #[error("{path}")]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}

/// One or three servers. When it is dropped, all of them are killed.
#[derive(Debug)]
pub struct Cluster {
    nodes: Vec<Node>,
    links: Vec<Link>,
    access: Option<Access>,
    _lock: File,
    /// Goes last, when nobody writes there any more.
    _temporary: Option<TempDir>,
}

/// The ports of one server.
#[derive(Debug, Clone, Copy)]
struct Listens {
    client: u16,
    routes: u16,
    monitor: u16,
}

impl Cluster {
    /// Starts the servers and waits until they serve streams and, if there are three, have elected
    /// a leader. Installs nats-server first if there is none, which takes some seconds once.
    ///
    /// # Errors
    ///
    /// When there is no server to run, or one does not come up; the end of its log is in the error.
    pub async fn start(options: Options) -> Result<Self, ClusterError> {
        let executable = find()?.path;
        for _ in 1..ATTEMPTS_MAX {
            match Self::attempt(&options, &executable).await {
                Err(ClusterError::Node(NodeError::Ended { log, .. }))
                    if options.ports == Ports::Free && log.contains(PORT_TAKEN) => {}
                result => return result,
            }
        }
        Self::attempt(&options, &executable).await
    }

    /// Where clients reach the servers.
    #[must_use]
    pub fn urls(&self) -> Vec<String> {
        self.nodes.iter().map(Node::url).collect()
    }

    /// All of [`urls`](Self::urls) in one, with commas between.
    #[must_use]
    pub fn url(&self) -> String {
        self.urls().join(",")
    }

    /// The servers.
    #[must_use]
    pub fn nodes(&self) -> &[Node] {
        &self.nodes
    }

    /// One of the servers, from 0.
    ///
    /// # Panics
    ///
    /// When there are not so many.
    #[must_use]
    pub fn node(&self, index: usize) -> &Node {
        &self.nodes[index]
    }

    /// How to get in, where the configuration is the deployed one.
    #[must_use]
    pub fn access(&self) -> Option<&Access> {
        self.access.as_ref()
    }

    /// Waits until every server that runs serves streams and follows a leader.
    ///
    /// # Errors
    ///
    /// When one ends or takes too long; the end of its log is in the error.
    pub async fn ready(&self) -> Result<(), ClusterError> {
        let until = Instant::now() + READY_WAIT;
        for node in self.nodes.iter().filter(|node| node.pid().is_some()) {
            node.ready(self.nodes.len(), until).await?;
        }
        Ok(())
    }

    /// Cuts one server off from the others, both ways, without closing a connection. Clients still
    /// reach it. Needs [`Routes::Cuttable`].
    ///
    /// # Panics
    ///
    /// When the routes can not be cut, because a test that believes otherwise proves nothing.
    pub fn isolate(&self, index: usize) {
        self.links_of(index).for_each(Link::cut);
    }

    /// Undoes [`isolate`](Self::isolate).
    ///
    /// # Panics
    ///
    /// When the routes can not be cut.
    pub fn heal(&self, index: usize) {
        self.links_of(index).for_each(Link::heal);
    }

    fn links_of(&self, index: usize) -> impl Iterator<Item = &Link> {
        assert!(!self.links.is_empty(), "the routes can not be cut");
        let touches = move |link: &&Link| link.from == index || link.to == index;
        self.links.iter().filter(touches)
    }

    async fn attempt(options: &Options, executable: &Path) -> Result<Self, ClusterError> {
        let temporary = match options.folder {
            Some(_) => None,
            None => Some(tempfile::tempdir().map_err(at(&std::env::temp_dir()))?),
        };
        let given = options.folder.as_deref();
        let folder = given.or(temporary.as_ref().map(TempDir::path));
        let folder = folder.expect("it is given or temporary").to_owned();
        let lock = lock(&folder)?;
        let listens = choose(options)?;
        let links = open_links(options, &listens).await?;
        let access = match options.security {
            Security::Open => None,
            Security::Deployed => Some(Access::prepare(&folder.join("access"))?),
        };
        let mut nodes = Vec::new();
        for (index, own) in listens.iter().enumerate() {
            let name = format!("n{}", index + 1);
            let place = Place {
                folder: folder.join(&name),
                name,
                client: local(own.client),
                monitor: local(own.monitor),
                cluster: membership(index, &listens, &links),
            };
            nodes.push(node(executable, place, options, access.as_ref())?);
        }
        let cluster = Self {
            nodes,
            links,
            access,
            _lock: lock,
            _temporary: temporary,
        };
        for node in &cluster.nodes {
            node.start().await?;
        }
        cluster.ready().await?;
        Ok(cluster)
    }
}

fn node(
    executable: &Path,
    place: Place,
    options: &Options,
    access: Option<&Access>,
) -> Result<Node, ClusterError> {
    fs::create_dir_all(&place.folder).map_err(at(&place.folder))?;
    let (configuration, environment) = match access {
        Some(access) => (access.configuration(&place), access.environment(&place)),
        None => {
            let path = place.folder.join("server.conf");
            let text = configuration::open(&place, options.sync_interval);
            fs::write(&path, text).map_err(at(&path))?;
            (path, Vec::new())
        }
    };
    Ok(Node {
        executable: executable.to_owned(),
        scheme: access.map_or("nats", |_| "tls"),
        place,
        configuration,
        environment,
        running: Mutex::new(None),
    })
}

fn lock(folder: &Path) -> Result<File, ClusterError> {
    fs::create_dir_all(folder).map_err(at(folder))?;
    let path = folder.join("cluster.lock");
    let file = File::create(&path).map_err(at(&path))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(fs::TryLockError::WouldBlock) => Err(ClusterError::InUse(folder.to_owned())),
        Err(fs::TryLockError::Error(source)) => Err(at(&path)(source)),
    }
}

fn choose(options: &Options) -> Result<Vec<Listens>, ClusterError> {
    /// Clients, routes, monitoring.
    const PORTS_PER_NODE: usize = 3;
    let nodes = options.size.nodes();
    if let Ports::From(first) = options.ports {
        let last = u16::try_from(nodes).unwrap_or(u16::MAX);
        first
            .checked_add(4_000 + last)
            .ok_or(ClusterError::NoPorts)?;
        return Ok((first..first + last)
            .map(|client| Listens {
                client,
                routes: client + 2_000,
                monitor: client + 4_000,
            })
            .collect());
    }
    let ports = ports::free(nodes * PORTS_PER_NODE);
    let listens: Vec<Listens> = ports
        .chunks_exact(PORTS_PER_NODE)
        .map(|ports| Listens {
            client: ports[0],
            routes: ports[1],
            monitor: ports[2],
        })
        .collect();
    if listens.len() < nodes {
        return Err(ClusterError::NoPorts);
    }
    Ok(listens)
}

async fn open_links(options: &Options, listens: &[Listens]) -> Result<Vec<Link>, ClusterError> {
    let mut links = Vec::new();
    if options.routes == Routes::Direct {
        return Ok(links);
    }
    for from in 0..listens.len() {
        for (to, target) in listens.iter().enumerate().filter(|(to, _)| *to != from) {
            let link = Link::open(from, to, local(target.routes)).await;
            links.push(link.map_err(at(Path::new("a link between servers")))?);
        }
    }
    Ok(links)
}

/// How one of several servers reaches the others; its own place is among the routes, too, as it is
/// where one file serves all, and the server leaves it out.
fn membership(index: usize, listens: &[Listens], links: &[Link]) -> Option<Membership> {
    let own = local(listens[index].routes);
    let link = |to: usize| {
        let link = links
            .iter()
            .find(|link| link.from == index && link.to == to);
        link.map(|link| local(link.port))
    };
    let routes = listens.iter().enumerate();
    (listens.len() > 1).then(|| Membership {
        listen: own,
        // Where the way is a link, others that heard of this server must not go around it, so they
        // are told of a port where nobody listens; each of them knows its own link anyway.
        advertise: if links.is_empty() { own } else { local(1) },
        routes: routes
            .map(|(to, listens)| link(to).unwrap_or(local(listens.routes)))
            .collect(),
    })
}

fn local(port: u16) -> SocketAddr {
    SocketAddr::from((Ipv4Addr::LOCALHOST, port))
}

fn at(path: &Path) -> impl FnOnce(io::Error) -> ClusterError {
    let path = path.to_owned();
    move |source| ClusterError::File { path, source }
}
