//! Every method of the exchanges service.

use backhaul_api::exchanges as api;
use backhaul_api::names::exchange_name;
use backhaul_api::proto::returns::v1 as proto;
use backhaul_api::proto::returns::v1::exchanges_service_server::ExchangesService;
use backhaul_engine::{Decided, Intent};
use backhaul_events::ContextName;
use backhaul_events::returns::{Event, RemedyOf};
use backhaul_host::calls::{self, answer};
use backhaul_host::{paging, status};
use backhaul_kernel::{ExchangeId, Tenant};
use backhaul_returns::{
    AskedReplacement, Command, ExchangeCommand, OrderFacts, RequestExchange, Returns,
};
use tonic::{Request, Response, Status};

use crate::claims::at;
use crate::grpc::read;
use crate::remedies::exchange_to_proto;
use crate::{Service, resource};

type Answer<M> = Result<Response<M>, Status>;

#[tonic::async_trait]
impl ExchangesService for Service {
    async fn request_exchange(
        &self,
        request: Request<proto::RequestExchangeRequest>,
    ) -> Answer<proto::RequestExchangeResponse> {
        let (intent, asked) = calls::command(request, api::RequestExchange::from_proto)?;
        let requested_at = self.moment(asked.requested_at);
        let (facts, policy) = self.asked(&intent.tenant, &asked.order).await?;
        let replacement = |asked: api::AskedReplacement| AskedReplacement {
            sku: asked.sku,
            category: asked.category,
            quantity: asked.quantity,
            unit_price: asked.unit_price,
        };
        let command = ExchangeCommand::Request(RequestExchange {
            order: asked.order.clone(),
            items: asked.items,
            replacements: asked.replacements.into_iter().map(replacement).collect(),
            shipping: asked.shipping,
            return_shipping: asked.return_shipping,
            advance_days: asked.advance_days,
            requested_at,
            facts: facts.clone(),
            policy,
        });
        let intent = at(intent, requested_at);
        let command = Command::Exchange(command);
        let decided = self.remedy(&asked.order, command, &intent).await?;
        let requested = decided.events.iter().find_map(|event| match event {
            Event::ExchangeRequested(event) => Some(event),
            _ => None,
        });
        let known = requested.and_then(|event| decided.state.find(&event.r#return));
        let message = proto::RequestExchangeResponse {
            exchange: requested.and_then(|event| found(&facts, &decided, &event.exchange)),
            r#return: known.map(|known| resource::r#return(known, decided.version)),
        };
        Ok(answer(message, ContextName::Returns, decided.position))
    }

    async fn collect_difference(
        &self,
        request: Request<proto::CollectDifferenceRequest>,
    ) -> Answer<proto::CollectDifferenceResponse> {
        let (intent, asked) = calls::command(request, api::CollectDifference::from_proto)?;
        let collected_at = self.moment(asked.collected_at);
        let command = ExchangeCommand::CollectDifference {
            exchange: asked.exchange.clone(),
            amount: asked.amount,
            payment: asked.payment,
            collected_at,
        };
        let intent = at(intent, collected_at);
        let command = Command::Exchange(command);
        let (exchange, position) = self.exchange(&asked.exchange, command, &intent).await?;
        let message = proto::CollectDifferenceResponse { exchange };
        Ok(answer(message, ContextName::Returns, position))
    }

    async fn authorize_advance(
        &self,
        request: Request<proto::AuthorizeAdvanceRequest>,
    ) -> Answer<proto::AuthorizeAdvanceResponse> {
        let (intent, (id, payment)) = calls::command(request, api::authorize_advance_from_proto)?;
        let exchange = id.clone();
        let command = Command::Exchange(ExchangeCommand::AuthorizeAdvance { exchange, payment });
        let (exchange, position) = self.exchange(&id, command, &intent).await?;
        let message = proto::AuthorizeAdvanceResponse { exchange };
        Ok(answer(message, ContextName::Returns, position))
    }

    async fn report_exchange_replacement(
        &self,
        request: Request<proto::ReportExchangeReplacementRequest>,
    ) -> Answer<proto::ReportExchangeReplacementResponse> {
        let (intent, (id, report)) = calls::command(request, api::report_from_proto)?;
        let exchange = id.clone();
        let (intent, command) = self.supply(intent, RemedyOf::Exchange { exchange }, report);
        let (exchange, position) = self.exchange(&id, command, &intent).await?;
        let message = proto::ReportExchangeReplacementResponse { exchange };
        Ok(answer(message, ContextName::Returns, position))
    }

    async fn unwind_exchange(
        &self,
        request: Request<proto::UnwindExchangeRequest>,
    ) -> Answer<proto::UnwindExchangeResponse> {
        let (intent, (id, note)) = calls::command(request, api::unwind_from_proto)?;
        let exchange = id.clone();
        let command = Command::Exchange(ExchangeCommand::Unwind { exchange, note });
        let (exchange, position) = self.exchange(&id, command, &intent).await?;
        let message = proto::UnwindExchangeResponse { exchange };
        Ok(answer(message, ContextName::Returns, position))
    }

    async fn cancel_exchange(
        &self,
        request: Request<proto::CancelExchangeRequest>,
    ) -> Answer<proto::CancelExchangeResponse> {
        let (intent, (id, note)) = calls::command(request, api::cancel_from_proto)?;
        let exchange = id.clone();
        let command = Command::Exchange(ExchangeCommand::Cancel { exchange, note });
        let (exchange, position) = self.exchange(&id, command, &intent).await?;
        let message = proto::CancelExchangeResponse { exchange };
        Ok(answer(message, ContextName::Returns, position))
    }

    async fn get_exchange(
        &self,
        request: Request<proto::GetExchangeRequest>,
    ) -> Answer<proto::GetExchangeResponse> {
        let (query, id) = calls::query(request, api::get_exchange_from_proto)?;
        let (exchange, position) = self.load_exchange(&query.caller.tenant, &id).await?;
        let Some(exchange) = exchange else {
            return Err(status::not_found("EXCHANGE_NOT_FOUND", &exchange_name(&id)));
        };
        let exchange = Some(exchange);
        let message = proto::GetExchangeResponse { exchange };
        Ok(answer(message, ContextName::Returns, position))
    }

    async fn list_exchanges(
        &self,
        request: Request<proto::ListExchangesRequest>,
    ) -> Answer<proto::ListExchangesResponse> {
        let (query, page, filter) =
            calls::list(request, &self.page_key, api::ExchangeFilter::from_proto)?;
        let order = filter.order.as_ref();
        let prefix = order.map(|order| format!("{order}-X")).unwrap_or_default();
        let (exchanges, next_page_token) =
            paging::fill(&query, &page, &self.exchanges, &prefix, async |id| {
                let Ok(id) = id.parse::<ExchangeId>() else {
                    return Ok(None);
                };
                if order.is_some_and(|order| *order != id.order()) {
                    return Ok(None);
                }
                let (found, _) = self.load_exchange(&query.caller.tenant, &id).await?;
                Ok(found.filter(|found| filter.state.is_none_or(|state| found.state() == state)))
            })
            .await?;
        Ok(Response::new(proto::ListExchangesResponse {
            exchanges,
            next_page_token,
        }))
    }
}

impl Service {
    async fn exchange(
        &self,
        id: &ExchangeId,
        command: Command,
        intent: &Intent,
    ) -> Result<(Option<proto::Exchange>, u64), Status> {
        let facts = self.order(&intent.tenant, &id.order()).await?;
        let decided = self.remedy(&id.order(), command, intent).await?;
        Ok((found(&facts, &decided, id), decided.position))
    }

    async fn load_exchange(
        &self,
        tenant: &Tenant,
        id: &ExchangeId,
    ) -> Result<(Option<proto::Exchange>, u64), Status> {
        let facts = self.order(tenant, &id.order()).await?;
        let returns = self.core.load(tenant, &id.order()).await.map_err(read)?;
        Ok((found(&facts, &returns, id), returns.position))
    }
}

fn found(
    facts: &OrderFacts,
    returns: &Decided<Returns>,
    id: &ExchangeId,
) -> Option<proto::Exchange> {
    let known = returns.state.exchange(id).ok()?;
    let total = facts
        .known()
        .map(|facts| backhaul_returns::order_total(facts, &returns.state));
    Some(exchange_to_proto(known, total, returns.version))
}
