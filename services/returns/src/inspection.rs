//! Methods about goods in the house: what inspection finds, what becomes of them, what they bring in.

use backhaul_api::proto::returns::v1::{
    AssignDispositionRequest, AssignDispositionResponse, InspectUnitsRequest, InspectUnitsResponse,
    RecordRecoveryRequest, RecordRecoveryResponse,
};
use backhaul_api::returns as api;
use backhaul_engine::Intent;
use backhaul_events::ContextName;
use backhaul_host::calls::{self, answer};
use backhaul_returns::{self as rules, Command};
use tonic::{Request, Response, Status};

use crate::Service;

impl Service {
    pub(crate) async fn inspect(
        &self,
        request: Request<InspectUnitsRequest>,
    ) -> Result<Response<InspectUnitsResponse>, Status> {
        let (intent, asked) = calls::command(request, api::InspectUnits::from_proto)?;
        let order = asked.r#return.order();
        let inspected_at = self.moment(asked.inspected_at);
        let lost_value = asked.lost_value.iter().map(|lost| rules::LostValue {
            units: lost.units,
            amount: lost.amount,
        });
        let command = Command::Inspect(rules::Inspect {
            r#return: asked.r#return.clone(),
            lost_value: lost_value.collect(),
            units: asked.units,
            dispositions: asked.dispositions,
            inspected_at,
            facts: self.order(&intent.tenant, &order).await?,
        });
        let intent = Intent {
            occurred_at: Some(inspected_at),
            ..intent
        };
        let (r#return, position) = self.execute(&asked.r#return, command, &intent).await?;
        let message = InspectUnitsResponse { r#return };
        Ok(answer(message, ContextName::Returns, position))
    }

    pub(crate) async fn assign(
        &self,
        request: Request<AssignDispositionRequest>,
    ) -> Result<Response<AssignDispositionResponse>, Status> {
        let (intent, asked) = calls::command(request, api::AssignDisposition::from_proto)?;
        let command = Command::AssignDisposition(rules::AssignDisposition {
            r#return: asked.r#return.clone(),
            units: asked.units,
            disposition: asked.disposition,
            site: asked.site,
        });
        let (r#return, position) = self.execute(&asked.r#return, command, &intent).await?;
        let message = AssignDispositionResponse { r#return };
        Ok(answer(message, ContextName::Returns, position))
    }

    pub(crate) async fn recover(
        &self,
        request: Request<RecordRecoveryRequest>,
    ) -> Result<Response<RecordRecoveryResponse>, Status> {
        let (intent, asked) = calls::command(request, api::RecordRecovery::from_proto)?;
        let recovered_at = self.moment(asked.recovered_at);
        let command = Command::RecordRecovery(rules::RecordRecovery {
            r#return: asked.r#return.clone(),
            units: asked.units,
            amount: asked.amount,
            recovered_at,
            reference: asked.reference,
        });
        let intent = Intent {
            occurred_at: Some(recovered_at),
            ..intent
        };
        let (r#return, position) = self.execute(&asked.r#return, command, &intent).await?;
        let message = RecordRecoveryResponse { r#return };
        Ok(answer(message, ContextName::Returns, position))
    }
}
