use std::time::Duration;

use backhaul_engine::{Intent, ManualClock, Tasks, intent};
use backhaul_eventlog::{EventLog as _, MemoryInbox, MemoryLog};
use backhaul_events::ContextName;
use backhaul_events::returns::{Authorization, Event, Reason, RequestedItem};
use backhaul_kernel::{Actor, Text, Tier};
use backhaul_returns::{Command, NotReturnable, OrderFacts, Request};
use backhaul_testkit::{id, order, time};
use serde_json::{Value, json};
use uuid::Uuid;

use super::*;

const NOW: &str = "2026-03-20T12:00:00Z";
const LATE: &str = "2026-03-12T08:00:00Z";

/// A running ingest over logs in memory, with one authorised return of three units.
struct Depot {
    inbox: MemoryInbox,
    core: Arc<Core>,
    log: MemoryLog,
    tasks: Tasks,
    _folder: tempfile::TempDir,
}

impl Depot {
    async fn open() -> Self {
        let (log, tasks) = (MemoryLog::new(), Tasks::default());
        let folder = tempfile::tempdir().unwrap();
        let (views, _) =
            backhaul_views::Views::open(folder.path(), backhaul_views::Options::default()).unwrap();
        let clock = Arc::new(ManualClock::at(time(NOW)));
        let engine = Engine::new(Arc::new(log.clone()), clock, views, tasks.clone());
        let depot = Self {
            inbox: MemoryInbox::default(),
            core: Core::new(&engine),
            log,
            tasks,
            _folder: folder,
        };
        depot.request().await;
        start(&engine, Arc::new(depot.inbox.clone()));
        depot
    }

    async fn request(&self) {
        let sample = order("536365")
            .line("1", 3, 3_000)
            .delivered("1", 3, "2026-03-05T10:00:00Z");
        let mut facts = OrderFacts::default();
        sample.events().iter().for_each(|event| facts.evolve(event));
        let mut policy = self.core.policy(&id("acme")).await.unwrap();
        Arc::make_mut(&mut policy.content).authorization = Authorization::Automatic;
        let request = Command::Request(Request {
            order: sample.id(),
            items: vec![RequestedItem {
                line: id("1"),
                quantity: 3,
                reason: Reason::ChangedMind,
                note: Text::default(),
                claim: None,
                fault_found_at: None,
            }],
            requested_at: time("2026-03-10T12:00:00Z"),
            gift_recipient: None,
            facts,
            policy,
            on_not_returnable: NotReturnable::Decline,
        });
        let intent = Intent {
            command_id: id("request"),
            digest: intent::digest(b"request"),
            actor: Actor {
                name: "shop".to_owned(),
                tier: Tier::Admin,
            },
            tenant: id("acme"),
            correlation_id: Uuid::from_u128(1),
            causation_id: None,
            traceparent: None,
            occurred_at: None,
        };
        self.core
            .execute(&sample.id(), request, &intent)
            .await
            .unwrap();
    }

    fn put(&self, headers: &[(&str, &str)], body: &str) {
        let header = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        self.inbox.put(Incoming {
            position: 0,
            tenant: "acme".to_owned(),
            site: "harbour".to_owned(),
            headers: headers.iter().map(header).collect(),
            body: body.to_owned().into(),
        });
    }

    /// Waits until so many messages were set aside or recorded after the request.
    async fn settled(&self, receipts: usize, aside: usize) -> (Vec<Event>, Vec<Rejection>) {
        let done = async {
            loop {
                let found = (self.receipts().await, self.aside());
                if found.0.len() >= receipts && found.1.len() >= aside {
                    return found;
                }
                tokio::task::yield_now().await;
            }
        };
        let found = tokio::time::timeout(Duration::from_secs(20), done)
            .await
            .unwrap();
        self.tasks.shutdown(Duration::from_secs(5)).await.unwrap();
        found
    }

    async fn receipts(&self) -> Vec<Event> {
        let commits = self.log.read(ContextName::Returns, 0, 100).await.unwrap();
        let events = commits.iter().flat_map(|commit| &commit.events);
        let events = events.filter_map(|event| match event.event().unwrap() {
            backhaul_events::Event::Returns(event @ Event::UnitsReceived(_)) => Some(event.clone()),
            _ => None,
        });
        events.collect()
    }

    fn aside(&self) -> Vec<Rejection> {
        self.inbox.aside().into_iter().map(|(_, why)| why).collect()
    }
}

fn data(quantity: u32) -> Value {
    json!({
        "return": "536365-R1",
        "units": [{ "line": "1", "quantity": quantity, "condition": "intact" }],
    })
}

fn event(id: &str, data: Value) -> Value {
    json!({
        "specversion": "1.0",
        "id": id,
        "source": "/wms/harbour",
        "type": "warehouse.UnitsReceived",
        "time": LATE,
        "data": data,
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_is_recorded_once_however_often_and_in_whichever_form_it_comes() {
    let depot = Depot::open().await;
    let structured = [("content-type", "application/cloudevents+json")];
    depot.put(&structured, &event("e-1", data(1)).to_string());
    depot.put(&structured, &event("e-1", data(1)).to_string());
    let binary = [
        ("ce-specversion", "1.0"),
        ("ce-id", "e-1"),
        ("ce-source", "/wms/harbour"),
        ("ce-type", "warehouse.UnitsReceived"),
        ("ce-time", LATE),
        ("content-type", "application/json"),
    ];
    depot.put(&binary, &data(1).to_string());
    // The last one tells when all of them are done.
    depot.put(&structured, &event("e-2", data(2)).to_string());
    let (receipts, aside) = depot.settled(2, 0).await;
    assert_eq!(aside, []);
    let [Event::UnitsReceived(first), Event::UnitsReceived(second)] = &receipts[..] else {
        panic!("{receipts:?}");
    };
    assert_eq!((first.units[0].quantity, second.units[0].quantity), (1, 2));
    assert_eq!(first.received_at, time(LATE));
    assert_eq!(first.site.as_str(), "harbour");
    let commits = depot.log.read(ContextName::Returns, 1, 1).await.unwrap();
    let actor = &commits[0].metadata.actor;
    assert_eq!(
        (actor.name.as_str(), actor.tier),
        ("harbour", Tier::Warehouse)
    );
    assert_eq!(commits[0].events[0].occurred_at, time(LATE));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_taken_in_is_set_aside_with_the_reason_and_the_rest_goes_on() {
    let depot = Depot::open().await;
    let with = |name: &str, value: Value| {
        let mut event = event("e-1", data(1));
        event[name] = value;
        event.to_string()
    };
    let wrong = [
        ("{".to_owned(), "MALFORMED", "no CloudEvent"),
        (
            with("specversion", json!("0.3")),
            "MALFORMED",
            "1.0 is read",
        ),
        (with("id", json!("")), "MALFORMED", "id must have"),
        (with("time", json!("yesterday")), "MALFORMED", "no moment"),
        (
            with("type", json!("warehouse.Moved")),
            "UNKNOWN_TYPE",
            "warehouse.Moved",
        ),
        (
            with("data", json!({})),
            "INVALID_DATA",
            "missing field `return`",
        ),
        (
            with("data", json!({ "return": "536365-R1", "unit": [] })),
            "INVALID_DATA",
            "unknown field",
        ),
        (
            with("data", json!({ "return": "x" })),
            "INVALID_DATA",
            "data.return",
        ),
        (
            with("data", data(0)),
            "INVALID_DATA",
            "data.units[0].quantity",
        ),
        (
            with("data", json!({ "return": "536365-R1" })),
            "INVALID_DATA",
            "must be given",
        ),
        (
            with(
                "data",
                json!({ "return": "536365-R9", "missing": [{ "line": "1", "quantity": 1 }] }),
            ),
            "RETURN_NOT_FOUND",
            "",
        ),
        (with("data", data(9)), "QUANTITY", ""),
    ];
    for (body, ..) in &wrong {
        depot.put(&[], body);
    }
    depot.put(&[], &event("e-3", data(1)).to_string());
    depot.put(&[], &event("e-3", data(2)).to_string());
    let (receipts, aside) = depot.settled(1, wrong.len() + 1).await;
    assert_eq!(receipts.len(), 1);
    let expected = wrong.iter().map(|(_, reason, detail)| (*reason, *detail));
    let expected = expected.chain([("EVENT_ID_REUSED", "source and id")]);
    for (found, (reason, detail)) in aside.iter().zip(expected) {
        assert_eq!(found.reason, reason, "{found:?}");
        assert!(
            found.detail.contains(detail),
            "{found:?} says nothing of {detail}"
        );
    }
}

#[test]
fn a_subject_that_names_no_merchant_or_site_is_refused() {
    for (tenant, site) in [("a b", "harbour"), ("acme", "har\u{e9}bour"), ("acme", "")] {
        let message = Incoming {
            position: 1,
            tenant: tenant.to_owned(),
            site: site.to_owned(),
            headers: Vec::new(),
            body: event("e-1", data(1)).to_string().into(),
        };
        assert_eq!(event::read(&message).unwrap_err().reason, "INVALID_SUBJECT");
    }
}
