//! The withdrawal function: a statement of the buyer, and its confirmation.

use backhaul_api::proto::returns::v1::{
    ConfirmWithdrawalRequest, ConfirmWithdrawalResponse, DeclareWithdrawalRequest,
    DeclareWithdrawalResponse,
};
use backhaul_api::returns as api;
use backhaul_engine::Intent;
use backhaul_events::ContextName;
use backhaul_events::returns::Event;
use backhaul_host::calls::{self, answer};
use backhaul_host::status;
use backhaul_returns::{self as rules, Command};
use tonic::{Request, Response, Status};

use crate::Service;
use crate::grpc::found;

impl Service {
    pub(crate) async fn declare(
        &self,
        request: Request<DeclareWithdrawalRequest>,
    ) -> Result<Response<DeclareWithdrawalResponse>, Status> {
        let (intent, asked) = calls::command(request, api::DeclareWithdrawal::from_proto)?;
        let (tenant, order) = (&intent.tenant, &asked.order);
        let declared_at = self.moment(asked.declared_at);
        let (facts, policy) = self.asked(tenant, order).await?;
        let command = Command::DeclareWithdrawal(rules::DeclareWithdrawal {
            order: order.clone(),
            units: asked.units,
            statement: asked.statement,
            declared_at,
            facts,
            policy,
        });
        let intent = Intent {
            occurred_at: Some(declared_at),
            ..intent.clone()
        };
        let decided = self.core.execute(order, command, &intent).await;
        let decided = decided.map_err(|failure| status::failed(&failure, &intent.command_id))?;
        let r#return = decided.events.iter().find_map(|event| match event {
            Event::WithdrawalDeclared(event) => found(&decided, &event.r#return),
            _ => None,
        });
        Ok(answer(
            DeclareWithdrawalResponse { r#return },
            ContextName::Returns,
            decided.position,
        ))
    }

    pub(crate) async fn confirm(
        &self,
        request: Request<ConfirmWithdrawalRequest>,
    ) -> Result<Response<ConfirmWithdrawalResponse>, Status> {
        let (intent, asked) = calls::command(request, api::ConfirmWithdrawal::from_proto)?;
        let (tenant, order) = (&intent.tenant, asked.r#return.order());
        let confirmed_at = self.moment(asked.confirmed_at);
        let (facts, policy) = self.asked(tenant, &order).await?;
        let command = Command::ConfirmWithdrawal(rules::ConfirmWithdrawal {
            r#return: asked.r#return.clone(),
            confirmed_at,
            facts,
            policy,
        });
        let intent = Intent {
            occurred_at: Some(confirmed_at),
            ..intent.clone()
        };
        let (r#return, position) = self.execute(&asked.r#return, command, &intent).await?;
        Ok(answer(
            ConfirmWithdrawalResponse { r#return },
            ContextName::Returns,
            position,
        ))
    }
}
