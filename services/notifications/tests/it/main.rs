//! The service alone in its process, on a log that other services write to: how often the mail
//! server hears of a message.

#![allow(clippy::unwrap_used, reason = "a test says what failed by panicking")]

mod bench;
mod mail_server;

use std::time::Duration;

use backhaul_events::notifications::Event;
use backhaul_gateways::mail::{MailAnswer, Permanence};

use crate::bench::{Bench, until};
use crate::mail_server::MailServer;

/// More than the first pause after a try.
const LATER: Duration = Duration::from_secs(90);

fn taken() -> MailAnswer {
    MailAnswer::Accepted {
        reference: "queued".to_owned(),
    }
}

fn not_now() -> MailAnswer {
    MailAnswer::Rejected {
        code: "451".to_owned(),
        permanence: Permanence::Transient,
    }
}

/// The server took the message, and from then on the log takes nothing: whoever waits for the log
/// does not ask the server again.
#[tokio::test]
async fn an_answer_that_the_log_does_not_take_is_no_reason_to_send_again() {
    let bench = Bench::new();
    let server = MailServer::that_answers([taken()]).and_breaks(&bench.log);
    let _process = bench.start(&server);
    bench.settle_a_refund().await;
    until("the server has the message", async || server.asked() == 1).await;
    let turns = server.turns();
    until(
        "what came of it is tried to be noted, again and again",
        async || {
            bench.clock.advance(LATER);
            server.turns() >= turns + 5
        },
    )
    .await;
    assert_eq!(server.asked(), 1);
}

/// Planned, put off, sent: the second try is the deadline's, and there is no third.
#[tokio::test]
async fn what_is_put_off_is_sent_once_when_its_time_comes() {
    let bench = Bench::new();
    let server = MailServer::that_answers([not_now(), taken()]);
    let _process = bench.start(&server);
    bench.settle_a_refund().await;
    until("the message is put off", async || {
        matches!(bench.told().await[..], [.., Event::NotificationDeferred(_)])
    })
    .await;
    assert_eq!(server.asked(), 1);
    until("the message is sent", async || {
        bench.clock.advance(LATER);
        matches!(bench.told().await[..], [.., Event::NotificationSent(_)])
    })
    .await;
    assert_eq!((server.asked(), bench.told().await.len()), (2, 3));
}

/// A process that begins with nothing but the log reads of everything that was ever planned.
#[tokio::test]
async fn a_new_process_sends_nothing_that_was_sent() {
    let bench = Bench::new();
    let server = MailServer::that_answers([taken(), taken()]);
    let first = bench.start(&server);
    bench.settle_a_refund().await;
    until("the message is sent", async || {
        bench.told().await.len() == 2
    })
    .await;
    first.stop().await;

    let second = bench.start(&server);
    until("all is read again", async || second.has_read_everything()).await;
    assert_eq!((server.asked(), bench.told().await.len()), (1, 2));
}
