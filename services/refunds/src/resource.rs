//! How a refund looks to a caller.

use backhaul_api::names::{claim_name, exchange_name, order_name, refund_name, return_name};
use backhaul_api::proto::refunds::v1 as proto;
use backhaul_api::refunds::{
    credit_note_to_proto, discrepancy_to_proto, part_to_proto, reason_to_proto,
};
use backhaul_api::types::{
    deduction_to_proto, money_to_proto, timestamp_to_proto, version_to_proto,
};
use backhaul_events::refunds::{Allocation, Cause, Hold};
use backhaul_events::returns::RemedyOf;
use backhaul_refunds::{Attempt, Grant, Progress, Stage, Via};
use proto::attempt::State as AttemptState;
use proto::refund::State;

/// The refund.
pub(crate) fn refund(grant: &Grant, version: u64) -> proto::Refund {
    let (r#return, note, reason) = match &grant.cause {
        Cause::Return { r#return, .. } => (return_name(r#return), String::new(), None),
        Cause::Goodwill { note, reason } => (String::new(), note.to_string(), *reason),
        Cause::Remedy { .. } => (String::new(), String::new(), None),
    };
    let (claim, exchange) = match &grant.cause {
        Cause::Remedy { of, .. } => match of {
            RemedyOf::Claim { claim } => (claim_name(claim), String::new()),
            RemedyOf::Exchange { exchange } => (String::new(), exchange_name(exchange)),
        },
        Cause::Return { .. } | Cause::Goodwill { .. } => (String::new(), String::new()),
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
        hold: grant.hold.as_ref().map(hold),
        proposed_by: proposer(grant),
        approval_expire_time: match grant.stage {
            Stage::AwaitingApproval => grant.expires_at.map(timestamp_to_proto),
            _ => None,
        },
        due_time: grant.due_at.map(timestamp_to_proto),
        due_time_breached: grant.breached.is_some(),
        reason: reason.map_or(0, |reason| reason_to_proto(reason).into()),
        credit_note: grant.credit_note.as_ref().map(credit_note_to_proto),
        discrepancies: grant
            .discrepancies
            .iter()
            .map(discrepancy_to_proto)
            .collect(),
        claim,
        exchange,
        deductions: grant.deductions.iter().map(deduction_to_proto).collect(),
    }
}

fn proposer(grant: &Grant) -> String {
    let proposer = grant.proposed_by.as_ref();
    proposer.map(|actor| actor.name.clone()).unwrap_or_default()
}

fn hold(hold: &Hold) -> proto::Hold {
    use proto::hold::Reason;
    let of = |reason: Reason| proto::Hold {
        reason: reason.into(),
        ..Default::default()
    };
    match hold {
        Hold::Dispute { payments } => proto::Hold {
            payments: payments.iter().map(ToString::to_string).collect(),
            ..of(Reason::Dispute)
        },
        Hold::Until { at } => proto::Hold {
            until_time: Some(timestamp_to_proto(*at)),
            ..of(Reason::Until)
        },
        Hold::Funds { left } => proto::Hold {
            left: Some(money_to_proto(*left)),
            ..of(Reason::Funds)
        },
    }
}

/// Where the refund stands: its stage, and once it is approved what its attempts say.
pub(crate) fn state(grant: &Grant) -> State {
    match grant.stage {
        Stage::Proposed | Stage::AwaitingApproval => State::AwaitingApproval,
        Stage::Settled => State::Settled,
        Stage::Rejected => State::Rejected,
        Stage::Cancelled => State::Cancelled,
        Stage::Approved if grant.hold.is_some() => State::Held,
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
        route: match attempt.via {
            Via::Provider => proto::Route::Provider,
            Via::StoreCredit { .. } => proto::Route::StoreCredit,
            Via::Manual => proto::Route::ManualPayout,
        }
        .into(),
        account: match &attempt.via {
            Via::StoreCredit { account, .. } => account.to_string(),
            Via::Provider | Via::Manual => String::new(),
        },
        settlement: attempt
            .settlement
            .as_ref()
            .map(ToString::to_string)
            .unwrap_or_default(),
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
