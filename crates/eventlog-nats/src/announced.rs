//! What became of the messages of warehouses: how many wait to be taken in, and how many were set
//! aside, by reason.

use std::collections::BTreeMap;

use backhaul_eventlog::{Position, ReadError};

use crate::NatsLog;
use crate::ask::{self, Batch, StoredMessage, Wanted};
use crate::error::AskError;
use crate::ingest::{ASIDE, INCOMING, REASON};
use crate::options::BATCH_COMMITS;
use crate::shared::Shared;

/// What became of the messages of warehouses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Announced {
    /// The last message that was announced.
    pub last: Position,
    /// Everything up to here was taken in or set aside.
    pub finished: Position,
    /// How many were set aside, by reason.
    pub aside: BTreeMap<String, u64>,
}

impl NatsLog {
    /// What became of the messages that the holder of a lease takes in, who leaves in it how far it
    /// is. It takes a user that may read them, the leases, and what was set aside.
    pub async fn announced(&self, service: &str, lease: &str) -> Result<Announced, ReadError> {
        let shared = &self.0.shared;
        Ok(Announced {
            last: last(shared, INCOMING).await?,
            finished: finished(shared, service, lease).await?,
            aside: aside(shared).await?,
        })
    }
}

async fn last(shared: &Shared, stream: &str) -> Result<Position, AskError> {
    let info = ask::info(&shared.client, &shared.names.stream_named(stream)).await?;
    Ok(info.state.last_sequence)
}

async fn finished(shared: &Shared, service: &str, lease: &str) -> Result<Position, AskError> {
    let subject = shared.names.lease(service, lease);
    let wanted = Wanted::Last {
        last_by_subj: &subject,
    };
    let stream = shared.names.lease_stream();
    let held = ask::from_leader(&shared.client, &stream, &wanted).await?;
    let position = held.and_then(|held| std::str::from_utf8(&held.body).ok()?.parse().ok());
    Ok(position.unwrap_or(0))
}

async fn aside(shared: &Shared) -> Result<BTreeMap<String, u64>, AskError> {
    let end = last(shared, ASIDE).await?;
    let stream = shared.names.stream_named(ASIDE);
    let (mut reasons, mut after) = (BTreeMap::new(), 0);
    while after < end {
        let batch = Batch::ask(&shared.client, &stream, None, after + 1, BATCH_COMMITS);
        let messages = batch.await?.finish().await?;
        // A replica that is behind has less; what it has not is not worth a second question.
        after = messages.last().map_or(end, |message| message.sequence);
        for message in &messages {
            *reasons.entry(reason(message)).or_default() += 1;
        }
    }
    Ok(reasons)
}

fn reason(message: &StoredMessage) -> String {
    let reason = message.headers.get(REASON);
    reason.map_or_else(|| "none given".to_owned(), ToString::to_string)
}
