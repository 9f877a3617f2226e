//! A carrier that needs nobody outside: real tracking numbers, labels that a printer prints, and
//! no parcel. What it sold is written down in a file of its own, as with the sandbox provider of
//! payments, and several processes may use one folder at a time.
//!
//! How an order goes, by the beginning of the return centre's id:
//!
//! | id begins with | what happens |
//! |---|---|
//! | `sandbox-decline` | refused: the route is not served |
//! | `sandbox-timeout-before` | lost on the way; passes when it is sent again with the same key |
//! | `sandbox-timeout` | sold, but the first answer is lost |
//! | anything else | sold at once |

mod books;
#[cfg(test)]
mod tests;

use std::path::Path;
use std::sync::{Mutex, PoisonError};

pub use books::SoldLabel;

use super::{
    CarrierGateway, CarrierStatus, DocumentAnswer, FindLabel, LabelAnswer, LabelDecline,
    LabelOrder, label,
};
use crate::BoxFuture;
use crate::journal::{self, Journal, JournalError};
use books::{Books, Line};

/// The name of the carrier's file within the sandbox's folder.
pub const LABELS_FILE: &str = "labels.jsonl";

/// The sandbox carrier.
pub struct CarrierSandbox {
    desk: Mutex<Desk>,
}

/// What one call at a time may touch.
struct Desk {
    journal: Journal<Line>,
    books: Books,
}

impl CarrierSandbox {
    /// Opens the carrier's file in `folder`, and makes both if they are missing.
    pub fn open(folder: impl AsRef<Path>) -> Result<Self, JournalError> {
        let mut journal = Journal::open(&folder.as_ref().join(LABELS_FILE))?;
        let mut books = Books::default();
        drop(journal.turn(|line| books.learn(line))?);
        Ok(Self {
            desk: Mutex::new(Desk { journal, books }),
        })
    }

    /// Every label the carrier sold, oldest first, from a folder that another process may be using.
    pub fn read_sold(folder: impl AsRef<Path>) -> Result<Vec<SoldLabel>, JournalError> {
        let lines = journal::read(&folder.as_ref().join(LABELS_FILE))?;
        Ok(lines.into_iter().filter_map(Line::sold).collect())
    }

    fn at_the_desk<T>(&self, call: impl FnOnce(&mut Desk) -> T) -> T {
        call(&mut self.desk.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// The file operations below take microseconds, so the calls do not leave the thread they are on.
impl CarrierGateway for CarrierSandbox {
    fn carrier(&self) -> &str {
        "sandbox"
    }

    fn order_label<'a>(&'a self, order: &'a LabelOrder) -> BoxFuture<'a, LabelAnswer> {
        Box::pin(async move {
            self.at_the_desk(|desk| desk.order(order))
                .unwrap_or_else(|error| LabelAnswer::Unknown {
                    detail: error.to_string(),
                })
        })
    }

    fn find<'a>(&'a self, key: &'a str) -> BoxFuture<'a, FindLabel> {
        Box::pin(async move {
            match self.at_the_desk(Desk::catch_up_then(|books| books.by_key(key).map(answer))) {
                Ok(Some(answer)) => FindLabel::Found(answer),
                Ok(None) => FindLabel::NotFound,
                Err(error) => FindLabel::Unreachable {
                    detail: error.to_string(),
                },
            }
        })
    }

    fn label_document<'a>(&'a self, tracking_number: &'a str) -> BoxFuture<'a, DocumentAnswer> {
        Box::pin(async move {
            let document = |books: &Books| {
                let sold = books.by_number(tracking_number)?;
                Some(label::document(
                    &sold.tracking_number,
                    sold.parcel.as_str(),
                    &sold.to(),
                ))
            };
            match self.at_the_desk(Desk::catch_up_then(document)) {
                Ok(Some(document)) => DocumentAnswer::Found(document),
                Ok(None) => DocumentAnswer::NotFound,
                Err(error) => DocumentAnswer::Unreachable {
                    detail: error.to_string(),
                },
            }
        })
    }

    fn status(&self, code: &str) -> CarrierStatus {
        match code {
            "ANN" => CarrierStatus::Announced,
            "ACC" => CarrierStatus::HandedOver,
            "TRN" => CarrierStatus::InTransit,
            "OUT" => CarrierStatus::OutForDelivery,
            "DEL" => CarrierStatus::Delivered,
            "ATT" => CarrierStatus::AttemptFailed,
            "PUP" => CarrierStatus::AvailableForPickup,
            "CUS" => CarrierStatus::CustomsHeld,
            "RTS" => CarrierStatus::ReturnedToSender,
            "LST" => CarrierStatus::Lost,
            "DMG" => CarrierStatus::Damaged,
            other => CarrierStatus::Unknown(other.chars().take(CODE_CHARS_MAX).collect()),
        }
    }
}

/// Longest unknown status code that is kept, in characters.
const CODE_CHARS_MAX: usize = 32;

impl Desk {
    fn order(&mut self, order: &LabelOrder) -> Result<LabelAnswer, JournalError> {
        if order.to.id.starts_with("sandbox-decline") {
            return Ok(LabelAnswer::Declined {
                code: LabelDecline::RouteNotServed,
            });
        }
        let Self { journal, books } = self;
        let mut turn = journal.turn(|line| books.learn(line))?;
        if let Some(sold) = books.by_key(&order.key) {
            return Ok(if sold.is_for(order) {
                answer(sold)
            } else {
                LabelAnswer::Declined {
                    code: LabelDecline::IdempotencyMismatch,
                }
            });
        }
        if order.to.id.starts_with("sandbox-timeout-before") && !books.was_lost(&order.key) {
            let line = Line::Lost {
                key: order.key.clone(),
            };
            turn.append(&line)?;
            books.learn(line);
            return Ok(no_answer());
        }
        let sold = books.sell(order);
        let answer = answer(&sold);
        let line = Line::Sold(sold);
        turn.append(&line)?;
        books.learn(line);
        let lost = order.to.id.starts_with("sandbox-timeout")
            && !order.to.id.starts_with("sandbox-timeout-before");
        Ok(if lost { no_answer() } else { answer })
    }

    /// A question about the books, asked after they are up to date.
    fn catch_up_then<T>(
        question: impl FnOnce(&Books) -> T,
    ) -> impl FnOnce(&mut Self) -> Result<T, JournalError> {
        move |desk| {
            let Self { journal, books } = desk;
            drop(journal.turn(|line| books.learn(line))?);
            Ok(question(books))
        }
    }
}

fn answer(sold: &SoldLabel) -> LabelAnswer {
    LabelAnswer::Issued {
        tracking_number: sold.tracking_number.clone(),
        label_format: super::LabelFormat::Zpl,
    }
}

fn no_answer() -> LabelAnswer {
    LabelAnswer::Unknown {
        detail: "the call timed out".into(),
    }
}
