//! What happened, counted from the lists of the services and not from what was planned.

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::path::Path;
use std::time::Duration;

use backhaul_api::proto::notifications::v1::{ListNotificationsRequest, Notification};
use backhaul_api::proto::operations::v1::GetTimelineRequest;
use backhaul_api::proto::orders::v1::{ListOrdersRequest, Order};
use backhaul_api::proto::refunds::v1::{ListRefundsRequest, Refund, refund};
use backhaul_api::proto::returns::v1::{ListReturnsRequest, Return, Verdict, r#return};
use serde::Serialize;

use super::play::Played;
use crate::call::send;
use crate::checking::{self, Checked};
use crate::connect::Deployment;
use crate::pages::{self, PAGE_SIZE};
use crate::{story, wire};

/// Everything that the demo tells at its end.
#[derive(Debug, Default, Serialize)]
pub(super) struct Summary {
    /// That nothing of this is real.
    note: &'static str,
    orders: BTreeMap<String, u64>,
    returns: BTreeMap<String, u64>,
    /// Declined returns by the verdict on their first line that could not be returned.
    declined: BTreeMap<String, u64>,
    refused_requests: BTreeMap<String, usize>,
    refunds: BTreeMap<String, u64>,
    refunded_by_currency: BTreeMap<String, i64>,
    refunded_by_country: BTreeMap<String, BTreeMap<String, i64>>,
    approved_by_a_person: usize,
    rejected_by_a_person: usize,
    emails: BTreeMap<String, u64>,
    emails_by_language: BTreeMap<String, u64>,
    events: i64,
    streams: i64,
    findings: Vec<String>,
    seconds: f64,
    data: String,
    story_of: String,
    story: Vec<String>,
    #[serde(skip)]
    scanned: Vec<String>,
    #[serde(skip)]
    countries: BTreeMap<String, String>,
}

/// Counts everything.
pub(super) async fn count(
    deployment: &Deployment,
    played: Played,
    took: Duration,
    data: &Path,
) -> anyhow::Result<Summary> {
    let mut summary = Summary {
        note: "all of this is made up: the shop, its buyers, their orders and the money",
        refused_requests: played.refusals,
        approved_by_a_person: played.approved,
        rejected_by_a_person: played.rejected,
        scanned: played.scanned,
        seconds: took.as_secs_f64(),
        data: data.display().to_string(),
        ..Summary::default()
    };
    summary.count_orders(deployment).await?;
    summary.count_returns(deployment).await?;
    summary.count_refunds(deployment).await?;
    summary.count_emails(deployment).await?;
    summary.check(deployment).await?;
    summary.tell(deployment).await?;
    Ok(summary)
}

/// Lists everything of one kind and takes each.
macro_rules! list {
    ($client:expr, $list:ident, $request:ident, $items:ident, $take:expr) => {{
        let client = $client;
        let page = |page_token| {
            let request = $request {
                page_size: PAGE_SIZE,
                page_token,
                filter: String::new(),
            };
            let client = client.clone();
            async move {
                let page = send!(client, $list, request).await?;
                anyhow::Ok((page.$items, page.next_page_token))
            }
        };
        let mut take = $take;
        pages::each(page, |item| {
            take(item);
            Ok(ControlFlow::Continue(()))
        })
        .await
    }};
}

impl Summary {
    async fn count_orders(&mut self, deployment: &Deployment) -> anyhow::Result<()> {
        list!(
            deployment.orders(),
            list_orders,
            ListOrdersRequest,
            orders,
            |order: Order| {
                let country = order.ship_to.map(|to| to.region_code).unwrap_or_default();
                *self.orders.entry(country.clone()).or_default() += 1;
                self.countries.insert(order.name, country);
            }
        )
    }

    async fn count_returns(&mut self, deployment: &Deployment) -> anyhow::Result<()> {
        list!(
            deployment.returns(),
            list_returns,
            ListReturnsRequest,
            returns,
            |each: Return| {
                let kept = each
                    .handling
                    .as_ref()
                    .is_some_and(|handling| handling.keep_item);
                let state = word(each.state().as_str_name(), "STATE_");
                let state = if kept {
                    format!("{state}, goods kept")
                } else {
                    state
                };
                *self.returns.entry(state).or_default() += 1;
                if each.state() == r#return::State::Declined {
                    *self.declined.entry(verdict(&each)).or_default() += 1;
                }
            }
        )
    }

    async fn count_refunds(&mut self, deployment: &Deployment) -> anyhow::Result<()> {
        let mut best = 0;
        list!(
            deployment.refunds(),
            list_refunds,
            ListRefundsRequest,
            refunds,
            |each: Refund| {
                *self
                    .refunds
                    .entry(word(each.state().as_str_name(), "STATE_"))
                    .or_default() += 1;
                if each.state() != refund::State::Settled {
                    return;
                }
                let amount = each.amount.unwrap_or_default();
                let country = self.countries.get(&each.order).cloned().unwrap_or_default();
                *self
                    .refunded_by_currency
                    .entry(amount.currency_code.clone())
                    .or_default() += amount.minor_units;
                let countries = self.refunded_by_country.entry(country.clone()).or_default();
                *countries.entry(amount.currency_code).or_default() += amount.minor_units;
                // The story worth telling crosses a border and has a parcel that was seen.
                let is_abroad = i32::from(country != "GB");
                let was_seen = i32::from(self.scanned.contains(&each.r#return));
                let rank = 1 + 2 * is_abroad + was_seen;
                if rank > best {
                    best = rank;
                    self.story_of = each.r#return;
                }
            }
        )
    }

    async fn count_emails(&mut self, deployment: &Deployment) -> anyhow::Result<()> {
        let client = deployment.notifications();
        let take = |each: Notification| {
            let state = word(each.state().as_str_name(), "STATE_");
            let template = each.template.replace('_', " ");
            *self
                .emails
                .entry(format!("{template}, {state}"))
                .or_default() += 1;
            // A message that is not sent has no language.
            if !each.language_code.is_empty() {
                *self
                    .emails_by_language
                    .entry(each.language_code)
                    .or_default() += 1;
            }
        };
        list!(
            client,
            list_notifications,
            ListNotificationsRequest,
            notifications,
            take
        )
    }

    /// Folds the whole log, which also counts it.
    async fn check(&mut self, deployment: &Deployment) -> anyhow::Result<()> {
        let Checked { findings, summary } = checking::check(deployment).await?;
        self.findings = findings;
        (self.events, self.streams) = (summary.events, summary.streams);
        Ok(())
    }

    async fn tell(&mut self, deployment: &Deployment) -> anyhow::Result<()> {
        if self.story_of.is_empty() {
            return Ok(());
        }
        let operations = deployment.operations();
        let request = GetTimelineRequest {
            name: self.story_of.clone(),
        };
        let events = send!(operations, get_timeline, request).await?.events;
        self.story = story::lines(&events);
        Ok(())
    }

    /// Whether the log holds what it should.
    pub(super) fn is_sound(&self) -> bool {
        self.findings.is_empty()
    }

    /// For people.
    pub(super) fn text(&self) -> String {
        let orders: u64 = self.orders.values().sum();
        let abroad = orders - self.orders.get("GB").copied().unwrap_or_default();
        let mut text = vec![
            format!("BACKHAUL demo: {}", self.note),
            format!(
                "\n{orders} orders, {abroad} of them to {} countries abroad",
                self.orders.len() - 1
            ),
        ];
        section(&mut text, "returns", &self.returns, u64::to_string);
        section(
            &mut text,
            "declined by the policy",
            &self.declined,
            u64::to_string,
        );
        section(
            &mut text,
            "requests refused",
            &self.refused_requests,
            usize::to_string,
        );
        section(&mut text, "refunds", &self.refunds, u64::to_string);
        text.push(format!(
            "  a person approved {} and rejected {}",
            self.approved_by_a_person, self.rejected_by_a_person
        ));
        text.push("\nrefunded by currency".to_owned());
        text.extend(self.refunded_by_currency.iter().map(|(currency, minor)| {
            format!(
                "  {}",
                wire::money_text(wire::money(*minor, currency).as_ref())
            )
        }));
        text.push("\nrefunded by country".to_owned());
        text.extend(self.refunded_by_country.iter().map(|(country, amounts)| {
            let amounts = amounts
                .iter()
                .map(|(currency, minor)| wire::money_text(wire::money(*minor, currency).as_ref()));
            format!("  {country}  {}", amounts.collect::<Vec<_>>().join(", "))
        }));
        section(&mut text, "e-mails", &self.emails, u64::to_string);
        section(
            &mut text,
            "e-mails by language",
            &self.emails_by_language,
            u64::to_string,
        );
        self.end(&mut text);
        text.join("\n")
    }

    fn end(&self, text: &mut Vec<String>) {
        if !self.story.is_empty() {
            text.push(format!("\nthe story of {}", self.story_of));
            text.extend(self.story.iter().map(|line| format!("  {line}")));
        }
        text.push(format!(
            "\n{} events in {} streams, made in {:.1} s: {:.0} events a second, each on disk before \
             it was answered",
            self.events,
            self.streams,
            self.seconds,
            self.events as f64 / self.seconds.max(f64::EPSILON)
        ));
        match self.findings.as_slice() {
            [] => text.push("the whole log was folded and checked: nothing is wrong".to_owned()),
            findings => text.extend(findings.iter().map(|finding| format!("finding: {finding}"))),
        }
        text.push(format!(
            "everything is in {}; `backhaul status --data {}` looks at it",
            self.data, self.data
        ));
    }
}

fn section<N>(
    text: &mut Vec<String>,
    title: &str,
    counts: &BTreeMap<String, N>,
    show: impl Fn(&N) -> String,
) {
    if counts.is_empty() {
        return;
    }
    text.push(format!("\n{title}"));
    text.extend(
        counts
            .iter()
            .map(|(what, count)| format!("  {:>6}  {what}", show(count))),
    );
}

fn verdict(declined: &Return) -> String {
    let findings = declined
        .decision
        .iter()
        .flat_map(|decision| &decision.findings);
    let mut against = findings.filter(|finding| finding.verdict() != Verdict::Returnable);
    let Some(finding) = against.next() else {
        return "no reason given".to_owned();
    };
    let verdict = word(finding.verdict().as_str_name(), "VERDICT_");
    format!("{verdict} ({})", finding.clause)
}

/// `STATE_UNDER_REVIEW` becomes `under review`.
fn word(name: &str, prefix: &str) -> String {
    name.trim_start_matches(prefix)
        .replace('_', " ")
        .to_lowercase()
}
