//! Methods about partial refunds in place of a return.

use backhaul_api::proto::returns::v1::{
    AcceptPartialRefundRequest, AcceptPartialRefundResponse, DeclinePartialRefundRequest,
    DeclinePartialRefundResponse, OfferPartialRefundRequest, OfferPartialRefundResponse,
};
use backhaul_api::returns::{AnswerOffer, OfferPartialRefund};
use backhaul_events::ContextName;
use backhaul_host::calls::{self, answer};
use backhaul_returns::{self as rules, Command};
use tonic::{Request, Response, Status};

use crate::Service;

impl Service {
    pub(crate) async fn offer(
        &self,
        request: Request<OfferPartialRefundRequest>,
    ) -> Result<Response<OfferPartialRefundResponse>, Status> {
        let (intent, asked) = calls::command(request, OfferPartialRefund::from_proto)?;
        let order = asked.r#return.order();
        let command = Command::OfferPartialRefund(rules::OfferPartialRefund {
            r#return: asked.r#return.clone(),
            amount: asked.amount,
            facts: self.order(&intent.tenant, &order).await?,
        });
        let (r#return, position) = self.execute(&asked.r#return, command, &intent).await?;
        let message = OfferPartialRefundResponse { r#return };
        Ok(answer(message, ContextName::Returns, position))
    }

    pub(crate) async fn accept_offer(
        &self,
        request: Request<AcceptPartialRefundRequest>,
    ) -> Result<Response<AcceptPartialRefundResponse>, Status> {
        let (intent, asked) = calls::command(request, AnswerOffer::accept_from_proto)?;
        let command = Command::AcceptOffer(rules::AcceptOffer {
            r#return: asked.r#return.clone(),
            offer: asked.offer,
        });
        let (r#return, position) = self.execute(&asked.r#return, command, &intent).await?;
        let message = AcceptPartialRefundResponse { r#return };
        Ok(answer(message, ContextName::Returns, position))
    }

    pub(crate) async fn decline_offer(
        &self,
        request: Request<DeclinePartialRefundRequest>,
    ) -> Result<Response<DeclinePartialRefundResponse>, Status> {
        let (intent, asked) = calls::command(request, AnswerOffer::decline_from_proto)?;
        let command = Command::DeclineOffer(rules::DeclineOffer {
            r#return: asked.r#return.clone(),
            offer: asked.offer,
            note: asked.note,
        });
        let (r#return, position) = self.execute(&asked.r#return, command, &intent).await?;
        let message = DeclinePartialRefundResponse { r#return };
        Ok(answer(message, ContextName::Returns, position))
    }
}
