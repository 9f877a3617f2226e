//! One trace spans the whole journey of a return, over processes that share nothing but the log.

use backhaul::cluster::Size;

use crate::collector::Collector;
use crate::run::{reach, start_traced};
use crate::traced;

#[tokio::test(flavor = "multi_thread")]
async fn one_trace_spans_every_process() {
    let (collector, address, _serving) = Collector::start().await;
    let folder = tempfile::tempdir().unwrap();
    let size = Size {
        nodes: 1,
        processes: 1,
    };
    let (cluster, _told) = start_traced(folder.path(), size, Some(address)).await;
    let deployment = reach(&cluster, folder.path()).await;
    traced::check(&deployment, &collector).await;
    cluster.stop().await.unwrap();
}
