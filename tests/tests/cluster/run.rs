//! A cluster of processes that are this test program, and a small shop's file to import.

use std::path::Path;
use std::sync::{Arc, Mutex};

use backhaul::checking;
use backhaul::cluster::{Cluster, Launch, Size};
use backhaul::connect::{Deployment, Target, connect};
use backhaul::import::plan::Plan;
use backhaul::import::play;
use serde_json::Value;

const HEAD: &str =
    "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country";

/// What was told about processes that ended.
pub type Told = Arc<Mutex<Vec<String>>>;

/// Starts a cluster in the folder.
pub async fn start(data: &Path, size: Size) -> (Cluster, Told) {
    start_traced(data, size, None).await
}

/// Starts a cluster in the folder whose processes send their traces somewhere.
pub async fn start_traced(data: &Path, size: Size, otlp: Option<String>) -> (Cluster, Told) {
    let launch: Launch = Arc::new(move |arguments| {
        let arguments = arguments.iter().map(|each| each.to_str().unwrap());
        let mut arguments: Vec<&str> = arguments.collect();
        if let Some(otlp) = &otlp {
            arguments.extend(["--otlp", otlp]);
        }
        crate::executable::backhaul(&arguments)
    });
    let told = Told::default();
    let tell = Arc::clone(&told);
    let tell = Arc::new(move |what: &str| tell.lock().unwrap().push(what.to_owned()));
    let cluster = Cluster::start_with(data, size, launch, tell).await.unwrap();
    (cluster, told)
}

/// All processes of a cluster, as its first administrator.
pub async fn reach(cluster: &Cluster, data: &Path) -> Deployment {
    let token = std::fs::read_to_string(data.join("access-token")).unwrap();
    let addresses = cluster.addresses();
    Deployment::reach_all(&addresses, token.trim())
        .await
        .unwrap()
}

/// One process on the folder.
pub async fn embedded(data: &Path) -> Deployment {
    let target = Target {
        data: data.to_owned(),
        to: Vec::new(),
        token_file: None,
        cluster: None,
    };
    connect(&target).await.unwrap()
}

/// Plays the file; what came of it, and that everything adds up.
pub async fn import(deployment: &Deployment, plan: &Plan) -> Value {
    let report = play::play(deployment, plan).await.unwrap();
    let checked = checking::check(deployment).await;
    assert_eq!(checked.unwrap().findings, Vec::<String>::new());
    serde_json::to_value(report).unwrap()
}

/// So many made-up orders; of every third some comes back, of every sixth too much.
pub fn plan(folder: &Path, orders: u32) -> Plan {
    let mut rows = Vec::new();
    let mut row = |invoice: &str, stock: u32, quantity: i32, day: u32, customer: u32| {
        let country = ["United Kingdom", "France", "Norway"][customer as usize % 3];
        let price = f64::from(stock % 90 + 10) / 8.0;
        let (month, day_of_month) = (day / 28 + 1, day % 28 + 1);
        let at = format!("2011-{month:02}-{day_of_month:02}T10:00:00");
        let goods = format!("{stock},TEA TOWEL,{quantity},{at},{price:.2}");
        rows.push((day, format!("{invoice},{goods},{customer},{country}\n")));
    };
    for number in 0..orders {
        let (customer, day) = (12_000 + number, number % 200);
        let invoice = (536_000 + number).to_string();
        for line in 0..3 {
            row(&invoice, 20_000 + number + line, 6, day, customer);
        }
        if number % 3 == 0 {
            let back = format!("C{}", 600_000 + number);
            row(&back, 20_000 + number, -2, day + 2, customer);
        }
        if number % 6 == 0 {
            let back = format!("C{}", 700_000 + number);
            row(&back, 20_000 + number, -5, day + 4, customer);
        }
    }
    // A shop's file is in the order of time.
    rows.sort_by_key(|(day, _)| *day);
    let rows: String = rows.into_iter().map(|(_, row)| row).collect();
    let path = folder.join("shop.csv");
    std::fs::write(&path, format!("{HEAD}\n{rows}")).unwrap();
    play::read(&path).unwrap()
}
