//! Decides the recorded requests of a period again, for one caller. Reads the log and writes
//! nothing.

use std::sync::Arc;

use backhaul_api::proto::returns::v1::SimulatePolicyResponse;
use backhaul_api::types::version_to_proto;
use backhaul_engine::Engine;
use backhaul_eventlog::{Commit, ReadError, StreamName};
use backhaul_events::returns::{Event as ReturnsEvent, ReturnRequested};
use backhaul_events::{ContextName, Event};
use backhaul_host::status;
use backhaul_kernel::{Decider as _, OrderId, Tenant, Timestamp};
use backhaul_returns::{OrderFacts, RecordedRequest, Returns, Simulation, State, Under};
use tokio::sync::mpsc;
use tonic::Status;

use crate::buyers::{Buyers, Moment};
use crate::policies::simulation;

/// Commits read at once; after each batch the caller learns how far it is.
const BATCH_COMMITS: usize = 1_024;

/// A simulation under way. Ends when its caller goes.
pub(crate) struct Simulate {
    pub(crate) engine: Engine,
    pub(crate) buyers: Buyers,
    pub(crate) tenant: Tenant,
    pub(crate) under: Under,
    pub(crate) from: Option<Timestamp>,
    pub(crate) until: Option<Timestamp>,
    pub(crate) answers: mpsc::Sender<Result<SimulatePolicyResponse, Status>>,
}

impl Simulate {
    pub(crate) async fn run(self) {
        let tasks = self.engine.tasks.clone();
        let answers = self.answers.clone();
        if let Some(Err(error)) = tasks.until_stopped(self.simulate()).await {
            // Without a caller nobody needs to know.
            let _ = answers.send(Err(status::unreadable(&error))).await;
        }
    }

    async fn simulate(self) -> Result<(), ReadError> {
        let head = *self.engine.log.head(ContextName::Returns).borrow();
        let has_floor = matches!(self.under, Under::Policy(_));
        let mut simulation = Simulation::new(self.under.clone());
        if self.asks_of_buyer() {
            self.buyers.caught_up().await;
        }
        let mut done = 0;
        while done < head {
            let read = self
                .engine
                .log
                .read(ContextName::Returns, done, BATCH_COMMITS);
            let commits = read.await?;
            let Some(last) = commits.last() else { break };
            done = last.position;
            for commit in &commits {
                self.take(commit, &mut simulation).await?;
            }
            if self.tell(done.min(head), head, None).await.is_err() {
                return Ok(());
            }
        }
        let result = self::simulation(&simulation.finish(), has_floor);
        // Without a caller nobody needs to know.
        let _ = self.tell(head, head, Some(result)).await;
        Ok(())
    }

    /// Decides the request of a commit again, if it is one of the merchant and of the period.
    async fn take(&self, commit: &Commit, simulation: &mut Simulation) -> Result<(), ReadError> {
        if commit.stream.tenant != self.tenant {
            return Ok(());
        }
        let events: Vec<ReturnsEvent> = events(commit).collect();
        let Some(request) = events.iter().find_map(requested) else {
            return Ok(());
        };
        let at = request.requested_at;
        let is_asked =
            self.from.is_none_or(|from| at >= from) && self.until.is_none_or(|until| at < until);
        if !is_asked {
            return Ok(());
        }
        let order = request.r#return.order();
        let facts = self.facts(&order, commit.metadata.recorded_at).await?;
        let facts = self.with_buyer(facts, commit).await?;
        let state = self.state_before(commit).await?;
        simulation.take(RecordedRequest {
            facts: &facts,
            state: &state,
            request,
            answer: &events,
        });
        Ok(())
    }

    /// The order as it was known at that moment.
    async fn facts(&self, order: &OrderId, at: Timestamp) -> Result<OrderFacts, ReadError> {
        let stream = StreamName::order(ContextName::Orders, &self.tenant, order);
        let mut facts = OrderFacts::default();
        for commit in self.engine.log.read_stream(&stream, 0).await? {
            if commit.metadata.recorded_at > at {
                break;
            }
            for event in commit.events.iter().filter_map(|event| event.event().ok()) {
                if let Event::Orders(event) = event {
                    facts.evolve(event);
                }
            }
        }
        Ok(facts)
    }

    fn asks_of_buyer(&self) -> bool {
        matches!(&self.under, Under::Policy(policy) if policy.asks_of_buyer())
    }

    /// The order with the buyer's others beside it, as far as they were known before that commit
    /// and the draft looks at them.
    async fn with_buyer(
        &self,
        facts: OrderFacts,
        commit: &Commit,
    ) -> Result<OrderFacts, ReadError> {
        let known = facts.known().filter(|known| !known.buyer.is_empty());
        let known = known.filter(|_| self.asks_of_buyer());
        let Some(known) = known else {
            return Ok(facts);
        };
        let moment = Moment {
            position: commit.position,
            recorded_at: commit.metadata.recorded_at,
        };
        let (buyer, order) = (&known.buyer, &known.order);
        let history = self.buyers.history_at(&self.tenant, buyer, order, moment);
        let history = history
            .await
            .map_err(|error| ReadError::Unavailable(format!("buyers cannot be asked: {error}")))?;
        Ok(facts.with_history(history))
    }

    /// The returns of the order before that commit.
    async fn state_before(&self, commit: &Commit) -> Result<State, ReadError> {
        let mut state = State::default();
        let commits: Vec<Arc<Commit>> = match commit.first_version {
            1 => Vec::new(),
            _ => self.engine.log.read_stream(&commit.stream, 0).await?,
        };
        let earlier = commits
            .iter()
            .take_while(|earlier| earlier.first_version < commit.first_version);
        for event in earlier.flat_map(|earlier| events(earlier)) {
            Returns::evolve(&mut state, &event);
        }
        Ok(state)
    }

    async fn tell(
        &self,
        done: u64,
        total: u64,
        simulation: Option<backhaul_api::proto::returns::v1::Simulation>,
    ) -> Result<(), ()> {
        let message = SimulatePolicyResponse {
            done: version_to_proto(done),
            total: version_to_proto(total),
            simulation,
        };
        self.answers.send(Ok(message)).await.map_err(drop)
    }
}

/// The events of a commit that this build can read.
fn events(commit: &Commit) -> impl Iterator<Item = ReturnsEvent> + '_ {
    let events = commit.events.iter().filter_map(|event| event.event().ok());
    events.filter_map(|event| match event {
        Event::Returns(event) => Some(event.clone()),
        _ => None,
    })
}

fn requested(event: &ReturnsEvent) -> Option<&ReturnRequested> {
    match event {
        ReturnsEvent::ReturnRequested(event) => Some(event),
        _ => None,
    }
}
