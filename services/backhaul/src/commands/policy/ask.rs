//! `backhaul policy explain` and `dry-run`.

use anyhow::{Context as _, ensure};
use backhaul_api::proto::refunds::v1::{PreviewRefundRequest, Refund};
use backhaul_api::proto::returns::v1::{
    Aspect, BuyerBefore, DryRunReturnRequest, ExplainPolicyRequest, GetReturnabilityRequest, Item,
    LineExplanation, Reason, Return,
};

use backhaul_api::proto::types::v1::{Money, MoneyDue};

use crate::cli::policy::Ask;
use crate::connect::Deployment;
use crate::output::{self, Output};
use crate::wire;

pub(super) async fn explain(
    deployment: &Deployment,
    ask: Ask,
    output: Output,
) -> anyhow::Result<()> {
    let request = ExplainPolicyRequest {
        order: wire::name("orders", &ask.order),
        items: items(&ask.items)?,
        request_time: ask.at.and_then(wire::timestamp),
        draft: ask.draft.as_deref().map(super::read).transpose()?,
    };
    let answer = deployment
        .returns()
        .explain_policy(request)
        .await?
        .into_inner();
    match output {
        Output::Json => {
            let type_name = "backhaul.returns.v1.ExplainPolicyResponse";
            output::print_json(&output::to_json(type_name, &answer)?)
        }
        Output::Text => {
            output::print(&format!(
                "{} version {}",
                answer.policy, answer.policy_version
            ))?;
            if let Some(buyer) = &answer.buyer {
                output::print(&buyer_line(buyer))?;
            }
            answer.lines.iter().try_for_each(tell)
        }
    }
}

pub(super) async fn dry_run(
    deployment: &Deployment,
    ask: Ask,
    output: Output,
) -> anyhow::Result<()> {
    let order = wire::name("orders", &ask.order);
    let asked = match ask.items.as_slice() {
        [] => everything(deployment, &order).await?,
        named => items(named)?,
    };
    let request = DryRunReturnRequest {
        order,
        items: asked,
        request_time: ask.at.and_then(wire::timestamp),
        draft: ask.draft.as_deref().map(super::read).transpose()?,
    };
    let answer = deployment
        .returns()
        .dry_run_return(request)
        .await?
        .into_inner();
    let known = answer.r#return.context("no return in the answer")?;
    let refund = match answer.money_due {
        Some(money_due) => preview(deployment, money_due).await?,
        None => None,
    };
    match output {
        Output::Json => {
            let refund =
                refund.map(|refund| output::to_json("backhaul.refunds.v1.Refund", &refund));
            output::print_json(&serde_json::json!({
                "return": output::to_json("backhaul.returns.v1.Return", &known)?,
                "refund": refund.transpose()?,
            }))
        }
        Output::Text => {
            output::print(&outcome(&known))?;
            refund
                .iter()
                .flat_map(money)
                .try_for_each(|line| output::print(&line))
        }
    }
}

/// What the money comes to if all of it comes back as asked, or is kept.
async fn preview(deployment: &Deployment, money_due: MoneyDue) -> anyhow::Result<Option<Refund>> {
    let request = PreviewRefundRequest {
        money_due: Some(money_due),
    };
    let answer = deployment.refunds().preview_refund(request).await?;
    Ok(answer.into_inner().refund)
}

/// The whole, what is kept back of it and why, and where it goes.
fn money(refund: &Refund) -> Vec<String> {
    let amount = |amount: Option<&Money>| wire::money_text(amount);
    let mut told = vec![format!("  would refund {}", amount(refund.amount.as_ref()))];
    told.extend(refund.deductions.iter().map(|each| {
        let kind = each
            .kind()
            .as_str_name()
            .trim_start_matches("DEDUCTION_KIND_");
        let kind = kind.to_lowercase().replace('_', " ");
        let kept = amount(each.amount.as_ref());
        format!("    {kept} kept back for {kind} ({})", each.clause)
    }));
    told.extend(refund.attempts.iter().map(|attempt| {
        let part = amount(attempt.amount.as_ref());
        match attempt.account.as_str() {
            "" => format!("    {part} back to payment {}", attempt.payment),
            account => format!("    {part} as store credit to account {account}"),
        }
    }));
    told
}

fn outcome(known: &Return) -> String {
    let state = known.state().as_str_name().trim_start_matches("STATE_");
    let findings = known
        .decision
        .iter()
        .flat_map(|decision| &decision.findings);
    let findings = findings.map(|finding| {
        let verdict = finding
            .verdict()
            .as_str_name()
            .trim_start_matches("VERDICT_");
        format!(
            "  line {} x {}: {verdict} ({})",
            finding.line, finding.quantity, finding.clause
        )
    });
    let decision = known.decision.iter();
    let told = decision.flat_map(|decision| {
        let signs = decision
            .signals
            .iter()
            .map(|sign| format!("  sign of fraud: {sign}"));
        let buyer = decision.buyer.as_ref().map(buyer_line);
        buyer.into_iter().chain(signs).collect::<Vec<String>>()
    });
    let lines: Vec<String> = std::iter::once(format!("would be {state}; nothing was written"))
        .chain(findings)
        .chain(told)
        .collect();
    lines.join("\n")
}

/// What the policy is told of the buyer.
fn buyer_line(buyer: &BuyerBefore) -> String {
    format!(
        "  buyer in {} days: orders {} ({} units), returns before {} ({} units, {} kept), asked back \
         {} of 10000",
        buyer.days,
        buyer.orders,
        buyer.bought,
        buyer.returns,
        buyer.returned,
        buyer.kept,
        buyer.share_basis_points
    )
}

/// Every rule and clause of a line, one a line.
fn tell(line: &LineExplanation) -> anyhow::Result<()> {
    if let Some(finding) = &line.finding {
        let verdict = finding
            .verdict()
            .as_str_name()
            .trim_start_matches("VERDICT_");
        let until = wire::time_text(finding.window_end_time.as_ref());
        output::print(&format!(
            "line {} x {}: {verdict} by {} until {until}",
            finding.line, finding.quantity, finding.clause
        ))?;
    }
    for rule in &line.rules {
        let decided = decided(rule.decided());
        output::print(&told("rule", &rule.clause, rule.holds, &rule.why, &decided))?;
    }
    for clause in &line.clauses {
        let decided = decided(clause.decided());
        let told = told("law", &clause.clause, clause.holds, &clause.why, &decided);
        output::print(&format!(
            "{told} [{}, {}]",
            clause.source, clause.confidence
        ))?;
    }
    Ok(())
}

fn told(kind: &str, clause: &str, holds: bool, why: &str, decided: &str) -> String {
    let holds = if holds { "holds" } else { "does not hold" };
    format!("  {kind} {clause} {holds}: {why}{decided}")
}

fn decided(aspects: impl Iterator<Item = Aspect>) -> String {
    let words = aspects.map(|aspect| {
        let word = aspect.as_str_name().trim_start_matches("ASPECT_");
        word.to_lowercase().replace('_', " ")
    });
    let words: Vec<String> = words.collect();
    match words.is_empty() {
        true => String::new(),
        false => format!("; decides {}", words.join(", ")),
    }
}

/// All units that are left of every line of the order.
async fn everything(deployment: &Deployment, order: &str) -> anyhow::Result<Vec<Item>> {
    let request = GetReturnabilityRequest {
        order: order.to_owned(),
        as_of_time: None,
    };
    let answer = deployment
        .returns()
        .get_returnability(request)
        .await?
        .into_inner();
    let left = answer.lines.into_iter().filter(|line| line.quantity > 0);
    Ok(left
        .map(|line| Item {
            line: line.line,
            quantity: line.quantity,
            reason: Reason::ChangedMind.into(),
            ..Item::default()
        })
        .collect())
}

fn items(texts: &[String]) -> anyhow::Result<Vec<Item>> {
    texts.iter().map(|text| item(text)).collect()
}

/// `LINE:UNITS` or `LINE:UNITS:REASON`.
fn item(text: &str) -> anyhow::Result<Item> {
    let wrong = || format!("`{text}` is no item such as 1:2 or 1:2:defective");
    let mut parts = text.split(':');
    let (line, quantity) = parts.next().zip(parts.next()).with_context(wrong)?;
    let reason = parts.next().unwrap_or("changed_mind").to_uppercase();
    let reason = Reason::from_str_name(&format!("REASON_{reason}")).with_context(wrong)?;
    ensure!(parts.next().is_none(), wrong());
    Ok(Item {
        line: line.to_owned(),
        quantity: quantity.parse().with_context(wrong)?,
        reason: reason.into(),
        ..Item::default()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn items_are_read() {
        let read =
            |text: &str| item(text).map(|item| (item.line.clone(), item.quantity, item.reason()));
        assert_eq!(
            read("1:2").unwrap(),
            ("1".to_owned(), 2, Reason::ChangedMind)
        );
        assert_eq!(
            read("a:3:defective").unwrap(),
            ("a".to_owned(), 3, Reason::Defective)
        );
        for wrong in ["", "1", "1:x", "1:2:bored", "1:2:defective:4"] {
            assert!(read(wrong).is_err(), "{wrong}");
        }
    }
}
