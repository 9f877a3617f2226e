//! How long, how often, and what is asked for.

use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context as _, bail};

/// How much is measured.
#[derive(Debug, Clone)]
pub(crate) struct Scale {
    /// Runs of each figure; their median is told.
    pub(crate) runs: usize,
    /// How long a run of calls or appends takes.
    pub(crate) run: Duration,
    /// Events that are replayed.
    pub(crate) replayed: u64,
    /// Returns that are left open to see how much memory they take.
    pub(crate) open_returns: u64,
    /// Whole journeys in a run.
    pub(crate) journeys: u64,
}

impl Scale {
    const FULL: Self = Self {
        runs: 5,
        run: Duration::from_millis(1_000),
        replayed: 1_000_000,
        open_returns: 10_000,
        journeys: 2_000,
    };

    /// Says whether something became much slower, not by how much.
    const QUICK: Self = Self {
        runs: 3,
        run: Duration::from_millis(300),
        replayed: 100_000,
        open_returns: 1_000,
        journeys: 400,
    };
}

/// What is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Section {
    Commands,
    Appends,
    Replay,
    Memory,
    Journeys,
    Policies,
    Nats,
}

impl Section {
    const LOCAL: [Self; 6] = [
        Self::Commands,
        Self::Appends,
        Self::Replay,
        Self::Memory,
        Self::Journeys,
        Self::Policies,
    ];

    fn name(self) -> &'static str {
        match self {
            Self::Commands => "commands",
            Self::Appends => "appends",
            Self::Replay => "replay",
            Self::Memory => "memory",
            Self::Journeys => "journeys",
            Self::Policies => "policies",
            Self::Nats => "nats",
        }
    }

    pub(crate) fn title(self) -> &'static str {
        match self {
            Self::Commands => "durable commands over gRPC: RecordOrder of one line, each its own",
            Self::Appends => "durable appends into the log, events of about 300 bytes",
            Self::Replay => "replay of the log, one event a commit, 50,000 streams in turns",
            Self::Memory => "memory of open returns",
            Self::Journeys => "whole returns, from the order to the refund, mailed and closed",
            Self::Policies => "returns decided, explained and simulated under a large policy",
            Self::Nats => "the log on JetStream, servers on this machine",
        }
    }
}

/// Which log is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Log {
    Local,
    Nats,
}

impl Log {
    /// What is measured of it.
    pub(crate) fn sections(self) -> &'static [Section] {
        match self {
            Self::Local => &Section::LOCAL,
            Self::Nats => &[Section::Nats],
        }
    }
}

/// How the figures are told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Output {
    Text,
    Json,
}

/// What was asked for.
pub(crate) struct Arguments {
    pub(crate) scale: Scale,
    pub(crate) log: Log,
    pub(crate) only: Option<Section>,
    pub(crate) output: Output,
    /// This process is the one whose memory is measured; it serves that folder.
    pub(crate) serve: Option<PathBuf>,
}

/// How the process whose memory is measured is told its folder.
pub(crate) const SERVE: &str = "--serve";

impl Arguments {
    pub(crate) fn read(arguments: impl IntoIterator<Item = String>) -> anyhow::Result<Self> {
        let mut read = Self {
            scale: Scale::FULL,
            log: Log::Local,
            only: None,
            output: Output::Text,
            serve: None,
        };
        let mut arguments = arguments.into_iter();
        while let Some(argument) = arguments.next() {
            let mut value = || {
                arguments
                    .next()
                    .with_context(|| format!("{argument} what?"))
            };
            match argument.as_str() {
                // Cargo says it to every bench.
                "--bench" => {}
                "--quick" => read.scale = Scale::QUICK,
                "--log" => read.log = log(&value()?)?,
                "--only" => read.only = Some(section(&value()?)?),
                "--output" => read.output = output(&value()?)?,
                SERVE => read.serve = Some(value()?.into()),
                other => bail!("`{other}` is not known; try --quick, --log, --only, --output"),
            }
        }
        Ok(read)
    }
}

fn section(name: &str) -> anyhow::Result<Section> {
    let mut sections = Section::LOCAL.into_iter();
    let named = sections.find(|section| section.name() == name);
    named.with_context(|| {
        let names = Section::LOCAL.map(Section::name).join(", ");
        format!("`{name}` is no section; there are {names}")
    })
}

fn log(name: &str) -> anyhow::Result<Log> {
    match name {
        "local" => Ok(Log::Local),
        "nats" => Ok(Log::Nats),
        other => bail!("`{other}` is no log; there are local and nats"),
    }
}

fn output(name: &str) -> anyhow::Result<Output> {
    match name {
        "text" => Ok(Output::Text),
        "json" => Ok(Output::Json),
        other => bail!("`{other}` is no form of output; there are text and json"),
    }
}
