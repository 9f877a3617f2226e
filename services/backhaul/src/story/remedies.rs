//! The words of claims, exchanges and repairs.

use backhaul_events::returns::{
    ClaimRemedy, ClaimResolved, Coverage, DifferenceQuoted, Event, Evidence, LineAmount, RemedyOf,
    ReplacementLine,
};
use backhaul_kernel::Text;

use super::{listed, minute, noted, of_line, word};

/// The words of an event of a claim, an exchange or a repair; none of a return.
pub(super) fn words(event: &Event) -> Option<String> {
    Some(match event {
        Event::ClaimOpened(event) => format!(
            "claim {} opened: {} ({}){}{}",
            event.claim,
            listed(
                event
                    .units
                    .iter()
                    .map(|units| of_line(units.quantity, &units.line))
            ),
            word(event.reason),
            noted(&event.note),
            shown(&event.evidence),
        ),
        Event::ClaimEvidenceRequested(event) => format!(
            "claim {} waits for the buyer to show more{}",
            event.claim,
            noted(&event.note)
        ),
        Event::ClaimEvidenceAdded(event) => {
            format!("claim {} goes on{}", event.claim, shown(&event.evidence))
        }
        Event::ClaimAccepted(event) => {
            format!("claim {} accepted{}", event.claim, noted(&event.note))
        }
        Event::ClaimDenied(event) => format!(
            "claim {} denied, {}{}",
            event.claim,
            word(event.reason),
            noted(&event.note)
        ),
        Event::ClaimWithdrawn(event) => {
            format!("claim {} withdrawn{}", event.claim, noted(&event.note))
        }
        Event::ClaimResolved(event) => resolved(event),
        Event::ReplacementReserved(event) => format!(
            "goods of {} set aside as {}",
            of(&event.of),
            event.reference
        ),
        Event::ReplacementUnavailable(event) => {
            format!(
                "there are no goods for {}{}",
                of(&event.of),
                noted(&event.note)
            )
        }
        Event::ReplacementSent(event) => {
            let due = event
                .goods_due_at
                .map(|at| format!("; the old goods are due {}", minute(at)));
            format!(
                "goods of {} sent{}{}",
                of(&event.of),
                sent_as(&event.reference),
                due.unwrap_or_default()
            )
        }
        Event::ReplacementDelivered(event) => format!("goods of {} delivered", of(&event.of)),
        Event::RemedyReleased(event) => format!(
            "money for {} released: {}",
            of(&event.of),
            listed(event.items.iter().map(|item| match item.claim {
                Some(claim) => format!("{claim} of line {}", item.line),
                None => of_line(item.quantity, &item.line),
            }))
        ),
        Event::ExchangeRequested(event) => format!(
            "exchange {} requested, by return {}: {}",
            event.exchange,
            event.r#return,
            listed(event.lines.iter().map(replacement))
        ),
        Event::DifferenceQuoted(event) => quoted(event),
        Event::DifferenceCollected(event) => format!(
            "difference of exchange {} collected: {} by {}",
            event.exchange, event.amount, event.payment
        ),
        Event::DifferenceReleased(event) => format!(
            "{} collected for exchange {} goes back to the buyer by {}",
            event.amount, event.exchange, event.payment
        ),
        Event::AdvanceAuthorized(event) => format!(
            "exchange {} may send first, {} secured by {}",
            event.exchange, event.amount, event.payment
        ),
        Event::AdvanceReleased(event) => {
            format!(
                "nothing is charged for the old goods of exchange {}",
                event.exchange
            )
        }
        Event::AdvanceCharged(event) => format!(
            "old goods of exchange {} did not come, {} charged by {}",
            event.exchange, event.amount, event.payment
        ),
        Event::ExchangeCompleted(event) => format!("exchange {} completed", event.exchange),
        Event::ExchangeUnwound(event) => format!(
            "exchange {} unwound, it is a return with its refund{}",
            event.exchange,
            noted(&event.note)
        ),
        Event::ExchangeCancelled(event) => {
            format!(
                "exchange {} cancelled{}",
                event.exchange,
                noted(&event.note)
            )
        }
        Event::RepairStarted(event) => {
            let payer = match &event.coverage {
                Coverage::Claim => match &event.claim {
                    Some(claim) => format!("for claim {claim}"),
                    None => "for a claim".to_owned(),
                },
                Coverage::Guarantee { clause, .. } => format!("under guarantee ({clause})"),
                Coverage::Buyer => "at the buyer's cost".to_owned(),
            };
            format!(
                "repair {} started {payer}: {}{}",
                event.repair,
                listed(
                    event
                        .units
                        .iter()
                        .map(|units| of_line(units.quantity, &units.line))
                ),
                noted(&event.note)
            )
        }
        Event::RepairQuoted(event) => format!(
            "repair {} would cost {}{}",
            event.repair,
            event.price,
            noted(&event.note)
        ),
        Event::RepairQuoteAccepted(event) => {
            format!("the buyer takes the offer for repair {}", event.repair)
        }
        Event::RepairQuoteDeclined(event) => {
            format!(
                "the buyer does not take the offer for repair {}",
                event.repair
            )
        }
        Event::RepairCompleted(event) => {
            let parts = listed(event.parts.iter().map(ToString::to_string));
            let parts = match parts.as_str() {
                "" => String::new(),
                parts => format!(" with {parts}"),
            };
            format!("repair {} completed{parts}", event.repair)
        }
        Event::RepairFailed(event) => {
            format!("repair {} failed{}", event.repair, noted(&event.note))
        }
        Event::RepairSentBack(event) => {
            format!(
                "goods of repair {} sent back to the buyer{}",
                event.repair,
                sent_as(&event.reference)
            )
        }
        Event::GuaranteeExtended(event) => format!(
            "guarantee of line {} longer by {} months after repair {}, until {} ({})",
            event.line,
            event.months,
            event.repair,
            minute(event.ends_at),
            event.clause
        ),
        _ => return None,
    })
}

/// Which remedy, which clause made it open, and what was tried before.
fn resolved(event: &ClaimResolved) -> String {
    let grounds = &event.grounds;
    let by = match grounds.clauses.is_empty() {
        true => "no clause asks for anything".to_owned(),
        false => listed(grounds.clauses.iter().map(ToString::to_string)),
    };
    let tried = match grounds.attempts {
        0 => String::new(),
        1 => " after one cure that did not last".to_owned(),
        attempts => format!(" after {attempts} cures that did not last"),
    };
    format!(
        "claim {} resolved by {} ({by}; open{tried} were {})",
        event.claim,
        remedy(&event.remedy),
        listed(grounds.allowed.iter().map(word))
    )
}

/// What the buyer shows, after a comma; nothing when that is nothing.
fn shown(evidence: &[Evidence]) -> String {
    if evidence.is_empty() {
        return String::new();
    }
    let shown = evidence.iter().map(|each| {
        format!(
            "{} {}{}",
            word(each.kind),
            each.reference,
            noted(&each.note)
        )
    });
    format!(", shown by {}", listed(shown))
}

/// The carrier's number, if there is one.
fn sent_as(reference: &Text) -> String {
    match reference.is_empty() {
        true => String::new(),
        false => format!(" as {reference}"),
    }
}

fn of(of: &RemedyOf) -> String {
    match of {
        RemedyOf::Claim { claim } => format!("claim {claim}"),
        RemedyOf::Exchange { exchange } => format!("exchange {exchange}"),
    }
}

fn replacement(line: &ReplacementLine) -> String {
    let article = match (&line.replaces, line.sku.as_str()) {
        (Some(replaces), "") => format!("the article of line {replaces}"),
        (_, sku) => sku.to_owned(),
    };
    format!(
        "{} x {article} for {} as line {}",
        line.quantity, line.value, line.line
    )
}

fn quoted(event: &DifferenceQuoted) -> String {
    let payer = match event.difference.minor {
        0 => "nobody pays anything".to_owned(),
        1.. => format!("the buyer pays {}", event.difference),
        minor => {
            let owed =
                backhaul_kernel::Money::new(minor.saturating_neg(), event.difference.currency);
            format!("the merchant pays {owed}")
        }
    };
    let beside = [
        ("shipping", event.shipping),
        ("way back", event.return_shipping),
    ];
    let beside = beside.iter().filter(|(_, amount)| amount.is_positive());
    let beside: String = beside
        .map(|(what, amount)| format!(", {what} {amount}"))
        .collect();
    format!(
        "exchange {}: new goods {}{beside}, less {} for the old ones: {payer}",
        event.exchange, event.goods, event.credit
    )
}

fn remedy(remedy: &ClaimRemedy) -> String {
    let beside = |reductions: &[LineAmount]| match reductions {
        [] => String::new(),
        reductions => format!(" and {} less", reduced(reductions)),
    };
    match remedy {
        ClaimRemedy::Refund => "refund".to_owned(),
        ClaimRemedy::PriceReduction { reductions } => {
            format!("a price less by {}", reduced(reductions))
        }
        ClaimRemedy::Replacement { lines, reductions } => format!(
            "replacement, {}{}",
            listed(lines.iter().map(replacement)),
            beside(reductions)
        ),
        ClaimRemedy::Repair { repair, reductions } => {
            format!("repair {repair}{}", beside(reductions))
        }
    }
}

fn reduced(reductions: &[LineAmount]) -> String {
    listed(
        reductions
            .iter()
            .map(|each| format!("{} of line {}", each.amount, each.line)),
    )
}
