//! Making the streams: the work of the deployment, by a user of its own. Idempotent; it changes
//! what can be changed, and says what it found different.

use async_nats::jetstream::consumer;
use async_nats::jetstream::stream::{Config, Info};
use backhaul_events::ContextName;

use crate::error::AskError;
use crate::names::Names;
use crate::options::{Options, PROVISION_TIMEOUT};
use crate::settings::{Difference, context_stream, differences, lease_stream};
use crate::{ConnectError, ask, catch_up, connection};

/// How the streams should be.
#[derive(Debug, Clone)]
pub struct Provision {
    /// On how many servers each message lies: 1 or 3.
    pub replicas: usize,
    /// Streams beside those of the contexts and the leases, such as one that captures what others
    /// send in.
    pub others: Vec<Config>,
    /// Who is given consumers to catch up by.
    pub readers: Vec<Reader>,
}

/// Processes that read the same, under one user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reader {
    /// Their name, as the options of a connection give it.
    pub name: String,
    /// What they read.
    pub contexts: Vec<ContextName>,
}

impl Provision {
    /// The streams of the log on so many servers.
    pub fn replicas(replicas: usize) -> Self {
        Self {
            replicas,
            others: Vec::new(),
            readers: Vec::new(),
        }
    }
}

/// What became of one stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Provisioned {
    /// Its name on the server.
    pub stream: String,
    /// What became of it.
    pub outcome: Outcome,
}

/// What provisioning did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// There was none; now there is.
    Made,
    /// It is as it should be.
    Found,
    /// It was different, and now is as it should be.
    Changed(Vec<Difference>),
    /// It is different, and the server does not change it.
    Different {
        /// What differs.
        differences: Vec<Difference>,
        /// Why it stays so.
        reason: String,
    },
}

/// Makes what is missing, and changes what is different.
pub async fn provision(
    options: &Options,
    wanted: &Provision,
) -> Result<Vec<Provisioned>, ConnectError> {
    let names = Names::new(&options.prefix)?;
    let (client, _events) = connection::connect(options, &options.user).await?;
    let contexts = ContextName::ALL
        .into_iter()
        .map(|context| context_stream(&names, context, wanted.replicas));
    let leases = lease_stream(&names, wanted.replicas);
    let streams = contexts.chain([leases]).chain(wanted.others.clone());
    let provisioned = streams.map(|config| provision_one(&client, config));
    let provisioned = futures::future::try_join_all(provisioned).await?;
    for reader in &wanted.readers {
        for context in &reader.contexts {
            let stream = names.stream(*context);
            let made = make_consumer(&client, &stream, &reader.name).await;
            made.map_err(|reason| ConnectError::NoAnswer {
                question: format!("a consumer of stream {stream} for {}", reader.name),
                reason: reason.to_string(),
            })?;
        }
    }
    Ok(provisioned)
}

/// Makes a consumer to catch up by, or sees that there is one like it.
async fn make_consumer(
    client: &async_nats::Client,
    stream: &str,
    reader: &str,
) -> Result<(), AskError> {
    let subject = format!(
        "$JS.API.CONSUMER.CREATE.{stream}.{}",
        catch_up::consumer_name(reader)
    );
    let wanted = serde_json::json!({
        "stream_name": stream,
        "config": catch_up::consumer(reader),
    });
    let _: consumer::Info = ask::ask_within(client, subject, &wanted, PROVISION_TIMEOUT).await?;
    Ok(())
}

const STREAM_NOT_FOUND: u64 = 10_059;

async fn provision_one(
    client: &async_nats::Client,
    wanted: Config,
) -> Result<Provisioned, ConnectError> {
    let stream = wanted.name.clone();
    let no_answer = |reason: AskError| ConnectError::NoAnswer {
        question: format!("provisioning of stream {stream}"),
        reason: reason.to_string(),
    };
    let outcome = match ask::info(client, &stream).await {
        Err(AskError::Refused { code, .. }) if code == STREAM_NOT_FOUND => {
            let info = set(client, "CREATE", &wanted).await.map_err(&no_answer)?;
            // Whoever does not know a setting drops it without a word.
            match all_differences(&wanted, &info) {
                dropped if dropped.is_empty() => Outcome::Made,
                differences => Outcome::Different {
                    differences,
                    reason: "the server does not know these settings".to_owned(),
                },
            }
        }
        Err(error) => return Err(no_answer(error)),
        Ok(info) => match all_differences(&wanted, &info) {
            same if same.is_empty() => Outcome::Found,
            differences => change(client, &wanted, differences).await,
        },
    };
    Ok(Provisioned { stream, outcome })
}

async fn change(
    client: &async_nats::Client,
    wanted: &Config,
    differences: Vec<Difference>,
) -> Outcome {
    match set(client, "UPDATE", wanted).await {
        Ok(info) => match all_differences(wanted, &info) {
            left if left.is_empty() => Outcome::Changed(differences),
            differences => Outcome::Different {
                differences,
                reason: "the server does not know these settings".to_owned(),
            },
        },
        Err(error) => Outcome::Different {
            differences,
            reason: error.to_string(),
        },
    }
}

async fn set(client: &async_nats::Client, how: &str, wanted: &Config) -> Result<Info, AskError> {
    let subject = format!("$JS.API.STREAM.{how}.{}", wanted.name);
    ask::ask_within(client, subject, wanted, PROVISION_TIMEOUT).await
}

fn all_differences(wanted: &Config, info: &Info) -> Vec<Difference> {
    let mut all = differences(wanted, &info.config);
    if wanted.num_replicas != info.config.num_replicas {
        all.push(Difference {
            setting: "num_replicas",
            wanted: wanted.num_replicas.to_string(),
            found: info.config.num_replicas.to_string(),
            severity: crate::Severity::Warning,
        });
    }
    all
}
