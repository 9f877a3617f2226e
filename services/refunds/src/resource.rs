//! How a refund looks to a caller.

use backhaul_api::names::{order_name, refund_name, return_name};
use backhaul_api::proto::refunds::v1 as proto;
use backhaul_api::refunds::part_to_proto;
use backhaul_api::types::{money_to_proto, version_to_proto};
use backhaul_events::refunds::{Allocation, Cause};
use backhaul_refunds::{Attempt, Grant, Progress, Stage};
use proto::attempt::State as AttemptState;
use proto::refund::State;

/// The refund.
pub(crate) fn refund(grant: &Grant, version: u64) -> proto::Refund {
    let (r#return, note) = match &grant.cause {
        Cause::Return { r#return, .. } => (return_name(r#return), String::new()),
        Cause::Goodwill { note } => (String::new(), note.to_string()),
    };
    let attempts = match grant.attempts.as_slice() {
        [] => grant.allocations.iter().map(created).collect(),
        attempts => attempts.iter().map(attempt).collect(),
    };
    proto::Refund {
        name: refund_name(&grant.refund),
        order: order_name(&grant.refund.order()),
        r#return,
        note,
        state: state(grant).into(),
        amount: Some(money_to_proto(grant.amount)),
        parts: grant.parts.iter().map(part_to_proto).collect(),
        attempts,
        approval_digest: grant.digest.clone(),
        version: version_to_proto(version),
    }
}

/// Where the refund stands: its stage, and once it is approved what its attempts say.
pub(crate) fn state(grant: &Grant) -> State {
    match grant.stage {
        Stage::Proposed | Stage::AwaitingApproval => State::AwaitingApproval,
        Stage::Settled => State::Settled,
        Stage::Rejected => State::Rejected,
        Stage::Cancelled => State::Cancelled,
        Stage::Approved => approved(grant),
    }
}

fn approved(grant: &Grant) -> State {
    let any = |wanted: fn(&Progress) -> bool| {
        grant
            .attempts
            .iter()
            .any(|attempt| wanted(&attempt.progress))
    };
    let open = grant.outstanding() > 0;
    if any(|progress| matches!(progress, Progress::Parked { .. })) {
        return State::Parked;
    }
    if open && any(|progress| matches!(progress, Progress::Reversed { .. })) {
        return State::Reversed;
    }
    if open && any(|progress| matches!(progress, Progress::Failed { .. })) {
        return State::Failed;
    }
    State::Approved
}

fn created(allocation: &Allocation) -> proto::Attempt {
    proto::Attempt {
        payment: allocation.payment.to_string(),
        amount: Some(money_to_proto(allocation.amount)),
        state: AttemptState::Created.into(),
        ..Default::default()
    }
}

fn attempt(attempt: &Attempt) -> proto::Attempt {
    let base = proto::Attempt {
        attempt: attempt.attempt,
        payment: attempt.payment.to_string(),
        amount: Some(money_to_proto(attempt.amount)),
        ..Default::default()
    };
    match &attempt.progress {
        Progress::Submitted => proto::Attempt {
            state: AttemptState::Submitted.into(),
            ..base
        },
        Progress::Unknown { tries, .. } => proto::Attempt {
            state: AttemptState::Unknown.into(),
            tries: *tries,
            ..base
        },
        Progress::Parked { tries } => proto::Attempt {
            state: AttemptState::Unknown.into(),
            tries: *tries,
            ..base
        },
        Progress::Pending {
            provider_refund,
            polls,
            ..
        } => proto::Attempt {
            state: AttemptState::Pending.into(),
            provider_refund: provider_refund.to_string(),
            tries: *polls,
            ..base
        },
        Progress::ActionRequired {
            provider_refund,
            instruction,
        } => proto::Attempt {
            state: AttemptState::ActionRequired.into(),
            provider_refund: provider_refund.to_string(),
            code: instruction.to_string(),
            ..base
        },
        Progress::Succeeded {
            provider_refund,
            acquirer_reference,
        } => proto::Attempt {
            state: AttemptState::Succeeded.into(),
            provider_refund: provider_refund.to_string(),
            acquirer_reference: acquirer_reference.to_string(),
            ..base
        },
        Progress::Failed { code } => proto::Attempt {
            state: AttemptState::Failed.into(),
            code: code.to_string(),
            ..base
        },
        Progress::Reversed { code } => proto::Attempt {
            state: AttemptState::Reversed.into(),
            code: code.to_string(),
            ..base
        },
    }
}
