//! What a warehouse says arrived, by whichever way it says so: by a call or by a message.

use backhaul_api::returns::{self as api};
use backhaul_engine::{Decided, Failure, Intent};
use backhaul_eventlog::ReadError;
use backhaul_kernel::{ParcelId, Timestamp};
use backhaul_returns::{self as rules, Command, Refusal, Returns};

use crate::core::Core;

/// Why a receipt is not recorded.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ReceiptError {
    /// A receipt may name only a parcel that was announced; what comes unannounced has a method of
    /// its own.
    #[error(
        "the parcel was never announced; report goods that nobody announced by RecordUnexpectedReceipt"
    )]
    UnknownParcel(ParcelId),
    /// It is refused, or something broke.
    #[error(transparent)]
    Failed(#[from] Failure<Refusal>),
}

/// `UnknownParcel`, for programs.
pub(crate) const UNKNOWN_PARCEL: &str = "UNKNOWN_PARCEL";

impl From<ReadError> for ReceiptError {
    fn from(error: ReadError) -> Self {
        Self::Failed(error.into())
    }
}

impl Core {
    /// Records what arrived at `received_at`.
    pub(crate) async fn record_receipt(
        &self,
        asked: api::RecordReceipt,
        received_at: Timestamp,
        intent: &Intent,
    ) -> Result<Decided<Returns>, ReceiptError> {
        if let Some(parcel) = &asked.parcel
            && self.announced(&intent.tenant, parcel).await?.is_none()
        {
            return Err(ReceiptError::UnknownParcel(parcel.clone()));
        }
        let wrong_item = |item: api::WrongItem| rules::WrongItem {
            line: item.line,
            quantity: item.quantity,
            found: item.found,
        };
        let order = asked.r#return.order();
        let command = Command::RecordReceipt(rules::RecordReceipt {
            r#return: asked.r#return,
            parcel: asked.parcel,
            site: asked.site,
            units: asked.units,
            parts: asked.parts,
            missing: asked.missing,
            wrong_items: asked.wrong_items.into_iter().map(wrong_item).collect(),
            received_at,
        });
        let intent = Intent {
            occurred_at: Some(received_at),
            ..intent.clone()
        };
        Ok(self.execute(&order, command, &intent).await?)
    }
}
