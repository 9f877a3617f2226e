//! What a Prometheus page says of an engine.

use std::time::Duration;

use prometheus_client::encoding::text;
use prometheus_client::registry::Registry as Page;

use crate::desk::{Bench, named, stream, until};
use crate::leases::Registry;
use crate::processes::{Call, NAME};

fn page(bench: &Bench) -> String {
    let mut registry = Page::default();
    bench.engine.metrics.register(&mut registry);
    let mut page = String::new();
    text::encode(&mut page, &registry).unwrap();
    page
}

#[tokio::test]
async fn the_page_tells_refusals_effects_leases_and_lag() {
    let registry = Registry::new();
    let here = Bench::sharing(&registry);
    for (id, units) in [("one", 2), ("two", 3), ("three", 9)] {
        let _ = here.desk.execute(&stream("a"), units, &named(id)).await;
    }
    let call = Call::held(1, 1);
    here.engine.react(call.clone()).unwrap();
    until("one event is through", async || call.begun() == 2).await;
    here.clock.advance(Duration::from_secs(60));
    let expected = [
        r#"backhaul_commands_total{context="orders",outcome="accepted"} 2"#,
        r#"backhaul_refusals_total{context="orders",reason="TOO_MANY"} 1"#,
        r#"backhaul_append_duration_seconds_count{context="orders"} 2"#,
        r#"backhaul_effects_total{callee="outside",outcome="answered"} 1"#,
        r#"backhaul_lease_held{lease="test.call"} 1"#,
        r#"backhaul_consumer_lag_commits{consumer="test.call"} 1"#,
        r#"backhaul_consumer_lag_seconds{consumer="test.call"} 60.0"#,
    ];
    until("all of it stands there", async || {
        let page = page(&here);
        expected
            .iter()
            .all(|line| page.lines().any(|found| found == *line))
    })
    .await;

    let there = here.beside();
    there.engine.react(Call::free()).unwrap();
    registry.take_away(NAME);
    call.may_call.add_permits(1);
    until("lag is told where the reaction runs", async || {
        let page = page(&here);
        page.contains(r#"backhaul_lease_held{lease="test.call"} 0"#)
            && !page.contains("backhaul_consumer_lag_commits{")
    })
    .await;
}
