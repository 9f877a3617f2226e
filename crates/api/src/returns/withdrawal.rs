//! The two steps of a withdrawal.

use backhaul_events::LineUnits;
use backhaul_events::returns::Statement;
use backhaul_kernel::{OrderId, ReturnId, Timestamp};

use crate::invalid::{InvalidRequest, Path, Wrong, convert};
use crate::names;
use crate::proto::returns::v1 as proto;
use crate::types::{LINES_MAX, line_units, some_text, timestamp_if_any};

/// A buyer states to withdraw.
#[derive(Debug, Clone, PartialEq)]
pub struct DeclareWithdrawal {
    /// The order.
    pub order: OrderId,
    /// What is to go back; all that is left when empty.
    pub units: Vec<LineUnits>,
    /// What the buyer states.
    pub statement: Statement,
    /// When; none means now.
    pub declared_at: Option<Timestamp>,
}

impl DeclareWithdrawal {
    /// Reads the statement.
    pub fn from_proto(request: proto::DeclareWithdrawalRequest) -> Result<Self, InvalidRequest> {
        convert(|wrong| {
            let order = names::order(&request.order, &Path::of("order"), wrong);
            let at = Path::of("items");
            let units = wrong.each(request.items, 0..=LINES_MAX, &at, line_units);
            let at = Path::of("statement");
            let statement = wrong
                .required(request.statement, &at)
                .and_then(|message| statement(message, &at, wrong));
            let at = Path::of("declare_time");
            let declared_at = timestamp_if_any(request.declare_time, &at, wrong);
            Some(Self {
                order: order?,
                units: units?,
                statement: statement?,
                declared_at: declared_at?,
            })
        })
    }
}

/// A buyer confirms a withdrawal.
#[derive(Debug, Clone, PartialEq)]
pub struct ConfirmWithdrawal {
    /// The return.
    pub r#return: ReturnId,
    /// When; none means now.
    pub confirmed_at: Option<Timestamp>,
}

impl ConfirmWithdrawal {
    /// Reads the confirmation.
    pub fn from_proto(request: proto::ConfirmWithdrawalRequest) -> Result<Self, InvalidRequest> {
        convert(|wrong| {
            let r#return = names::r#return(&request.name, &Path::of("name"), wrong);
            let at = Path::of("confirm_time");
            let confirmed_at = timestamp_if_any(request.confirm_time, &at, wrong);
            Some(Self {
                r#return: r#return?,
                confirmed_at: confirmed_at?,
            })
        })
    }
}

fn statement(message: proto::Statement, at: &Path<'_>, wrong: &mut Wrong) -> Option<Statement> {
    let name = some_text(message.name, &at.field("name"), wrong);
    let contact = some_text(message.contact, &at.field("contact"), wrong);
    Some(Statement {
        name: name?,
        contact: contact?,
    })
}

/// The message of a statement.
pub fn statement_to_proto(statement: &Statement) -> proto::Statement {
    proto::Statement {
        name: statement.name.to_string(),
        contact: statement.contact.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request() -> proto::DeclareWithdrawalRequest {
        proto::DeclareWithdrawalRequest {
            request_id: "r".to_owned(),
            order: "orders/536365".to_owned(),
            items: vec![crate::proto::types::v1::LineUnits {
                line: "1".to_owned(),
                quantity: 2,
            }],
            statement: Some(proto::Statement {
                name: "Ada".to_owned(),
                contact: "ada@example.com".to_owned(),
            }),
            declare_time: None,
        }
    }

    #[test]
    fn a_statement_reads_back_as_it_was_written() {
        let read = DeclareWithdrawal::from_proto(request()).unwrap();
        assert_eq!(read.units[0].quantity, 2);
        assert_eq!(
            Some(statement_to_proto(&read.statement)),
            request().statement
        );
        let everything = proto::DeclareWithdrawalRequest {
            items: Vec::new(),
            ..request()
        };
        assert_eq!(DeclareWithdrawal::from_proto(everything).unwrap().units, []);
    }

    #[test]
    fn what_is_wrong_is_named() {
        type Change = fn(&mut proto::DeclareWithdrawalRequest);
        let cases: [(Change, &str); 5] = [
            (|r| r.order = "536365".to_owned(), "order"),
            (|r| r.items[0].quantity = 0, "items[0].quantity"),
            (|r| r.statement = None, "statement"),
            (
                |r| r.statement.as_mut().unwrap().name = " ".to_owned(),
                "statement.name",
            ),
            (
                |r| r.statement.as_mut().unwrap().contact.clear(),
                "statement.contact",
            ),
        ];
        for (change, field) in cases {
            let mut wrong = request();
            change(&mut wrong);
            let mistakes = DeclareWithdrawal::from_proto(wrong).unwrap_err().mistakes;
            assert_eq!(mistakes.len(), 1, "{mistakes:?}");
            assert_eq!(mistakes[0].field, field);
        }
        let unnamed = ConfirmWithdrawal::from_proto(proto::ConfirmWithdrawalRequest::default());
        assert_eq!(unnamed.unwrap_err().mistakes[0].field, "name");
    }
}
