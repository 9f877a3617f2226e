//! B14 to B26: returns.

use backhaul_api::proto::returns::v1::{
    AuthorizeReturnRequest, CancelReturnRequest, RecordReceiptRequest, RequestReturnRequest,
};
use prost_types::Timestamp;
use tonic::Code;

use super::{Answer, Row, Where, World, call, invalid, row};
use crate::orders::{ask, item, receive, request_id};

pub(super) fn rows(world: &World) -> Vec<Row> {
    let mut rows = requests(world);
    rows.extend(decisions(world));
    rows.extend(receipts(world));
    rows
}

fn requests(world: &World) -> Vec<Row> {
    let request = |name, request, answer| {
        row(
            name,
            call!(world.me().returns(), request_return, request),
            answer,
        )
    };
    let sold = |change: &dyn Fn(&mut RequestReturnRequest)| {
        let mut request = ask("orders/sold", 1);
        change(&mut request);
        request
    };
    let late = RequestReturnRequest {
        refuse_if_not_returnable: true,
        ..ask("orders/late", 1)
    };
    let field = |path| Where::Field(path);
    let mut rows = vec![
        request(
            "B14 of an unknown order",
            ask("orders/nobodys", 1),
            Answer::No(
                Code::NotFound,
                "ORDER_NOT_FOUND",
                Where::Resource("orders/nobodys"),
            ),
        ),
        request(
            "B15 a line that was not sold",
            sold(&|r| r.items[0] = item("9", 1)),
            Answer::No(
                Code::InvalidArgument,
                "INVALID_FIELD",
                field("items[0].line"),
            ),
        ),
        request(
            "B16 more units than were sold",
            sold(&|r| r.items[0].quantity = 3),
            Answer::No(
                Code::InvalidArgument,
                "UNITS_EXCEED",
                field("items[0].quantity"),
            ),
        ),
        request(
            "B17 the window is closed",
            late,
            Answer::No(
                Code::FailedPrecondition,
                "RETURN_WINDOW_CLOSED",
                Where::State("orders/late"),
            ),
        ),
        request(
            "B19 a note of 100 KB",
            sold(&|r| r.items[0].note = "x".repeat(100 * 1024)),
            invalid("items[0].note"),
        ),
    ];
    for (name, reason) in [("B18 no reason", 0), ("B18 a reason that is none", 999)] {
        let wrong = sold(&|r| r.items[0].reason = reason);
        rows.push(request(name, wrong, invalid("items[0].reason")));
    }
    rows
}

fn decisions(world: &World) -> Vec<Row> {
    let authorize = |name: &str| AuthorizeReturnRequest {
        request_id: request_id(),
        name: name.to_owned(),
    };
    let cancel = CancelReturnRequest {
        request_id: request_id(),
        name: "returns/done-R1".to_owned(),
        note: String::new(),
    };
    let state = |name| Answer::No(Code::FailedPrecondition, "STATE", Where::State(name));
    vec![
        row(
            "B21 cancelled already",
            call!(
                world.expert.returns(),
                authorize_return,
                authorize("returns/cancelled-R1")
            ),
            state("returns/cancelled-R1"),
        ),
        // What was declined a person may authorise all the same.
        row(
            "B21 declined already",
            call!(
                world.expert.returns(),
                authorize_return,
                authorize("returns/late-R1")
            ),
            Answer::Yes,
        ),
        row(
            "B23 paid back already",
            call!(world.me().returns(), cancel_return, cancel),
            state("returns/done-R1"),
        ),
    ]
}

fn receipts(world: &World) -> Vec<Row> {
    let open = "returns/open-R1";
    let report = |name, request, answer| {
        row(
            name,
            call!(world.me().returns(), record_receipt, request),
            answer,
        )
    };
    let mut rows = vec![
        report(
            "B24 a parcel that nobody announced",
            receive(open, "parcels/open-P9", 1),
            Answer::No(
                Code::FailedPrecondition,
                "UNKNOWN_PARCEL",
                Where::State("parcels/open-P9"),
            ),
        ),
        report(
            "B25 three of two",
            receive(open, "", 3),
            Answer::No(Code::FailedPrecondition, "QUANTITY", Where::State(open)),
        ),
    ];
    /// The first second of the year 9999.
    const YEAR_9999: i64 = 253_370_764_800;
    for (name, seconds, nanos) in [
        ("B26 the year 9999", YEAR_9999, 0),
        ("B26 more seconds than there are", i64::MAX, 0),
        ("B26 fewer seconds than there are", i64::MIN, 0),
        ("B26 nanoseconds below nothing", 1_800_000_000, -1),
        ("B26 more than a second", 1_800_000_000, 1_000_000_000),
    ] {
        let request = RecordReceiptRequest {
            receive_time: Some(Timestamp { seconds, nanos }),
            ..receive(open, "", 1)
        };
        rows.push(report(name, request, invalid("receive_time")));
    }
    rows
}
