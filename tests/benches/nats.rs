//! The same on JetStream: commands, replay, reactions and a view, each beside what the servers
//! themselves give under the same configuration, in the same run.
//!
//! Servers, service and callers share this machine's processors, so ratios say more than figures:
//! three servers here are three processes on one disk.

mod commands;
mod raw;
mod reactions;
mod replay;

use std::path::Path;

use anyhow::Context as _;
use backhaul_eventlog_nats::{Options, Provision, Reader, provision};
use backhaul_events::ContextName;
use backhaul_nats_server::{Cluster, Options as Servers, Size, SyncInterval};
use raw::Raw;

use crate::report::Report;
use crate::scale::Scale;

/// What our own streams begin with.
const OURS: &str = "bh";
/// What the streams of the ceilings begin with: the same streams, under other names.
const BARE: &str = "raw";

/// Who catches up by consumers, as every service does on a cluster.
const READER: &str = "bench";

/// How the servers are set up.
#[derive(Clone, Copy)]
struct Setup {
    size: Size,
    sync: SyncInterval,
    name: &'static str,
}

const SETUPS: [Setup; 4] = [
    Setup {
        size: Size::One,
        sync: SyncInterval::ServerDefault,
        name: "one server, default sync (NOT DURABLE)",
    },
    Setup {
        size: Size::One,
        sync: SyncInterval::Always,
        name: "one server, sync always",
    },
    Setup {
        size: Size::Three,
        sync: SyncInterval::ServerDefault,
        name: "three servers, default sync (NOT DURABLE when all fail)",
    },
    Setup {
        size: Size::Three,
        sync: SyncInterval::Always,
        name: "three servers, sync always",
    },
];

pub(crate) async fn measure(scale: &Scale, report: &mut Report) -> anyhow::Result<()> {
    for setup in SETUPS {
        report.say(setup.name);
        commands::measure(scale, setup, report).await?;
    }
    report.say("replay, reactions and a view on one server, sync always");
    replay::measure(scale, report).await?;
    reactions::measure(scale, report).await
}

/// Servers with our streams and those of the ceilings.
struct Running {
    cluster: Cluster,
}

impl Running {
    async fn start(setup: Setup, folder: &Path) -> anyhow::Result<Self> {
        let servers = Servers::new(setup.size)
            .sync_interval(setup.sync)
            .folder(folder);
        let cluster = Cluster::start(servers).await?;
        let running = Self { cluster };
        for prefix in [OURS, BARE] {
            let wanted = Provision {
                readers: vec![Reader {
                    name: READER.to_owned(),
                    contexts: ContextName::ALL.to_vec(),
                }],
                ..Provision::replicas(setup.size.nodes())
            };
            provision(&running.options(prefix), &wanted).await?;
        }
        Ok(running)
    }

    fn options(&self, prefix: &str) -> Options {
        Options {
            servers: self.cluster.urls(),
            prefix: prefix.to_owned(),
            reader: Some(READER.to_owned()),
            ..Options::default()
        }
    }

    /// A bare connection to the first server; ours goes to any, so both may or may not have met the
    /// leader.
    async fn raw(&self) -> anyhow::Result<Raw> {
        let url = self.cluster.node(0).url();
        let address = url.strip_prefix("nats://").context("no address")?;
        Raw::connect(address).await
    }
}

/// Where a ceiling's message goes: as ours, under the other prefix.
fn bare_subject(context: ContextName, number: u64) -> String {
    format!("{BARE}.{context}.{:02}.main.{number}", number % 64)
}

/// Name of the server's stream of a context.
fn stream(prefix: &str, context: ContextName) -> String {
    format!("{prefix}_{context}").to_ascii_uppercase()
}
