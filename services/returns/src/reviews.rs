//! A person who was to decide by a time and did not is told so by the clock.

#[cfg(test)]
mod tests;

use std::sync::Arc;

use backhaul_engine::{Deadlines, Due, ReactionError, Tenure};
use backhaul_eventlog::BoxFuture;
use backhaul_events::{ContextName, Event};
use backhaul_kernel::deadline::DeadlineChange;
use backhaul_returns::{Command, NoteReviewOverdue, review_deadline, review_of};

use crate::core::Core;

const NAME: &str = "returns.reviews";

/// A promise that is over leads to `NoteReviewOverdue`.
pub(crate) struct Reviews(pub(crate) Arc<Core>);

impl Deadlines for Reviews {
    fn name(&self) -> &'static str {
        NAME
    }

    fn context(&self) -> &'static [ContextName; 1] {
        &[ContextName::Returns]
    }

    fn change(&self, event: &Event) -> Option<DeadlineChange> {
        match event {
            Event::Returns(event) => review_deadline(event),
            Event::Orders(_) | Event::Refunds(_) | Event::Tracking(_) | Event::Notifications(_) => {
                None
            }
        }
    }

    fn fire<'a>(&'a self, due: &'a Due, _: &'a Tenure) -> BoxFuture<'a, Result<(), ReactionError>> {
        Box::pin(async move {
            let Some(id) = review_of(&due.key) else {
                return Ok(());
            };
            let order = id.order();
            let command = Command::NoteReviewOverdue(NoteReviewOverdue {
                r#return: id,
                due: due.at,
            });
            self.0.execute(&order, command, &due.intent(NAME)).await?;
            Ok(())
        })
    }
}
