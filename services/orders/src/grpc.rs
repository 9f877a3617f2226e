//! Every method of the orders service.

use backhaul_api::names::order_name;
use backhaul_api::orders::{
    DisputeState, Movement, OrderFilter, RecordCapture, RecordDispute, RecordOrder,
    amend_order_from_proto, get_order_from_proto,
};
use backhaul_api::proto::orders::v1::orders_service_server::OrdersService;
use backhaul_api::proto::orders::v1::{
    AmendOrderRequest, AmendOrderResponse, GetOrderRequest, GetOrderResponse, ListOrdersRequest,
    ListOrdersResponse, Order, RecordCaptureRequest, RecordCaptureResponse, RecordDeliveryRequest,
    RecordDeliveryResponse, RecordDispatchRequest, RecordDispatchResponse, RecordDisputeRequest,
    RecordDisputeResponse, RecordOrderRequest, RecordOrderResponse,
};
use backhaul_engine::{Decided, Intent};
use backhaul_eventlog::StreamName;
use backhaul_events::ContextName;
use backhaul_host::calls::{self, answer};
use backhaul_host::{paging, status};
use backhaul_kernel::{OrderId, Tenant};
use backhaul_orders::command::{self, Capture, Command, DisputeNews};
use backhaul_orders::{Orders, State};
use tonic::{Request, Response, Status};

use crate::{Service, resource};

#[tonic::async_trait]
impl OrdersService for Service {
    async fn record_order(
        &self,
        request: Request<RecordOrderRequest>,
    ) -> Result<Response<RecordOrderResponse>, Status> {
        let (intent, asked) = calls::command(request, RecordOrder::from_proto)?;
        let order = asked.order.order.clone();
        let occurred_at = asked.order.ordered_at;
        let command = Command::RecordOrder(command::RecordOrder {
            payments: asked.payments.into_iter().map(capture).collect(),
            content: asked.order,
            dispatches: Vec::new(),
            deliveries: Vec::new(),
        });
        let intent = Intent {
            occurred_at: Some(occurred_at),
            ..intent
        };
        let (order, position) = self.execute(&order, command, intent).await?;
        Ok(answer(
            RecordOrderResponse { order },
            ContextName::Orders,
            position,
        ))
    }

    async fn amend_order(
        &self,
        request: Request<AmendOrderRequest>,
    ) -> Result<Response<AmendOrderResponse>, Status> {
        let (intent, asked) = calls::command(request, amend_order_from_proto)?;
        let order = asked.order.clone();
        let command = Command::AmendOrder(command::AmendOrder {
            order: asked.order,
            buyer: asked.buyer,
            destination: asked.destination,
        });
        let (order, position) = self.execute(&order, command, intent).await?;
        Ok(answer(
            AmendOrderResponse { order },
            ContextName::Orders,
            position,
        ))
    }

    async fn record_capture(
        &self,
        request: Request<RecordCaptureRequest>,
    ) -> Result<Response<RecordCaptureResponse>, Status> {
        let (intent, asked) = calls::command(request, RecordCapture::from_proto)?;
        let known = self.known(&intent.tenant, &asked.order).await?;
        let ordered_at = known.state.order().map(|order| order.recorded.ordered_at);
        let occurred_at = asked.captured_at.or(ordered_at);
        let command = Command::RecordCapture(command::RecordCapture {
            order: asked.order.clone(),
            capture: Capture {
                payment: asked.payment,
                tender: asked.tender,
                provider_payment: asked.provider_payment,
                amount: asked.amount,
                captured_at: occurred_at.unwrap_or_else(|| self.engine.clock.now()),
            },
        });
        let (order, position) = self
            .execute(
                &asked.order,
                command,
                Intent {
                    occurred_at,
                    ..intent
                },
            )
            .await?;
        Ok(answer(
            RecordCaptureResponse { order },
            ContextName::Orders,
            position,
        ))
    }

    async fn record_dispatch(
        &self,
        request: Request<RecordDispatchRequest>,
    ) -> Result<Response<RecordDispatchResponse>, Status> {
        let (intent, asked) = calls::command(request, Movement::dispatch_from_proto)?;
        let occurred_at = asked.at.unwrap_or_else(|| self.engine.clock.now());
        let command = Command::RecordDispatch(command::RecordDispatch {
            order: asked.order.clone(),
            movement: command::Movement {
                lines: asked.lines,
                at: occurred_at,
            },
        });
        let intent = Intent {
            occurred_at: Some(occurred_at),
            ..intent
        };
        let (order, position) = self.execute(&asked.order, command, intent).await?;
        Ok(answer(
            RecordDispatchResponse { order },
            ContextName::Orders,
            position,
        ))
    }

    async fn record_delivery(
        &self,
        request: Request<RecordDeliveryRequest>,
    ) -> Result<Response<RecordDeliveryResponse>, Status> {
        let (intent, asked) = calls::command(request, Movement::delivery_from_proto)?;
        let occurred_at = asked.at.unwrap_or_else(|| self.engine.clock.now());
        let command = Command::RecordDelivery(command::RecordDelivery {
            order: asked.order.clone(),
            movement: command::Movement {
                lines: asked.lines,
                at: occurred_at,
            },
        });
        let intent = Intent {
            occurred_at: Some(occurred_at),
            ..intent
        };
        let (order, position) = self.execute(&asked.order, command, intent).await?;
        Ok(answer(
            RecordDeliveryResponse { order },
            ContextName::Orders,
            position,
        ))
    }

    async fn record_dispute(
        &self,
        request: Request<RecordDisputeRequest>,
    ) -> Result<Response<RecordDisputeResponse>, Status> {
        let (intent, asked) = calls::command(request, RecordDispute::from_proto)?;
        let occurred_at = asked.at.unwrap_or_else(|| self.engine.clock.now());
        let command = Command::RecordDispute(command::RecordDispute {
            order: asked.order.clone(),
            payment: asked.payment,
            dispute: asked.dispute,
            amount: asked.amount,
            reason: asked.reason,
            news: match asked.state {
                DisputeState::Opened => DisputeNews::Opened,
                DisputeState::Won => DisputeNews::Won,
                DisputeState::Lost => DisputeNews::Lost,
            },
            at: occurred_at,
        });
        let intent = Intent {
            occurred_at: Some(occurred_at),
            ..intent
        };
        let (order, position) = self.execute(&asked.order, command, intent).await?;
        Ok(answer(
            RecordDisputeResponse { order },
            ContextName::Orders,
            position,
        ))
    }

    async fn get_order(
        &self,
        request: Request<GetOrderRequest>,
    ) -> Result<Response<GetOrderResponse>, Status> {
        let (query, order) = calls::query(request, get_order_from_proto)?;
        let known = self.known(&query.caller.tenant, &order).await?;
        let Some(order) = resource::order(&known.state, known.version) else {
            return Err(status::not_found("ORDER_NOT_FOUND", &order_name(&order)));
        };
        Ok(answer(
            GetOrderResponse { order: Some(order) },
            ContextName::Orders,
            known.position,
        ))
    }

    async fn list_orders(
        &self,
        request: Request<ListOrdersRequest>,
    ) -> Result<Response<ListOrdersResponse>, Status> {
        let (query, page, filter) = calls::list(request, &self.page_key, OrderFilter::from_proto)?;
        let wanted = |state: &State| {
            state.order().is_some_and(|order| {
                filter
                    .country
                    .is_none_or(|country| order.destination.country == Some(country))
                    && filter
                        .buyer
                        .as_ref()
                        .is_none_or(|buyer| order.buyer.reference.as_str() == buyer)
            })
        };
        let (orders, next_page_token) =
            paging::fill(&query, &page, &self.listing, "", async |id| {
                let Ok(order) = id.parse::<OrderId>() else {
                    return Ok(None);
                };
                let known = self.known(&query.caller.tenant, &order).await?;
                Ok(if wanted(&known.state) {
                    resource::order(&known.state, known.version)
                } else {
                    None
                })
            })
            .await?;
        Ok(Response::new(ListOrdersResponse {
            orders,
            next_page_token,
        }))
    }
}

impl Service {
    async fn execute(
        &self,
        order: &OrderId,
        command: Command,
        intent: Intent,
    ) -> Result<(Option<Order>, u64), Status> {
        let stream = StreamName::order(ContextName::Orders, &intent.tenant, order);
        let decided = self
            .orders
            .execute(&stream, command, &intent)
            .await
            .map_err(|failure| status::failed(&failure, &intent.command_id))?;
        Ok((
            resource::order(&decided.state, decided.version),
            decided.position,
        ))
    }

    async fn known(&self, tenant: &Tenant, order: &OrderId) -> Result<Decided<Orders>, Status> {
        let stream = StreamName::order(ContextName::Orders, tenant, order);
        self.orders
            .load(&stream)
            .await
            .map_err(|error| status::unreadable(&error))
    }
}

fn capture(payment: backhaul_events::orders::PaymentCaptured) -> Capture {
    Capture {
        payment: payment.payment,
        tender: payment.tender,
        provider_payment: payment.provider_payment,
        amount: payment.amount,
        captured_at: payment.captured_at,
    }
}
