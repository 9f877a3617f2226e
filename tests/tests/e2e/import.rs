//! A year of real orders through the whole deployment, to the penny.

use std::path::PathBuf;

use backhaul::connect::{Deployment, Target, connect};
use backhaul::import::play;
use backhaul_api::proto::returns::v1::{SimulatePolicyRequest, Simulation};
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use crate::shop::{check, ledger};

/// The provider's token of every payment of the witness in `kill`.
pub const WITNESS_PAYMENT: &str = "sandbox-witness";

/// Cancellation lines that take units from a purchase, by the data's own description.
const ALLOCATIONS: i64 = 7_644;
/// How many of them come within so many days of the purchase, by the same.
const ALLOCATIONS_WITHIN: [(u32, i64); 2] = [(14, 4_514), (30, 5_911)];

/// The folder of the data: `online-retail` in `BACKHAUL_DATA`, or beside this repository.
pub fn data() -> PathBuf {
    let folder = std::env::var_os("BACKHAUL_DATA").map_or_else(
        || PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../shared/data")),
        PathBuf::from,
    );
    let folder = folder.join("online-retail");
    assert!(
        file(&folder).is_file(),
        "no data in {}: set BACKHAUL_DATA to the folder that holds online-retail/",
        folder.display()
    );
    folder
}

/// The orders and cancellations.
pub fn file(folder: &std::path::Path) -> PathBuf {
    folder.join("online-retail.csv.zst")
}

/// A deployment that is started on the folder.
pub async fn embedded(data: &std::path::Path) -> Deployment {
    let target = Target {
        data: data.to_owned(),
        to: Vec::new(),
        token_file: None,
        cluster: None,
    };
    connect(&target).await.unwrap()
}

/// The report is what the data's own description states, and the books agree with it.
pub async fn check_whole_year(report: &Value, data: &std::path::Path) {
    let folder = self::data();
    let expected = std::fs::read(folder.join("expected-money.json")).unwrap();
    let expected: Value = serde_json::from_slice(&expected).unwrap();
    for (key, expected) in expected.as_object().unwrap() {
        assert_eq!(&report[key], expected, "{key}");
    }
    let listing = std::fs::read_to_string(folder.join("expected-returns.csv")).unwrap();
    let mut rows: Vec<&str> = listing.lines().skip(1).collect();
    rows.sort_unstable();
    let digest = Sha256::digest(rows.join("\n") + "\n");
    let digest: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(report["returns_listing_sha256"], digest);

    // Lines of which the buyer had some or none left: each is a request that is refused.
    let outcomes = &expected["cancellation_lines_by_outcome"];
    let refused = ["all_returned_already", "partly"]
        .map(|outcome| outcomes[outcome].as_u64().unwrap())
        .iter()
        .sum::<u64>();
    assert_eq!(report["refused_requests"], refused);
    assert_eq!(refused, 76);
    assert!(report["refused_units"].as_u64() >= expected["units_refused_in_partly"].as_u64());

    // What the provider paid is what the report says; what a witness of kill.rs was paid stands
    // in its books too, and in no report.
    let ledger = ledger(data);
    let imported = ledger
        .iter()
        .filter(|entry| entry.provider_payment != WITNESS_PAYMENT);
    let paid: i64 = imported.map(|entry| entry.amount.minor).sum();
    assert_eq!(report["refund_pence"], paid);
}

/// What one bare question would have made of the year: how long after the purchase was it?
async fn within(deployment: &Deployment, window_days: u32) -> Simulation {
    let request = SimulatePolicyRequest {
        window_days: Some(window_days),
        ..SimulatePolicyRequest::default()
    };
    let answers = deployment.returns().simulate_policy(request).await.unwrap();
    let (mut answers, mut simulation) = (answers.into_inner(), None);
    while let Some(answer) = answers.message().await.unwrap() {
        simulation = answer.simulation.or(simulation);
    }
    simulation.unwrap()
}

/// Others: full refund one cent above or below paid.
#[tokio::test(flavor = "multi_thread")]
async fn a_year_of_real_orders_is_right_to_the_penny() {
    let folder = tempfile::tempdir().unwrap();
    let plan = play::read(&file(&data())).unwrap();
    let deployment = embedded(folder.path()).await;
    let report = play::play(&deployment, &plan).await.unwrap();
    let report = serde_json::to_value(report).unwrap();
    check_whole_year(&report, folder.path()).await;
    assert_eq!(check(&deployment).await, Vec::<String>::new());
    for (window_days, accepted) in ALLOCATIONS_WITHIN {
        let found = within(&deployment, window_days).await;
        assert_eq!(found.allocations, ALLOCATIONS);
        assert_eq!(found.allocations_accepted, accepted, "{window_days} days");
        assert!(!found.statutory_floor);
    }
    deployment.shutdown().await.unwrap();
}
