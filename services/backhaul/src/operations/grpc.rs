//! Every method of the operations service.

use std::pin::Pin;

use backhaul_api::operations::{TailEvents, get_timeline_from_proto};
use backhaul_api::proto::operations::v1::operations_service_server::OperationsService;
use backhaul_api::proto::operations::v1::{
    CheckLogRequest, CheckLogResponse, Consumer, ConsumerPosition, GetStatusRequest,
    GetStatusResponse, GetTimelineRequest, GetTimelineResponse, RebuildViewRequest,
    RebuildViewResponse, TailEventsRequest, TailEventsResponse,
};
use backhaul_api::types::version_to_proto;
use backhaul_engine::{Runs, consumers};
use backhaul_eventlog::{Health, StreamName};
use backhaul_events::ContextName;
use backhaul_host::log::Durability;
use backhaul_host::{calls, status};
use backhaul_kernel::Tier;
use tokio::sync::mpsc;
use tokio_stream::Stream;
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Request, Response, Status};

use super::check::Scope;
use super::{Service, check, event, rebuild, tail, timeline};

/// Answers that wait for a slow reader.
const ANSWERS_WAITING: usize = 16;

type Answers<T> = Pin<Box<dyn Stream<Item = Result<T, Status>> + Send>>;

#[tonic::async_trait]
impl OperationsService for Service {
    type TailEventsStream = Answers<TailEventsResponse>;
    type RebuildViewStream = Answers<RebuildViewResponse>;
    type CheckLogStream = Answers<CheckLogResponse>;

    async fn get_timeline(
        &self,
        request: Request<GetTimelineRequest>,
    ) -> Result<Response<GetTimelineResponse>, Status> {
        self.reads_everything()?;
        let (query, order) = calls::query(request, get_timeline_from_proto)?;
        let mut streams = Vec::new();
        for context in ContextName::ALL {
            let stream = StreamName::order(context, &query.caller.tenant, &order);
            let read = self.engine.log.read_stream(&stream, 0).await;
            streams.push(read.map_err(|error| status::unreadable(&error))?);
        }
        let commits = timeline::told(streams);
        if commits.is_empty() {
            let name = backhaul_api::names::order_name(&order);
            return Err(status::not_found("ORDER_NOT_FOUND", &name));
        }
        let events = commits
            .iter()
            .flat_map(|commit| event::events(commit))
            .collect();
        Ok(Response::new(GetTimelineResponse { events }))
    }

    async fn tail_events(
        &self,
        request: Request<TailEventsRequest>,
    ) -> Result<Response<Self::TailEventsStream>, Status> {
        self.reads_everything()?;
        let (query, asked) = calls::query(request, TailEvents::from_proto)?;
        query.caller.at_least(Tier::Agent)?;
        let (answers, stream) = answers();
        let tail = tail::Tail {
            engine: self.engine.clone(),
            tenant: query.caller.tenant,
            asked,
            answers,
        };
        self.engine.tasks.spawn("tail", tail.run());
        Ok(Response::new(stream))
    }

    async fn rebuild_view(
        &self,
        request: Request<RebuildViewRequest>,
    ) -> Result<Response<Self::RebuildViewStream>, Status> {
        calls::caller(&request)?.at_least(Tier::Admin)?;
        let name = request.into_inner().view;
        let Some(projection) = self.engine.consumers.view(&name) else {
            return Err(status::not_found(
                "VIEW_NOT_FOUND",
                &format!("views/{name}"),
            ));
        };
        let (answers, stream) = answers();
        let rebuild = rebuild::Rebuild {
            engine: self.engine.clone(),
            projection,
            answers,
        };
        self.engine.tasks.spawn("rebuild", rebuild.run());
        Ok(Response::new(stream))
    }

    async fn check_log(
        &self,
        request: Request<CheckLogRequest>,
    ) -> Result<Response<Self::CheckLogStream>, Status> {
        calls::caller(&request)?.at_least(Tier::Admin)?;
        let scope = match request.into_inner().views_only {
            true => Scope::Views,
            false => {
                self.reads_everything()?;
                Scope::Everything
            }
        };
        let (answers, stream) = answers();
        let provider = self.provider.clone();
        let check = check::Check::new(self.engine.clone(), provider, scope, answers);
        self.engine.tasks.spawn("check", check.run());
        Ok(Response::new(stream))
    }

    async fn get_status(
        &self,
        request: Request<GetStatusRequest>,
    ) -> Result<Response<GetStatusResponse>, Status> {
        calls::caller(&request)?;
        let (writable, reason) = match &*self.engine.log.health().borrow() {
            Health::Writable => (true, String::new()),
            Health::ReadOnly { reason } => (false, reason.clone()),
        };
        let consumers = self.engine.consumers.all();
        let consumers = consumers
            .iter()
            .map(|consumer| self.consumer(consumer))
            .collect();
        let durability = self.standing.durability();
        let durable = durability == Durability::Durable;
        let mut findings = self.log.findings();
        if !durable {
            findings.insert(0, durability.to_string());
        }
        let services = self.services.iter().map(ToString::to_string).collect();
        Ok(Response::new(GetStatusResponse {
            writable,
            reason,
            consumers,
            durable,
            findings,
            services,
            ready: self.standing.is_ready(),
        }))
    }
}

impl Service {
    fn consumer(&self, consumer: &consumers::Consumer) -> Consumer {
        let standing = consumer.standing.borrow();
        let position = |context: &ContextName| ConsumerPosition {
            context: context.to_string(),
            position: version_to_proto(standing.position(*context)),
            head: version_to_proto(*self.engine.log.head(*context).borrow()),
        };
        Consumer {
            name: consumer.name.to_owned(),
            view: consumer.projection.is_some(),
            positions: consumer.contexts.iter().map(position).collect(),
            dead_letters: version_to_proto(standing.dead_letters),
            elsewhere: standing.runs == Runs::Elsewhere,
        }
    }
}

fn answers<T: Send + 'static>() -> (mpsc::Sender<Result<T, Status>>, Answers<T>) {
    let (sender, receiver) = mpsc::channel(ANSWERS_WAITING);
    (sender, Box::pin(ReceiverStream::new(receiver)))
}
