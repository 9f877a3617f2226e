//! Events in the order of the log, and what is to come if asked.

use backhaul_api::operations::{TailEnd, TailEvents};
use backhaul_api::proto::operations::v1::{Event, TailEventsResponse};
use backhaul_engine::Engine;
use backhaul_eventlog::{Commit, Position, ReadError, Subscription};
use backhaul_events::ContextName;
use backhaul_host::status;
use backhaul_kernel::{Tenant, Timestamp};
use tokio::sync::mpsc;
use tonic::Status;

use super::{BATCH_COMMITS, event};

/// A reader of the log for one caller. Ends when the caller goes.
pub(super) struct Tail {
    pub(super) engine: Engine,
    pub(super) tenant: Tenant,
    pub(super) asked: TailEvents,
    pub(super) answers: mpsc::Sender<Result<TailEventsResponse, Status>>,
}

/// The caller has gone.
struct Gone;

impl Tail {
    pub(super) async fn run(self) {
        let tasks = self.engine.tasks.clone();
        let answers = self.answers.clone();
        if let Some(Err(error)) = tasks.until_stopped(self.read()).await {
            let _ = answers.send(Err(status::unreadable(&error))).await;
        }
    }

    async fn read(self) -> Result<(), ReadError> {
        let contexts = match self.asked.context {
            Some(context) => vec![context],
            None => ContextName::ALL.to_vec(),
        };
        let heads: Vec<(ContextName, Position)> = contexts
            .iter()
            .map(|context| (*context, *self.engine.log.head(*context).borrow()))
            .collect();
        if self.stored(&heads).await?.is_err() {
            return Ok(());
        }
        match self.asked.end {
            TailEnd::Stop => Ok(()),
            TailEnd::Follow => self.follow(&heads).await,
        }
    }

    /// What is there already. With several contexts, by time of recording.
    async fn stored(
        &self,
        heads: &[(ContextName, Position)],
    ) -> Result<Result<(), Gone>, ReadError> {
        let single = heads.len() == 1 && self.asked.newest.is_none();
        let mut gathered: Vec<(Timestamp, Event)> = Vec::new();
        for (context, head) in heads {
            let newest = self
                .asked
                .newest
                .map_or(Position::MAX, |newest| newest as Position);
            let mut after = self.asked.after.max(head.saturating_sub(newest));
            while after < *head {
                let commits = self.engine.log.read(*context, after, BATCH_COMMITS).await?;
                let Some(last) = commits.last() else { break };
                after = last.position;
                if single {
                    let events = commits.iter().flat_map(|commit| self.own(commit)).collect();
                    if self.send(events).await.is_err() {
                        return Ok(Err(Gone));
                    }
                } else {
                    for commit in &commits {
                        let at = commit.metadata.recorded_at;
                        gathered.extend(self.own(commit).into_iter().map(|event| (at, event)));
                    }
                }
            }
        }
        gathered.sort_by_key(|(at, _)| *at);
        let skip = gathered
            .len()
            .saturating_sub(self.asked.newest.unwrap_or(usize::MAX));
        let events: Vec<Event> = gathered
            .into_iter()
            .skip(skip)
            .map(|(_, event)| event)
            .collect();
        for page in events.chunks(BATCH_COMMITS) {
            if self.send(page.to_vec()).await.is_err() {
                return Ok(Err(Gone));
            }
        }
        Ok(Ok(()))
    }

    async fn follow(&self, heads: &[(ContextName, Position)]) -> Result<(), ReadError> {
        let mut feeds: Vec<Box<dyn Subscription>> = heads
            .iter()
            .map(|(context, head)| self.engine.log.subscribe(*context, *head))
            .collect();
        loop {
            let next =
                futures::future::select_all(feeds.iter_mut().map(|feed| feed.next(BATCH_COMMITS)));
            let commits = tokio::select! {
                (commits, _, _) = next => commits?,
                () = self.answers.closed() => return Ok(()),
            };
            let events = commits.iter().flat_map(|commit| self.own(commit)).collect();
            if self.send(events).await.is_err() {
                return Ok(());
            }
        }
    }

    /// A caller sees its own merchant's events only.
    fn own(&self, commit: &Commit) -> Vec<Event> {
        if commit.stream.tenant == self.tenant {
            event::events(commit)
        } else {
            Vec::new()
        }
    }

    async fn send(&self, events: Vec<Event>) -> Result<(), Gone> {
        if events.is_empty() {
            return Ok(());
        }
        self.answers
            .send(Ok(TailEventsResponse { events }))
            .await
            .map_err(|_| Gone)
    }
}
