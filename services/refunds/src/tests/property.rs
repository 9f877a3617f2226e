//! Whatever the provider answers and tells, in whatever order: no key pays twice, and in the end
//! the log says what the provider says (I4, I9).
//!
//! Every step goes over real connections to a server that stands for the provider, and is written
//! to a log, so the cases are few; the rules alone play the same thousands of times, in the laws of
//! their own crate.

use std::cell::Cell;

use backhaul_gateways::payment::test_server::{Fault, Reply, Standing, StripeServer};
use backhaul_gateways::payment::{AttemptName, Secret};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use serde_json::json;

use super::Bench;
use super::stripe::{bench, told};

/// Lives of an attempt, each of dozens of calls and commits.
const CASES: u32 = 1_000;

/// Unknown outcomes are asked for so often at most, and pending ones longer than a test goes on.
const SETTLE_MAX: usize = 10;

/// What happens next.
#[derive(Debug, Clone)]
enum Step {
    /// The next call goes wrong.
    Fail(usize),
    /// The attempt is asked for again.
    Ask,
    /// Something happens to the refund at the provider.
    Change(Standing),
    /// The bank's reference becomes known.
    Reference,
    /// The provider tells how the refund stands, under that event id.
    Tell(u8),
    /// An earlier webhook comes again.
    TellAgain(usize),
    /// Somebody else claims something.
    Forge,
    /// The provider forgets its keys.
    ForgetKeys,
    /// Time goes by.
    Wait(u32),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        3 => (0..6_usize).prop_map(Step::Fail),
        4 => Just(Step::Ask),
        3 => standing().prop_map(Step::Change),
        1 => Just(Step::Reference),
        4 => any::<u8>().prop_map(Step::Tell),
        2 => any::<usize>().prop_map(Step::TellAgain),
        1 => Just(Step::Forge),
        1 => Just(Step::ForgetKeys),
        1 => (1..100_000_u32).prop_map(Step::Wait),
    ]
}

fn standing() -> impl Strategy<Value = Standing> {
    prop_oneof![
        Just(Standing::Pending),
        Just(Standing::RequiresAction),
        Just(Standing::Succeeded),
        Just(Standing::Failed),
        Just(Standing::Cancelled),
    ]
}

fn fault(number: usize) -> Fault {
    let error = |status, kind: &str| Reply::new(status, &json!({ "error": { "type": kind } }));
    match number {
        0 => Fault::HangUpBefore,
        1 => Fault::HangUpAfter,
        2 => Fault::AnswerBefore(error(429, "rate_limit_error")),
        3 => Fault::AnswerBefore(error(409, "invalid_request_error")),
        4 => Fault::AnswerAfter(error(500, "api_error")),
        _ => Fault::AnswerBefore(error(503, "api_error")),
    }
}

/// What Stripe's own life of a refund allows.
fn may_follow(before: Standing, after: Standing) -> bool {
    use Standing::{Cancelled, Failed, Pending, RequiresAction, Succeeded};
    match before {
        Pending | RequiresAction => before != after,
        Succeeded => after == Failed,
        Failed | Cancelled => false,
    }
}

/// One attempt, played from its first call on.
struct Play<'a> {
    bench: &'a Bench,
    server: &'a StripeServer,
    name: AttemptName,
    told: Vec<(String, Vec<u8>)>,
}

impl Play<'_> {
    /// The provider's name of the refund, if it made one.
    fn refund(&self) -> Option<(String, Standing)> {
        let books = self.server.books();
        let name = self.name.to_string();
        let ours = books.into_iter().find(|refund| refund.attempt == name)?;
        Some((ours.id, ours.standing))
    }

    async fn step(&mut self, step: &Step) {
        match step {
            Step::Fail(number) => self.server.fail(fault(*number)),
            Step::Ask => self.bench.ask_again(&self.name).await,
            Step::Wait(seconds) => {
                self.bench
                    .clock
                    .advance(std::time::Duration::from_secs((*seconds).into()));
            }
            Step::ForgetKeys => self.server.forget_keys(),
            Step::Change(after) => {
                if let Some((id, before)) = self.refund()
                    && may_follow(before, *after)
                {
                    self.server.change(&id, |refund| refund.standing = *after);
                }
            }
            Step::Reference => {
                if let Some((id, _)) = self.refund() {
                    let reference = Some("arn-1".to_owned());
                    self.server
                        .change(&id, |refund| refund.bank_reference = reference);
                }
            }
            Step::Tell(event) => self.tell(*event).await,
            Step::TellAgain(index) => {
                if let Some(index) = index.checked_rem(self.told.len()) {
                    let (signature, body) = &self.told[index];
                    // Too old by now, or taken, or to come again: all the same to the provider.
                    self.bench.tell(Some(signature), body).await;
                }
            }
            Step::Forge => {
                if let Some((id, _)) = self.refund() {
                    let event = ("evt_forged", "refund.failed");
                    let key = Secret::new("whsec_forged");
                    let (signature, body) = self.server.webhook(event, &id, &key, self.bench.now());
                    self.bench.tell(Some(&signature), &body).await;
                }
            }
        }
    }

    async fn tell(&mut self, event: u8) {
        let Some((id, _)) = self.refund() else {
            return;
        };
        // Events of this attempt alone: Stripe never gives two events one name.
        let event = format!("evt_{}_{event}", self.name.refund);
        let event = (event.as_str(), "refund.updated");
        let key = Secret::new("whsec_test");
        let (signature, body) = self.server.webhook(event, &id, &key, self.bench.now());
        self.bench.tell(Some(&signature), &body).await;
        self.told.push((signature, body));
    }

    /// The provider works again, and everybody who is owed an answer asks for it.
    async fn settle(&self) -> (Option<Standing>, &'static str) {
        for round in 0..SETTLE_MAX {
            self.bench
                .clock
                .advance(std::time::Duration::from_secs(24 * 3_600));
            self.bench.ask_again(&self.name).await;
            if let Some((id, _)) = self.refund() {
                let event = format!("evt_{}_last_{round}", self.name.refund);
                told(self.bench, self.server, (&event, "refund.updated"), &id).await;
            }
        }
        let standing = self.refund().map(|(_, standing)| standing);
        (standing, self.bench.stands(&self.name).await)
    }
}

fn agree(theirs: Option<Standing>, ours: &str) -> bool {
    match theirs {
        // Nobody got through to the provider before a person was asked to look.
        None => ours == "parked",
        Some(Standing::Pending) => ours == "pending",
        Some(Standing::RequiresAction) => ours == "action required",
        Some(Standing::Succeeded) => ours == "succeeded",
        Some(Standing::Failed | Standing::Cancelled) => matches!(ours, "failed" | "reversed"),
    }
}

#[test]
fn no_key_pays_twice_and_the_log_says_what_the_provider_says() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let server = StripeServer::start("EUR");
    let bench = bench(&server);
    let orders = Cell::new(0);
    let config = Config {
        cases: CASES,
        failure_persistence: None,
        ..Config::default()
    };
    let plays = (standing(), proptest::collection::vec(step(), 0..24));
    let played = TestRunner::new(config).run(&plays, |(first, steps)| {
        orders.set(orders.get() + 1);
        let order = format!("o{}", orders.get());
        runtime.block_on(async {
            server.clear();
            server.begin_with(first);
            let payment = format!("pi_{order}");
            let name = bench.submitted(&order, &payment).await;
            let mut play = Play {
                bench: &bench,
                server: &server,
                name,
                told: Vec::new(),
            };
            if let Some(Step::Fail(number)) = steps.first() {
                server.fail(fault(*number));
            }
            bench.ask(&play.name).await;
            for step in &steps {
                play.step(step).await;
            }
            server.clear();
            let (theirs, ours) = play.settle().await;
            prop_assert!(
                agree(theirs, ours),
                "the provider says {theirs:?}, the log {ours}"
            );
            let books = server.books();
            let paid = books
                .iter()
                .filter(|refund| refund.payment == payment)
                .count();
            prop_assert!(paid <= 1, "{paid} refunds of one key");
            Ok(())
        })
    });
    played.unwrap();
}
