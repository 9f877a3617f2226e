//! The thread of a trace: a commit names the span that appended it, and what acts on the commit
//! goes on from there.

use std::sync::{Arc, Mutex};

use backhaul_engine::Traces;
use backhaul_eventlog::EventLog;
use backhaul_events::ContextName;
use bytestring::ByteString;
use tracing::Span;

use crate::desk::{Bench, named, stream, until};
use crate::processes::Call;

/// Numbers the spans that were asked for, and notes what others went on from.
#[derive(Clone, Default)]
struct Notes(Arc<Mutex<(u32, Vec<String>)>>);

impl Traces for Notes {
    fn go_on_from(&self, _: &Span, traceparent: &str) {
        self.0.lock().unwrap().1.push(traceparent.to_owned());
    }

    fn name_of(&self, _: &Span) -> Option<ByteString> {
        let mut notes = self.0.lock().unwrap();
        notes.0 += 1;
        Some(format!("span-{}", notes.0).into())
    }
}

#[tokio::test]
async fn a_reaction_goes_on_from_the_append() {
    let notes = Notes::default();
    let bench = Bench::new().traced(Arc::new(notes.clone()));
    let call = Call::free();
    bench.engine.react(call.clone()).unwrap();
    let mut intent = named("one");
    intent.traceparent = Some("the caller".into());
    for (id, order) in [("one", "a"), ("two", "b")] {
        intent.command_id = id.parse().unwrap();
        bench
            .desk
            .execute(&stream(order), 1, &intent)
            .await
            .unwrap();
    }
    until("both are acted on", async || call.begun() == 2).await;
    let commits = bench.log.read(ContextName::Orders, 0, 2).await.unwrap();
    let names = commits.iter().map(|commit| {
        let name = commit.metadata.traceparent.as_deref();
        name.unwrap().to_owned()
    });
    assert_eq!(names.collect::<Vec<_>>(), ["span-1", "span-2"]);
    let mut went_on_from = notes.0.lock().unwrap().1.clone();
    went_on_from.sort();
    assert_eq!(went_on_from, ["span-1", "span-2"]);
}
