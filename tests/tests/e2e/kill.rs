//! kill -9 at any moment of an import: begun again, it ends as if nothing had happened.
//!
//! The import runs in a process of its own, which is this test program again, told by its
//! environment to be one (`victim`). Beside the import it sends orders and refunds by hand, and
//! writes down each that was acknowledged, so that what was promised can be looked for afterwards.
//!
//! A run prints its seed; `BACKHAUL_SEED` repeats it.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{File, OpenOptions};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use backhaul::connect::Deployment;
use backhaul::embedded::SMTP_VARIABLE;
use backhaul::import::play;
use backhaul_api::proto::orders::v1::{
    Buyer, Destination, GetOrderRequest, Line, Order, Payment, RecordOrderRequest, Tender,
};
use backhaul_api::proto::refunds::v1::{GetRefundRequest, IssueRefundRequest};
use backhaul_api::proto::types::v1::Money;
use backhaul_gateways::mail::test_server::TestSmtpServer;
use mail_parser::MessageParser;
use rand::rngs::StdRng;
use rand::{Rng as _, RngExt as _, SeedableRng as _};
use serde_json::Value;

use crate::import::{WITNESS_PAYMENT, check_whole_year, data, embedded, file};
use crate::orders::days_ago;
use crate::shop::{check, ledger, outbox, quiet};

/// How often the process is killed.
const KILLS: usize = 20;
/// How often it is started at most to be killed so often.
const STARTS_MAX: usize = 3 * KILLS;
/// Rows of the short file: some hundred orders.
const ROWS: usize = 20_000;
/// The file of the victim's orders, and the folder it works in.
const FILE_VARIABLE: &str = "BACKHAUL_VICTIM_FILE";
const FOLDER_VARIABLE: &str = "BACKHAUL_VICTIM_FOLDER";
const SEED_VARIABLE: &str = "BACKHAUL_SEED";
/// What the victim leaves in its folder, beside `data`.
const REPORT: &str = "report.json";
const ACKNOWLEDGED: &str = "acknowledged.txt";

#[tokio::test(flavor = "multi_thread")]
async fn an_import_that_is_killed_ends_as_if_nothing_had_happened() {
    let folder = tempfile::tempdir().unwrap();
    let short = folder.path().join("short.csv");
    write_short_file(&short);
    let run = Run::killed(&short, None).await;
    run.check_outbox();
}

#[tokio::test(flavor = "multi_thread")]
async fn mail_leaves_at_most_once_more_a_crash() {
    let folder = tempfile::tempdir().unwrap();
    let short = folder.path().join("short.csv");
    write_short_file(&short);
    let server = TestSmtpServer::start();
    let run = Run::killed(&short, Some(server.url())).await;
    run.check_mail(&server);
}

/// `just kill` runs it: each of the imports takes minutes.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "takes some ten minutes; `just kill` runs it"]
async fn a_whole_year_that_is_killed_ends_as_if_nothing_had_happened() {
    let run = Run::killed(&file(&data()), None).await;
    check_whole_year(&run.report, &run.data()).await;
    run.check_outbox();
}

/// The import, in a process that the tests above start and kill.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "started by the other tests of this file"]
async fn victim() {
    let (Some(file), Some(folder)) = (
        std::env::var_os(FILE_VARIABLE),
        std::env::var_os(FOLDER_VARIABLE),
    ) else {
        return;
    };
    let folder = PathBuf::from(folder);
    let plan = play::read(Path::new(&file)).unwrap();
    let deployment = embedded(&folder.join("data")).await;
    let report = tokio::select! {
        report = play::play(&deployment, &plan) => report.unwrap(),
        () = witness(&deployment, &folder) => unreachable!("the witness never ends"),
    };
    // A refund of the witness may be under way.
    let json = serde_json::to_vec(&report).unwrap();
    deployment.shutdown().await.unwrap();
    std::fs::write(folder.join("report.draft"), json).unwrap();
    std::fs::rename(folder.join("report.draft"), folder.join(REPORT)).unwrap();
}

/// Records orders of its own and refunds some of each, and writes down every name that it was
/// given: after the answer, so that nothing is written down that was not promised.
async fn witness(deployment: &Deployment, folder: &Path) {
    let mut acknowledged = OpenOptions::new()
        .create(true)
        .append(true)
        .open(folder.join(ACKNOWLEDGED))
        .unwrap();
    let run = std::process::id();
    for number in 0_u64.. {
        let order = witness_order(run, number);
        let request = RecordOrderRequest {
            request_id: format!("witness:{run}:{number}:record"),
            order: Some(order.clone()),
        };
        deployment.orders().record_order(request).await.unwrap();
        note(&mut acknowledged, &order.name);
        let request = IssueRefundRequest {
            request_id: format!("witness:{run}:{number}:refund"),
            order: order.name,
            amount: Some(pence(1)),
            note: "a penny".to_owned(),
            ..IssueRefundRequest::default()
        };
        let answer = deployment.refunds().issue_refund(request).await.unwrap();
        let refund = answer.into_inner().refund.unwrap();
        note(&mut acknowledged, &refund.name);
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// In one write, so that no kill leaves half a line.
fn note(acknowledged: &mut File, name: &str) {
    acknowledged
        .write_all(format!("{name}\n").as_bytes())
        .unwrap();
}

fn pence(minor_units: i64) -> Money {
    Money {
        minor_units,
        currency_code: "GBP".to_owned(),
    }
}

/// Without an address, so that all mail is that of the import.
fn witness_order(run: u32, number: u64) -> Order {
    Order {
        name: format!("orders/witness-{run}-{number}"),
        order_time: Some(days_ago(1)),
        currency_code: "GBP".to_owned(),
        buyer: Some(Buyer {
            reference: "witness".to_owned(),
            ..Buyer::default()
        }),
        ship_to: Some(Destination::default()),
        lines: vec![Line {
            line: "1".to_owned(),
            sku: "penny".to_owned(),
            title: "a penny".to_owned(),
            quantity: 1,
            unit_price: Some(pence(10)),
            ..Line::default()
        }],
        payments: vec![Payment {
            payment: "p1".to_owned(),
            tender: Tender::Card.into(),
            provider_payment: WITNESS_PAYMENT.to_owned(),
            amount: Some(pence(10)),
            capture_time: None,
        }],
        ..Order::default()
    }
}

/// An import that was killed again and again, and then left to end.
struct Run {
    folder: tempfile::TempDir,
    report: Value,
    kills: usize,
    /// How many messages an import makes that nobody kills.
    messages: usize,
}

impl Run {
    async fn killed(file: &Path, smtp: Option<String>) -> Self {
        let seed = std::env::var(SEED_VARIABLE).map_or_else(
            |_| rand::rng().next_u64(),
            |seed| seed.parse().expect("a number"),
        );
        println!("{SEED_VARIABLE}={seed}");
        let mut random = StdRng::seed_from_u64(seed);

        let undisturbed = tempfile::tempdir().unwrap();
        let began = Instant::now();
        let expected = finish(file, undisturbed.path(), None);
        let mut whole = began.elapsed();

        let folder = tempfile::tempdir().unwrap();
        let (mut kills, mut starts) = (0, 0);
        while kills < KILLS {
            starts += 1;
            assert!(starts <= STARTS_MAX, "the import ends before it is killed");
            let moment = whole.mul_f64(random.random_range(0.0..1.0));
            let began = Instant::now();
            let mut victim = start(file, folder.path(), smtp.as_deref());
            if ended_before(&mut victim, moment) {
                // Faster than the first: the machine has less to do by now.
                whole = began.elapsed();
                continue;
            }
            victim.kill().unwrap();
            victim.wait().unwrap();
            kills += 1;
        }
        let report = finish(file, folder.path(), smtp.as_deref());
        println!("{kills} kills in {starts} starts, each within {whole:?}");
        assert_eq!(report, expected);
        let run = Self {
            folder,
            report,
            kills,
            messages: messages(undisturbed.path()).len(),
        };
        run.check().await;
        run
    }

    fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// The log adds up, every promise is kept, and no refund was paid twice.
    async fn check(&self) {
        let deployment = embedded(&self.data()).await;
        quiet(&deployment).await;
        assert_eq!(check(&deployment).await, Vec::<String>::new());
        let acknowledged = std::fs::read_to_string(self.folder.path().join(ACKNOWLEDGED)).unwrap();
        let mut refunds = BTreeSet::new();
        for name in acknowledged.lines() {
            let name = name.to_owned();
            if name.starts_with("refunds/") {
                refunds.insert(name.clone());
                let request = GetRefundRequest { name: name.clone() };
                let found = deployment.refunds().get_refund(request).await;
                assert!(found.is_ok(), "{name} was acknowledged: {found:?}");
            } else {
                let request = GetOrderRequest { name: name.clone() };
                let found = deployment.orders().get_order(request).await;
                assert!(found.is_ok(), "{name} was acknowledged: {found:?}");
            }
        }
        assert!(!refunds.is_empty(), "nothing was ever acknowledged");
        let mut by_reference: BTreeMap<String, usize> = BTreeMap::new();
        for entry in ledger(&self.data()) {
            *by_reference.entry(entry.reference).or_default() += 1;
        }
        by_reference.retain(|_, count| *count > 1);
        assert!(by_reference.is_empty(), "paid twice: {by_reference:?}");
        deployment.shutdown().await.unwrap();
    }

    /// One file a message, whatever happened.
    fn check_outbox(&self) {
        let ids = messages(self.folder.path());
        let distinct: BTreeSet<&String> = ids.iter().collect();
        assert_eq!((ids.len(), distinct.len()), (self.messages, self.messages));
    }

    /// A server cannot be asked what it has taken: each crash may cost one repetition.
    fn check_mail(&self, server: &TestSmtpServer) {
        let taken = server.messages();
        let distinct: BTreeSet<String> = taken.iter().map(|mail| message_id(&mail.data)).collect();
        let repeated = taken.len() - distinct.len();
        println!("{} messages, {repeated} of them repeated", taken.len());
        assert!(repeated <= self.kills);
        assert_eq!(distinct.len(), self.messages);
    }
}

/// The message ids of all mail in the outbox of a run.
fn messages(folder: &Path) -> Vec<String> {
    let outbox = outbox(&folder.join("data"));
    outbox.values().map(|bytes| message_id(bytes)).collect()
}

fn message_id(bytes: &[u8]) -> String {
    let mail = MessageParser::default().parse(bytes).unwrap();
    mail.message_id().unwrap().to_owned()
}

/// Starts the import in a process of its own.
fn start(file: &Path, folder: &Path, smtp: Option<&str>) -> Child {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command
        .args(["kill::victim", "--exact", "--ignored", "--test-threads=1"])
        .env(FILE_VARIABLE, file)
        .env(FOLDER_VARIABLE, folder)
        .env_remove(SMTP_VARIABLE)
        .stdout(Stdio::null())
        .stderr(File::create(folder.join("stderr.txt")).unwrap());
    if let Some(smtp) = smtp {
        command.env(SMTP_VARIABLE, smtp);
    }
    command.spawn().unwrap()
}

/// Lets an import end, and gives its report.
fn finish(file: &Path, folder: &Path, smtp: Option<&str>) -> Value {
    let status = start(file, folder, smtp).wait().unwrap();
    let said = std::fs::read_to_string(folder.join("stderr.txt")).unwrap();
    assert!(status.success(), "{said}");
    let report = std::fs::read(folder.join(REPORT)).unwrap();
    serde_json::from_slice(&report).unwrap()
}

/// Waits until the moment has come, or the process has ended by itself.
fn ended_before(victim: &mut Child, moment: Duration) -> bool {
    let end = Instant::now() + moment;
    while Instant::now() < end {
        if let Some(status) = victim.try_wait().unwrap() {
            assert!(status.success(), "the import failed: {status}");
            return true;
        }
        std::thread::sleep(Duration::from_millis(2));
    }
    false
}

/// The first rows of the year, as a plain file.
fn write_short_file(path: &Path) {
    let whole = file(&data());
    let rows = backhaul::import::rows::read(&whole).unwrap();
    let mut short = String::from(
        "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country\n",
    );
    for row in rows.take(ROWS) {
        let row = row.unwrap();
        let description = row.description.replace('"', "\"\"");
        short += &format!(
            "{},{},\"{description}\",{},{},{},{},\"{}\"\n",
            row.invoice, row.code, row.quantity, row.at, row.price, row.customer, row.country
        );
    }
    std::fs::write(path, short).unwrap();
}
