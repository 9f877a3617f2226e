//! What every command and every list request has.

use crate::proto::{
    notifications::v1 as notifications, orders::v1 as orders, refunds::v1 as refunds,
    returns::v1 as returns, tracking::v1 as tracking,
};

/// A request that may change something, named by its caller.
pub trait CommandRequest: prost::Message {
    /// The caller's name for this same request.
    fn request_id(&self) -> &str;
}

/// A request for one page of a list.
pub trait ListRequest {
    /// What is listed, such as `orders`. A page token of one list is none of another.
    const LIST: &'static str;
    /// How many at most.
    fn page_size(&self) -> i32;
    /// Where the page begins.
    fn page_token(&self) -> &str;
    /// Which ones.
    fn filter(&self) -> &str;
}

macro_rules! commands {
    ($($request:ty),* $(,)?) => {$(
        impl CommandRequest for $request {
            fn request_id(&self) -> &str {
                &self.request_id
            }
        }
    )*};
}

commands! {
    orders::RecordOrderRequest,
    orders::AmendOrderRequest,
    orders::RecordCaptureRequest,
    orders::RecordDispatchRequest,
    orders::RecordDeliveryRequest,
    orders::RecordDisputeRequest,
    returns::RequestReturnRequest,
    returns::DeclareWithdrawalRequest,
    returns::ConfirmWithdrawalRequest,
    returns::AuthorizeReturnRequest,
    returns::DeclineReturnRequest,
    returns::CancelReturnRequest,
    returns::RecordReceiptRequest,
    returns::RecordUnexpectedReceiptRequest,
    returns::InspectUnitsRequest,
    returns::AssignDispositionRequest,
    returns::RecordRecoveryRequest,
    returns::CloseReturnRequest,
    returns::ReopenReturnRequest,
    returns::OfferPartialRefundRequest,
    returns::AcceptPartialRefundRequest,
    returns::DeclinePartialRefundRequest,
    returns::PublishPolicyRequest,
    returns::RetirePolicyRequest,
    refunds::IssueRefundRequest,
    refunds::ApproveRefundRequest,
    refunds::RejectRefundRequest,
    refunds::CancelRefundRequest,
    refunds::RetryRefundRequest,
    refunds::ReportOutcomeRequest,
    refunds::PublishApprovalPolicyRequest,
    refunds::RedirectRefundRequest,
    refunds::RecordPayoutRequest,
    refunds::ReconcileRefundRequest,
    refunds::IssueStoreCreditRequest,
    refunds::RedeemStoreCreditRequest,
    refunds::SetStoreCreditStandingRequest,
    tracking::RecordCheckpointRequest,
    returns::OpenClaimRequest,
    returns::RequestEvidenceRequest,
    returns::AddEvidenceRequest,
    returns::AcceptClaimRequest,
    returns::DenyClaimRequest,
    returns::WithdrawClaimRequest,
    returns::ResolveClaimRequest,
    returns::ReportReplacementRequest,
    returns::StartRepairRequest,
    returns::QuoteRepairRequest,
    returns::AnswerRepairQuoteRequest,
    returns::CompleteRepairRequest,
    returns::FailRepairRequest,
    returns::SendBackRepairRequest,
    returns::RequestExchangeRequest,
    returns::CollectDifferenceRequest,
    returns::AuthorizeAdvanceRequest,
    returns::ReportExchangeReplacementRequest,
    returns::UnwindExchangeRequest,
    returns::CancelExchangeRequest,
}

macro_rules! lists {
    ($($request:ty = $list:literal),* $(,)?) => {$(
        impl ListRequest for $request {
            const LIST: &'static str = $list;
            fn page_size(&self) -> i32 {
                self.page_size
            }
            fn page_token(&self) -> &str {
                &self.page_token
            }
            fn filter(&self) -> &str {
                &self.filter
            }
        }
    )*};
}

lists! {
    orders::ListOrdersRequest = "orders",
    returns::ListReturnsRequest = "returns",
    refunds::ListRefundsRequest = "refunds",
    tracking::ListParcelsRequest = "parcels",
    notifications::ListNotificationsRequest = "notifications",
    returns::ListClaimsRequest = "claims",
    returns::ListExchangesRequest = "exchanges",
}
