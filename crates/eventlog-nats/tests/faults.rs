//! What a server and the way to it can do to a log: stop, lose words, refuse, and lose bits.

#![expect(clippy::disallowed_methods, reason = "tasks of a test end with it")]

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use backhaul_eventlog::sample::commit;
use backhaul_eventlog::{
    AppendError, Appended, EventLog, Expected, Health, NewCommit, Position, Subscription,
};
use backhaul_eventlog_nats::{
    Durability, Login, NatsLog, Options, Provision, Severity, Tls, examine, provision,
};
use backhaul_events::ContextName;
use backhaul_nats_server::{Cluster, Options as Servers, Security, Size, SyncInterval};
use tokio::time::{Instant, timeout};

const CONTEXT: ContextName = ContextName::Tracking;
/// Nothing here takes longer.
const PATIENCE: Duration = Duration::from_secs(60);

async fn start(size: Size) -> (Cluster, Options) {
    let servers = Servers::new(size).sync_interval(SyncInterval::ServerDefault);
    let cluster = Cluster::start(servers).await.expect("the servers start");
    let options = Options {
        servers: cluster.urls(),
        ..Options::default()
    };
    let wanted = Provision::replicas(size.nodes());
    let made = provision(&options, &wanted).await;
    made.expect("the streams are made");
    (cluster, options)
}

async fn connect(options: &Options) -> NatsLog {
    let log = NatsLog::connect(options).await;
    log.expect("the log can be connected to")
}

async fn append_one(log: &NatsLog, commit: NewCommit) -> Result<Appended, AppendError> {
    let answers = log.append(vec![commit]).await;
    let [answer] = answers.try_into().expect("one answer for one commit");
    answer
}

async fn fill(log: &NatsLog, count: u64) {
    for n in 0..count {
        let stream = format!("tracking/acme/{}", n % 7);
        let new = commit(&stream, Expected::Any, &format!("c-{n}"));
        append_one(log, new).await.expect("stored");
    }
}

async fn take(subscription: &mut dyn Subscription, count: usize) -> Vec<(Position, String)> {
    let mut commits = Vec::new();
    while commits.len() < count {
        let next = timeout(PATIENCE, subscription.next(count - commits.len())).await;
        let next = next.expect("something comes").expect("it can be read");
        commits.extend(next);
    }
    commits
        .iter()
        .map(|commit| (commit.position, commit.metadata.command_id.to_string()))
        .collect()
}

/// Writes until enough was acknowledged; nothing may take longer than an append may.
async fn write_until(log: NatsLog, acknowledged: usize) -> Vec<(Position, String)> {
    const APPEND_MAX: Duration = Duration::from_secs(12);
    let mut stored = Vec::new();
    let mut n = 0;
    while stored.len() < acknowledged {
        n += 1;
        let id = format!("c-{n}");
        let stream = format!("tracking/acme/{}", n % 5);
        let began = Instant::now();
        match append_one(&log, commit(&stream, Expected::Any, &id)).await {
            Ok(appended) => stored.push((appended.position, id)),
            Err(AppendError::Unknown(_) | AppendError::Overloaded) => {}
            Err(other) => panic!("{other}"),
        }
        assert!(began.elapsed() < APPEND_MAX, "an append hangs");
    }
    stored
}

/// Everything that was acknowledged is where it was said to be, and readers meet everything.
async fn check_kept(log: &NatsLog, reader: &mut dyn Subscription, stored: &[(Position, String)]) {
    let last = stored.last().expect("something was stored").0;
    let met = take(reader, last as usize).await;
    let positions: Vec<Position> = met.iter().map(|(position, _)| *position).collect();
    assert_eq!(positions, (1..=last).collect::<Vec<_>>());
    for commit in stored {
        assert!(met.contains(commit), "{commit:?} was acknowledged");
    }
    let verified = timeout(PATIENCE, log.verify(|_| {})).await;
    let verified = verified.expect("it does not hang").expect("it is whole");
    assert!(verified.commits >= last);
    assert_eq!(*log.health().borrow(), Health::Writable);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_is_killed_and_comes_back_loses_nothing() {
    let (cluster, options) = start(Size::One).await;
    let log = connect(&options).await;
    let mut reader = log.subscribe(CONTEXT, 0);
    let writer = tokio::spawn(write_until(log.clone(), 600));
    let mut head = log.head(CONTEXT);
    for kill_at in [100, 250, 400] {
        let seen = timeout(PATIENCE, head.wait_for(|head| *head >= kill_at)).await;
        seen.expect("writing goes on").expect("the log is open");
        cluster.node(0).kill();
        cluster.node(0).start().await.expect("it starts again");
    }
    let stored = writer.await.expect("the writer does not panic");
    check_kept(&log, &mut *reader, &stored).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_of_leader_loses_nothing() {
    let (cluster, options) = start(Size::Three).await;
    let log = connect(&options).await;
    let mut reader = log.subscribe(CONTEXT, 0);
    let writer = tokio::spawn(write_until(log.clone(), 600));
    let client = async_nats::connect(cluster.urls()).await.expect("a client");
    let mut head = log.head(CONTEXT);
    for step_down_at in [100, 250, 400] {
        let seen = timeout(PATIENCE, head.wait_for(|head| *head >= step_down_at)).await;
        seen.expect("writing goes on").expect("the log is open");
        let subject = "$JS.API.STREAM.LEADER.STEPDOWN.BH_TRACKING";
        // Just after an election there may be nobody to step down.
        let _answer = client.request(subject, "".into()).await;
    }
    let stored = writer.await.expect("the writer does not panic");
    check_kept(&log, &mut *reader, &stored).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn live_messages_that_are_lost_are_fetched() {
    let (_cluster, options) = start(Size::One).await;
    let writer = connect(&options).await;
    let deaf = Options {
        faults: Default::default(),
        ..options
    };
    deaf.faults.lose_live_messages(true);
    let log = connect(&deaf).await;
    let mut reader = log.subscribe(CONTEXT, 0);
    fill(&writer, 50).await;
    assert_eq!(take(&mut *reader, 50).await.len(), 50);
    // Some of many, too: what comes later shows that something is missing.
    fill(&writer, 20).await;
    deaf.faults.lose_live_messages(false);
    fill(&writer, 20).await;
    let met = take(&mut *reader, 40).await;
    assert_eq!((met[0].0, met[39].0), (51, 90));
    assert!(
        log.findings()
            .borrow()
            .iter()
            .all(|f| f.severity != Severity::Damage)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_commit_that_is_too_large_for_the_server_is_refused_alone() {
    let (cluster, options) = start(Size::One).await;
    let log = connect(&options).await;
    let client = async_nats::connect(cluster.urls()).await.expect("a client");
    let context = async_nats::jetstream::new(client);
    let mut stream = context.get_stream("BH_TRACKING").await.expect("a stream");
    let mut settings = stream.info().await.expect("its settings").config.clone();
    settings.max_message_size = 4 * 1024;
    context
        .update_stream(settings)
        .await
        .expect("they can be changed");
    let mut large = commit("tracking/acme/1", Expected::Any, "large");
    large.events[0].payload = vec![b' '; 8 * 1024].into();
    let small = |id| commit("tracking/acme/1", Expected::Any, id);
    let answers = log.append(vec![small("a"), large, small("b")]).await;
    assert!(answers[0].is_ok() && answers[2].is_ok(), "{answers:?}");
    assert!(
        matches!(answers[1], Err(AppendError::Invalid(_))),
        "{answers:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_permission_that_is_taken_away_is_an_unknown_outcome_and_told() {
    let servers = Servers::new(Size::One).sync_interval(SyncInterval::ServerDefault);
    let cluster = Cluster::start(servers).await.expect("the server starts");
    let file = configuration(cluster.node(0).folder());
    let open = fs::read_to_string(&file).expect("it has a configuration");
    let allow = |denied: &str| {
        let users = format!(
            "{open}\nauthorization {{ users: [{{ user: w, password: w, permissions: {{ \
             publish: {{ allow: \">\", deny: \"{denied}\" }}, subscribe: \">\" }} }}] }}\n"
        );
        fs::write(&file, users).expect("the file can be written");
        cluster.node(0).reload().expect("it runs");
    };
    allow("nothing");
    let options = Options {
        servers: cluster.urls(),
        user: Login::Password {
            user: "w".to_owned(),
            password: "w".to_owned(),
        },
        ..Options::default()
    };
    // The server takes its new configuration in when it comes to it.
    let began = Instant::now();
    while provision(&options, &Provision::replicas(1)).await.is_err() {
        assert!(began.elapsed() < PATIENCE, "it never lets the user in");
    }
    let log = connect(&options).await;
    fill(&log, 3).await;
    allow("bh.tracking.>");
    let denied = loop {
        assert!(began.elapsed() < PATIENCE, "it never refuses");
        match append_one(&log, commit("tracking/acme/1", Expected::Any, "denied")).await {
            Ok(_) => {}
            Err(error) => break error,
        }
    };
    assert!(matches!(denied, AppendError::Unknown(_)), "{denied}");
    let mut findings = log.findings();
    let told = findings.wait_for(|all| {
        all.iter()
            .any(|finding| finding.what.contains("bh.tracking"))
    });
    timeout(PATIENCE, told).await.expect("told").expect("open");
    allow("nothing");
    let began = Instant::now();
    while append_one(&log, commit("tracking/acme/1", Expected::Any, "again"))
        .await
        .is_err()
    {
        assert!(began.elapsed() < PATIENCE, "it never allows it again");
    }
}

fn configuration(folder: &Path) -> PathBuf {
    folder.join("server.conf")
}

/// The block files of a stream, in order.
fn blocks(folder: &Path, stream: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).expect("the store can be listed") {
            let path = entry.expect("an entry").path();
            let is_block = path.extension().is_some_and(|extension| extension == "blk");
            if path.is_dir() {
                folders.push(path);
            } else if is_block && path.ancestors().any(|folder| folder.ends_with(stream)) {
                found.push(path);
            }
        }
    }
    found.sort_by_key(|path| {
        let name = path.file_stem().and_then(|stem| stem.to_str());
        name.and_then(|name| name.parse::<u64>().ok())
    });
    found
}

fn flip_a_bit(path: &Path) {
    let mut bytes = fs::read(path).expect("the block can be read");
    let middle = bytes.len() / 2;
    bytes[middle] ^= 4;
    fs::write(path, bytes).expect("the block can be written");
}

/// A log of 400 commits of which one bit flips while its server is down.
async fn with_a_flipped_bit(ended: Ended) -> (Cluster, Options, NatsLog) {
    let (cluster, options) = start(Size::One).await;
    let log = connect(&options).await;
    fill(&log, 400).await;
    let node = cluster.node(0);
    match ended {
        Ended::Killed => node.kill(),
        Ended::Stopped => node.stop().await.expect("it runs"),
    }
    let blocks = blocks(node.folder(), "BH_TRACKING");
    flip_a_bit(blocks.last().expect("it has a block"));
    node.start().await.expect("it starts again");
    (cluster, options, log)
}

/// How a server came down.
enum Ended {
    Killed,
    Stopped,
}

async fn check_stopped(log: &NatsLog) {
    let mut health = log.health();
    let stopped = health.wait_for(|health| matches!(health, Health::ReadOnly { .. }));
    let stopped = timeout(PATIENCE, stopped).await;
    stopped.expect("it is seen").expect("the log is open");
    let findings = log.findings().borrow().clone();
    let damage = findings.iter().find(|f| f.severity == Severity::Damage);
    let damage = damage.expect("it is named");
    assert!(damage.place.contains("BH_TRACKING"), "{damage:?}");
    let refused = append_one(log, commit("tracking/acme/1", Expected::Any, "late")).await;
    assert!(
        matches!(refused, Err(AppendError::ReadOnly(_))),
        "{refused:?}"
    );
}

/// The server drops what it cannot read and all that follows, and says nothing of it.
#[tokio::test(flavor = "multi_thread")]
async fn commits_that_a_server_drops_after_a_crash_are_missed() {
    let (_cluster, options, log) = with_a_flipped_bit(Ended::Killed).await;
    check_stopped(&log).await;
    // Who comes later knows from its checkpoint that something is gone.
    let later = connect(&options).await;
    let mut reader = later.subscribe(CONTEXT, 400);
    let next = timeout(PATIENCE, reader.next(1)).await.expect("an answer");
    assert!(next.is_err(), "{next:?}");
    check_stopped(&later).await;
}

/// After a stop in order the server does not look, but whoever reads does.
#[tokio::test(flavor = "multi_thread")]
async fn a_commit_that_cannot_be_read_any_more_is_found_by_who_reads() {
    let (_cluster, options, _log) = with_a_flipped_bit(Ended::Stopped).await;
    let later = connect(&options).await;
    let verified = timeout(PATIENCE, later.verify(|_| {})).await;
    let verified = verified.expect("an answer");
    assert!(verified.is_err(), "{verified:?}");
    check_stopped(&later).await;
}

/// The deployed configuration, with all its permissions.
struct Deployed {
    cluster: Cluster,
}

impl Deployed {
    async fn start() -> Self {
        let servers = Servers::new(Size::Three).security(Security::Deployed);
        let cluster = Cluster::start(servers).await.expect("the servers start");
        let deployed = Self { cluster };
        let wanted = Provision::replicas(3);
        let made = provision(&deployed.options("provisioner"), &wanted).await;
        made.expect("the streams are made");
        deployed
    }

    fn login(&self, user: &str) -> Login {
        let access = self.cluster.access().expect("it is the deployed one");
        Login::Password {
            user: user.to_owned(),
            password: access
                .password(user)
                .expect("there is such a user")
                .to_owned(),
        }
    }

    fn options(&self, user: &str) -> Options {
        let access = self.cluster.access().expect("it is the deployed one");
        Options {
            servers: self.cluster.urls(),
            user: self.login(user),
            tls: Some(Tls {
                ca: Some(access.ca_file()),
                ..Tls::default()
            }),
            ..Options::default()
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bit_that_flips_on_one_of_three_servers_is_healed_or_named() {
    const LARGE_BYTES: usize = 400_000;
    const LARGE_COMMITS: u64 = 40;
    let deployed = Deployed::start().await;
    let options = deployed.options("backhaul");
    let doctor = deployed.options("doctor");
    let log = connect(&options).await;
    // More than a block, of what cannot be made smaller.
    let mut state = 1_u64;
    for n in 0..LARGE_COMMITS {
        let mut large = commit("tracking/acme/1", Expected::Any, &format!("c-{n}"));
        let noise = std::iter::repeat_with(|| {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1);
            (state >> 56) as u8
        });
        large.events[0].payload = noise.take(LARGE_BYTES).collect();
        append_one(&log, large).await.expect("stored");
    }
    let whole = examine(&options, Some(&doctor))
        .await
        .expect("it can be seen");
    assert_eq!(whole.durability, Durability::Confirmed);
    assert_eq!(whole.servers.len(), 3);
    assert!(whole.findings.is_empty(), "{:?}", whole.findings);
    let leader = whole
        .streams
        .iter()
        .find(|seen| seen.stream == "BH_TRACKING");
    let leader = leader
        .and_then(|seen| seen.leader.clone())
        .expect("a leader");
    let nodes = deployed.cluster.nodes();
    let follower = nodes.iter().find(|node| node.name() != leader);
    let follower = follower.expect("there are three");
    follower.stop().await.expect("it runs");
    let blocks = blocks(follower.folder(), "BH_TRACKING");
    assert!(blocks.len() > 1, "{blocks:?}");
    flip_a_bit(&blocks[0]);
    // Without its index it reads its blocks again, as after a crash of the machine.
    for block in &blocks {
        let _gone = fs::remove_file(block.with_file_name("index.db"));
    }
    follower.start().await.expect("it starts again");
    deployed
        .cluster
        .ready()
        .await
        .expect("the cluster is whole");
    // The server heals what its fellows still have in their own logs; where it does not, its own
    // numbers give it away.
    let began = Instant::now();
    let expected = format!("BH_TRACKING on {}", follower.name());
    loop {
        let seen = examine(&options, Some(&doctor)).await;
        assert!(began.elapsed() < PATIENCE, "neither: {seen:?}");
        let Ok(seen) = seen else {
            continue;
        };
        let mut damaged = seen
            .findings
            .iter()
            .filter(|f| f.severity == Severity::Damage);
        if damaged.any(|damage| damage.place.contains(&expected)) {
            return;
        }
        let replicas = seen.servers.iter().flat_map(|server| &server.replicas);
        let whole = replicas
            .filter(|replica| replica.stream == "BH_TRACKING" && replica.messages == LARGE_COMMITS);
        if whole.count() == 3 {
            break;
        }
    }
    // A process that may look starts where all is well, and meets every commit.
    let watchful = Options {
        system: Some(deployed.login("doctor")),
        ..options
    };
    let log = connect(&watchful).await;
    assert_eq!(log.durability(), Durability::Confirmed);
    let verified = timeout(PATIENCE, log.verify(|_| {})).await;
    let verified = verified.expect("it does not hang").expect("it is whole");
    assert_eq!(verified.commits, LARGE_COMMITS);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_needs_no_more_than_it_may() {
    let deployed = Deployed::start().await;
    let options = Options {
        contexts: backhaul_eventlog_nats::Access {
            read: vec![CONTEXT, ContextName::Returns, ContextName::Orders],
            write: vec![CONTEXT],
        },
        ..deployed.options("tracking")
    };
    let log = connect(&options).await;
    fill(&log, 10).await;
    let mut reader = log.subscribe(CONTEXT, 0);
    assert_eq!(take(&mut *reader, 10).await.len(), 10);
    let stream = "tracking/acme/1".parse().expect("a name");
    assert!(
        !log.read_stream(&stream, 0)
            .await
            .expect("it is read")
            .is_empty()
    );
    log.verify(|_| {}).await.expect("it is whole");
    let foreign = commit("notifications/acme/1", Expected::Any, "foreign");
    let refused = append_one(&log, foreign).await;
    assert!(
        matches!(refused, Err(AppendError::Invalid(_))),
        "{refused:?}"
    );
    let refusals = log.findings();
    assert!(refusals.borrow().is_empty(), "{:?}", *refusals.borrow());
}
