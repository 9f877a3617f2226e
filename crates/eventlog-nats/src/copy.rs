//! Appending at given positions, for a copy of another log: every message expects the end of the
//! whole stream, so one that is not stored lets none after it in.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

use async_nats::header::{HeaderValue, NATS_EXPECTED_LAST_SEQUENCE};
use async_nats::jetstream::context::PublishAckFuture;
use async_nats::jetstream::message::PublishMessage;
use backhaul_eventlog::{AppendError, Appended, Commit, NewCommit, Place, Position, StreamName};
use tokio::time::timeout;

use crate::append::{check, find_heads, head_for};
use crate::heads::Head;
use crate::message::{self, Encoded};
use crate::options::APPEND_TIMEOUT;
use crate::shared::Shared;

/// Messages of one call on their way at one time. Contexts are copied side by side, and together
/// stay below what the connection takes.
const IN_FLIGHT_MAX: usize = 512;

type Answer = Result<Appended, AppendError>;

/// A commit on its way.
struct Sent {
    commit: Commit,
    acknowledgement: PublishAckFuture,
}

/// Appends commits of one context after a position. What follows on the first that was not stored
/// is not stored either, and answered so.
pub(crate) async fn append_after(
    shared: &Arc<Shared>,
    after: Position,
    commits: Vec<NewCommit>,
) -> Vec<Answer> {
    let count = commits.len();
    if let Err(error) = shared.check_writable() {
        return vec![Err(error); count];
    }
    let Some(_place) = Place::enter(&shared.waiting, &commits) else {
        return vec![Err(AppendError::Overloaded); count];
    };
    find_heads(shared, &commits).await;
    let mut answers = Vec::with_capacity(count);
    let mut under_way = VecDeque::new();
    let mut ends: HashMap<StreamName, Head> = HashMap::new();
    let mut failed = None;
    for (position, new) in (after + 1..).zip(commits) {
        match send(shared, &mut ends, position, new).await {
            Ok(sent) => under_way.push_back(sent),
            Err(error) => {
                failed = Some(error);
                break;
            }
        }
        if under_way.len() >= IN_FLIGHT_MAX
            && let Some(sent) = under_way.pop_front()
        {
            answers.push(finish(shared, sent).await);
        }
        if answers.last().is_some_and(Result::is_err) {
            break;
        }
    }
    for sent in under_way {
        answers.push(finish(shared, sent).await);
    }
    answers.extend(failed.map(Err));
    let not_sent = || AppendError::Unknown("a commit before it was not stored".to_owned());
    answers.resize_with(count, || Err(not_sent()));
    answers
}

async fn send(
    shared: &Arc<Shared>,
    ends: &mut HashMap<StreamName, Head>,
    position: Position,
    new: NewCommit,
) -> Result<Sent, AppendError> {
    check(shared, &new)?;
    let head = match ends.get(&new.stream) {
        Some(head) => *head,
        None => head_for(shared, &new).await?,
    };
    new.check_version(head.version)?;
    let mut commit = new.into_commit(0, head.version + 1);
    let encoded = message::encode(&commit, head.chain);
    let encoded = encoded.map_err(|error| AppendError::Invalid(error.to_string()))?;
    let Encoded {
        mut headers,
        body,
        chain,
    } = encoded;
    let last = HeaderValue::from(position - 1);
    headers.insert(NATS_EXPECTED_LAST_SEQUENCE, last);
    let publish = PublishMessage::build().payload(body).headers(headers);
    let subject = shared.names.subject(&commit.stream);
    let unknown = |reason: String| AppendError::Unknown(reason);
    let sent = shared.jetstream.send_publish(subject, publish);
    let sent = timeout(APPEND_TIMEOUT, sent).await;
    let sent = sent.map_err(|_| unknown("the server cannot be reached".to_owned()))?;
    let acknowledgement = sent.map_err(|error| unknown(error.to_string()))?;
    commit.position = position;
    commit.chain = chain;
    ends.insert(commit.stream.clone(), Head::of(&commit));
    Ok(Sent {
        commit,
        acknowledgement,
    })
}

/// A message that the server has under the same id already proves nothing: it is read back.
async fn finish(shared: &Arc<Shared>, sent: Sent) -> Answer {
    let Sent {
        commit,
        acknowledgement,
    } = sent;
    let ack = timeout(APPEND_TIMEOUT, acknowledgement).await;
    let unknown = |reason: String| AppendError::Unknown(reason);
    let reason = match ack {
        Ok(Ok(ack)) if !ack.duplicate => {
            let chain = commit.chain;
            return Ok(shared.stored(commit, chain, ack.sequence));
        }
        Ok(Ok(_)) => "the server has it already".to_owned(),
        Ok(Err(error)) => error.to_string(),
        Err(_) => "the server gave no answer".to_owned(),
    };
    shared.heads.forget(&commit.stream);
    Err(unknown(reason))
}
