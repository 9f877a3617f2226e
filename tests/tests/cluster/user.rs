//! A user of the cluster, and what the server says to it.

use std::time::Duration;

use async_nats::{Client, ConnectOptions, Event, ServerError};
use backhaul::services::Service;
use backhaul_eventlog_nats::{Login, Options, Provision, Reader, Tls, ingest_streams, provision};
use backhaul_nats_server::{Access, Cluster, Security, Size};
use tokio::sync::mpsc;
use tokio::time::timeout;

/// The server answers within milliseconds; a busy machine may need more.
const ANSWER_WAIT: Duration = Duration::from_secs(20);

/// One server as it is deployed, with all streams.
pub(crate) async fn provisioned() -> Cluster {
    let options = backhaul_nats_server::Options::new(Size::One).security(Security::Deployed);
    let cluster = Cluster::start(options).await.expect("the server starts");
    let readers = Service::readers().map(|(name, contexts)| Reader {
        name: name.to_owned(),
        contexts: contexts.to_vec(),
    });
    let wanted = Provision {
        replicas: 1,
        others: ingest_streams("bh", 1).expect("the prefix is good"),
        readers: readers.collect(),
    };
    provision(&options_of(&cluster, "provisioner"), &wanted)
        .await
        .expect("the provisioner may make the streams");
    cluster
}

/// How a user reaches the log.
pub(crate) fn options_of(cluster: &Cluster, name: &str) -> Options {
    let access = access(cluster);
    let password = access.password(name).expect("there is such a user");
    Options {
        servers: cluster.urls(),
        user: Login::Password {
            user: name.to_owned(),
            password: password.to_owned(),
        },
        tls: Some(Tls {
            ca: Some(access.ca_file()),
            ..Tls::default()
        }),
        name: name.to_owned(),
        ..Options::default()
    }
}

/// A user with a bare connection.
pub(crate) struct User {
    name: String,
    pub(crate) client: Client,
    /// What the server refused, in its words.
    refusals: mpsc::UnboundedReceiver<String>,
}

impl User {
    pub(crate) async fn connect(cluster: &Cluster, name: &str) -> Self {
        let access = access(cluster);
        let password = access.password(name).expect("there is such a user");
        let (sender, refusals) = mpsc::unbounded_channel();
        let client = ConnectOptions::new()
            .user_and_password(name.to_owned(), password.to_owned())
            .add_root_certificates(access.ca_file())
            .custom_inbox_prefix(format!("_INBOX_{name}"))
            .event_callback(move |event| {
                if let Event::ServerError(ServerError::Other(refusal)) = event {
                    // Nobody listens any more at the end of a test.
                    let _ = sender.send(refusal.to_lowercase());
                }
                async {}
            })
            .connect(cluster.urls())
            .await
            .expect("the user may connect");
        Self {
            name: name.to_owned(),
            client,
            refusals,
        }
    }

    /// The server refuses to take a message on that subject.
    pub(crate) async fn may_not_publish(&mut self, subject: &str) {
        let sent = self.client.publish(subject.to_owned(), "x".into()).await;
        sent.expect("the connection takes it");
        self.is_refused("publish", subject).await;
    }

    /// The server refuses to send messages of that subject.
    pub(crate) async fn may_not_subscribe(&mut self, subject: &str) {
        let subscribed = self.client.subscribe(subject.to_owned()).await;
        // Kept until the server has answered, for a subscription ends when it is dropped.
        let _subscription = subscribed.expect("the connection takes it");
        self.is_refused("subscription", subject).await;
    }

    /// The server answers a question on that subject; what it says is not looked at.
    pub(crate) async fn may_ask(&mut self, subject: &str, question: &str) {
        let question = question.to_owned().into();
        let answer = self.client.request(subject.to_owned(), question);
        let answer = timeout(ANSWER_WAIT, answer).await.ok().and_then(Result::ok);
        let refusal = self.refusals.try_recv().ok();
        assert!(
            answer.is_some() && refusal.is_none(),
            "{} has no answer from {subject}: {refusal:?}",
            self.name
        );
    }

    async fn is_refused(&mut self, what: &str, subject: &str) {
        let expected = format!("permissions violation for {what} to \"{subject}\"").to_lowercase();
        let refusal = timeout(ANSWER_WAIT, self.refusals.recv()).await;
        let refusal = refusal.ok().flatten().unwrap_or_default();
        assert_eq!(refusal, expected, "{} may do what it should not", self.name);
    }
}

pub(crate) fn access(cluster: &Cluster) -> &Access {
    cluster
        .access()
        .expect("the configuration is the deployed one")
}
