//! What money that a return would release comes to. Changes nothing.

use backhaul_api::money_due::MoneyDue;
use backhaul_api::proto::refunds::v1::{PreviewRefundRequest, PreviewRefundResponse};
use backhaul_api::refunds::preview_from_proto;
use backhaul_events::ContextName;
use backhaul_host::calls::{self, answer};
use backhaul_host::status;
use backhaul_kernel::{Context, Decider as _};
use backhaul_refunds::{Command, Refunds, State, Terms};
use tonic::{Request, Response, Status};

use crate::grpc::unreadable;
use crate::{Service, resource};

/// A release that no return has: they are counted from 1.
const NO_RELEASE: u32 = 0;

impl Service {
    /// Decides the release on what is known now, and shows the refund without keeping it. Limits that
    /// span orders are not counted: whether a person would have to approve may come out otherwise.
    pub(crate) async fn preview(
        &self,
        request: Request<PreviewRefundRequest>,
    ) -> Result<Response<PreviewRefundResponse>, Status> {
        let (query, due) = calls::query(request, preview_from_proto)?;
        let tenant = &query.caller.tenant;
        let MoneyDue {
            r#return,
            items,
            terms,
        } = due;
        let order = r#return.order();
        let grounds = self
            .core
            .grounds(tenant, &order)
            .await
            .map_err(unreadable)?;
        let refunds = self.core.load(tenant, &order).await.map_err(unreadable)?;
        let command = Command::Release {
            r#return,
            release: NO_RELEASE,
            items,
            terms: Terms::from(&terms),
            grounds,
        };
        let now = self.core.clock.now();
        let context = Context {
            occurred_at: now,
            now,
            actor: query.caller.actor.clone(),
            tenant: tenant.clone(),
        };
        let events = Refunds::decide(&refunds.state, &command, &context)
            .map_err(|refusal| status::refused(&refusal))?;
        let mut state = State::clone(&refunds.state);
        for event in &events {
            Refunds::evolve(&mut state, event);
        }
        let last = state.grants().last();
        let message = PreviewRefundResponse {
            refund: last.map(|grant| resource::refund(grant, refunds.version)),
        };
        Ok(answer(message, ContextName::Refunds, refunds.position))
    }
}
