//! The plan of the import against a year of real orders: the counts and the money that the data's
//! own description states. Needs no server; what the services make of the plan is tested elsewhere.

#![allow(clippy::unwrap_used, reason = "a test says what failed by panicking")]

use std::path::PathBuf;

use backhaul::import::answers::{ItemAnswer, LineAnswer, OrderAnswer, RefusalAnswer, ReturnAnswer};
use backhaul::import::matching::Matching;
use backhaul::import::plan::{Plan, PlannedItem, PlannedOrder, Step};
use backhaul::import::report::Report;
use backhaul::import::{rows, worth};
use serde_json::Value;

fn data() -> PathBuf {
    let folder = std::env::var_os("BACKHAUL_DATA").map_or_else(
        || PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/data")),
        PathBuf::from,
    );
    let folder = folder.join("online-retail");
    assert!(
        folder.join("online-retail.csv.zst").is_file(),
        "no data in {}: set BACKHAUL_DATA to the folder that holds online-retail/",
        folder.display()
    );
    folder
}

fn plan() -> Plan {
    let mut matching = Matching::default();
    for row in rows::read(&data().join("online-retail.csv.zst")).unwrap() {
        matching.take(row.unwrap()).unwrap();
    }
    matching.finish()
}

/// What the services have to answer to the plan.
fn answers(plan: &Plan) -> Vec<OrderAnswer> {
    plan.orders.iter().map(answer).collect()
}

fn answer(order: &PlannedOrder) -> OrderAnswer {
    let mut answer = OrderAnswer {
        order: order.invoice.clone(),
        country: order.country.clone(),
        ..OrderAnswer::default()
    };
    for line in &order.lines {
        let paid = line.price.times(line.quantity).unwrap();
        answer.lines.push(LineAnswer {
            quantity: line.quantity,
            paid,
        });
    }
    for step in &order.steps {
        match step {
            Step::Return {
                cancellation,
                items,
            } => answer.returns.push(ReturnAnswer {
                name: String::new(),
                cancellation: cancellation.invoice.clone(),
                items: items.iter().map(item).collect(),
                accepted: items.iter().map(|item| u64::from(item.quantity)).sum(),
                refunded: 0,
            }),
            Step::Excess { item, why, .. } => {
                answer.refusals.push(RefusalAnswer {
                    quantity: item.quantity,
                    why: *why,
                });
            }
        }
    }
    let worth = worth::of_returns(&answer);
    for (each, items) in answer.returns.iter_mut().zip(worth) {
        each.refunded = items.into_iter().map(worth::Worth::granted).sum();
    }
    answer
}

fn item(item: &PlannedItem) -> ItemAnswer {
    let PlannedItem {
        line,
        quantity,
        price,
    } = *item;
    ItemAnswer {
        line,
        quantity,
        claim: price.times(quantity),
    }
}

fn json(name: &str) -> Value {
    serde_json::from_slice(&std::fs::read(data().join(name)).unwrap()).unwrap()
}

#[test]
fn the_plan_has_the_counts_and_the_money_of_the_data() {
    let plan = plan();
    let answers = answers(&plan);
    assert_eq!(plan.rows, json("expected.json")["rows"]);

    let report = serde_json::to_value(Report::of(&answers, plan.outcomes)).unwrap();
    for (key, expected) in json("expected-money.json").as_object().unwrap() {
        assert_eq!(&report[key], expected, "{key}");
    }
    assert_eq!(report["refused_requests"], 51 + 25);

    let claims = answers
        .iter()
        .flat_map(|order| &order.returns)
        .flat_map(|each| &each.items);
    assert!(
        claims.into_iter().all(|item| item.claim > Some(0)),
        "the service takes no empty claim"
    );
}

#[test]
fn the_listing_is_the_expected_one() {
    let mut rows: Vec<String> = answers(&plan())
        .iter()
        .flat_map(|order| {
            order.returns.iter().map(|each| {
                let (cancellation, units, pence) =
                    (&each.cancellation, each.accepted, each.refunded);
                format!("{cancellation},{},{units},{pence}", order.order)
            })
        })
        .collect();
    rows.sort();
    let expected = std::fs::read_to_string(data().join("expected-returns.csv")).unwrap();
    let mut expected: Vec<&str> = expected.lines().skip(1).collect();
    expected.sort_unstable();
    assert_eq!(rows, expected);
}
