//! One trace spans the whole journey of a return.

use std::process::{Child, Stdio};

use backhaul::connect::Deployment;
use backhaul_host::deployment::ServerFile;

use crate::collector::Collector;
use crate::executable::backhaul;
use crate::shop::until;
use crate::traced;

/// A process that is killed when its test ends.
struct Killed(Child);

impl Drop for Killed {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn one_trace_spans_the_whole_journey() {
    let (collector, address, _serving) = Collector::start().await;
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let data_text = data.to_str().unwrap();
    let listening = [
        "up",
        "--data",
        data_text,
        "--listen",
        "127.0.0.1:0",
        "--probes",
        "127.0.0.1:0",
        "--otlp",
        &address,
    ];
    let child = backhaul(&listening).stderr(Stdio::null()).spawn().unwrap();
    let _process = Killed(child);
    let server = until("an address", async || ServerFile::read(&data).ok()?).await;
    let token = std::fs::read_to_string(data.join("access-token")).unwrap();
    let at = format!("http://{}", server.address);
    let shop = Deployment::reach(&at, token.trim(), None).await.unwrap();

    traced::check(&shop, &collector).await;
}
