//! The words of returns: above all, why a policy decided as it did.

use backhaul_events::returns::{
    Authorization, BuyerBefore, DecidedBy, Decision, Event, Finding, Handling, InspectedUnits,
    InspectionOutcome, OutboundShipping, PolicyPublished, Postage, ReceivedUnits, RefundReleased,
    Release, ReleaseTerms, RequestedItem, ReturnAuthorized, Verdict, WithdrawalRight,
};

use backhaul_kernel::Text;

use super::{amounts, beside, counted, listed, minute, noted, of_line, remedies, word};

pub(super) fn words(event: &Event) -> String {
    match event {
        Event::ReturnRequested(event) => format!(
            "return {} requested{}: {}",
            event.r#return,
            beside::gift(event.gift_recipient.as_ref()),
            listed(event.items.iter().map(item))
        ),
        Event::ReturnReferred(event) => {
            let promised = event.decide_by.map(|at| format!(" until {}", minute(at)));
            format!(
                "return {} left to a person{}, {}",
                event.r#return,
                promised.unwrap_or_default(),
                decision(&event.decision)
            )
        }
        Event::ReturnAuthorized(event) => authorized(event),
        Event::ReturnDeclined(event) => format!(
            "return {} declined {}{}",
            event.r#return,
            decision(&event.decision),
            noted(&event.note)
        ),
        Event::ReturnCancelled(event) => {
            format!("return {} cancelled{}", event.r#return, noted(&event.note))
        }
        Event::ReturnExpired(event) => {
            format!(
                "return {} expired, its authorisation was not used in time",
                event.r#return
            )
        }
        Event::UnitsReceived(event) => {
            let parcel = event
                .parcel
                .as_ref()
                .map(|parcel| format!(" in parcel {parcel}"));
            format!(
                "received {}{} for return {}",
                listed(event.units.iter().map(received)),
                parcel.unwrap_or_default(),
                event.r#return
            )
        }
        Event::UnitsMissing(event) => format!(
            "missing {} of return {}",
            listed(
                event
                    .units
                    .iter()
                    .map(|units| of_line(units.quantity, &units.line))
            ),
            event.r#return
        ),
        Event::WrongItemReceived(event) => format!(
            "received something else for line {} of return {}: {} x {}",
            event.line, event.r#return, event.quantity, event.found
        ),
        Event::UnexpectedUnitsReceived(event) => format!(
            "received goods that nobody announced for order {}: {} x {}",
            event.order, event.quantity, event.found
        ),
        Event::UnitsInspected(event) => format!(
            "inspected {} for return {}{}",
            listed(event.units.iter().map(inspected)),
            event.r#return,
            beside::found(event)
        ),
        Event::DispositionAssigned(event) => format!(
            "{} of return {}: {}{}",
            of_line(event.units.quantity, &event.units.line),
            event.r#return,
            word(event.disposition),
            beside::at(&event.site)
        ),
        Event::RefundReleased(event) => released(event),
        Event::UnitsHandedOver(event) => format!(
            "a carrier has parcel {} of return {}, seen {}",
            event.parcel,
            event.r#return,
            minute(event.handed_over_at)
        ),
        Event::WithdrawalDeclared(event) => format!(
            "withdrawal stated from {}, return {} once it is confirmed",
            listed(
                event
                    .units
                    .iter()
                    .map(|units| of_line(units.quantity, &units.line))
            ),
            event.r#return
        ),
        Event::WithdrawalConfirmed(event) => format!(
            "withdrawal {} confirmed {}: {}",
            event.r#return,
            minute(event.confirmed_at),
            listed(event.rights.iter().map(right))
        ),
        Event::WithdrawalAcknowledged(event) => format!(
            "withdrawal {} acknowledged to the buyer, confirmed {}",
            event.r#return,
            minute(event.confirmed_at)
        ),
        Event::InspectionOverdue(event) => format!(
            "{} of return {} not inspected in time",
            listed(
                event
                    .units
                    .iter()
                    .map(|units| of_line(units.quantity, &units.line))
            ),
            event.r#return
        ),
        Event::ReviewOverdue(event) => format!(
            "nobody decided on return {} by {}, as was promised",
            event.r#return,
            minute(event.due)
        ),
        Event::ReturnClosed(event) => format!("return {} closed", event.r#return),
        Event::PolicyPublished(event) => published(event),
        Event::PolicyRetired(event) => format!(
            "return policy {} retired after version {}; the built-in policy decides",
            event.policy, event.version
        ),
        Event::ClaimOpened(_)
        | Event::ClaimEvidenceRequested(_)
        | Event::ClaimEvidenceAdded(_)
        | Event::ClaimAccepted(_)
        | Event::ClaimDenied(_)
        | Event::ClaimWithdrawn(_)
        | Event::ClaimResolved(_)
        | Event::ReplacementReserved(_)
        | Event::ReplacementUnavailable(_)
        | Event::ReplacementSent(_)
        | Event::ReplacementDelivered(_)
        | Event::RemedyReleased(_)
        | Event::ExchangeRequested(_)
        | Event::DifferenceQuoted(_)
        | Event::DifferenceCollected(_)
        | Event::DifferenceReleased(_)
        | Event::AdvanceAuthorized(_)
        | Event::AdvanceReleased(_)
        | Event::AdvanceCharged(_)
        | Event::ExchangeCompleted(_)
        | Event::ExchangeUnwound(_)
        | Event::ExchangeCancelled(_)
        | Event::RepairStarted(_)
        | Event::RepairQuoted(_)
        | Event::RepairQuoteAccepted(_)
        | Event::RepairQuoteDeclined(_)
        | Event::RepairCompleted(_)
        | Event::RepairFailed(_)
        | Event::RepairSentBack(_)
        | Event::GuaranteeExtended(_) => remedies::words(event).unwrap_or_default(),
        Event::ValueRecovered(_)
        | Event::PartialRefundOffered(_)
        | Event::PartialRefundAccepted(_)
        | Event::PartialRefundDeclined(_)
        | Event::PartsReceived(_)
        | Event::ReturnReopened(_) => beside::words(event).unwrap_or_default(),
    }
}

fn right(right: &WithdrawalRight) -> String {
    let ends_at = right.ends_at.map(|at| format!(" until {}", minute(at)));
    let ends_at = ends_at.unwrap_or_default();
    format!("line {} by {}{ends_at}", right.line, right.clause)
}

fn item(item: &RequestedItem) -> String {
    let claim = item
        .claim
        .map(|claim| format!(", asking {claim}"))
        .unwrap_or_default();
    let units = of_line(item.quantity, &item.line);
    format!(
        "{units} ({}{claim}){}",
        word(item.reason),
        noted(&item.note)
    )
}

fn authorized(event: &ReturnAuthorized) -> String {
    let handling = match &event.handling {
        Handling::KeepItem => "the buyer keeps the goods".to_owned(),
        Handling::SendBack { to, postage } => {
            let payer = match postage {
                Postage::Merchant => "postage paid",
                Postage::Buyer => "the buyer pays postage",
            };
            format!("goods go to {} in {}, {payer}", to.name, to.country)
        }
    };
    let expires = event
        .expires_at
        .map(|at| format!(", expires {}", minute(at)));
    format!(
        "return {} authorised {}; {handling}; money {}{}",
        event.r#return,
        decision(&event.decision),
        release(event.release),
        expires.unwrap_or_default()
    )
}

fn decision(decision: &Decision) -> String {
    let by = match decision.by {
        DecidedBy::Policy => "by",
        DecidedBy::Person => "by a person under",
    };
    let version = match decision.policy_version {
        0 => "(built in)".to_owned(),
        version => format!("version {version}"),
    };
    let findings = grouped(&decision.findings);
    format!(
        "{by} policy {} {version}: {}{}{}",
        decision.policy,
        listed(findings),
        decision.buyer.as_deref().map(buyer).unwrap_or_default(),
        signs(&decision.signals)
    )
}

fn buyer(before: &BuyerBefore) -> String {
    format!(
        "; the buyer had {} with {} in {}, and before this {} with {}, {} kept",
        counted(before.orders.into(), "order"),
        counted(before.bought.into(), "unit"),
        counted(before.days.into(), "day"),
        counted(before.returns.into(), "return"),
        counted(before.returned.into(), "unit"),
        before.kept
    )
}

fn signs(signals: &[Text]) -> String {
    match signals {
        [] => String::new(),
        signals => {
            let quoted = signals.iter().map(|signal| format!("\"{signal}\""));
            format!("; a sign of fraud: {}", listed(quoted))
        }
    }
}

/// Lines of which the same is found are told together.
fn grouped(findings: &[Finding]) -> Vec<String> {
    let mut groups: Vec<(String, Vec<String>)> = Vec::new();
    for finding in findings {
        let (reason, line) = (reason(finding), finding.line.to_string());
        match groups.iter_mut().find(|(known, _)| *known == reason) {
            Some((_, lines)) => lines.push(line),
            None => groups.push((reason, vec![line])),
        }
    }
    let told = groups.into_iter().map(|(reason, lines)| {
        let word = if lines.len() == 1 { "line" } else { "lines" };
        format!("{word} {} {reason}", listed(lines))
    });
    told.collect()
}

fn reason(finding: &Finding) -> String {
    let verdict = match finding.verdict {
        Verdict::Returnable => "returnable",
        Verdict::WindowClosed => "too late",
        Verdict::FinalSale => "sold as final",
        Verdict::Exempt => "exempt from return",
        Verdict::NotDelivered => "not delivered yet",
        Verdict::DeclinedByPerson => "declined by a person",
    };
    let country = finding.country.map(|country| format!("in {country}"));
    let category = finding
        .category
        .as_ref()
        .map(|category| format!("category {category}"));
    let days = finding
        .window_days
        .map(|days| counted(u64::from(days), "day"));
    let from = finding
        .clock_started_at
        .map(|at| format!("from {}", minute(at)));
    let until = finding
        .window_ends_at
        .map(|at| format!("until {}", minute(at)));
    let inputs: Vec<String> = [days, from, until, country, category]
        .into_iter()
        .flatten()
        .collect();
    let clause = &finding.clause;
    match inputs.is_empty() {
        true => format!("{verdict} ({clause})"),
        false => format!("{verdict} ({clause}: {})", inputs.join(" ")),
    }
}

const fn release(release: Release) -> &'static str {
    match release {
        Release::OnRequest => "is released on request",
        Release::OnFirstScan => "is released at the first scan",
        Release::OnReceipt => "is released on receipt",
        Release::OnInspection => "is released on inspection",
    }
}

fn received(units: &ReceivedUnits) -> String {
    format!(
        "{} {}",
        of_line(units.quantity, &units.line),
        word(units.condition)
    )
}

fn inspected(units: &InspectedUnits) -> String {
    let outcome = match units.outcome {
        InspectionOutcome::Accepted => "accepted",
        InspectionOutcome::Rejected => "rejected",
    };
    format!(
        "{} {outcome} as grade {}",
        of_line(units.quantity, &units.line),
        grade(units)
    )
}

fn grade(units: &InspectedUnits) -> String {
    word(units.grade).to_uppercase()
}

fn released(event: &RefundReleased) -> String {
    let items = event.items.iter().map(|item| {
        let claim = item
            .claim
            .map(|claim| format!(" (at most {claim})"))
            .unwrap_or_default();
        format!("{}{claim}", of_line(item.quantity, &item.line))
    });
    format!(
        "money released for {}, return {}, release {}, {}{}",
        listed(items),
        event.r#return,
        event.release,
        word(event.basis),
        on_terms(&event.terms)
    )
}

fn on_terms(terms: &ReleaseTerms) -> String {
    let due = terms.due.as_ref();
    let due = due.map(|due| format!("due by {} ({})", minute(due.at), due.clause));
    let shipping = terms.shipping.as_ref();
    let shipping = shipping.map(|owed| {
        let extent = match owed.extent {
            OutboundShipping::WithWholeOrder => "outbound shipping with the whole order",
            OutboundShipping::ProRata => "a share of outbound shipping",
        };
        format!("{extent} ({})", owed.clause)
    });
    let deductions = terms.deductions.iter().map(|each| {
        let (amount, clause) = (each.amount, &each.clause);
        format!("less {amount} for {} ({clause})", word(each.kind))
    });
    let credit = terms.credit_to.as_ref();
    let credit = credit.map(|person| format!("as store credit of {person}"));
    let told = due
        .into_iter()
        .chain(shipping)
        .chain(deductions)
        .chain(credit);
    told.map(|told| format!("; {told}")).collect()
}

fn published(event: &PolicyPublished) -> String {
    let content = &event.content;
    let windows = content.windows.iter().map(|rule| {
        format!(
            "{} {}",
            rule.id,
            counted(u64::from(rule.window_days), "day")
        )
    });
    let by = match content.authorization {
        Authorization::Automatic => "authorises by itself",
        Authorization::Manual => "leaves decisions to people",
    };
    let days = counted(u64::from(content.default_window_days), "day");
    let windows = listed(windows.chain(std::iter::once(format!("else {days}"))));
    let keep = match content.keep_item_up_to.as_slice() {
        [] => String::new(),
        limits => format!(", buyers keep goods worth up to {}", amounts(limits)),
    };
    let (policy, version) = (&event.policy, event.version);
    let release = release(content.release);
    format!("return policy {policy} version {version}: {windows}; {by}; money {release}{keep}")
}
