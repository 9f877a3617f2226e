//! Decisions under a large policy: one request decided, and the same explained, on one core; and a
//! recorded history decided again. Beside each stands the same work under a policy without any
//! rule.

use std::hint::black_box;
use std::time::{Duration, Instant};

use anyhow::ensure;
use backhaul_api::policies::policy_to_proto;
use backhaul_api::proto::returns::v1::SimulatePolicyRequest;
use backhaul_events::returns::{
    Authorization, Clock, Fees, LastDay, PolicySet, Postage, Reason, Release, RequestedItem,
    ReturnCentre, Rule, Scope, SpanUnit, WindowTerms,
};
use backhaul_kernel::{Decider as _, Text, Timestamp};
use backhaul_returns::{
    Command, NotReturnable, OrderFacts, PolicySnapshot, Request, Returns, State, explain,
};
use backhaul_testkit::{at, id, order, text, time};

use crate::deployment::{Callers, Deployment};
use crate::folder::Folder;
use crate::journeys::{begin, publish};
use crate::load::{Until, median, run};
use crate::report::{Figure, Report};
use crate::scale::Scale;

/// Rules of the large policy.
const RULES: u32 = 500;
const POLICY: &str = "default";
/// Orders and requests under way at once while the history is made.
const IN_FLIGHT: usize = 64;
/// How many decisions are timed together, so that the clock is not what is measured.
const ROUND: u32 = 64;
const ORDER: &str = "536365";
const ORDERED: &str = "2026-03-01T09:00:00Z";
const DELIVERED: &str = "2026-03-05T10:00:00Z";
const ASKED: &str = "2026-03-10T12:00:00Z";
const COUNTRIES: [&str; 10] = ["DE", "FR", "GB", "US", "JP", "BR", "AU", "IT", "ES", "NL"];
const WITHOUT_RULES: &str = "of a policy without rules";

pub(crate) async fn measure(scale: &Scale, report: &mut Report) -> anyhow::Result<()> {
    decisions(scale, report);
    simulation(scale, report).await
}

/// An order of three lines, and a request for one of them.
struct Case {
    facts: OrderFacts,
    items: Vec<RequestedItem>,
    asked_at: Timestamp,
}

impl Case {
    /// The request as a command under that policy.
    fn request(&self, policy: &PolicySnapshot) -> Command {
        Command::Request(Request {
            order: id(ORDER),
            items: self.items.clone(),
            requested_at: self.asked_at,
            gift_recipient: None,
            facts: self.facts.clone(),
            policy: policy.clone(),
            on_not_returnable: NotReturnable::Decline,
        })
    }
}

fn case() -> Case {
    let sample = order(ORDER)
        .destination("DE", "Europe/Berlin")
        .ordered_at(ORDERED);
    let sample = ["1", "2", "3"].into_iter().fold(sample, |sample, line| {
        let sample = sample.line(line, 3, 3_000).category("shoes");
        sample.delivered(line, 3, DELIVERED)
    });
    let mut facts = OrderFacts::default();
    sample.events().iter().for_each(|event| facts.evolve(event));
    Case {
        facts,
        items: vec![RequestedItem {
            line: id("2"),
            quantity: 1,
            reason: Reason::ChangedMind,
            note: Text::default(),
            claim: None,
            fault_found_at: None,
        }],
        asked_at: time(ASKED),
    }
}

/// As many rules, in turns for ten countries, with conditions on what is asked for. Each says
/// something: rules that say nothing are not published.
fn policy(rules: u32) -> PolicySet {
    PolicySet {
        windows: Vec::new(),
        default_window_days: 30,
        final_sale_categories: Vec::new(),
        authorization: Authorization::Automatic,
        release: Release::OnInspection,
        keep_item_up_to: Vec::new(),
        expire_after_days: None,
        release_after_days: None,
        postage: Postage::Buyer,
        return_centres: vec![ReturnCentre {
            id: text("leicester"),
            country: id("GB"),
            name: text("Returns, Leicester"),
        }],
        review_within: None,
        rules: (0..rules).map(rule).collect(),
    }
}

fn snapshot(rules: u32) -> PolicySnapshot {
    PolicySnapshot::new(id(POLICY), 1, policy(rules))
}

fn rule(number: u32) -> Rule {
    let country = COUNTRIES[number as usize % COUNTRIES.len()];
    let condition = match number % 3 {
        0 => format!("worth > {number} && quantity < 3"),
        1 => format!("reason == 'changed_mind' && worth <= {number}"),
        _ => String::new(),
    };
    Rule {
        id: text(&format!("rule-{number}")),
        scope: Scope {
            countries: vec![id(country)],
            ..Scope::default()
        },
        condition: text(&condition),
        window: number.is_multiple_of(2).then(|| WindowTerms {
            length: 14 + number % 60,
            unit: SpanUnit::Days,
            clock: Clock::Delivery,
            last_day: LastDay::AnyDay,
        }),
        postage: (!number.is_multiple_of(2)).then_some(Postage::Merchant),
        fees: number.is_multiple_of(7).then(|| Fees {
            restocking_basis_points: number % 1_000,
            return_postage: Vec::new(),
            ..Fees::default()
        }),
        ..Rule::default()
    }
}

fn decisions(scale: &Scale, report: &mut Report) {
    let (case, large, bare) = (case(), snapshot(RULES), snapshot(0));
    let (state, at) = (State::default(), at(ASKED));
    for (what, decided) in [
        ("decisions", Decided::Alone),
        ("explained decisions", Decided::Explained),
    ] {
        let rate_under = |policy: &PolicySnapshot| match decided {
            Decided::Alone => {
                let request = case.request(policy);
                rate(scale.run, || {
                    let events = Returns::decide(&state, &request, &at);
                    assert_eq!(black_box(events).map(|events| events.len()), Ok(2));
                })
            }
            Decided::Explained => rate(scale.run, || {
                let found = explain(&case.facts, &state, policy, &case.items, case.asked_at);
                assert_eq!(black_box(found).len(), 1);
            }),
        };
        let (mut rates, mut floors) = (Vec::new(), Vec::new());
        for _ in 0..scale.runs {
            rates.push(rate_under(&large));
            floors.push(rate_under(&bare));
        }
        let name = format!("{what} under {RULES} rules, one core");
        let figure = Figure::new(name, median(rates), "decisions/s");
        report.add(figure.beside(WITHOUT_RULES, median(floors)));
    }
}

/// Whether a decision tells every rule and clause that was looked at.
#[derive(Clone, Copy)]
enum Decided {
    Alone,
    Explained,
}

/// How often it is done in a second.
fn rate(run: Duration, mut work: impl FnMut()) -> f64 {
    let began = Instant::now();
    let mut done = 0_u64;
    while began.elapsed() < run {
        (0..ROUND).for_each(|_| work());
        done += u64::from(ROUND);
    }
    done as f64 / began.elapsed().as_secs_f64()
}

/// A recorded history decided again over gRPC, while its log is read.
async fn simulation(scale: &Scale, report: &mut Report) -> anyhow::Result<()> {
    let folder = Folder::new("policies")?;
    let deployment = Deployment::start(folder.path()).await?;
    publish(&deployment.callers).await?;
    let callers = deployment.callers.clone();
    run(
        IN_FLIGHT,
        Until::Calls(scale.journeys),
        move |number, worker| {
            let callers = callers.clone();
            async move { begin(&callers, number, worker).await.map(drop) }
        },
    )
    .await?;

    let (mut rates, mut floors) = (Vec::new(), Vec::new());
    for _ in 0..scale.runs {
        rates.push(simulate(&deployment.callers, scale, RULES).await?);
        floors.push(simulate(&deployment.callers, scale, 0).await?);
    }
    let name = format!("requests simulated under {RULES} rules");
    let figure = Figure::new(name, median(rates), "returns/s");
    report.add(figure.beside(WITHOUT_RULES, median(floors)));
    deployment.stop().await
}

/// Requests decided again in a second.
async fn simulate(callers: &Callers, scale: &Scale, rules: u32) -> anyhow::Result<f64> {
    let request = SimulatePolicyRequest {
        draft: Some(policy_to_proto(&id(POLICY), 1, &policy(rules))),
        ..SimulatePolicyRequest::default()
    };
    let began = Instant::now();
    let answers = callers.of(0).returns().simulate_policy(request).await?;
    let (mut answers, mut simulation) = (answers.into_inner(), None);
    while let Some(answer) = answers.message().await? {
        simulation = answer.simulation.or(simulation);
    }
    let took = began.elapsed();
    let returns = simulation.map_or(0, |simulation| simulation.returns);
    ensure!(
        u64::try_from(returns) == Ok(scale.journeys),
        "{returns} of {} requests were decided again",
        scale.journeys
    );
    Ok(scale.journeys as f64 / took.as_secs_f64())
}
