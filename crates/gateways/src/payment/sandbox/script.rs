//! How a refund goes, by the beginning of the provider's name of the payment:
//!
//! | name begins with | what happens |
//! |---|---|
//! | `sandbox-decline-{code}` | refused with that [`DeclineCode`] |
//! | `sandbox-timeout-after-success` | paid out, but the first answer is lost |
//! | `sandbox-timeout-before` | lost on the way; passes when it is sent again with the same key |
//! | `sandbox-pending` | pending, paid out at the second look-up |
//! | `sandbox-late-failure` | pending, refused at the second look-up |
//! | `sandbox-reversal` | paid out, comes back at the second look-up |
//! | `sandbox-action-required` | waits for the buyer, for ever |
//! | anything else | paid out at once |

use super::ledger::{LedgerEntry, LedgerStatus};
use crate::payment::DeclineCode;

/// At which look-up a refund that is about to change does so.
pub const LOOKUPS_UNTIL_SETTLED: u32 = 2;

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Script {
    Succeed,
    Decline(DeclineCode),
    TimeoutAfterSuccess,
    TimeoutBefore,
    Pending,
    LateFailure,
    Reversal,
    ActionRequired,
}

const BY_PREFIX: [(&str, Script); 6] = [
    ("timeout-after-success", Script::TimeoutAfterSuccess),
    ("timeout-before", Script::TimeoutBefore),
    ("pending", Script::Pending),
    ("late-failure", Script::LateFailure),
    ("reversal", Script::Reversal),
    ("action-required", Script::ActionRequired),
];

impl Script {
    pub(super) fn of(provider_payment: &str) -> Self {
        let Some(token) = provider_payment.strip_prefix("sandbox-") else {
            return Self::Succeed;
        };
        if let Some(code) = token.strip_prefix("decline-") {
            return Self::Decline(code.into());
        }
        BY_PREFIX
            .iter()
            .find(|(prefix, _)| token.starts_with(prefix))
            .map_or(Self::Succeed, |(_, script)| script.clone())
    }

    /// How the refund stands when the provider has just taken it.
    pub(super) fn first_status(&self) -> LedgerStatus {
        match self {
            Self::Succeed | Self::TimeoutAfterSuccess | Self::TimeoutBefore | Self::Reversal => {
                LedgerStatus::Succeeded
            }
            Self::Decline(code) => LedgerStatus::Declined(code.clone()),
            Self::Pending | Self::LateFailure => LedgerStatus::Pending,
            Self::ActionRequired => LedgerStatus::ActionRequired,
        }
    }

    /// How the refund stands after one more look-up, if that changes anything.
    pub(super) fn looked_up(&self, entry: &LedgerEntry) -> Option<LedgerEntry> {
        let settled = match self {
            Self::Pending => LedgerStatus::Succeeded,
            Self::LateFailure => LedgerStatus::Declined(DeclineCode::AccountClosed),
            Self::Reversal => LedgerStatus::Reversed(DeclineCode::AccountClosed),
            Self::Succeed
            | Self::Decline(_)
            | Self::TimeoutAfterSuccess
            | Self::TimeoutBefore
            | Self::ActionRequired => return None,
        };
        if entry.lookups >= LOOKUPS_UNTIL_SETTLED {
            return None;
        }
        let lookups = entry.lookups + 1;
        let status = if lookups == LOOKUPS_UNTIL_SETTLED {
            settled
        } else {
            entry.status.clone()
        };
        Some(LedgerEntry {
            status,
            lookups,
            ..entry.clone()
        })
    }
}
