//! What happens by the clock alone: an approval expires, a scheduled refund is paid, the law's day
//! passes, a lot of store credit lapses.

use std::sync::Arc;

use backhaul_engine::{Deadlines, Due, ReactionError, Tenure};
use backhaul_eventlog::BoxFuture;
use backhaul_events::{ContextName, Event};
use backhaul_kernel::RefundId;
use backhaul_kernel::deadline::DeadlineChange;
use backhaul_refunds::account::{self, account_deadline, lot_of};
use backhaul_refunds::{Command, Stage, due_deadline, wait_deadline};

use crate::core::{Core, account_stream};

/// A grant that waits for a person, or for its time.
pub(crate) struct Waits(pub(crate) Arc<Core>);

/// The day on which the law wants the money back.
pub(crate) struct Dues(pub(crate) Arc<Core>);

/// The end of a lot of store credit.
pub(crate) struct Lots(pub(crate) Arc<Core>);

fn of_refunds(
    event: &Event,
    change: fn(&backhaul_events::refunds::Event) -> Option<DeadlineChange>,
) -> Option<DeadlineChange> {
    match event {
        Event::Refunds(event) => change(event),
        Event::Orders(_) | Event::Returns(_) | Event::Tracking(_) | Event::Notifications(_) => None,
    }
}

impl Deadlines for Waits {
    fn name(&self) -> &'static str {
        "refunds.waits"
    }

    fn context(&self) -> &'static [ContextName; 1] {
        &[ContextName::Refunds]
    }

    fn change(&self, event: &Event) -> Option<DeadlineChange> {
        of_refunds(event, wait_deadline)
    }

    fn fire<'a>(&'a self, due: &'a Due, _: &'a Tenure) -> BoxFuture<'a, Result<(), ReactionError>> {
        Box::pin(async move {
            let Ok(refund) = due.key.parse::<RefundId>() else {
                return Ok(());
            };
            let order = refund.order();
            let intent = due.intent("refunds.waits");
            let refunds = self.0.load(&intent.tenant, &order).await?;
            let Some(grant) = refunds.state.grant(&refund) else {
                return Ok(());
            };
            let command = match grant.stage {
                Stage::AwaitingApproval => Command::ExpireApproval { refund },
                Stage::Proposed
                | Stage::Approved
                | Stage::Settled
                | Stage::Rejected
                | Stage::Cancelled => Command::Resume {
                    refund,
                    grounds: self.0.grounds(&intent.tenant, &order).await?,
                },
            };
            self.0.execute(&order, command, &intent).await?;
            Ok(())
        })
    }
}

impl Deadlines for Dues {
    fn name(&self) -> &'static str {
        "refunds.dues"
    }

    fn context(&self) -> &'static [ContextName; 1] {
        &[ContextName::Refunds]
    }

    fn change(&self, event: &Event) -> Option<DeadlineChange> {
        of_refunds(event, due_deadline)
    }

    fn fire<'a>(&'a self, due: &'a Due, _: &'a Tenure) -> BoxFuture<'a, Result<(), ReactionError>> {
        Box::pin(async move {
            let Ok(refund) = due.key.parse::<RefundId>() else {
                return Ok(());
            };
            let order = refund.order();
            let intent = due.intent("refunds.dues");
            let command = Command::NoteBreach { refund };
            self.0.execute(&order, command, &intent).await?;
            Ok(())
        })
    }
}

impl Deadlines for Lots {
    fn name(&self) -> &'static str {
        "refunds.lots"
    }

    fn context(&self) -> &'static [ContextName; 1] {
        &[ContextName::Refunds]
    }

    fn change(&self, event: &Event) -> Option<DeadlineChange> {
        of_refunds(event, account_deadline)
    }

    fn fire<'a>(&'a self, due: &'a Due, _: &'a Tenure) -> BoxFuture<'a, Result<(), ReactionError>> {
        Box::pin(async move {
            let Some((account, lot)) = lot_of(&due.key) else {
                return Ok(());
            };
            let intent = due.intent("refunds.lots");
            let stream = account_stream(&intent.tenant, &account);
            let command = account::Command::Expire { account, lot };
            self.0.accounts.execute(&stream, command, &intent).await?;
            Ok(())
        })
    }
}
