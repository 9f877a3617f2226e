//! A mail server that says what it was told to say, and that cannot be asked what it has taken.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use backhaul_eventlog::MemoryLog;
use backhaul_gateways::BoxFuture;
use backhaul_gateways::mail::{Mail, MailAnswer, MailGateway, Repeat};

/// The server. Clones are the same one.
#[derive(Clone)]
pub struct MailServer {
    answers: Arc<Mutex<VecDeque<MailAnswer>>>,
    /// The log that takes nothing any more once a message was handed over.
    breaks: Option<MemoryLog>,
    asked: Arc<AtomicUsize>,
    turns: Arc<AtomicUsize>,
}

impl MailServer {
    pub fn that_answers(answers: impl IntoIterator<Item = MailAnswer>) -> Self {
        Self {
            answers: Arc::new(Mutex::new(answers.into_iter().collect())),
            breaks: None,
            asked: Arc::default(),
            turns: Arc::default(),
        }
    }

    pub fn and_breaks(self, log: &MemoryLog) -> Self {
        let breaks = Some(log.clone());
        Self { breaks, ..self }
    }

    /// How many messages were handed over.
    pub fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }

    /// How often anybody was about to see a message through.
    pub fn turns(&self) -> usize {
        self.turns.load(Ordering::SeqCst)
    }
}

impl MailGateway for MailServer {
    fn send<'a>(&'a self, _: &'a Mail) -> BoxFuture<'a, MailAnswer> {
        self.asked.fetch_add(1, Ordering::SeqCst);
        if let Some(log) = &self.breaks {
            log.fail_next_sync();
        }
        let answer = self.answers.lock().unwrap().pop_front();
        let detail = "nobody expected this message".to_owned();
        let answer = answer.unwrap_or(MailAnswer::Unknown { detail });
        Box::pin(async { answer })
    }

    fn repeatable(&self) -> Repeat {
        self.turns.fetch_add(1, Ordering::SeqCst);
        Repeat::MayDuplicate
    }
}
