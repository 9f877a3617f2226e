//! The log itself: a cheap handle to the connection and to what is known already.

use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_nats::jetstream::context::ContextBuilder;
use async_nats::jetstream::stream::Info;
use backhaul_eventlog::{
    AppendError, Appended, BoxFuture, Commit, EventLog, Health, NewCommit, Position, ReadError,
    StreamName, Subscription, Version,
};
use backhaul_events::ContextName;
use tokio::runtime::Handle;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::timeout;

use crate::catch_up::Consumers;
use crate::error::AskError;
use crate::findings::{Durability, Finding, Severity};
use crate::follow::Follow;
use crate::heads::Heads;
use crate::lease::LeaseTimes;
use crate::names::Names;
use crate::options::{APPEND_TIMEOUT, IN_FLIGHT_MAX, Options};
use crate::replay::Resume;
use crate::settings::{context_stream, differences};
use crate::shared::Shared;
use crate::{ConnectError, append, ask, connection, copy, integrity, live, replay, streams};

/// To send what was handed to the connection before it closes.
const DRAIN_TIMEOUT: Duration = Duration::from_secs(2);

/// An event log on JetStream. Clones share it; it closes with the last of them, or by
/// [`NatsLog::close`].
#[derive(Clone)]
pub struct NatsLog(pub(crate) Arc<Inner>);

pub(crate) struct Inner {
    pub(crate) shared: Arc<Shared>,
    /// Name of this process.
    pub(crate) name: String,
    pub(crate) lease_times: LeaseTimes,
    /// Tasks that go on for as long as the log is open.
    tasks: Mutex<JoinSet<()>>,
    /// What must still be said before it closes.
    farewells: Mutex<JoinSet<()>>,
}

impl NatsLog {
    /// Connects, and checks that servers and streams are what a log can stand on. Streams are not
    /// made here but by [`provision`](crate::provision()).
    pub async fn connect(options: &Options) -> Result<Self, ConnectError> {
        let names = Names::new(&options.prefix)?;
        let (client, events) = connection::connect(options, &options.user).await?;
        let jetstream = ContextBuilder::new()
            .timeout(APPEND_TIMEOUT)
            .max_ack_inflight(IN_FLIGHT_MAX)
            .backpressure_on_inflight(true)
            .build(client.clone());
        let mut shared = Shared {
            client,
            jetstream,
            names,
            access: options.contexts.clone(),
            replicas: [0; ContextName::ALL.len()],
            tails: std::array::from_fn(|_| Default::default()),
            positions: std::array::from_fn(|_| watch::Sender::new(0)),
            heads: Heads::new(),
            consumers: Consumers::of(options.reader()),
            resume: Resume::default(),
            turns: Default::default(),
            waiting: Default::default(),
            health: watch::Sender::new(Health::Writable),
            findings: watch::Sender::default(),
            durability: watch::Sender::new(Durability::Unconfirmed {
                reason: "no user of the system account was given to look".to_owned(),
            }),
            faults: options.faults.clone(),
            closed: false.into(),
        };
        let mut lives = Vec::new();
        for context in ContextName::ALL {
            if options.contexts.reads(context) {
                // First listen, then look: nothing falls between.
                lives.push((context, listen(&shared, context).await?));
                let info = look(&shared, context).await?;
                shared.replicas[context as usize] = info.config.num_replicas;
            }
        }
        let shared = Arc::new(shared);
        let mut tasks = JoinSet::new();
        let (reconnected, again) = watch::channel(0);
        for (context, subscriber) in lives {
            let again = again.clone();
            tasks.spawn(live::follow(
                Arc::clone(&shared),
                context,
                subscriber,
                again,
            ));
        }
        tasks.spawn(connection::watch(Arc::clone(&shared), events, reconnected));
        if let Some(login) = &options.system {
            let options = Options {
                inbox: None,
                ..options.clone()
            };
            let (system, _events) = connection::connect(&options, login).await?;
            integrity::look(&shared, &system).await;
            tasks.spawn(integrity::watch(Arc::clone(&shared), system));
        }
        match &*shared.durability.borrow() {
            Durability::Confirmed => {}
            Durability::NotDurable { reason } => tracing::warn!(reason, "the log is NOT DURABLE"),
            Durability::Unconfirmed { reason } => {
                tracing::warn!(reason, "whether the log is durable is not confirmed");
            }
        }
        Ok(Self(Arc::new(Inner {
            shared,
            name: options.name.clone(),
            lease_times: options.lease_times,
            tasks: Mutex::new(tasks),
            farewells: Mutex::default(),
        })))
    }

    /// What is wrong, and word of every change.
    pub fn findings(&self) -> watch::Receiver<Vec<Finding>> {
        self.0.shared.findings.subscribe()
    }

    /// Whether acknowledged commits outlive a power cut.
    pub fn durability(&self) -> Durability {
        self.0.shared.durability.borrow().clone()
    }

    /// Sends what was handed over, and leaves.
    pub async fn close(&self) {
        let shared = &self.0.shared;
        shared.closed.store(true, Ordering::Relaxed);
        shared.fail("it is closed".to_owned());
        // Without a connection nobody hears them.
        let farewells = take(&self.0.farewells);
        let _late = timeout(DRAIN_TIMEOUT, farewells.join_all()).await;
        take(&self.0.tasks).shutdown().await;
        let _late = timeout(DRAIN_TIMEOUT, shared.client.drain()).await;
        for position in &shared.positions {
            // Wakes whoever waits for the next commit, to learn that there is none.
            position.send_modify(|_| {});
        }
    }
}

impl Inner {
    /// Starts what is to be finished before the log closes.
    pub(crate) fn say_farewell(
        &self,
        runtime: &Handle,
        farewell: impl Future<Output = ()> + Send + 'static,
    ) {
        let mut farewells = lock(&self.farewells);
        while farewells.try_join_next().is_some() {}
        farewells.spawn_on(farewell, runtime);
    }
}

fn lock(tasks: &Mutex<JoinSet<()>>) -> MutexGuard<'_, JoinSet<()>> {
    tasks.lock().unwrap_or_else(PoisonError::into_inner)
}

fn take(tasks: &Mutex<JoinSet<()>>) -> JoinSet<()> {
    std::mem::take(&mut *lock(tasks))
}

async fn listen(
    shared: &Shared,
    context: ContextName,
) -> Result<async_nats::Subscriber, ConnectError> {
    let subject = shared.names.live(context);
    let subscriber = shared.client.subscribe(subject.clone()).await;
    subscriber.map_err(|error| ConnectError::NoAnswer {
        question: format!("subscription to {subject}"),
        reason: error.to_string(),
    })
}

/// Checks the settings and state of a context's stream, and takes its end as known.
async fn look(shared: &Shared, context: ContextName) -> Result<Info, ConnectError> {
    const STREAM_NOT_FOUND: u64 = 10_059;
    let stream = shared.names.stream(context);
    let info = match ask::info(&shared.client, &stream).await {
        Ok(info) => info,
        Err(AskError::Refused { code, .. }) if code == STREAM_NOT_FOUND => {
            return Err(ConnectError::NotProvisioned(stream));
        }
        Err(error) => {
            return Err(ConnectError::NoAnswer {
                question: format!("state of stream {stream}"),
                reason: error.to_string(),
            });
        }
    };
    let wanted = context_stream(&shared.names, context, info.config.num_replicas);
    let differences = differences(&wanted, &info.config);
    let (fatal, harmless): (Vec<_>, Vec<_>) = differences
        .into_iter()
        .partition(|difference| difference.severity == Severity::Damage);
    if !fatal.is_empty() {
        let fatal: Vec<_> = fatal.iter().map(ToString::to_string).collect();
        return Err(ConnectError::Unsuitable {
            stream,
            differences: fatal.join(", "),
        });
    }
    for difference in harmless {
        shared.report(Finding::new(
            difference.severity,
            format!("stream {stream}"),
            difference.to_string(),
            "run the provisioning again".to_owned(),
        ));
    }
    live::check_state(shared, &stream, &info);
    shared.advance(context, info.state.last_sequence);
    Ok(info)
}

impl EventLog for NatsLog {
    fn append(&self, commits: Vec<NewCommit>) -> BoxFuture<'_, Vec<Result<Appended, AppendError>>> {
        Box::pin(append::append(&self.0.shared, commits))
    }

    fn append_after(
        &self,
        after: Position,
        commits: Vec<NewCommit>,
    ) -> BoxFuture<'_, Vec<Result<Appended, AppendError>>> {
        Box::pin(copy::append_after(&self.0.shared, after, commits))
    }

    fn read_stream<'a>(
        &'a self,
        stream: &'a StreamName,
        after: Version,
    ) -> BoxFuture<'a, Result<Vec<Arc<Commit>>, ReadError>> {
        Box::pin(streams::read_stream(&self.0.shared, stream, after))
    }

    fn read(
        &self,
        context: ContextName,
        after: Position,
        limit: usize,
    ) -> BoxFuture<'_, Result<Vec<Arc<Commit>>, ReadError>> {
        Box::pin(replay::read(&self.0.shared, context, after, limit))
    }

    fn head(&self, context: ContextName) -> watch::Receiver<Position> {
        self.0.shared.positions[context as usize].subscribe()
    }

    fn health(&self) -> watch::Receiver<Health> {
        self.0.shared.health.subscribe()
    }

    fn subscribe(&self, context: ContextName, after: Position) -> Box<dyn Subscription> {
        Box::new(Follow::new(self.clone(), context, after))
    }
}
