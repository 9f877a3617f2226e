//! A process that is killed leaves no server behind.

use std::io::{BufRead as _, BufReader};
use std::net::TcpStream;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use backhaul_nats_server::{Cluster, Options, Size};

/// Says to the process that is to be killed that it is the one.
const VARIABLE: &str = "BACKHAUL_TEST_HOLD_A_SERVER";
/// What it writes before the address of its server.
const MARK: &str = "server at nats://";
/// The guard needs milliseconds; a busy machine may need more.
const END_WAIT: Duration = Duration::from_secs(30);

#[test]
fn a_server_does_not_outlive_a_process_that_is_killed() {
    let mut process = Command::new(std::env::current_exe().expect("this is a process"))
        .args([
            "--exact",
            "guard::holds_a_server",
            "--ignored",
            "--nocapture",
        ])
        .env(VARIABLE, "1")
        .stdout(Stdio::piped())
        .spawn()
        .expect("a test can be run");
    let output = BufReader::new(process.stdout.take().expect("it was asked for"));
    let address = output
        .lines()
        .map_while(Result::ok)
        .find_map(|line| Some(line.split_once(MARK)?.1.to_owned()))
        .expect("it starts a server");
    TcpStream::connect(&address).expect("the server listens");

    process.kill().expect("it runs");
    process.wait().expect("it runs");
    let until = Instant::now() + END_WAIT;
    while TcpStream::connect(&address).is_ok() {
        assert!(Instant::now() < until, "the server lives on at {address}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// The process that is killed.
#[tokio::test]
#[ignore = "waits to be killed by the test above"]
async fn holds_a_server() {
    if std::env::var_os(VARIABLE).is_none() {
        return;
    }
    let cluster = Cluster::start(Options::new(Size::One)).await.unwrap();
    println!("{}", cluster.node(0).url().replace("nats://", MARK));
    std::future::pending::<()>().await;
}
