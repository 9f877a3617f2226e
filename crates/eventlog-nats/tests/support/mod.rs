//! A server for all cases of a test binary, and a prefix for each case.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;

use backhaul_eventlog_nats::{NatsLog, Options, Provision, provision};
use backhaul_nats_server::{Cluster, Size, SyncInterval};
use tokio::runtime::Handle;

/// Servers that outlive every case, and a runtime that outlives every case's own.
pub struct Servers {
    pub cluster: Cluster,
    runtime: Handle,
}

/// The servers of this test binary. Syncing is the machine's affair, and tested elsewhere; here it
/// would only cost time.
pub fn servers(size: Size) -> &'static Servers {
    static SERVERS: OnceLock<Servers> = OnceLock::new();
    SERVERS.get_or_init(|| {
        let (sender, receiver) = mpsc::channel();
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_multi_thread()
                .worker_threads(1)
                .enable_all()
                .build()
                .expect("a runtime can be made");
            let options =
                backhaul_nats_server::Options::new(size).sync_interval(SyncInterval::ServerDefault);
            let cluster = runtime.block_on(Cluster::start(options));
            let runtime_handle = runtime.handle().clone();
            sender
                .send((cluster, runtime_handle))
                .expect("the test waits");
            runtime.block_on(std::future::pending::<()>());
        });
        let (cluster, runtime) = receiver.recv().expect("the servers start");
        let cluster = cluster.expect("the servers start");
        Servers { cluster, runtime }
    })
}

/// Streams of one case only, removed with it.
pub struct Case {
    pub options: Options,
    servers: &'static Servers,
}

impl Case {
    /// Makes the streams.
    pub async fn start(size: Size) -> Self {
        static CASES: AtomicUsize = AtomicUsize::new(0);
        let servers = servers(size);
        let case = CASES.fetch_add(1, Ordering::Relaxed);
        let options = Options {
            servers: servers.cluster.urls(),
            prefix: format!("case-{case}"),
            name: format!("case-{case}"),
            ..Options::default()
        };
        let wanted = Provision::replicas(size.nodes());
        let made = provision(&options, &wanted).await;
        made.expect("the streams are made");
        Self { options, servers }
    }

    /// Opens the log.
    pub async fn connect(&self) -> NatsLog {
        let log = NatsLog::connect(&self.options).await;
        log.expect("the log can be connected to")
    }
}

impl Drop for Case {
    fn drop(&mut self) {
        let (servers, prefix) = (self.options.servers.clone(), self.options.prefix.clone());
        self.servers.runtime.spawn(async move {
            let Ok(client) = async_nats::connect(servers).await else {
                return;
            };
            let context = async_nats::jetstream::new(client);
            let names = [
                "orders",
                "returns",
                "refunds",
                "tracking",
                "notifications",
                "leases",
            ];
            for name in names {
                let stream = format!("{prefix}_{name}").to_ascii_uppercase();
                // A case that stopped its servers has nothing to remove.
                let _removed = context.delete_stream(stream).await;
            }
        });
    }
}
