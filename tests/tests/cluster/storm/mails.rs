//! What buyers were told: what the mail server took, against what the log says.
//!
//! A mail server cannot be asked what it has taken. So a message may come twice when whoever sent
//! it was struck between the server's answer and the note of it: one message a fault, and the same
//! one. Without a fault there is none.

use std::collections::{BTreeMap, BTreeSet};

use backhaul_eventlog::EventLog as _;
use backhaul_eventlog_nats::{NatsLog, Options};
use backhaul_events::notifications::{Event as Notified, NotificationPlanned};
use backhaul_events::{ContextName, Event};
use backhaul_gateways::mail::test_server::ReceivedMail;
use mail_parser::MessageParser;

use super::canaries;
use super::field::Field;

/// Commits of one read.
const COMMITS: usize = 1_000;

/// What was found.
#[derive(Default)]
pub struct Mails {
    /// How many the server took.
    pub taken: usize,
    /// How many of them were taken before.
    pub repeated: usize,
    pub violations: Vec<String>,
}

/// What the log says of a message.
#[derive(Debug, Clone)]
struct Planned {
    notification: String,
    order: String,
    /// Whom nothing is told twice: order, template and cause.
    tells: String,
    message_id: String,
    became: Became,
}

/// What became of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Became {
    Waiting,
    Sent,
    /// Nobody knows whether the server took it; it is sent again when its time comes.
    Deferred,
    GivenUp,
}

/// Judges all mail of a field in which nobody has anything left to do.
pub async fn judge(field: &Field) -> Mails {
    let options = Options {
        servers: field.servers.urls(),
        ..Options::default()
    };
    let log = NatsLog::connect(&options).await.unwrap();
    let mut events = Vec::new();
    let mut after = 0;
    loop {
        let commits = log.read(ContextName::Notifications, after, COMMITS).await;
        let commits = commits.unwrap();
        let Some(last) = commits.last() else {
            break;
        };
        after = last.position;
        for recorded in commits.iter().flat_map(|commit| &commit.events) {
            if let Event::Notifications(event) = recorded.event().unwrap() {
                events.push(event.clone());
            }
        }
    }
    log.close().await;
    compare(&fold(&events), &field.mail.messages(), field.struck)
}

fn fold(events: &[Notified]) -> Vec<Planned> {
    let mut messages: BTreeMap<String, Planned> = BTreeMap::new();
    let mut becomes = BTreeMap::new();
    for event in events {
        match event {
            Notified::NotificationPlanned(event) => {
                messages.insert(event.notification.to_string(), planned(event));
            }
            Notified::NotificationSent(event) => {
                becomes.insert(event.notification.to_string(), Became::Sent);
            }
            Notified::NotificationDeferred(event) => {
                becomes.insert(event.notification.to_string(), Became::Deferred);
            }
            Notified::NotificationFailed(event) => {
                becomes.insert(event.notification.to_string(), Became::GivenUp);
            }
            // Every buyer here has an address, so this is none of what may happen.
            Notified::NotificationSuppressed(event) => {
                becomes.insert(event.notification.to_string(), Became::GivenUp);
            }
        }
    }
    for (notification, became) in becomes {
        if let Some(message) = messages.get_mut(&notification) {
            message.became = became;
        }
    }
    messages.into_values().collect()
}

fn planned(event: &NotificationPlanned) -> Planned {
    let NotificationPlanned {
        notification,
        order,
        cause,
        template,
        message_id,
        ..
    } = event;
    Planned {
        notification: notification.to_string(),
        order: order.to_string(),
        tells: format!("{order} of {cause} by {template:?}"),
        message_id: message_id.clone(),
        became: Became::Waiting,
    }
}

/// What the server took under one message id.
#[derive(Default)]
struct Taken {
    times: usize,
    to: BTreeSet<String>,
    /// Subject and text; one, however often it came.
    words: BTreeSet<(String, String)>,
}

fn compare(planned: &[Planned], taken: &[ReceivedMail], struck: usize) -> Mails {
    let mut found = Mails {
        taken: taken.len(),
        ..Mails::default()
    };
    let mut say = |what: String| found.violations.push(what);
    let mut told = BTreeSet::new();
    for message in planned {
        if !told.insert(&message.tells) {
            say(format!(
                "{} tells {} again",
                message.notification, message.tells
            ));
        }
    }

    let mut by_id = by_message_id(taken);
    let mut deferred = 0;
    let mut repeated = Vec::new();
    for message in planned {
        let Planned {
            notification,
            became,
            ..
        } = message;
        let taken = by_id.remove(&message.message_id).unwrap_or_default();
        match (became, taken.times) {
            (Became::Sent, 1..) => {}
            (Became::Deferred, _) => deferred += 1,
            (Became::Sent, 0) => say(format!("{notification} is sent, and never arrived")),
            (Became::Waiting, times) => {
                say(format!(
                    "{notification} waits for ever, taken {times} times"
                ));
            }
            (Became::GivenUp, times) => {
                say(format!("{notification} is given up, taken {times} times"));
            }
        }
        let address = canaries::address(&message.order);
        if taken.to.iter().any(|to| *to != address) {
            say(format!("{notification} went to {:?}", taken.to));
        }
        if taken.words.len() > 1 {
            say(format!("{notification} says something else again"));
        }
        if taken.times > 1 {
            repeated.push(format!("{notification} {} times", taken.times));
            found.repeated += taken.times - 1;
        }
    }
    for unplanned in by_id.into_keys() {
        say(format!("a mail {unplanned} that nobody planned was sent"));
    }
    if found.repeated > struck {
        say(format!("after {struck} faults were mailed: {repeated:?}"));
    }
    if deferred > struck {
        say(format!(
            "after {struck} faults {deferred} messages are put off"
        ));
    }
    found
}

fn by_message_id(taken: &[ReceivedMail]) -> BTreeMap<String, Taken> {
    let mut by_id: BTreeMap<String, Taken> = BTreeMap::new();
    for mail in taken {
        let read = MessageParser::default().parse(&mail.data).unwrap();
        let id = read.message_id().unwrap_or_default();
        let (id, _) = id.split_once('@').unwrap_or((id, ""));
        let known = by_id.entry(id.to_owned()).or_default();
        known.times += 1;
        known.to.extend(mail.to.iter().cloned());
        let subject = read.subject().unwrap_or_default().to_owned();
        let text = read.body_text(0).unwrap_or_default().into_owned();
        known.words.insert((subject, text));
    }
    by_id
}

/// What the verdict says of one order's mail; nothing, if all is well.
fn check(planned: &[(&str, &str, Became)], taken: &[(&str, &str, &str)], struck: usize) -> String {
    let planned: Vec<_> = planned
        .iter()
        .map(|(notification, tells, became)| Planned {
            notification: (*notification).to_owned(),
            order: "1".to_owned(),
            tells: (*tells).to_owned(),
            message_id: format!("main.{notification}"),
            became: *became,
        })
        .collect();
    let taken: Vec<_> = taken
        .iter()
        .map(|(notification, order, text)| ReceivedMail {
            from: "returns@shop.invalid".to_owned(),
            to: vec![canaries::address(order)],
            data: format!("Message-ID: <main.{notification}@shop.invalid>\r\n\r\n{text}\r\n")
                .into(),
        })
        .collect();
    compare(&planned, &taken, struck).violations.join("; ")
}

#[test]
fn a_mail_too_many_or_too_few_is_seen() {
    use Became::{Deferred, GivenUp, Sent, Waiting};
    let sent = [("N1", "a", Sent), ("N2", "b", Sent)];
    let (one, two) = (("N1", "1", "hello"), ("N2", "1", "hello"));
    assert_eq!(check(&sent, &[one, two], 0), "");
    assert_eq!(check(&sent, &[one, two, one], 1), "");
    assert_eq!(check(&[("N1", "a", Deferred)], &[one], 1), "");
    for (planned, taken, struck, seen) in [
        (&sent[..], &[one, two, one][..], 0, "mailed"),
        (&sent, &[one, two, one, one], 1, "N1 3 times"),
        (&sent, &[one, two, ("N1", "1", "bye")], 1, "something else"),
        (&sent, &[one], 1, "never arrived"),
        (&sent[..1], &[one, two], 1, "nobody planned"),
        (&sent[..1], &[("N1", "2", "hello")], 1, "went to"),
        (&[sent[0], ("N2", "a", Sent)], &[one, two], 1, "again"),
        (&[("N1", "a", Waiting)], &[], 1, "waits"),
        (&[("N1", "a", GivenUp)], &[], 1, "given up"),
        (&[("N1", "a", Deferred)], &[], 0, "put off"),
    ] {
        let said = check(planned, taken, struck);
        assert!(said.contains(seen), "{seen}: {said}");
    }
}
