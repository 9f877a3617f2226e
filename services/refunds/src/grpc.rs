//! Every method of the refunds service.

mod credit;
mod words;

use backhaul_api::names::{order_name, refund_name};
use backhaul_api::proto::refunds::v1::refunds_service_server::RefundsService;
use backhaul_api::proto::refunds::v1::{
    ApproveRefundRequest, ApproveRefundResponse, CancelRefundRequest, CancelRefundResponse,
    ComponentBalance, GetApprovalPolicyRequest, GetApprovalPolicyResponse, GetRefundRequest,
    GetRefundResponse, GetRefundabilityRequest, GetRefundabilityResponse, GetStoreCreditRequest,
    GetStoreCreditResponse, IssueRefundRequest, IssueRefundResponse, IssueStoreCreditRequest,
    IssueStoreCreditResponse, ListRefundsRequest, ListRefundsResponse, PaymentBalance,
    PreviewRefundRequest, PreviewRefundResponse, PublishApprovalPolicyRequest,
    PublishApprovalPolicyResponse, ReconcileRefundRequest, ReconcileRefundResponse,
    RecordPayoutRequest, RecordPayoutResponse, RedeemStoreCreditRequest, RedeemStoreCreditResponse,
    RedirectRefundRequest, RedirectRefundResponse, Refund, RejectRefundRequest,
    RejectRefundResponse, ReportOutcomeRequest, ReportOutcomeResponse, RetryRefundRequest,
    RetryRefundResponse, SetStoreCreditStandingRequest, SetStoreCreditStandingResponse,
};
use backhaul_api::refunds::{self as api, approval_policy_to_proto, component_to_proto};
use backhaul_api::types::money_to_proto;
use backhaul_engine::{Decided, Intent};
use backhaul_eventlog::ReadError;
use backhaul_events::ContextName;
use backhaul_events::refunds::{Component, Event};
use backhaul_host::calls::{self, answer};
use backhaul_host::{paging, status};
use backhaul_kernel::{Money, RefundId};
use backhaul_refunds::{Command, Refunds, SettlementEntry, approval};
use tonic::{Request, Response, Status};

use crate::core::limits_stream;
use crate::{Service, resource};

#[tonic::async_trait]
impl RefundsService for Service {
    async fn get_refundability(
        &self,
        request: Request<GetRefundabilityRequest>,
    ) -> Result<Response<GetRefundabilityResponse>, Status> {
        let (query, order) = calls::query(request, api::get_refundability_from_proto)?;
        let facts = self
            .core
            .facts(&query.caller.tenant, &order)
            .await
            .map_err(unreadable)?;
        let refunds = self
            .core
            .load(&query.caller.tenant, &order)
            .await
            .map_err(unreadable)?;
        let Some(sold) = &facts.sold else {
            return Err(status::not_found("ORDER_NOT_FOUND", &order_name(&order)));
        };
        let money = |minor| Some(money_to_proto(Money::new(minor, sold.currency)));
        let component = |(component, paid): &(Component, i64)| ComponentBalance {
            component: Some(component_to_proto(component)),
            paid: money(*paid),
            granted: money(refunds.state.granted(component)),
        };
        let payment = |capture: &backhaul_refunds::Capture| PaymentBalance {
            payment: capture.payment.to_string(),
            captured: Some(money_to_proto(capture.amount)),
            reserved: money(refunds.state.reserved(&capture.payment)),
        };
        let message = GetRefundabilityResponse {
            components: sold.components().map(component).collect(),
            payments: facts.captures.iter().map(payment).collect(),
        };
        Ok(answer(message, ContextName::Refunds, refunds.position))
    }

    async fn preview_refund(
        &self,
        request: Request<PreviewRefundRequest>,
    ) -> Result<Response<PreviewRefundResponse>, Status> {
        self.preview(request).await
    }

    async fn issue_refund(
        &self,
        request: Request<IssueRefundRequest>,
    ) -> Result<Response<IssueRefundResponse>, Status> {
        let (intent, (asked, what)) = calls::command(request, words::issued)?;
        let grounds = self
            .core
            .grounds(&intent.tenant, &asked.order)
            .await
            .map_err(unreadable)?;
        let command = |grounds| Command::Issue {
            order: asked.order.clone(),
            what: what.clone(),
            wishes: words::wishes(&asked),
            note: asked.note.clone(),
            grounds,
        };
        let decided = self
            .core
            .grant(&asked.order, grounds, command, &intent)
            .await;
        let decided = decided.map_err(|failure| status::failed(&failure, &intent.command_id))?;
        let refund = decided.events.iter().find_map(|event| match event {
            Event::RefundProposed(event) => found(&decided, &event.refund),
            _ => None,
        });
        Ok(answer(
            IssueRefundResponse { refund },
            ContextName::Refunds,
            decided.position,
        ))
    }

    async fn approve_refund(
        &self,
        request: Request<ApproveRefundRequest>,
    ) -> Result<Response<ApproveRefundResponse>, Status> {
        let (intent, asked) = calls::command(request, api::ApproveRefund::from_proto)?;
        let grounds = self
            .core
            .grounds(&intent.tenant, &asked.refund.order())
            .await
            .map_err(unreadable)?;
        let command = |grounds| Command::Approve {
            refund: asked.refund.clone(),
            digest: asked.digest.clone(),
            grounds,
        };
        let decided = self
            .core
            .approve(&asked.refund, grounds, command, &intent)
            .await
            .map_err(|failure| status::failed(&failure, &intent.command_id))?;
        let (refund, position) = (found(&decided, &asked.refund), decided.position);
        Ok(answer(
            ApproveRefundResponse { refund },
            ContextName::Refunds,
            position,
        ))
    }

    async fn reject_refund(
        &self,
        request: Request<RejectRefundRequest>,
    ) -> Result<Response<RejectRefundResponse>, Status> {
        let (intent, asked) = calls::command(request, api::reject_from_proto)?;
        let command = Command::Reject {
            refund: asked.refund.clone(),
            note: asked.note,
        };
        let (refund, position) = self.execute(&asked.refund, command, &intent).await?;
        Ok(answer(
            RejectRefundResponse { refund },
            ContextName::Refunds,
            position,
        ))
    }

    async fn cancel_refund(
        &self,
        request: Request<CancelRefundRequest>,
    ) -> Result<Response<CancelRefundResponse>, Status> {
        let (intent, asked) = calls::command(request, api::cancel_from_proto)?;
        let command = Command::Cancel {
            refund: asked.refund.clone(),
            note: asked.note,
        };
        let (refund, position) = self.execute(&asked.refund, command, &intent).await?;
        Ok(answer(
            CancelRefundResponse { refund },
            ContextName::Refunds,
            position,
        ))
    }

    async fn retry_refund(
        &self,
        request: Request<RetryRefundRequest>,
    ) -> Result<Response<RetryRefundResponse>, Status> {
        let (intent, id) = calls::command(request, api::retry_from_proto)?;
        let grounds = self
            .core
            .grounds(&intent.tenant, &id.order())
            .await
            .map_err(unreadable)?;
        let command = Command::Retry {
            refund: id.clone(),
            grounds,
        };
        let (refund, position) = self.execute(&id, command, &intent).await?;
        Ok(answer(
            RetryRefundResponse { refund },
            ContextName::Refunds,
            position,
        ))
    }

    async fn report_outcome(
        &self,
        request: Request<ReportOutcomeRequest>,
    ) -> Result<Response<ReportOutcomeResponse>, Status> {
        let (intent, asked) = calls::command(request, api::ReportOutcome::from_proto)?;
        let command = Command::RecordOutcome {
            refund: asked.refund.clone(),
            attempt: asked.attempt,
            outcome: words::outcome(asked.outcome),
        };
        let (refund, position) = self.execute(&asked.refund, command, &intent).await?;
        Ok(answer(
            ReportOutcomeResponse { refund },
            ContextName::Refunds,
            position,
        ))
    }

    async fn redirect_refund(
        &self,
        request: Request<RedirectRefundRequest>,
    ) -> Result<Response<RedirectRefundResponse>, Status> {
        let (intent, asked) = calls::command(request, api::RedirectRefund::from_proto)?;
        let order = asked.refund.order();
        let grounds = self.core.grounds(&intent.tenant, &order).await;
        let command = Command::Redirect {
            refund: asked.refund.clone(),
            attempt: asked.attempt,
            route: Some(asked.route),
            grounds: grounds.map_err(unreadable)?,
        };
        let (refund, position) = self.execute(&asked.refund, command, &intent).await?;
        let message = RedirectRefundResponse { refund };
        Ok(answer(message, ContextName::Refunds, position))
    }

    async fn record_payout(
        &self,
        request: Request<RecordPayoutRequest>,
    ) -> Result<Response<RecordPayoutResponse>, Status> {
        let (intent, asked) = calls::command(request, api::RecordPayout::from_proto)?;
        let command = Command::RecordPayout {
            refund: asked.refund.clone(),
            attempt: asked.attempt,
            reference: asked.reference,
        };
        let (refund, position) = self.execute(&asked.refund, command, &intent).await?;
        let message = RecordPayoutResponse { refund };
        Ok(answer(message, ContextName::Refunds, position))
    }

    async fn reconcile_refund(
        &self,
        request: Request<ReconcileRefundRequest>,
    ) -> Result<Response<ReconcileRefundResponse>, Status> {
        let (intent, asked) = calls::command(request, api::Settled::from_proto)?;
        let entry = SettlementEntry {
            settlement: asked.settlement,
            attempt: asked.attempt,
            provider_refund: asked.provider_refund,
            amount: asked.amount,
            settled_at: asked.settled_at,
        };
        let refund = asked.refund.clone();
        let command = Command::Reconcile { refund, entry };
        let (refund, position) = self.execute(&asked.refund, command, &intent).await?;
        let message = ReconcileRefundResponse { refund };
        Ok(answer(message, ContextName::Refunds, position))
    }

    async fn issue_store_credit(
        &self,
        request: Request<IssueStoreCreditRequest>,
    ) -> Result<Response<IssueStoreCreditResponse>, Status> {
        let (store_credit, position) = self.issue_credit(request).await?;
        let message = IssueStoreCreditResponse { store_credit };
        Ok(answer(message, ContextName::Refunds, position))
    }

    async fn redeem_store_credit(
        &self,
        request: Request<RedeemStoreCreditRequest>,
    ) -> Result<Response<RedeemStoreCreditResponse>, Status> {
        let (store_credit, position) = self.redeem_credit(request).await?;
        let message = RedeemStoreCreditResponse { store_credit };
        Ok(answer(message, ContextName::Refunds, position))
    }

    async fn set_store_credit_standing(
        &self,
        request: Request<SetStoreCreditStandingRequest>,
    ) -> Result<Response<SetStoreCreditStandingResponse>, Status> {
        let (store_credit, position) = self.set_credit_standing(request).await?;
        let message = SetStoreCreditStandingResponse { store_credit };
        Ok(answer(message, ContextName::Refunds, position))
    }

    async fn get_store_credit(
        &self,
        request: Request<GetStoreCreditRequest>,
    ) -> Result<Response<GetStoreCreditResponse>, Status> {
        let (store_credit, position) = self.find_credit(request).await?;
        let message = GetStoreCreditResponse { store_credit };
        Ok(answer(message, ContextName::Refunds, position))
    }

    async fn get_refund(
        &self,
        request: Request<GetRefundRequest>,
    ) -> Result<Response<GetRefundResponse>, Status> {
        let (query, id) = calls::query(request, api::get_refund_from_proto)?;
        let refunds = self
            .core
            .load(&query.caller.tenant, &id.order())
            .await
            .map_err(unreadable)?;
        let Some(refund) = found(&refunds, &id) else {
            return Err(status::not_found("REFUND_NOT_FOUND", &refund_name(&id)));
        };
        Ok(answer(
            GetRefundResponse {
                refund: Some(refund),
            },
            ContextName::Refunds,
            refunds.position,
        ))
    }

    async fn list_refunds(
        &self,
        request: Request<ListRefundsRequest>,
    ) -> Result<Response<ListRefundsResponse>, Status> {
        let (query, page, filter) =
            calls::list(request, &self.page_key, api::RefundFilter::from_proto)?;
        let prefix = filter
            .order
            .as_ref()
            .map(|order| format!("{order}-F"))
            .unwrap_or_default();
        let (refunds, next_page_token) =
            paging::fill(&query, &page, &self.listing, &prefix, async |id| {
                let Ok(id) = id.parse::<RefundId>() else {
                    return Ok(None);
                };
                if filter
                    .order
                    .as_ref()
                    .is_some_and(|order| *order != id.order())
                {
                    return Ok(None);
                }
                let refunds = self
                    .core
                    .load(&query.caller.tenant, &id.order())
                    .await
                    .map_err(unreadable)?;
                let found = found(&refunds, &id);
                Ok(found.filter(|found| filter.state.is_none_or(|state| found.state() == state)))
            })
            .await?;
        Ok(Response::new(ListRefundsResponse {
            refunds,
            next_page_token,
        }))
    }

    async fn publish_approval_policy(
        &self,
        request: Request<PublishApprovalPolicyRequest>,
    ) -> Result<Response<PublishApprovalPolicyResponse>, Status> {
        let (intent, asked) = calls::command(request, api::publish_approval_policy_from_proto)?;
        let command = approval::Command::Publish {
            policy: words::limits(asked),
        };
        let decided = self
            .core
            .limits
            .execute(&limits_stream(&intent.tenant), command, &intent)
            .await;
        let decided = decided.map_err(|failure| status::failed(&failure, &intent.command_id))?;
        let policy = Some(approval_policy_to_proto(
            decided.state.version,
            &words::policy(&decided.state),
        ));
        Ok(answer(
            PublishApprovalPolicyResponse { policy },
            ContextName::Refunds,
            decided.position,
        ))
    }

    async fn get_approval_policy(
        &self,
        request: Request<GetApprovalPolicyRequest>,
    ) -> Result<Response<GetApprovalPolicyResponse>, Status> {
        let caller = calls::caller(&request)?;
        let limits = self.core.limits(&caller.tenant).await.map_err(unreadable)?;
        let policy = Some(approval_policy_to_proto(
            limits.version,
            &words::policy(&limits),
        ));
        Ok(Response::new(GetApprovalPolicyResponse { policy }))
    }
}

impl Service {
    async fn execute(
        &self,
        id: &RefundId,
        command: Command,
        intent: &Intent,
    ) -> Result<(Option<Refund>, u64), Status> {
        let decided = self.core.execute(&id.order(), command, intent).await;
        let decided = decided.map_err(|failure| status::failed(&failure, &intent.command_id))?;
        Ok((found(&decided, id), decided.position))
    }
}

fn found(refunds: &Decided<Refunds>, id: &RefundId) -> Option<Refund> {
    refunds
        .state
        .grant(id)
        .map(|grant| resource::refund(grant, refunds.version))
}

pub(crate) fn unreadable(error: ReadError) -> Status {
    status::unreadable(&error)
}
