//! Every method of the returns service.

use backhaul_api::names::{parcel_name, policy_name, return_name};
use backhaul_api::proto::returns::v1::returns_service_server::ReturnsService;
use backhaul_api::proto::returns::v1::{
    AcceptPartialRefundRequest, AcceptPartialRefundResponse, AssignDispositionRequest,
    AssignDispositionResponse, AuthorizeReturnRequest, AuthorizeReturnResponse,
    CancelReturnRequest, CancelReturnResponse, CloseReturnRequest, CloseReturnResponse,
    ConfirmWithdrawalRequest, ConfirmWithdrawalResponse, DeclareWithdrawalRequest,
    DeclareWithdrawalResponse, DeclinePartialRefundRequest, DeclinePartialRefundResponse,
    DeclineReturnRequest, DeclineReturnResponse, DiffPoliciesRequest, DiffPoliciesResponse,
    DryRunReturnRequest, DryRunReturnResponse, ExplainPolicyRequest, ExplainPolicyResponse,
    GetPolicyRequest, GetPolicyResponse, GetReturnRequest, GetReturnResponse,
    GetReturnabilityRequest, GetReturnabilityResponse, InspectUnitsRequest, InspectUnitsResponse,
    LineReturnability, ListPolicyVersionsRequest, ListPolicyVersionsResponse, ListReturnsRequest,
    ListReturnsResponse, OfferPartialRefundRequest, OfferPartialRefundResponse,
    PublishPolicyRequest, PublishPolicyResponse, RecordReceiptRequest, RecordReceiptResponse,
    RecordRecoveryRequest, RecordRecoveryResponse, RecordUnexpectedReceiptRequest,
    RecordUnexpectedReceiptResponse, ReopenReturnRequest, ReopenReturnResponse,
    RequestReturnRequest, RequestReturnResponse, RetirePolicyRequest, RetirePolicyResponse, Return,
    SimulatePolicyRequest,
};
use backhaul_api::returns::{self as api, finding_to_proto};
use backhaul_engine::{Decided, Intent};
use backhaul_events::ContextName;
use backhaul_events::returns::Event;
use backhaul_host::calls::{self, answer};
use backhaul_host::{paging, status};
use backhaul_kernel::{ReturnId, Timestamp};
use backhaul_returns::{self as rules, Command, Returns, eligibility};
use tonic::{Request, Response, Status};

use crate::policies::Simulations;
use crate::receipt::{ReceiptError, UNKNOWN_PARCEL};
use crate::{Service, resource};

#[tonic::async_trait]
impl ReturnsService for Service {
    type SimulatePolicyStream = Simulations;

    async fn get_returnability(
        &self,
        request: Request<GetReturnabilityRequest>,
    ) -> Result<Response<GetReturnabilityResponse>, Status> {
        let (query, asked) = calls::query(request, api::GetReturnability::from_proto)?;
        let (facts, policy) = self.asked(&query.caller.tenant, &asked.order).await?;
        if facts.known().is_none() {
            let name = backhaul_api::names::order_name(&asked.order);
            return Err(status::not_found("ORDER_NOT_FOUND", &name));
        }
        let returns = self
            .core
            .load(&query.caller.tenant, &asked.order)
            .await
            .map_err(read)?;
        let at = self.moment(asked.as_of);
        let line = |line: rules::LineEligibility| LineReturnability {
            line: line.finding.line.to_string(),
            quantity: line.units_left,
            finding: Some(finding_to_proto(&line.finding)),
        };
        let message = GetReturnabilityResponse {
            lines: eligibility(&facts, &returns.state, &policy, at)
                .into_iter()
                .map(line)
                .collect(),
            policy: policy_name(&policy.policy),
            policy_version: policy.version,
        };
        Ok(answer(message, ContextName::Returns, returns.position))
    }

    async fn request_return(
        &self,
        request: Request<RequestReturnRequest>,
    ) -> Result<Response<RequestReturnResponse>, Status> {
        let (intent, asked) = calls::command(request, api::RequestReturn::from_proto)?;
        let requested_at = self.moment(asked.requested_at);
        let (facts, policy) = self.asked(&intent.tenant, &asked.order).await?;
        let command = Command::Request(rules::Request {
            order: asked.order.clone(),
            items: asked.items,
            requested_at,
            gift_recipient: asked.gift_recipient,
            facts,
            policy,
            on_not_returnable: match asked.on_not_returnable {
                api::NotReturnable::Decline => rules::NotReturnable::Decline,
                api::NotReturnable::Refuse => rules::NotReturnable::Refuse,
            },
        });
        let intent = Intent {
            occurred_at: Some(requested_at),
            ..intent
        };
        let decided = self
            .core
            .execute(&asked.order, command, &intent)
            .await
            .map_err(|failure| status::failed(&failure, &intent.command_id))?;
        let r#return = decided.events.iter().find_map(|event| match event {
            Event::ReturnRequested(event) => found(&decided, &event.r#return),
            _ => None,
        });
        Ok(answer(
            RequestReturnResponse { r#return },
            ContextName::Returns,
            decided.position,
        ))
    }

    async fn declare_withdrawal(
        &self,
        request: Request<DeclareWithdrawalRequest>,
    ) -> Result<Response<DeclareWithdrawalResponse>, Status> {
        self.declare(request).await
    }

    async fn confirm_withdrawal(
        &self,
        request: Request<ConfirmWithdrawalRequest>,
    ) -> Result<Response<ConfirmWithdrawalResponse>, Status> {
        self.confirm(request).await
    }

    async fn authorize_return(
        &self,
        request: Request<AuthorizeReturnRequest>,
    ) -> Result<Response<AuthorizeReturnResponse>, Status> {
        let (intent, id) = calls::command(request, api::authorize_from_proto)?;
        let (facts, policy) = self.asked(&intent.tenant, &id.order()).await?;
        let command = Command::Authorize(rules::Authorize {
            facts,
            policy,
            r#return: id.clone(),
        });
        let (r#return, position) = self.execute(&id, command, &intent).await?;
        Ok(answer(
            AuthorizeReturnResponse { r#return },
            ContextName::Returns,
            position,
        ))
    }

    async fn decline_return(
        &self,
        request: Request<DeclineReturnRequest>,
    ) -> Result<Response<DeclineReturnResponse>, Status> {
        let (intent, asked) = calls::command(request, api::decline_from_proto)?;
        let command = Command::Decline(rules::Decline {
            r#return: asked.r#return.clone(),
            note: asked.note,
        });
        let (r#return, position) = self.execute(&asked.r#return, command, &intent).await?;
        Ok(answer(
            DeclineReturnResponse { r#return },
            ContextName::Returns,
            position,
        ))
    }

    async fn cancel_return(
        &self,
        request: Request<CancelReturnRequest>,
    ) -> Result<Response<CancelReturnResponse>, Status> {
        let (intent, asked) = calls::command(request, api::cancel_from_proto)?;
        let command = Command::Cancel(rules::Cancel {
            r#return: asked.r#return.clone(),
            note: asked.note,
        });
        let (r#return, position) = self.execute(&asked.r#return, command, &intent).await?;
        Ok(answer(
            CancelReturnResponse { r#return },
            ContextName::Returns,
            position,
        ))
    }

    async fn record_receipt(
        &self,
        request: Request<RecordReceiptRequest>,
    ) -> Result<Response<RecordReceiptResponse>, Status> {
        let (intent, asked) = calls::command(request, api::RecordReceipt::from_proto)?;
        let (id, received_at) = (asked.r#return.clone(), self.moment(asked.received_at));
        let recorded = self.core.record_receipt(asked, received_at, &intent).await;
        let decided = recorded.map_err(|error| match error {
            ReceiptError::UnknownParcel(ref parcel) => {
                status::precondition(UNKNOWN_PARCEL, &parcel_name(parcel), &error.to_string())
            }
            ReceiptError::Failed(failure) => status::failed(&failure, &intent.command_id),
        })?;
        let (r#return, position) = (found(&decided, &id), decided.position);
        Ok(answer(
            RecordReceiptResponse { r#return },
            ContextName::Returns,
            position,
        ))
    }

    async fn record_unexpected_receipt(
        &self,
        request: Request<RecordUnexpectedReceiptRequest>,
    ) -> Result<Response<RecordUnexpectedReceiptResponse>, Status> {
        let (intent, asked) = calls::command(request, api::RecordUnexpectedReceipt::from_proto)?;
        let received_at = self.moment(asked.received_at);
        let command = Command::RecordUnexpected(rules::RecordUnexpected {
            order: asked.order.clone(),
            found: asked.found,
            quantity: asked.quantity,
            received_at,
        });
        let intent = Intent {
            occurred_at: Some(received_at),
            ..intent
        };
        let decided = self
            .core
            .execute(&asked.order, command, &intent)
            .await
            .map_err(|failure| status::failed(&failure, &intent.command_id))?;
        Ok(answer(
            RecordUnexpectedReceiptResponse {},
            ContextName::Returns,
            decided.position,
        ))
    }

    async fn inspect_units(
        &self,
        request: Request<InspectUnitsRequest>,
    ) -> Result<Response<InspectUnitsResponse>, Status> {
        self.inspect(request).await
    }

    async fn assign_disposition(
        &self,
        request: Request<AssignDispositionRequest>,
    ) -> Result<Response<AssignDispositionResponse>, Status> {
        self.assign(request).await
    }

    async fn record_recovery(
        &self,
        request: Request<RecordRecoveryRequest>,
    ) -> Result<Response<RecordRecoveryResponse>, Status> {
        self.recover(request).await
    }

    async fn close_return(
        &self,
        request: Request<CloseReturnRequest>,
    ) -> Result<Response<CloseReturnResponse>, Status> {
        let (intent, id) = calls::command(request, api::close_from_proto)?;
        let command = Command::Close(rules::Close {
            r#return: id.clone(),
        });
        let (r#return, position) = self.execute(&id, command, &intent).await?;
        Ok(answer(
            CloseReturnResponse { r#return },
            ContextName::Returns,
            position,
        ))
    }

    async fn reopen_return(
        &self,
        request: Request<ReopenReturnRequest>,
    ) -> Result<Response<ReopenReturnResponse>, Status> {
        let (intent, asked) = calls::command(request, api::reopen_from_proto)?;
        let (order, id) = (asked.r#return.order(), asked.r#return);
        let command = Command::Reopen(rules::Reopen {
            r#return: id.clone(),
            note: asked.note,
            facts: self.order(&intent.tenant, &order).await?,
        });
        let (r#return, position) = self.execute(&id, command, &intent).await?;
        Ok(answer(
            ReopenReturnResponse { r#return },
            ContextName::Returns,
            position,
        ))
    }

    async fn offer_partial_refund(
        &self,
        request: Request<OfferPartialRefundRequest>,
    ) -> Result<Response<OfferPartialRefundResponse>, Status> {
        self.offer(request).await
    }

    async fn accept_partial_refund(
        &self,
        request: Request<AcceptPartialRefundRequest>,
    ) -> Result<Response<AcceptPartialRefundResponse>, Status> {
        self.accept_offer(request).await
    }

    async fn decline_partial_refund(
        &self,
        request: Request<DeclinePartialRefundRequest>,
    ) -> Result<Response<DeclinePartialRefundResponse>, Status> {
        self.decline_offer(request).await
    }

    async fn get_return(
        &self,
        request: Request<GetReturnRequest>,
    ) -> Result<Response<GetReturnResponse>, Status> {
        let (query, id) = calls::query(request, api::get_return_from_proto)?;
        let returns = self
            .core
            .load(&query.caller.tenant, &id.order())
            .await
            .map_err(read)?;
        let Some(r#return) = found(&returns, &id) else {
            return Err(status::not_found("RETURN_NOT_FOUND", &return_name(&id)));
        };
        Ok(answer(
            GetReturnResponse {
                r#return: Some(r#return),
            },
            ContextName::Returns,
            returns.position,
        ))
    }

    async fn list_returns(
        &self,
        request: Request<ListReturnsRequest>,
    ) -> Result<Response<ListReturnsResponse>, Status> {
        let (query, page, filter) =
            calls::list(request, &self.page_key, api::ReturnFilter::from_proto)?;
        let prefix = filter
            .order
            .as_ref()
            .map(|order| format!("{order}-R"))
            .unwrap_or_default();
        let (returns, next_page_token) =
            paging::fill(&query, &page, &self.listing, &prefix, async |id| {
                let Ok(id) = id.parse::<ReturnId>() else {
                    return Ok(None);
                };
                if filter
                    .order
                    .as_ref()
                    .is_some_and(|order| *order != id.order())
                {
                    return Ok(None);
                }
                let returns = self
                    .core
                    .load(&query.caller.tenant, &id.order())
                    .await
                    .map_err(read)?;
                let found = found(&returns, &id);
                let is_listed = |found: &Return| {
                    filter.state.is_none_or(|state| found.state() == state)
                        && filter
                            .overdue
                            .is_none_or(|overdue| found.review_overdue == overdue)
                };
                Ok(found.filter(is_listed))
            })
            .await?;
        Ok(Response::new(ListReturnsResponse {
            returns,
            next_page_token,
        }))
    }

    async fn publish_policy(
        &self,
        request: Request<PublishPolicyRequest>,
    ) -> Result<Response<PublishPolicyResponse>, Status> {
        self.publish(request).await
    }

    async fn get_policy(
        &self,
        request: Request<GetPolicyRequest>,
    ) -> Result<Response<GetPolicyResponse>, Status> {
        self.policy(request).await
    }

    async fn list_policy_versions(
        &self,
        request: Request<ListPolicyVersionsRequest>,
    ) -> Result<Response<ListPolicyVersionsResponse>, Status> {
        self.versions(request).await
    }

    async fn diff_policies(
        &self,
        request: Request<DiffPoliciesRequest>,
    ) -> Result<Response<DiffPoliciesResponse>, Status> {
        self.diff(request).await
    }

    async fn retire_policy(
        &self,
        request: Request<RetirePolicyRequest>,
    ) -> Result<Response<RetirePolicyResponse>, Status> {
        self.retire(request).await
    }

    async fn explain_policy(
        &self,
        request: Request<ExplainPolicyRequest>,
    ) -> Result<Response<ExplainPolicyResponse>, Status> {
        self.explain(request).await
    }

    async fn dry_run_return(
        &self,
        request: Request<DryRunReturnRequest>,
    ) -> Result<Response<DryRunReturnResponse>, Status> {
        self.dry_run(request).await
    }

    async fn simulate_policy(
        &self,
        request: Request<SimulatePolicyRequest>,
    ) -> Result<Response<Self::SimulatePolicyStream>, Status> {
        self.simulate(request)
    }
}

impl Service {
    pub(crate) async fn execute(
        &self,
        id: &ReturnId,
        command: Command,
        intent: &Intent,
    ) -> Result<(Option<Return>, u64), Status> {
        let decided = self
            .core
            .execute(&id.order(), command, intent)
            .await
            .map_err(|failure| status::failed(&failure, &intent.command_id))?;
        Ok((found(&decided, id), decided.position))
    }

    pub(crate) fn moment(&self, asked: Option<Timestamp>) -> Timestamp {
        asked.unwrap_or_else(|| self.core.engine.clock.now())
    }
}

pub(crate) fn found(returns: &Decided<Returns>, id: &ReturnId) -> Option<Return> {
    returns
        .state
        .find(id)
        .map(|known| resource::r#return(known, returns.version))
}

pub(crate) fn read(error: backhaul_eventlog::ReadError) -> Status {
    status::unreadable(&error)
}
