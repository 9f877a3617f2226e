//! Methods about policies: publish, read, compare, retire, and ask. The questions change nothing.

use std::pin::Pin;

use backhaul_api::money_due::money_due_to_proto;
use backhaul_api::names::{order_name, policy_name, return_name};
use backhaul_api::policies::{
    AskPolicy, DiffPolicies, ListPolicyVersions, SimulatePolicy, Under, aspects_to_proto,
    get_policy_from_proto, policy_to_proto, publish_policy_from_proto, retire_policy_from_proto,
};
use backhaul_api::proto::returns::v1 as proto;
use backhaul_api::returns::{buyer_before_to_proto, finding_to_proto};
use backhaul_api::types::{actor_to_proto, timestamp_to_proto};
use backhaul_engine::{Decided, Intent};
use backhaul_events::returns::{Event as ReturnsEvent, PolicyPublished, PolicySet};
use backhaul_events::{ContextName, Event};
use backhaul_host::calls::{self, answer};
use backhaul_host::status;
use backhaul_kernel::{Context, Decider as _, OrderId, PolicyId, Tenant, Tier};
use backhaul_returns::{
    self as rules, ClauseFinding, Command, LineExplanation, NotReturnable, OrderFacts, Policies,
    PolicySnapshot, Returns, RuleFinding, policies,
};
use tokio::sync::mpsc;
use tokio_stream::Stream;
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Request, Response, Status};

use crate::core::{default_policy, policy_stream};
use crate::grpc::read;
use crate::simulate::Simulate;
use crate::{Service, resource};

/// Progress and result of a simulation.
pub(crate) type Simulations =
    Pin<Box<dyn Stream<Item = Result<proto::SimulatePolicyResponse, Status>> + Send>>;

/// Answers that wait for a slow reader.
const ANSWERS_WAITING: usize = 16;

impl Service {
    pub(crate) async fn publish(
        &self,
        request: Request<proto::PublishPolicyRequest>,
    ) -> Result<Response<proto::PublishPolicyResponse>, Status> {
        let is_trial = request.get_ref().validate_only;
        let (intent, (policy, content)) = calls::command(request, publish_policy_from_proto)?;
        if is_trial {
            checked(&content)?;
            let versions = self
                .core
                .versions(&intent.tenant, &policy)
                .await
                .map_err(read)?;
            let policy = Some(policy_to_proto(&policy, versions.state.version(), &content));
            let message = proto::PublishPolicyResponse { policy };
            return Ok(answer(message, ContextName::Returns, versions.position));
        }
        let command = policies::Command::PublishPolicy(policies::PublishPolicy {
            policy: policy.clone(),
            content,
        });
        let (policy, position) = self.decide_policy(policy, command, &intent).await?;
        let message = proto::PublishPolicyResponse { policy };
        Ok(answer(message, ContextName::Returns, position))
    }

    pub(crate) async fn policy(
        &self,
        request: Request<proto::GetPolicyRequest>,
    ) -> Result<Response<proto::GetPolicyResponse>, Status> {
        let (query, (policy, version)) = calls::query(request, get_policy_from_proto)?;
        let versions = self.published(&query.caller.tenant, &policy).await?;
        let found = match version {
            None => versions.state.current(policy),
            Some(version) => version_of(&versions, &policy, version)?,
        };
        let message = proto::GetPolicyResponse {
            policy: Some(snapshot(&found)),
        };
        Ok(answer(message, ContextName::Returns, versions.position))
    }

    pub(crate) async fn versions(
        &self,
        request: Request<proto::ListPolicyVersionsRequest>,
    ) -> Result<Response<proto::ListPolicyVersionsResponse>, Status> {
        let (query, asked) = calls::query(request, ListPolicyVersions::from_proto)?;
        let versions = self.published(&query.caller.tenant, &asked.policy).await?;
        let stream = policy_stream(&query.caller.tenant, &asked.policy);
        let commits = self.core.engine.log.read_stream(&stream, 0).await;
        let mut listed = Vec::new();
        for commit in commits.map_err(read)?.iter().rev() {
            for event in commit.events.iter().rev() {
                let Ok(Event::Returns(ReturnsEvent::PolicyPublished(published))) = event.event()
                else {
                    continue;
                };
                let is_before = asked.before.is_none_or(|before| published.version < before);
                if is_before && listed.len() < asked.page_size {
                    listed.push(version(&commit.metadata, published));
                }
            }
        }
        let message = proto::ListPolicyVersionsResponse {
            versions: listed,
            retired: versions.state.standing == policies::Standing::Retired,
        };
        Ok(answer(message, ContextName::Returns, versions.position))
    }

    pub(crate) async fn diff(
        &self,
        request: Request<proto::DiffPoliciesRequest>,
    ) -> Result<Response<proto::DiffPoliciesResponse>, Status> {
        let (query, asked) = calls::query(request, DiffPolicies::from_proto)?;
        let versions = self.published(&query.caller.tenant, &asked.policy).await?;
        let to_version = asked.to.unwrap_or_else(|| versions.state.version());
        let before = version_of(&versions, &asked.policy, asked.from)?;
        let after = version_of(&versions, &asked.policy, to_version)?;
        let differences = policies::diff(&before.content, &after.content);
        let differences = differences.into_iter().map(|each| proto::PolicyDifference {
            path: each.path,
            before: each.before.unwrap_or_default(),
            after: each.after.unwrap_or_default(),
        });
        let message = proto::DiffPoliciesResponse {
            differences: differences.collect(),
            to_version,
        };
        Ok(answer(message, ContextName::Returns, versions.position))
    }

    pub(crate) async fn retire(
        &self,
        request: Request<proto::RetirePolicyRequest>,
    ) -> Result<Response<proto::RetirePolicyResponse>, Status> {
        let (intent, policy) = calls::command(request, retire_policy_from_proto)?;
        let command = policies::Command::RetirePolicy(policies::RetirePolicy {
            policy: policy.clone(),
        });
        let (policy, position) = self.decide_policy(policy, command, &intent).await?;
        let message = proto::RetirePolicyResponse { policy };
        Ok(answer(message, ContextName::Returns, position))
    }

    /// A new version of a policy set or its end, and the policy that decides now.
    async fn decide_policy(
        &self,
        policy: PolicyId,
        command: policies::Command,
        intent: &Intent,
    ) -> Result<(Option<proto::Policy>, u64), Status> {
        let stream = policy_stream(&intent.tenant, &policy);
        let decided = self
            .core
            .policies
            .execute(&stream, command, intent)
            .await
            .map_err(|failure| status::failed(&failure, &intent.command_id))?;
        let policy = Some(snapshot(&decided.state.current(policy)));
        Ok((policy, decided.position))
    }

    pub(crate) async fn explain(
        &self,
        request: Request<proto::ExplainPolicyRequest>,
    ) -> Result<Response<proto::ExplainPolicyResponse>, Status> {
        let (query, asked) = calls::query(request, AskPolicy::explain_from_proto)?;
        let tenant = &query.caller.tenant;
        let (facts, policy) = self.asked_of(tenant, &asked.order, asked.draft).await?;
        let returns = self.core.load(tenant, &asked.order).await.map_err(read)?;
        let at = self.moment(asked.asked_at);
        let lines = rules::explain(&facts, &returns.state, &policy, &asked.items, at);
        let message = proto::ExplainPolicyResponse {
            lines: lines.iter().map(explanation).collect(),
            policy: policy_name(&policy.policy),
            policy_version: policy.version,
            buyer: rules::buyer_before(&facts, &returns.state, at)
                .as_ref()
                .map(buyer_before_to_proto),
        };
        Ok(answer(message, ContextName::Returns, returns.position))
    }

    pub(crate) async fn dry_run(
        &self,
        request: Request<proto::DryRunReturnRequest>,
    ) -> Result<Response<proto::DryRunReturnResponse>, Status> {
        let (query, asked) = calls::query(request, AskPolicy::dry_run_from_proto)?;
        let tenant = &query.caller.tenant;
        let (facts, policy) = self.asked_of(tenant, &asked.order, asked.draft).await?;
        let returns = self.core.load(tenant, &asked.order).await.map_err(read)?;
        let requested_at = self.moment(asked.asked_at);
        let command = Command::Request(rules::Request {
            order: asked.order,
            items: asked.items,
            requested_at,
            gift_recipient: None,
            facts,
            policy,
            on_not_returnable: NotReturnable::Decline,
        });
        let context = Context {
            occurred_at: requested_at,
            now: self.core.engine.clock.now(),
            actor: query.caller.actor.clone(),
            tenant: tenant.clone(),
        };
        let events = Returns::decide(&returns.state, &command, &context)
            .map_err(|refusal| status::refused(&refusal))?;
        let mut state = rules::State::clone(&returns.state);
        for event in &events {
            Returns::evolve(&mut state, event);
        }
        let last = state.returns.last();
        let message = proto::DryRunReturnResponse {
            r#return: last.map(|known| resource::r#return(known, returns.version)),
            money_due: last
                .and_then(|known| rules::money_due(known))
                .map(|released| money_due_to_proto(&released)),
        };
        Ok(answer(message, ContextName::Returns, returns.position))
    }

    pub(crate) fn simulate(
        &self,
        request: Request<proto::SimulatePolicyRequest>,
    ) -> Result<Response<Simulations>, Status> {
        let (query, asked) = calls::query(request, SimulatePolicy::from_proto)?;
        query.caller.at_least(Tier::Agent)?;
        let under = match asked.under {
            Under::WindowDays(days) => rules::Under::WindowDays(days),
            Under::Draft(policy, content) => {
                checked(&content)?;
                rules::Under::Policy(PolicySnapshot::new(policy, 0, *content))
            }
        };
        let (answers, receiver) = mpsc::channel(ANSWERS_WAITING);
        let simulate = Simulate {
            engine: self.core.engine.clone(),
            buyers: self.buyers.clone(),
            tenant: query.caller.tenant,
            under,
            from: asked.from,
            until: asked.until,
            answers,
        };
        self.core.engine.tasks.spawn("simulate", simulate.run());
        Ok(Response::new(Box::pin(ReceiverStream::new(receiver))))
    }

    /// The versions of a policy set. The one that decides is there even when nothing was published.
    async fn published(
        &self,
        tenant: &Tenant,
        policy: &PolicyId,
    ) -> Result<Decided<Policies>, Status> {
        let versions = self.core.versions(tenant, policy).await.map_err(read)?;
        if versions.version == 0 && *policy != default_policy() {
            return Err(status::not_found("POLICY_NOT_FOUND", &policy_name(policy)));
        }
        Ok(versions)
    }

    /// The order that a question is about, and the policy that is asked.
    async fn asked_of(
        &self,
        tenant: &Tenant,
        order: &OrderId,
        draft: Option<(PolicyId, PolicySet)>,
    ) -> Result<(OrderFacts, PolicySnapshot), Status> {
        let facts = self.order(tenant, order).await?;
        if facts.known().is_none() {
            return Err(status::not_found("ORDER_NOT_FOUND", &order_name(order)));
        }
        let policy = match draft {
            Some((policy, content)) => {
                checked(&content)?;
                PolicySnapshot::new(policy, 0, content)
            }
            None => self.core.policy(tenant).await.map_err(read)?,
        };
        let facts = self.with_buyer(tenant, facts, &policy).await?;
        Ok((facts, policy))
    }
}

fn checked(content: &PolicySet) -> Result<(), Status> {
    policies::check(content).map_err(|refusal| status::refused(&refusal))
}

fn snapshot(policy: &PolicySnapshot) -> proto::Policy {
    policy_to_proto(&policy.policy, policy.version, &policy.content)
}

fn version_of(
    versions: &Decided<Policies>,
    policy: &PolicyId,
    version: u32,
) -> Result<PolicySnapshot, Status> {
    let found = versions.state.version_of(policy.clone(), version);
    found.ok_or_else(|| {
        let name = format!("{} version {version}", policy_name(policy));
        status::not_found("POLICY_VERSION_NOT_FOUND", &name)
    })
}

fn version(
    metadata: &backhaul_eventlog::Metadata,
    published: &PolicyPublished,
) -> proto::PolicyVersion {
    let rules = published.content.rules.len() + published.content.windows.len();
    proto::PolicyVersion {
        version: published.version,
        publish_time: Some(timestamp_to_proto(metadata.recorded_at)),
        actor: Some(actor_to_proto(&metadata.actor)),
        rule_count: u32::try_from(rules).unwrap_or(u32::MAX),
    }
}

fn explanation(line: &LineExplanation) -> proto::LineExplanation {
    proto::LineExplanation {
        finding: Some(finding_to_proto(&line.finding)),
        rules: line.rules.iter().map(rule_finding).collect(),
        clauses: line.clauses.iter().map(clause_finding).collect(),
    }
}

fn rule_finding(finding: &RuleFinding) -> proto::RuleFinding {
    proto::RuleFinding {
        clause: finding.clause.to_string(),
        holds: finding.holds,
        why: finding.why.clone(),
        decided: aspects_to_proto(&finding.decided),
    }
}

fn clause_finding(finding: &ClauseFinding) -> proto::ClauseFinding {
    let right = finding.right;
    proto::ClauseFinding {
        clause: finding.clause.to_string(),
        holds: finding.holds,
        why: finding.why.clone(),
        end_time: finding.ends_at.map(timestamp_to_proto),
        decided: aspects_to_proto(&finding.decided),
        title: right.title.to_string(),
        source: right.source.to_string(),
        check_date: right.checked_on.to_string(),
        confidence: right.confidence.as_str().to_owned(),
        not_modelled: right.not_modelled.iter().map(ToString::to_string).collect(),
    }
}

/// The message of what a simulation found.
pub(crate) fn simulation(summary: &rules::Summary, has_floor: bool) -> proto::Simulation {
    use backhaul_api::returns::reason_to_proto;
    use backhaul_api::types::{money_to_proto, version_to_proto as count};
    let money = summary.money.iter().map(|each| proto::SimulatedMoney {
        region_code: each
            .country
            .map(|country| country.to_string())
            .unwrap_or_default(),
        reason: reason_to_proto(each.reason).into(),
        currency_code: each.currency.to_string(),
        asked_minor_units: each.asked,
        granted_minor_units: each.granted,
        recorded_minor_units: each.recorded,
    });
    let differences = summary
        .differences
        .iter()
        .map(|each| proto::SimulatedDifference {
            r#return: return_name(&each.r#return),
            recorded: Some(money_to_proto(each.recorded)),
            granted: Some(money_to_proto(each.granted)),
        });
    proto::Simulation {
        statutory_floor: has_floor,
        returns: count(summary.returns),
        returns_accepted: count(summary.returns_accepted),
        returns_referred: count(summary.returns_referred),
        returns_refused: count(summary.returns_refused),
        recorded_accepted: count(summary.recorded_accepted),
        recorded_refused: count(summary.recorded_refused),
        allocations: count(summary.allocations),
        allocations_accepted: count(summary.allocations_accepted),
        allocations_refused: count(summary.allocations - summary.allocations_accepted),
        money: money.collect(),
        differences: differences.collect(),
    }
}
