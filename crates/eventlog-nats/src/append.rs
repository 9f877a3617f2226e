//! Appending: one message a commit, many on their way at a time, each guarded by the last position
//! of its stream. The server decides; what is known here only spares it the question.

use std::future::Future;
use std::pin::pin;
use std::sync::Arc;

use async_nats::header::{HeaderValue, NATS_EXPECTED_LAST_SUBJECT_SEQUENCE};
use async_nats::jetstream::ErrorCode;
use async_nats::jetstream::context::{PublishAckFuture, PublishError, PublishErrorKind};
use async_nats::jetstream::message::PublishMessage;
use async_nats::jetstream::publish::PublishAck;
use backhaul_eventlog::{
    AppendError, Appended, BoxFuture, Commit, Expected, NewCommit, Place, Position, StreamName,
    Version,
};
use futures::stream::{FuturesUnordered, StreamExt};
use tokio::time::{Instant, timeout_at};

use crate::ask::{self, Wanted};
use crate::error::AskError;
use crate::heads::Head;
use crate::message::{self, Encoded};
use crate::options::{APPEND_RETRY_DELAY_MAX, APPEND_RETRY_DELAY_MIN, APPEND_TIMEOUT, HEAD_READS};
use crate::shared::Shared;
use crate::turns::Turn;

/// The answer to one commit.
type Answer = Result<Appended, AppendError>;

/// Publishes on their way, each with the number of its commit.
type UnderWay = FuturesUnordered<BoxFuture<'static, (usize, Answer)>>;

/// Appends commits; the answers stand in the order of the commits.
pub(crate) async fn append(shared: &Arc<Shared>, commits: Vec<NewCommit>) -> Vec<Answer> {
    let refuse = |error: AppendError| vec![Err(error); commits.len()];
    if let Err(error) = shared.check_writable() {
        return refuse(error);
    }
    let Some(_place) = Place::enter(&shared.waiting, &commits) else {
        return refuse(AppendError::Overloaded);
    };
    find_heads(shared, &commits).await;
    let mut answers = Answers::new(commits.len());
    for (number, new) in commits.into_iter().enumerate() {
        if let Err(error) = check(shared, &new) {
            answers.done[number] = Some(Err(error));
            continue;
        }
        let turn = answers.meanwhile(shared.turns.take(&new.stream)).await;
        let first = answers.meanwhile(Attempt::begin(shared, new, turn)).await;
        match first {
            Ok(attempt) => answers.under_way.push(Box::pin(async move {
                let answer = attempt.finish().await;
                (number, answer)
            })),
            Err(error) => answers.done[number] = Some(Err(error)),
        }
    }
    answers.all().await
}

pub(crate) fn check(shared: &Shared, new: &NewCommit) -> Result<(), AppendError> {
    let context = new.stream.context;
    if !shared.access.writes(context) {
        let reason = format!("this process does not write {context}");
        return Err(AppendError::Invalid(reason));
    }
    new.check()
}

/// Asks for the ends of all streams that are not known, side by side, before one after the other
/// is written.
pub(crate) async fn find_heads(shared: &Arc<Shared>, commits: &[NewCommit]) {
    if commits.len() < 2 {
        return;
    }
    let unknown = commits.iter().filter(|new| needs_head(shared, new));
    let reads = unknown.map(|new| async {
        // A read that fails is tried again when its commit's turn comes.
        let _read = read_head(shared, &new.stream).await;
    });
    let reads: Vec<_> = reads.collect();
    futures::stream::iter(reads)
        .buffer_unordered(HEAD_READS)
        .collect::<()>()
        .await;
}

/// A stream that must not exist needs no look: the server refuses if it does.
fn needs_head(shared: &Shared, new: &NewCommit) -> bool {
    new.expected != Expected::Exactly(0) && shared.heads.get(&new.stream).is_none()
}

/// Where a stream ends, from its leader.
async fn read_head(shared: &Shared, stream: &StreamName) -> Result<Head, AppendError> {
    let subject = shared.names.subject(stream);
    let wanted = Wanted::Last {
        last_by_subj: &subject,
    };
    let name = shared.names.stream(stream.context);
    let unknown = |reason: String| AppendError::Unknown(reason);
    let last = ask::from_leader(&shared.client, &name, &wanted)
        .await
        .map_err(|error: AskError| unknown(format!("{stream} cannot be read: {error}")))?;
    let head = match last {
        None => Head::default(),
        Some(message) => {
            let framed = shared.decode(stream.context, &message);
            Head::of(&framed.map_err(|error| unknown(error.to_string()))?.commit)
        }
    };
    shared.heads.put(stream, head);
    Ok(head)
}

/// The answers of one append while they come in.
struct Answers {
    done: Vec<Option<Answer>>,
    under_way: UnderWay,
}

impl Answers {
    fn new(count: usize) -> Self {
        Self {
            done: (0..count).map(|_| None).collect(),
            under_way: FuturesUnordered::new(),
        }
    }

    /// Waits for something while acknowledgements go on being taken in: what is waited for may
    /// be one of them.
    async fn meanwhile<T>(&mut self, wanted: impl Future<Output = T>) -> T {
        let mut wanted = pin!(wanted);
        loop {
            tokio::select! {
                biased;
                wanted = &mut wanted => return wanted,
                Some((number, answer)) = self.under_way.next() => {
                    self.done[number] = Some(answer);
                }
            }
        }
    }

    async fn all(mut self) -> Vec<Answer> {
        while let Some((number, answer)) = self.under_way.next().await {
            self.done[number] = Some(answer);
        }
        let none = || Err(AppendError::Unknown("it was not answered".to_owned()));
        let answers = self.done.into_iter();
        answers.map(|answer| answer.unwrap_or_else(none)).collect()
    }
}

/// One commit on its way, from the first publish to its answer.
struct Attempt {
    shared: Arc<Shared>,
    commit: Commit,
    expected: Expected,
    head: Head,
    chain: u32,
    acknowledgement: PublishAckFuture,
    _turn: Turn,
}

/// What a try came to.
enum Outcome {
    /// It is stored, there.
    Stored(Position),
    /// The stream is elsewhere, or was: look and try again.
    Refused,
    /// The server cannot take it just now; nothing was stored.
    NotNow(String),
    /// That is the answer.
    Failed(AppendError),
}

impl Attempt {
    /// Publishes a commit, unless it is known to be in vain.
    async fn begin(shared: &Arc<Shared>, new: NewCommit, turn: Turn) -> Result<Self, AppendError> {
        let head = head_for(shared, &new).await?;
        let expected = new.expected;
        let commit = new.into_commit(0, head.version + 1);
        let (chain, acknowledgement) = publish(shared, &commit, head).await?;
        Ok(Self {
            shared: Arc::clone(shared),
            commit,
            expected,
            head,
            chain,
            acknowledgement,
            _turn: turn,
        })
    }

    /// Waits for the server's word, and tries again where that can help, all within one time.
    async fn finish(mut self) -> Answer {
        let deadline = Instant::now() + APPEND_TIMEOUT;
        let mut delay = APPEND_RETRY_DELAY_MIN;
        loop {
            let ack = timeout_at(deadline, self.acknowledgement).await;
            let ack = ack.unwrap_or_else(|_| Err(PublishErrorKind::TimedOut.into()));
            let outcome = match self.shared.faults.answer_is_lost() {
                false => self.shared.judge(&self.commit, self.chain, ack).await,
                true => Outcome::Failed(AppendError::Unknown("the answer was lost".to_owned())),
            };
            // What is answered if there is no time for another try.
            let too_late = match outcome {
                Outcome::Stored(position) => {
                    return Ok(self.shared.stored(self.commit, self.chain, position));
                }
                Outcome::Failed(error) => {
                    self.shared.heads.forget(&self.commit.stream);
                    return Err(error);
                }
                Outcome::NotNow(reason) => AppendError::Unknown(reason),
                Outcome::Refused => {
                    self.head = read_head(&self.shared, &self.commit.stream).await?;
                    check_version(&self.commit.stream, self.expected, self.head.version)?;
                    AppendError::Overloaded
                }
            };
            if Instant::now() + delay > deadline {
                return Err(too_late);
            }
            // A rival's commit that is on its way is not to be seen yet.
            tokio::time::sleep(delay).await;
            delay = (delay * 2).min(APPEND_RETRY_DELAY_MAX);
            self.commit.first_version = self.head.version + 1;
            let again = publish(&self.shared, &self.commit, self.head).await?;
            (self.chain, self.acknowledgement) = again;
        }
    }
}

/// The end of the stream that a commit is to follow on.
pub(crate) async fn head_for(shared: &Shared, new: &NewCommit) -> Result<Head, AppendError> {
    let known = shared.heads.get(&new.stream);
    match (new.expected, known) {
        (Expected::Exactly(0), None) => Ok(Head::default()),
        (Expected::Any, Some(head)) => Ok(head),
        (Expected::Exactly(version), Some(head)) if version == head.version => Ok(head),
        // Versions only grow, so a higher one that is known is enough to refuse.
        (Expected::Exactly(version), Some(head)) if version < head.version => {
            new.check_version(head.version)?;
            Ok(head)
        }
        _ => {
            let head = read_head(shared, &new.stream).await?;
            new.check_version(head.version)?;
            Ok(head)
        }
    }
}

fn check_version(
    stream: &StreamName,
    expected: Expected,
    actual: Version,
) -> Result<(), AppendError> {
    match expected {
        Expected::Exactly(expected) if expected != actual => Err(AppendError::Conflict {
            stream: stream.clone(),
            expected,
            actual,
        }),
        Expected::Any | Expected::Exactly(_) => Ok(()),
    }
}

/// Hands the commit to the connection; answers its chain, and who will tell of its fate.
async fn publish(
    shared: &Shared,
    commit: &Commit,
    head: Head,
) -> Result<(u32, PublishAckFuture), AppendError> {
    let encoded = message::encode(commit, head.chain);
    let encoded = encoded.map_err(|error| AppendError::Invalid(error.to_string()))?;
    let Encoded {
        mut headers,
        body,
        chain,
    } = encoded;
    let position = HeaderValue::from(head.position);
    headers.insert(NATS_EXPECTED_LAST_SUBJECT_SEQUENCE, position);
    let message = PublishMessage::build().payload(body).headers(headers);
    let subject = shared.names.subject(&commit.stream);
    let sent = shared.jetstream.send_publish(subject, message);
    let sent = tokio::time::timeout(APPEND_TIMEOUT, sent).await;
    match sent {
        Ok(Ok(acknowledgement)) => Ok((chain, acknowledgement)),
        Ok(Err(error)) if error.kind() == PublishErrorKind::MaxPayloadExceeded => {
            Err(AppendError::Invalid(error.to_string()))
        }
        Ok(Err(error)) => Err(AppendError::Unknown(error.to_string())),
        Err(_) => Err(AppendError::Unknown(
            "the server cannot be reached".to_owned(),
        )),
    }
}

impl Shared {
    async fn judge(
        &self,
        commit: &Commit,
        chain: u32,
        ack: Result<PublishAck, PublishError>,
    ) -> Outcome {
        let error = match ack {
            Ok(ack) if ack.duplicate => {
                return self.judge_duplicate(commit, chain, ack.sequence).await;
            }
            Ok(ack) => return Outcome::Stored(ack.sequence),
            Err(error) => error,
        };
        let text = error.to_string();
        match error.kind() {
            PublishErrorKind::StreamNotFound => Outcome::NotNow(
                "no server takes the message: the stream has no leader, or does not exist"
                    .to_owned(),
            ),
            _ if is_conflict(&error) => Outcome::Refused,
            _ => match refusal(&error) {
                Some(ErrorCode::STREAM_MESSAGE_EXCEEDS_MAXIMUM) => {
                    Outcome::Failed(AppendError::Invalid(text))
                }
                _ => Outcome::Failed(AppendError::Unknown(text)),
            },
        }
    }

    pub(crate) fn stored(&self, mut commit: Commit, chain: u32, position: Position) -> Appended {
        commit.position = position;
        commit.chain = chain;
        let appended = Appended {
            position: commit.position,
            version: commit.last_version(),
        };
        self.heads.put(&commit.stream, Head::of(&commit));
        self.learn(Arc::new(commit));
        appended
    }

    /// The server has a message of that id, which proves nothing: only the same chain does.
    async fn judge_duplicate(&self, commit: &Commit, chain: u32, position: Position) -> Outcome {
        let name = self.names.stream(commit.stream.context);
        let wanted = Wanted::At { seq: position };
        match ask::from_leader(&self.client, &name, &wanted).await {
            Ok(Some(message)) => match self.decode(commit.stream.context, &message) {
                Ok(stored)
                    if stored.commit.stream == commit.stream && stored.commit.chain == chain =>
                {
                    Outcome::Stored(position)
                }
                _ => Outcome::Refused,
            },
            Ok(None) => Outcome::Refused,
            Err(error) => Outcome::Failed(AppendError::Unknown(error.to_string())),
        }
    }
}

/// Another message came before on the subject, or is about to.
pub(crate) fn is_conflict(error: &PublishError) -> bool {
    let code = refusal(error);
    error.kind() == PublishErrorKind::WrongLastSequence
        || code == Some(ErrorCode::STREAM_WRONG_LAST_SEQUENCE_CONSTANT)
}

/// The server's own code, where it has said no.
fn refusal(error: &PublishError) -> Option<ErrorCode> {
    let source = std::error::Error::source(error)?;
    let error = source.downcast_ref::<async_nats::jetstream::Error>()?;
    Some(error.error_code())
}
