//! Reading one stream, never behind its leader.
//!
//! A replica answers many messages at once, but may be behind; the leader knows the end, but gives
//! one message at a time. So both are asked together, and what the replica lacks comes from the
//! leader. Where there is one replica only, it is the leader.

use std::sync::Arc;

use backhaul_eventlog::frame::Framed;
use backhaul_eventlog::{Commit, Position, ReadError, StreamName, Version};
use tokio::time::Instant;

use crate::ask::{self, Batch, StoredMessage, Wanted};
use crate::error::AskError;
use crate::findings::restore;
use crate::heads::Head;
use crate::options::{BATCH_COMMITS, READ_RETRY_DELAY, READ_TIMEOUT};
use crate::shared::Shared;
use crate::{Finding, Severity};

/// The commits of a stream after a version, each checked against the one before it.
pub(crate) async fn read_stream(
    shared: &Shared,
    stream: &StreamName,
    after: Version,
) -> Result<Vec<Arc<Commit>>, ReadError> {
    shared.check_reads(stream.context)?;
    let deadline = Instant::now() + READ_TIMEOUT;
    loop {
        match try_read(shared, stream, after).await {
            Err(ReadError::Unavailable(_)) if Instant::now() < deadline => {
                shared.check_open()?;
                tokio::time::sleep(READ_RETRY_DELAY).await;
            }
            read => return read,
        }
    }
}

async fn try_read(
    shared: &Shared,
    stream: &StreamName,
    after: Version,
) -> Result<Vec<Arc<Commit>>, ReadError> {
    // Where the head is known to be just there, nothing before it has to be read again.
    let known = shared
        .heads
        .get(stream)
        .filter(|head| head.version == after);
    let before = known.unwrap_or_default();
    let reading = Reading {
        shared,
        stream,
        name: shared.names.stream(stream.context),
        subject: shared.names.subject(stream),
    };
    let messages = reading.messages(before.position).await?;
    let mut last = before;
    let mut commits = Vec::with_capacity(messages.len());
    for message in &messages {
        let framed = shared.decode(stream.context, message)?;
        reading.check(&last, &framed)?;
        last = Head::of(&framed.commit);
        commits.push(framed.commit);
    }
    if last.position > 0 {
        shared.heads.put(stream, last);
        shared.advance(stream.context, last.position);
    }
    let wanted = commits
        .into_iter()
        .filter(|commit| commit.first_version > after);
    Ok(wanted.map(Arc::new).collect::<Vec<Arc<Commit>>>())
}

struct Reading<'a> {
    shared: &'a Shared,
    stream: &'a StreamName,
    name: String,
    subject: String,
}

impl Reading<'_> {
    /// Every message of the stream after a position.
    async fn messages(&self, after: Position) -> Result<Vec<StoredMessage>, AskError> {
        let shared = self.shared;
        let sole_replica = shared.replicas[self.stream.context as usize] == 1;
        if sole_replica {
            return self.ask_replica(after).await;
        }
        let last = self.last();
        if after > 0 {
            // Most often there is nothing new, and the leader alone can say so.
            let last = last.await?;
            if last.as_ref().is_none_or(|last| last.sequence <= after) {
                return Ok(Vec::new());
            }
            let messages = self.ask_replica(after).await?;
            return self.complete(after, messages, last).await;
        }
        let (last, messages) = futures::join!(last, self.ask_replica(after));
        self.complete(after, messages?, last?).await
    }

    async fn last(&self) -> Result<Option<StoredMessage>, AskError> {
        let wanted = Wanted::Last {
            last_by_subj: &self.subject,
        };
        ask::from_leader(&self.shared.client, &self.name, &wanted).await
    }

    /// What some replica has, in as many batches as it takes.
    async fn ask_replica(&self, after: Position) -> Result<Vec<StoredMessage>, AskError> {
        let mut messages: Vec<StoredMessage> = Vec::new();
        loop {
            let first = messages.last().map_or(after, |last| last.sequence) + 1;
            let client = &self.shared.client;
            let batch = Batch::ask(
                client,
                &self.name,
                Some(&self.subject),
                first,
                BATCH_COMMITS,
            );
            let (more, pending) = batch.await?.finish_counted().await?;
            let none = more.is_empty();
            messages.extend(more);
            if none || pending == 0 {
                return Ok(messages);
            }
        }
    }

    /// What the replica lacks, from the leader, one by one.
    async fn complete(
        &self,
        after: Position,
        mut messages: Vec<StoredMessage>,
        last: Option<StoredMessage>,
    ) -> Result<Vec<StoredMessage>, AskError> {
        let Some(last) = last else {
            return Ok(messages);
        };
        loop {
            let here = messages.last().map_or(after, |message| message.sequence);
            if here >= last.sequence {
                return Ok(messages);
            }
            let wanted = Wanted::Next {
                seq: here + 1,
                next_by_subj: &self.subject,
            };
            let next = ask::from_leader(&self.shared.client, &self.name, &wanted).await?;
            let gone = || AskError::Silent("the stream's end has moved back".to_owned());
            messages.push(next.ok_or_else(gone)?);
        }
    }

    /// A commit follows on the one before it, or something between is lost.
    fn check(&self, last: &Head, framed: &Framed) -> Result<(), ReadError> {
        let commit = &framed.commit;
        let follows = commit.stream == *self.stream
            && commit.position > last.position
            && commit.first_version == last.version + 1
            && framed.previous_chain == last.chain;
        if follows {
            return Ok(());
        }
        let detail = format!(
            "it does not follow on version {} of {}",
            last.version, self.stream
        );
        self.shared.report(Finding::new(
            Severity::Damage,
            format!("stream {}", self.name),
            format!("position {}: {detail}", commit.position),
            restore(&self.name),
        ));
        Err(ReadError::Corrupt {
            record: format!("{} at position {}", self.stream.context, commit.position),
            detail,
        })
    }
}
