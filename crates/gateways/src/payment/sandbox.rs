//! A payment provider that needs nobody outside. It pays no money; it writes down what a provider
//! would have done, in a ledger of its own that tests and checks compare with our log.
//!
//! How a refund goes is written in the provider's name of the payment, as with the test tokens of
//! real providers; `script` has the list. A file named [`OUTAGE_FILE`] in the folder makes the
//! provider unreachable for as long as it is there.
//!
//! The same key again is answered with how its refund stands now. Keys are kept for ever and in
//! memory, and several processes may use one folder at a time: they see one
//! provider. The sandbox does not know what was captured; caps are the caller's.

mod books;
mod ledger;
mod numbers;
mod script;
#[cfg(test)]
mod tests;

use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

pub use ledger::{LedgerEntry, LedgerStatus};
pub use script::LOOKUPS_UNTIL_SETTLED;

use super::{FindAnswer, PaymentGateway, RefundAnswer, RefundOrder};
use crate::BoxFuture;
use crate::journal::{self, Journal, JournalError};
use books::Books;
use ledger::Line;
use script::Script;

/// The ledger's name within the sandbox's folder.
pub const LEDGER_FILE: &str = "payments.jsonl";

/// While a file of this name is in the folder, the provider answers nobody.
pub const OUTAGE_FILE: &str = "down";

/// The sandbox provider.
pub struct PaymentSandbox {
    folder: PathBuf,
    outage: PathBuf,
    desk: Mutex<Desk>,
}

/// What one call at a time may touch.
struct Desk {
    journal: Journal<Line>,
    books: Books,
}

impl PaymentSandbox {
    /// Opens the ledger in `folder`, and makes both if they are missing.
    pub fn open(folder: impl AsRef<Path>) -> Result<Self, JournalError> {
        let folder = folder.as_ref();
        let mut journal = Journal::open(&folder.join(LEDGER_FILE))?;
        let mut books = Books::default();
        drop(journal.turn(|line| books.learn(line))?);
        Ok(Self {
            folder: folder.to_owned(),
            outage: folder.join(OUTAGE_FILE),
            desk: Mutex::new(Desk { journal, books }),
        })
    }

    /// What the provider really did so far: one entry per refund, as it stands now, oldest first.
    pub fn ledger(&self) -> Result<Vec<LedgerEntry>, JournalError> {
        Self::read_ledger(&self.folder)
    }

    /// The same, from a folder that another process may be using.
    pub fn read_ledger(folder: impl AsRef<Path>) -> Result<Vec<LedgerEntry>, JournalError> {
        let mut books = Books::default();
        for line in journal::read(&folder.as_ref().join(LEDGER_FILE))? {
            books.learn(line);
        }
        Ok(books.into_entries())
    }

    fn refund_now(&self, order: &RefundOrder) -> RefundAnswer {
        if self.outage.exists() {
            return unreachable_provider();
        }
        self.at_the_desk(|desk| desk.refund(order))
            .unwrap_or_else(|error| RefundAnswer::Unknown {
                detail: error.to_string(),
            })
    }

    fn find_now(&self, key: &str) -> FindAnswer {
        if self.outage.exists() {
            return FindAnswer::Unreachable {
                detail: UNREACHABLE.into(),
            };
        }
        self.at_the_desk(|desk| desk.find(key))
            .unwrap_or_else(|error| FindAnswer::Unreachable {
                detail: error.to_string(),
            })
    }

    /// A call that panicked left whole lines behind, so the next one may go on from there.
    fn at_the_desk<T>(&self, call: impl FnOnce(&mut Desk) -> T) -> T {
        call(&mut self.desk.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// The file operations below take microseconds, so the calls do not leave the thread they are on.
impl PaymentGateway for PaymentSandbox {
    fn provider(&self) -> &str {
        "sandbox"
    }

    fn refund<'a>(&'a self, order: &'a RefundOrder) -> BoxFuture<'a, RefundAnswer> {
        Box::pin(async move { self.refund_now(order) })
    }

    /// By key, which names the merchant too: the references of two merchants may be the same.
    fn find<'a>(
        &'a self,
        order: &'a RefundOrder,
        _provider_refund: Option<&'a str>,
    ) -> BoxFuture<'a, FindAnswer> {
        Box::pin(async move { self.find_now(&order.key) })
    }
}

impl Desk {
    fn refund(&mut self, order: &RefundOrder) -> Result<RefundAnswer, JournalError> {
        let Self { journal, books } = self;
        let mut turn = journal.turn(|line| books.learn(line))?;
        if let Some(earlier) = books.by_key(&order.key) {
            return Ok(if earlier.is_for(order) {
                earlier.answer()
            } else {
                ledger::mismatch()
            });
        }
        let script = Script::of(&order.provider_payment);
        if script == Script::TimeoutBefore && !books.was_lost(&order.key) {
            let line = Line::Lost {
                key: order.key.clone(),
            };
            turn.append(&line)?;
            books.learn(line);
            return Ok(no_answer());
        }
        let entry = LedgerEntry::first(order, script.first_status());
        let line = Line::Refund(entry.clone());
        turn.append(&line)?;
        books.learn(line);
        match script {
            Script::TimeoutAfterSuccess => Ok(no_answer()),
            _ => Ok(entry.answer()),
        }
    }

    fn find(&mut self, key: &str) -> Result<FindAnswer, JournalError> {
        let Self { journal, books } = self;
        let mut turn = journal.turn(|line| books.learn(line))?;
        let Some(entry) = books.by_key(key) else {
            return Ok(FindAnswer::NotFound);
        };
        let script = Script::of(&entry.provider_payment);
        let Some(next) = script.looked_up(entry) else {
            return Ok(FindAnswer::Found(entry.answer()));
        };
        let answer = next.answer();
        let line = Line::Refund(next);
        turn.append(&line)?;
        books.learn(line);
        Ok(FindAnswer::Found(answer))
    }
}

const UNREACHABLE: &str = "the provider cannot be reached";

fn unreachable_provider() -> RefundAnswer {
    RefundAnswer::Unknown {
        detail: UNREACHABLE.into(),
    }
}

fn no_answer() -> RefundAnswer {
    RefundAnswer::Unknown {
        detail: "the call timed out".into(),
    }
}
