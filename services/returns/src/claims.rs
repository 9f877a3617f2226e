//! Every method of the claims service: claims without a return, and repairs.

use backhaul_api::claims::{self as api, ClaimRemedyKind, QuoteAnswer, ReplacementReport};
use backhaul_api::names::{claim_name, repair_name};
use backhaul_api::proto::returns::v1 as proto;
use backhaul_api::proto::returns::v1::claims_service_server::ClaimsService;
use backhaul_engine::{Decided, Intent};
use backhaul_events::ContextName;
use backhaul_events::returns::{Event, RemedyOf};
use backhaul_host::calls::{self, answer};
use backhaul_host::{paging, status};
use backhaul_kernel::{ClaimId, OrderId, RepairId, Tenant, Timestamp};
use backhaul_returns::{
    AskedRemedy, ClaimCommand, Command, OpenClaim, OrderFacts, Payer, RepairCommand, ResolveClaim,
    Returns, StartRepair, SupplyCommand,
};
use tonic::{Request, Response, Status};

use crate::Service;
use crate::grpc::read;
use crate::remedies::{claim_to_proto, repair_to_proto};

type Answer<M> = Result<Response<M>, Status>;

#[tonic::async_trait]
impl ClaimsService for Service {
    async fn open_claim(
        &self,
        request: Request<proto::OpenClaimRequest>,
    ) -> Answer<proto::OpenClaimResponse> {
        let (intent, asked) = calls::command(request, api::OpenClaim::from_proto)?;
        let opened_at = self.moment(asked.opened_at);
        let command = ClaimCommand::Open(OpenClaim {
            facts: self.order(&intent.tenant, &asked.order).await?,
            order: asked.order.clone(),
            reason: asked.reason,
            units: asked.units,
            note: asked.note,
            evidence: asked.evidence,
            opened_at,
        });
        let intent = at(intent, opened_at);
        let decided = self
            .remedy(&asked.order, Command::Claim(command), &intent)
            .await?;
        let opened = decided.events.iter().find_map(|event| match event {
            Event::ClaimOpened(event) => Some(&event.claim),
            _ => None,
        });
        let claim = opened.and_then(|id| found(&decided, id));
        let message = proto::OpenClaimResponse { claim };
        Ok(answer(message, ContextName::Returns, decided.position))
    }

    async fn request_evidence(
        &self,
        request: Request<proto::RequestEvidenceRequest>,
    ) -> Answer<proto::RequestEvidenceResponse> {
        let (intent, (id, note)) = calls::command(request, api::request_evidence_from_proto)?;
        let claim = id.clone();
        let command = ClaimCommand::RequestEvidence { claim, note };
        let (claim, position) = self.claim(&id, command, &intent).await?;
        let message = proto::RequestEvidenceResponse { claim };
        Ok(answer(message, ContextName::Returns, position))
    }

    async fn add_evidence(
        &self,
        request: Request<proto::AddEvidenceRequest>,
    ) -> Answer<proto::AddEvidenceResponse> {
        let (intent, (id, evidence)) = calls::command(request, api::add_evidence_from_proto)?;
        let claim = id.clone();
        let command = ClaimCommand::AddEvidence { claim, evidence };
        let (claim, position) = self.claim(&id, command, &intent).await?;
        let message = proto::AddEvidenceResponse { claim };
        Ok(answer(message, ContextName::Returns, position))
    }

    async fn accept_claim(
        &self,
        request: Request<proto::AcceptClaimRequest>,
    ) -> Answer<proto::AcceptClaimResponse> {
        let (intent, (id, note)) = calls::command(request, api::accept_from_proto)?;
        let claim = id.clone();
        let command = ClaimCommand::Accept { claim, note };
        let (claim, position) = self.claim(&id, command, &intent).await?;
        let message = proto::AcceptClaimResponse { claim };
        Ok(answer(message, ContextName::Returns, position))
    }

    async fn deny_claim(
        &self,
        request: Request<proto::DenyClaimRequest>,
    ) -> Answer<proto::DenyClaimResponse> {
        let (intent, (id, reason, note)) = calls::command(request, api::deny_from_proto)?;
        let command = ClaimCommand::Deny {
            claim: id.clone(),
            reason,
            note,
        };
        let (claim, position) = self.claim(&id, command, &intent).await?;
        let message = proto::DenyClaimResponse { claim };
        Ok(answer(message, ContextName::Returns, position))
    }

    async fn withdraw_claim(
        &self,
        request: Request<proto::WithdrawClaimRequest>,
    ) -> Answer<proto::WithdrawClaimResponse> {
        let (intent, (id, note)) = calls::command(request, api::withdraw_from_proto)?;
        let claim = id.clone();
        let command = ClaimCommand::Withdraw { claim, note };
        let (claim, position) = self.claim(&id, command, &intent).await?;
        let message = proto::WithdrawClaimResponse { claim };
        Ok(answer(message, ContextName::Returns, position))
    }

    async fn resolve_claim(
        &self,
        request: Request<proto::ResolveClaimRequest>,
    ) -> Answer<proto::ResolveClaimResponse> {
        let (intent, asked) = calls::command(request, api::ResolveClaim::from_proto)?;
        let reductions = asked.reductions;
        let (facts, policy) = self.asked(&intent.tenant, &asked.claim.order()).await?;
        let command = ClaimCommand::Resolve(ResolveClaim {
            claim: asked.claim.clone(),
            remedy: match asked.remedy {
                ClaimRemedyKind::Refund => AskedRemedy::Refund,
                ClaimRemedyKind::PriceReduction => AskedRemedy::PriceReduction(reductions),
                ClaimRemedyKind::Replacement => AskedRemedy::Replacement(reductions),
                ClaimRemedyKind::Repair => AskedRemedy::Repair(reductions),
            },
            facts,
            policy,
        });
        let (claim, position) = self.claim(&asked.claim, command, &intent).await?;
        let message = proto::ResolveClaimResponse { claim };
        Ok(answer(message, ContextName::Returns, position))
    }

    async fn report_replacement(
        &self,
        request: Request<proto::ReportReplacementRequest>,
    ) -> Answer<proto::ReportReplacementResponse> {
        let (intent, (id, report)) = calls::command(request, api::report_from_proto)?;
        let of = RemedyOf::Claim { claim: id.clone() };
        let (intent, command) = self.supply(intent, of, report);
        let decided = self.remedy(&id.order(), command, &intent).await?;
        let claim = found(&decided, &id);
        let message = proto::ReportReplacementResponse { claim };
        Ok(answer(message, ContextName::Returns, decided.position))
    }

    async fn get_claim(
        &self,
        request: Request<proto::GetClaimRequest>,
    ) -> Answer<proto::GetClaimResponse> {
        let (query, id) = calls::query(request, api::get_claim_from_proto)?;
        let tenant = &query.caller.tenant;
        let returns = self.core.load(tenant, &id.order()).await.map_err(read)?;
        let Some(claim) = found(&returns, &id) else {
            return Err(status::not_found("CLAIM_NOT_FOUND", &claim_name(&id)));
        };
        let message = proto::GetClaimResponse { claim: Some(claim) };
        Ok(answer(message, ContextName::Returns, returns.position))
    }

    async fn list_claims(
        &self,
        request: Request<proto::ListClaimsRequest>,
    ) -> Answer<proto::ListClaimsResponse> {
        let (query, page, filter) =
            calls::list(request, &self.page_key, api::ClaimFilter::from_proto)?;
        let order = filter.order.as_ref();
        let prefix = order.map(|order| format!("{order}-K")).unwrap_or_default();
        let (claims, next_page_token) =
            paging::fill(&query, &page, &self.claims, &prefix, async |id| {
                let Ok(id) = id.parse::<ClaimId>() else {
                    return Ok(None);
                };
                if order.is_some_and(|order| *order != id.order()) {
                    return Ok(None);
                }
                let tenant = &query.caller.tenant;
                let returns = self.core.load(tenant, &id.order()).await.map_err(read)?;
                let found = found(&returns, &id);
                Ok(found.filter(|found| filter.state.is_none_or(|state| found.state() == state)))
            })
            .await?;
        Ok(Response::new(proto::ListClaimsResponse {
            claims,
            next_page_token,
        }))
    }

    async fn start_repair(
        &self,
        request: Request<proto::StartRepairRequest>,
    ) -> Answer<proto::StartRepairResponse> {
        let (intent, asked) = calls::command(request, api::StartRepair::from_proto)?;
        let started_at = self.moment(asked.started_at);
        let command = RepairCommand::Start(StartRepair {
            facts: self.order(&intent.tenant, &asked.order).await?,
            order: asked.order.clone(),
            units: asked.units,
            payer: match asked.payer {
                api::RepairPayer::Guarantee => Payer::Guarantee,
                api::RepairPayer::Buyer => Payer::Buyer,
            },
            note: asked.note,
            started_at,
        });
        let intent = at(intent, started_at);
        let decided = self
            .remedy(&asked.order, Command::Repair(command), &intent)
            .await?;
        let started = decided.events.iter().find_map(|event| match event {
            Event::RepairStarted(event) => Some(&event.repair),
            _ => None,
        });
        let repair = started.and_then(|id| mended(&decided, id));
        let message = proto::StartRepairResponse { repair };
        Ok(answer(message, ContextName::Returns, decided.position))
    }

    async fn quote_repair(
        &self,
        request: Request<proto::QuoteRepairRequest>,
    ) -> Answer<proto::QuoteRepairResponse> {
        let (intent, (id, price, note)) = calls::command(request, api::quote_from_proto)?;
        let command = RepairCommand::Quote {
            repair: id.clone(),
            price,
            note,
        };
        let (repair, position) = self.repair(&id, command, &intent).await?;
        let message = proto::QuoteRepairResponse { repair };
        Ok(answer(message, ContextName::Returns, position))
    }

    async fn answer_repair_quote(
        &self,
        request: Request<proto::AnswerRepairQuoteRequest>,
    ) -> Answer<proto::AnswerRepairQuoteResponse> {
        let (intent, (id, said)) = calls::command(request, api::answer_from_proto)?;
        let repair = id.clone();
        let command = match said {
            QuoteAnswer::Accepted => RepairCommand::AcceptQuote { repair },
            QuoteAnswer::Declined => RepairCommand::DeclineQuote { repair },
        };
        let (repair, position) = self.repair(&id, command, &intent).await?;
        let message = proto::AnswerRepairQuoteResponse { repair };
        Ok(answer(message, ContextName::Returns, position))
    }

    async fn complete_repair(
        &self,
        request: Request<proto::CompleteRepairRequest>,
    ) -> Answer<proto::CompleteRepairResponse> {
        let (intent, (id, parts, completed_at)) =
            calls::command(request, api::complete_from_proto)?;
        let completed_at = self.moment(completed_at);
        let command = RepairCommand::Complete {
            facts: self.order(&intent.tenant, &id.order()).await?,
            repair: id.clone(),
            parts,
            completed_at,
        };
        let intent = at(intent, completed_at);
        let (repair, position) = self.repair(&id, command, &intent).await?;
        let message = proto::CompleteRepairResponse { repair };
        Ok(answer(message, ContextName::Returns, position))
    }

    async fn fail_repair(
        &self,
        request: Request<proto::FailRepairRequest>,
    ) -> Answer<proto::FailRepairResponse> {
        let (intent, (id, note, failed_at)) = calls::command(request, api::fail_from_proto)?;
        let failed_at = self.moment(failed_at);
        let command = RepairCommand::Fail {
            repair: id.clone(),
            note,
            failed_at,
        };
        let intent = at(intent, failed_at);
        let (repair, position) = self.repair(&id, command, &intent).await?;
        let message = proto::FailRepairResponse { repair };
        Ok(answer(message, ContextName::Returns, position))
    }

    async fn send_back_repair(
        &self,
        request: Request<proto::SendBackRepairRequest>,
    ) -> Answer<proto::SendBackRepairResponse> {
        let (intent, (id, reference, sent_at)) =
            calls::command(request, api::send_back_from_proto)?;
        let sent_at = self.moment(sent_at);
        let command = RepairCommand::SendBack {
            repair: id.clone(),
            reference,
            sent_at,
        };
        let intent = at(intent, sent_at);
        let (repair, position) = self.repair(&id, command, &intent).await?;
        let message = proto::SendBackRepairResponse { repair };
        Ok(answer(message, ContextName::Returns, position))
    }

    async fn get_repair(
        &self,
        request: Request<proto::GetRepairRequest>,
    ) -> Answer<proto::GetRepairResponse> {
        let (query, id) = calls::query(request, api::get_repair_from_proto)?;
        let tenant = &query.caller.tenant;
        let returns = self.core.load(tenant, &id.order()).await.map_err(read)?;
        let Some(repair) = mended(&returns, &id) else {
            return Err(status::not_found("REPAIR_NOT_FOUND", &repair_name(&id)));
        };
        let repair = Some(repair);
        let message = proto::GetRepairResponse { repair };
        Ok(answer(message, ContextName::Returns, returns.position))
    }
}

impl Service {
    pub(crate) async fn order(
        &self,
        tenant: &Tenant,
        order: &OrderId,
    ) -> Result<OrderFacts, Status> {
        self.core.facts(tenant, order).await.map_err(read)
    }

    /// Decides a command on claims, exchanges or repairs.
    pub(crate) async fn remedy(
        &self,
        order: &OrderId,
        command: Command,
        intent: &Intent,
    ) -> Result<Decided<Returns>, Status> {
        let decided = self.core.execute(order, command, intent).await;
        decided.map_err(|failure| status::failed(&failure, &intent.command_id))
    }

    /// What is told of replacement goods, as a command of the time that it tells of.
    pub(crate) fn supply(
        &self,
        intent: Intent,
        of: RemedyOf,
        report: ReplacementReport,
    ) -> (Intent, Command) {
        let (intent, command) = match report {
            ReplacementReport::Reserved(reference) => {
                (intent, SupplyCommand::Reserve { of, reference })
            }
            ReplacementReport::Unavailable(note) => {
                (intent, SupplyCommand::Unavailable { of, note })
            }
            ReplacementReport::Sent(reference, sent_at) => {
                let sent_at = self.moment(sent_at);
                let command = SupplyCommand::Send {
                    of,
                    reference,
                    sent_at,
                };
                (at(intent, sent_at), command)
            }
            ReplacementReport::Delivered(delivered_at) => {
                let delivered_at = self.moment(delivered_at);
                let command = SupplyCommand::Deliver { of, delivered_at };
                (at(intent, delivered_at), command)
            }
        };
        (intent, Command::Supply(command))
    }

    async fn claim(
        &self,
        id: &ClaimId,
        command: ClaimCommand,
        intent: &Intent,
    ) -> Result<(Option<proto::Claim>, u64), Status> {
        let decided = self
            .remedy(&id.order(), Command::Claim(command), intent)
            .await?;
        Ok((found(&decided, id), decided.position))
    }

    async fn repair(
        &self,
        id: &RepairId,
        command: RepairCommand,
        intent: &Intent,
    ) -> Result<(Option<proto::Repair>, u64), Status> {
        let decided = self
            .remedy(&id.order(), Command::Repair(command), intent)
            .await?;
        Ok((mended(&decided, id), decided.position))
    }
}

/// The intent, of a thing that happened then.
pub(crate) fn at(intent: Intent, occurred_at: Timestamp) -> Intent {
    Intent {
        occurred_at: Some(occurred_at),
        ..intent
    }
}

fn found(returns: &Decided<Returns>, id: &ClaimId) -> Option<proto::Claim> {
    let known = returns.state.claim(id).ok()?;
    Some(claim_to_proto(known, returns.version))
}

fn mended(returns: &Decided<Returns>, id: &RepairId) -> Option<proto::Repair> {
    let known = returns.state.repair(id).ok()?;
    Some(repair_to_proto(known, returns.version))
}
