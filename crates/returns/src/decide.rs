//! What the rules answer.

use backhaul_events::returns::{Event, ReturnCancelled, ReturnClosed, ReturnExpired};
use backhaul_kernel::{Context, ReturnId};

use crate::command::{Cancel, Close, Command, Expire, NoteRefundSettled};
use crate::refusal::Refusal;
use crate::state::{Return, Stage, State};
use crate::{authorization, claims, exchanges, in_time, inspection, offers, receipt, release};
use crate::{recovery, reopening, repairs, replacements, request, review, withdrawal};

type Answer = Result<Vec<Event>, Refusal>;

/// The answer, with the order as claims, exchanges and repairs left it, and with what follows for
/// exchanges from what happened to their returns.
pub(crate) fn decide(state: &State, command: &Command, at: &Context) -> Answer {
    if exchanges::is_out_of_turn(state, command)? {
        return Ok(Vec::new());
    }
    let command = replacements::in_full(state, command);
    let events = answer(state, &command, at)?;
    Ok(exchanges::follow(state, events))
}

/// The table of contents: every command, one line each.
fn answer(state: &State, command: &Command, at: &Context) -> Answer {
    match command {
        Command::Request(command) => {
            let answer = request::request(state, command, at)?;
            Ok(offers::with_offer(state, command, answer))
        }
        Command::Authorize(command) => authorization::authorize(state, command, at),
        Command::Decline(command) => authorization::decline(state, command, at),
        Command::Cancel(command) => cancel(state, command),
        Command::Expire(command) => expire(state, command, at),
        Command::RecordReceipt(command) => receipt::record_receipt(state, command, at),
        Command::RecordMissing(command) => receipt::record_missing(state, command),
        Command::RecordWrongItem(command) => receipt::record_wrong_item(state, command, at),
        Command::RecordUnexpected(command) => receipt::record_unexpected(state, command, at),
        Command::Inspect(command) => inspection::inspect(state, command, at),
        Command::AssignDisposition(command) => inspection::assign_disposition(state, command),
        Command::RecordRecovery(command) => recovery::record_recovery(state, command, at),
        Command::Close(command) => close(state, command),
        Command::Reopen(command) => reopening::reopen(state, command, at),
        Command::OfferPartialRefund(command) => offers::offer(state, command, at),
        Command::AcceptOffer(command) => offers::accept(state, command),
        Command::DeclineOffer(command) => offers::decline(state, command),
        Command::NoteRefundSettled(command) => note_refund_settled(state, command),
        Command::Claim(command) => claims::decide(state, command, at),
        Command::Exchange(command) => exchanges::decide(state, command, at),
        Command::Repair(command) => repairs::decide(state, command, at),
        Command::Supply(command) => replacements::decide(state, command, at),
        Command::DeclareWithdrawal(command) => withdrawal::declare(state, command, at),
        Command::ConfirmWithdrawal(command) => withdrawal::confirm(state, command, at),
        Command::RecordHandover(command) => in_time::record_handover(state, command),
        Command::ReleaseUninspected(command) => in_time::release_uninspected(state, command, at),
        Command::NoteReviewOverdue(command) => review::note_overdue(state, command, at),
    }
}

/// A return can be called off until goods arrive or money is released. Calling it off twice
/// changes nothing.
fn cancel(state: &State, command: &Cancel) -> Answer {
    let each = state.get(&command.r#return)?;
    match each.stage {
        Stage::Cancelled => return Ok(Vec::new()),
        Stage::Declared | Stage::Requested | Stage::Referred(_) | Stage::Authorized(_) => {}
        Stage::Declined(_) | Stage::Expired(_) | Stage::Closed(_) => {
            return Err(each.refuse("cancelled"));
        }
    }
    let id = each.id.clone();
    if each.has_arrivals() {
        return Err(Refusal::AlreadyReceived { id });
    }
    if each.has_releases() {
        return Err(Refusal::AlreadyReleased { id });
    }
    let note = command.note.clone();
    Ok(vec![ReturnCancelled { r#return: id, note }.into()])
}

/// An authorisation that nobody used expires. A deadline that fires late, early, twice, or after
/// goods left the buyer or arrived changes nothing.
fn expire(state: &State, command: &Expire, at: &Context) -> Answer {
    let each = state.get(&command.r#return)?;
    let Stage::Authorized(terms) = &each.stage else {
        return Ok(Vec::new());
    };
    let is_due = terms.expires_at == Some(command.due) && at.now >= command.due;
    if !is_due || each.has_arrivals() || each.handed_over_at.is_some() {
        return Ok(Vec::new());
    }
    let r#return = each.id.clone();
    Ok(vec![ReturnExpired { r#return }.into()])
}

/// A person ends an authorised return; units that never came may be asked for again unless their
/// money was released. It stays open while money of units in the house hangs on their inspection.
fn close(state: &State, command: &Close) -> Answer {
    let each = state.get(&command.r#return)?;
    let terms = match &each.stage {
        Stage::Closed(_) => return Ok(Vec::new()),
        Stage::Authorized(terms) => terms,
        Stage::Declared
        | Stage::Requested
        | Stage::Referred(_)
        | Stage::Declined(_)
        | Stage::Cancelled
        | Stage::Expired(_) => return Err(each.refuse("closed")),
    };
    if let Some(line) = release::awaiting_inspection(each, terms.release) {
        return Err(Refusal::AwaitingInspection {
            id: each.id.clone(),
            line: line.clone(),
        });
    }
    Ok(vec![each.closed()])
}

/// A return ends by itself when its last release is paid and every unit came or is known not to
/// come, and was looked at; a return whose goods are kept ends with its money.
fn note_refund_settled(state: &State, command: &NoteRefundSettled) -> Answer {
    let each = state.get(&command.r#return)?;
    let Stage::Authorized(terms) = &each.stage else {
        return Ok(Vec::new());
    };
    let is_last_release = command.release >= each.releases;
    if is_last_release && each.is_complete(terms) {
        return Ok(vec![each.closed()]);
    }
    Ok(Vec::new())
}

impl State {
    /// The return of that id, or the refusal that there is none.
    pub(crate) fn get(&self, id: &ReturnId) -> Result<&Return, Refusal> {
        self.find(id)
            .ok_or_else(|| Refusal::ReturnNotFound { id: id.clone() })
    }
}

impl Return {
    /// Its end.
    pub(crate) fn closed(&self) -> Event {
        let r#return = self.id.clone();
        ReturnClosed { r#return }.into()
    }

    /// The refusal that its stage does not allow this.
    pub(crate) fn refuse(&self, action: &'static str) -> Refusal {
        Refusal::State {
            id: self.id.clone(),
            status: self.status(),
            action,
        }
    }
}
