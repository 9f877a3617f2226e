//! Limits that span orders: what was used of them is counted before a refund is decided, and given
//! back when it does not come about. Merchants without such limits pay nothing for them.

use std::sync::Arc;

use backhaul_engine::{Caused, Decided, Failure, Intent, Reaction, ReactionError};
use backhaul_eventlog::BoxFuture;
use backhaul_events::refunds::{Event as Refund, Spent, Used};
use backhaul_events::{ContextName, Event};
use backhaul_kernel::{AccountId, Context, Decider, Money, OrderId, RefundId};
use backhaul_refunds::budget::{self, Window, actor_budget, buyer_budget};
use backhaul_refunds::{Command, Grounds, Refunds, Refusal, Stage};

use crate::core::{Core, budget_stream};

const NAME: &str = "refunds.budget";

impl Core {
    /// Decides a command that grants a refund, after counting it against the limits that span
    /// orders. The command is made twice: once to learn what the refund is worth, and once with
    /// what was used.
    pub(crate) async fn grant(
        &self,
        order: &OrderId,
        grounds: Grounds,
        command: impl Fn(Grounds) -> Command,
        intent: &Intent,
    ) -> Result<Decided<Refunds>, Failure<Refusal>> {
        let Some(amount) = self.worth(order, &grounds, &command, intent).await? else {
            return self.execute(order, command(grounds), intent).await;
        };
        let spent = self.count(order, &grounds, amount, intent).await?;
        self.decide_counted(order, grounds, spent, command, intent)
            .await
    }

    /// Decides an approval, after counting the refund against the approver's own day.
    pub(crate) async fn approve(
        &self,
        refund: &RefundId,
        grounds: Grounds,
        command: impl Fn(Grounds) -> Command,
        intent: &Intent,
    ) -> Result<Decided<Refunds>, Failure<Refusal>> {
        let order = refund.order();
        let refunds = self.load(&intent.tenant, &order).await?;
        let waits = |stage: &Stage| *stage == Stage::AwaitingApproval;
        let grant = refunds.state.grant(refund);
        let grant = grant.filter(|grant| waits(&grant.stage));
        let Some(amount) = grant.map(|grant| grant.amount) else {
            return self.execute(&order, command(grounds), intent).await;
        };
        let actor = self.count_actor(&order, &grounds, amount, intent).await?;
        let spent = Spent {
            claim: intent.command_id.to_string(),
            actor,
            buyer: None,
        };
        self.decide_counted(&order, grounds, spent, command, intent)
            .await
    }

    async fn decide_counted(
        &self,
        order: &OrderId,
        mut grounds: Grounds,
        spent: Spent,
        command: impl Fn(Grounds) -> Command,
        intent: &Intent,
    ) -> Result<Decided<Refunds>, Failure<Refusal>> {
        let counted = spent.actor.is_some() || spent.buyer.is_some();
        grounds.spent = counted.then(|| spent.clone());
        let answer = self.execute(order, command(grounds), intent).await;
        if let Err(Failure::Refused(_)) = answer {
            self.give_back(&spent, intent).await?;
        }
        answer
    }

    /// What the command would grant; none when no such limit is set, or when it is refused.
    async fn worth(
        &self,
        order: &OrderId,
        grounds: &Grounds,
        command: &impl Fn(Grounds) -> Command,
        intent: &Intent,
    ) -> Result<Option<Money>, Failure<Refusal>> {
        let policy = &grounds.approval;
        let daily = policy.tiers.iter().any(|tier| !tier.per_day.is_empty());
        if policy.per_buyer.is_empty() && !daily {
            return Ok(None);
        }
        let refunds = self.load(&intent.tenant, order).await?;
        let now = self.clock.now();
        let at = Context {
            occurred_at: intent.occurred_at.unwrap_or(now),
            now,
            actor: intent.actor.clone(),
            tenant: intent.tenant.clone(),
        };
        let events = Refunds::decide(&refunds.state, &command(grounds.clone()), &at);
        let proposed = events.into_iter().flatten().find_map(|event| match event {
            Refund::RefundProposed(event) => Some(event.amount),
            _ => None,
        });
        Ok(proposed.filter(|amount| amount.is_positive()))
    }

    async fn count(
        &self,
        order: &OrderId,
        grounds: &Grounds,
        amount: Money,
        intent: &Intent,
    ) -> Result<Spent, Failure<Refusal>> {
        let limited = grounds.approval.buyer_limit(amount.currency).is_some();
        let buyer = grounds.facts.buyer.as_ref().filter(|_| limited);
        let buyer = match buyer {
            None => None,
            Some(buyer) => {
                let budget = buyer_budget(buyer.as_str());
                let window = Window::ThirtyDays;
                self.take(&budget, order, amount, window, intent).await?
            }
        };
        Ok(Spent {
            claim: intent.command_id.to_string(),
            actor: self.count_actor(order, grounds, amount, intent).await?,
            buyer,
        })
    }

    async fn count_actor(
        &self,
        order: &OrderId,
        grounds: &Grounds,
        amount: Money,
        intent: &Intent,
    ) -> Result<Option<Used>, Failure<Refusal>> {
        let (policy, actor) = (&grounds.approval, &intent.actor);
        if policy.daily_limit(actor.tier, amount.currency).is_none() {
            return Ok(None);
        }
        let budget = actor_budget(&actor.name);
        self.take(&budget, order, amount, Window::Day, intent).await
    }

    /// The same claim again finds what it took the first time, and what stood before it.
    async fn take(
        &self,
        budget: &AccountId,
        order: &OrderId,
        amount: Money,
        window: Window,
        intent: &Intent,
    ) -> Result<Option<Used>, Failure<Refusal>> {
        let claim = intent.command_id.to_string();
        let take = budget::Command::Take {
            claim: claim.clone(),
            order: order.clone(),
            amount,
        };
        let stream = budget_stream(&intent.tenant, budget);
        let counted = self.budgets.execute(&stream, take, intent).await;
        counted.map_err(unrefused)?;
        // Read again: what was given back meanwhile does not count, and then a person is asked.
        let state = self.budgets.load(&stream).await?.state;
        Ok(state.used(&claim, window).map(|total| Used {
            budget: budget.to_string(),
            taken: state.taken(&claim).unwrap_or(amount),
            total,
        }))
    }

    /// What was counted is free again.
    pub(crate) async fn give_back(
        &self,
        spent: &Spent,
        intent: &Intent,
    ) -> Result<(), Failure<Refusal>> {
        for used in spent.actor.iter().chain(&spent.buyer) {
            let Ok(budget) = used.budget.parse::<AccountId>() else {
                continue;
            };
            let back = budget::Command::Return {
                claim: spent.claim.clone(),
            };
            let stream = budget_stream(&intent.tenant, &budget);
            let intent = intent.clone().for_purpose("return");
            let counted = self.budgets.execute(&stream, back, &intent).await;
            counted.map_err(unrefused)?;
        }
        Ok(())
    }
}

/// A budget never refuses.
fn unrefused(failure: Failure<budget::Refusal>) -> Failure<Refusal> {
    match failure {
        Failure::Refused(never) => match never {},
        Failure::CommandReused { command_id } => Failure::CommandReused { command_id },
        Failure::Contended { stream, actual } => Failure::Contended { stream, actual },
        Failure::Overloaded => Failure::Overloaded,
        Failure::ReadOnly(reason) => Failure::ReadOnly(reason),
        Failure::Unknown(reason) => Failure::Unknown(reason),
        Failure::Invalid(reason) => Failure::Invalid(reason),
        Failure::Read(error) => Failure::Read(error),
    }
}

/// A grant that is given up gives back what it was counted for.
pub(crate) struct GiveBack(pub(crate) Arc<Core>);

impl Reaction for GiveBack {
    fn name(&self) -> &'static str {
        NAME
    }

    fn contexts(&self) -> &'static [ContextName] {
        &[ContextName::Refunds]
    }

    fn wants(&self, type_name: &str) -> bool {
        matches!(
            type_name,
            "refunds.RefundRejected" | "refunds.RefundCancelled" | "refunds.ApprovalExpired"
        )
    }

    fn react<'a>(&'a self, caused: Caused<'a>) -> BoxFuture<'a, Result<(), ReactionError>> {
        Box::pin(async move {
            let refund = match caused.event {
                Event::Refunds(Refund::RefundRejected(event)) => &event.refund,
                Event::Refunds(Refund::RefundCancelled(event)) => &event.refund,
                Event::Refunds(Refund::ApprovalExpired(event)) => &event.refund,
                _ => return Ok(()),
            };
            let intent = caused.intent(NAME);
            let refunds = self.0.load(&intent.tenant, &refund.order()).await?;
            let grant = refunds.state.grant(refund);
            // What a return is owed is asked for again, and stays counted.
            let given_up =
                grant.filter(|grant| matches!(grant.stage, Stage::Rejected | Stage::Cancelled));
            if let Some(spent) = given_up.and_then(|grant| grant.spent.as_ref()) {
                self.0.give_back(spent, &intent).await?;
            }
            Ok(())
        })
    }
}
