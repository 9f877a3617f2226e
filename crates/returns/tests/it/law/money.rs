//! By when the law wants the money: told with the release, as the last moment of the last day where
//! the buyer lives.

use backhaul_events::returns::{Event, PolicySet, Release};
use backhaul_kernel::{ReturnId, Timestamp};
use backhaul_returns::{Authorize, Command, PolicySnapshot, Returns};
use backhaul_testkit::{at, given, id, time};
use jiff::ToSpan;

use super::{because, labels, reason, rows, sold};
use crate::{content, facts, intact, policy, receipt, request};

/// Asked for or declared, and the goods back; the order is of the day before. Times are in UTC. `-`
/// is without end: the law names no day. The last word says what the case is about: as in `windows`,
/// and `waited` has goods that came back later than the money would have been due.
pub(super) const MONEY: &str = "
DE Europe/Berlin       -            mind  2026-03-10T12:00 2026-03-15T12:00 eu.2011-83.art-9       2026-03-24T22:59 plain
DE Europe/Berlin       -            mind  2028-02-15T12:00 2028-02-20T12:00 eu.2011-83.art-9       2028-02-29T22:59 leap
DE Europe/Berlin       -            mind  2026-03-17T12:00 2026-03-20T12:00 eu.2011-83.art-9       2026-03-31T21:59 dst
DE Europe/Berlin       -            mind  2026-10-13T12:00 2026-10-20T12:00 eu.2011-83.art-9       2026-10-27T22:59 dst
DE Europe/Berlin       -            mind  2026-03-20T12:00 2026-03-25T12:00 eu.2011-83.art-9       2026-04-07T21:59 rolls
DE Europe/Berlin       -            mind  2026-12-11T12:00 2026-12-15T12:00 eu.2011-83.art-9       2026-12-28T22:59 rolls
DE Europe/Berlin       -            mind  2026-03-10T12:00 2026-04-04T12:00 eu.2011-83.art-9       2026-04-04T21:59 waited
DE Europe/Berlin       -            mind  2026-03-10T12:00 2026-04-20T22:30 eu.2011-83.art-9       2026-04-21T21:59 waited
IT Europe/Rome         doorstep     mind  2026-03-10T12:00 2026-03-15T12:00 eu.2011-83.art-9       2026-03-24T22:59 plain
DE Europe/Berlin       -            fault 2026-03-10T12:00 2026-03-15T12:00 eu.2011-83.art-9       2026-03-24T22:59 plain
GB Europe/London       -            mind  2026-01-10T12:00 2026-01-15T12:00 gb.ccr-2013.reg-29     2026-01-29T23:59 plain
GB Europe/London       -            mind  2028-02-10T12:00 2028-02-15T12:00 gb.ccr-2013.reg-29     2028-02-29T23:59 leap
GB Europe/London       -            mind  2026-03-10T12:00 2026-03-17T12:00 gb.ccr-2013.reg-29     2026-03-31T22:59 dst
GB Europe/London       -            mind  2026-03-10T12:00 2026-03-20T12:00 gb.ccr-2013.reg-29     2026-04-03T22:59 stays
GB Europe/London       -            fault 2026-03-10T12:00 2026-03-20T12:00 gb.cra-2015.s-22       2026-03-23T23:59 plain
GB Europe/London       -            fault 2028-02-16T12:00 2028-02-20T12:00 gb.cra-2015.s-22       2028-02-29T23:59 leap
GB Europe/London       -            fault 2026-03-17T12:00 2026-03-20T12:00 gb.cra-2015.s-22       2026-03-30T22:59 dst
CN Asia/Shanghai       -            mind  2026-03-10T12:00 2026-03-16T12:00 cn.cpl.art-25          2026-03-23T15:59 plain
CN Asia/Shanghai       -            mind  2028-02-20T12:00 2028-02-22T12:00 cn.cpl.art-25          2028-02-29T15:59 leap
CN Asia/Shanghai       -            mind  2026-03-10T12:00 2026-03-14T12:00 cn.cpl.art-25          2026-03-21T15:59 stays
CN Asia/Shanghai       -            mind  2026-03-10T12:00 2026-03-16T16:30 cn.cpl.art-25          2026-03-24T15:59 evening
KR Asia/Seoul          -            mind  2026-03-10T12:00 2026-03-16T03:00 kr.e-commerce.art-17   2026-03-19T14:59 plain
KR Asia/Seoul          -            mind  2028-02-20T12:00 2028-02-24T03:00 kr.e-commerce.art-17   2028-02-29T14:59 leap
KR Asia/Seoul          -            mind  2026-03-10T12:00 2026-03-19T03:00 kr.e-commerce.art-17   2026-03-24T14:59 weekend
KR Asia/Seoul          -            mind  2026-04-28T12:00 2026-05-01T03:00 kr.e-commerce.art-17   2026-05-07T14:59 holiday
KR Asia/Seoul          -            fault 2026-03-10T12:00 2026-03-16T03:00 kr.e-commerce.art-17   2026-03-19T14:59 plain
BR America/Sao_Paulo   -            mind  2026-03-10T15:00 2026-03-12T15:00 br.cdc.art-49          2026-03-13T02:59 waited
BR America/Sao_Paulo   -            mind  2026-03-10T15:00 2026-03-10T16:00 br.cdc.art-49          2026-03-11T02:59 plain
BR America/Sao_Paulo   -            mind  2028-02-28T15:00 2028-02-29T15:00 br.cdc.art-49          2028-03-01T02:59 leap
IN Asia/Kolkata        -            fault 2026-03-10T06:00 2026-03-15T06:00 in.e-commerce-2020.rule-6 2026-04-10T18:29 plain
IN Asia/Kolkata        -            fault 2026-01-31T06:00 2026-02-05T06:00 in.e-commerce-2020.rule-6 2026-02-28T18:29 short
IN Asia/Kolkata        -            fault 2028-01-31T06:00 2028-02-05T06:00 in.e-commerce-2020.rule-6 2028-02-29T18:29 leap
CA America/Toronto     untold+CA-QC mind  2026-01-12T17:00 2026-01-15T17:00 ca.qc.cpa-54           2026-01-28T04:59 plain
CA America/Toronto     untold+CA-QC mind  2026-03-02T17:00 2026-03-05T17:00 ca.qc.cpa-54           2026-03-18T03:59 dst
CA America/Toronto     untold+CA-QC mind  2028-02-14T17:00 2028-02-16T17:00 ca.qc.cpa-54           2028-03-01T04:59 leap
CA America/Toronto     untold+CA-ON mind  2026-01-12T17:00 2026-01-15T17:00 ca.on.cpa-40           2026-01-28T04:59 plain
CA America/Toronto     untold+CA-ON mind  2026-10-26T17:00 2026-10-28T17:00 ca.on.cpa-40           2026-11-11T04:59 dst
CA America/Toronto     untold+CA-ON mind  2028-02-14T17:00 2028-02-16T17:00 ca.on.cpa-40           2028-03-01T04:59 leap
US America/New_York    doorstep     mind  2026-01-05T17:00 2026-01-07T17:00 us.ftc.cooling-off     2026-01-21T04:59 holiday
US America/New_York    doorstep     mind  2026-03-02T17:00 2026-03-05T17:00 us.ftc.cooling-off     2026-03-17T03:59 dst
US America/New_York    doorstep     mind  2026-06-01T17:00 2026-06-03T17:00 us.ftc.cooling-off     2026-06-16T03:59 plain
US America/New_York    doorstep     mind  2028-02-15T17:00 2028-02-17T17:00 us.ftc.cooling-off     2028-03-02T04:59 leap
AU Australia/Sydney    -            fault 2026-03-10T12:00 2026-03-15T12:00 -                      -                plain
JP Asia/Tokyo          untold       mind  2026-03-10T12:00 2026-03-15T12:00 -                      -                plain
CH Europe/Zurich       -            fault 2026-03-10T12:00 2026-03-15T12:00 -                      -                plain
CH Europe/Zurich       doorstep     mind  2026-03-10T12:00 2026-03-15T12:00 -                      -                plain
MX America/Mexico_City -            mind  2026-03-10T12:00 2026-03-15T12:00 -                      -                plain
SG Asia/Singapore      doorstep     mind  2026-03-10T12:00 2026-03-15T12:00 -                      -                plain
SG Asia/Singapore      -            fault 2026-03-10T12:00 2026-03-15T12:00 -                      -                plain
US America/New_York    untold+US-NY mind  2026-03-10T12:00 2026-03-15T12:00 -                      -                plain
BR America/Sao_Paulo   -            fault 2026-03-10T12:00 2026-03-15T12:00 br.cdc.art-49          2026-03-16T02:59 waited
AE Asia/Dubai          -            mind  2026-03-10T12:00 2026-03-15T12:00 -                      -                plain
";

/// Faults that are told of later than any change of mind would count: on the fortieth day.
pub(super) const LATE: &str = "
DE Europe/Berlin       -            fault 2026-05-04T12:00 2026-05-10T12:00 eu.2019-771.art-10       2026-05-18T21:59 plain
DE Europe/Berlin       -            fault 2028-02-15T12:00 2028-02-20T12:00 eu.2019-771.art-10       2028-02-29T22:59 leap
DE Europe/Berlin       -            fault 2026-03-17T12:00 2026-03-20T12:00 eu.2019-771.art-10       2026-03-31T21:59 dst
GB Europe/London       -            fault 2026-05-04T12:00 2026-05-10T12:00 gb.cra-2015.s-23-24      2026-05-17T22:59 plain
GB Europe/London       -            fault 2028-02-16T12:00 2028-02-20T12:00 gb.cra-2015.s-23-24      2028-02-29T23:59 leap
GB Europe/London       -            fault 2026-03-17T12:00 2026-03-20T12:00 gb.cra-2015.s-23-24      2026-03-30T22:59 dst
KR Asia/Seoul          -            fault 2026-05-11T03:00 2026-05-18T03:00 kr.e-commerce.art-17-3   2026-05-21T14:59 plain
KR Asia/Seoul          -            fault 2028-02-20T03:00 2028-02-24T03:00 kr.e-commerce.art-17-3   2028-02-29T14:59 leap
KR Asia/Seoul          -            fault 2026-05-18T03:00 2026-05-21T03:00 kr.e-commerce.art-17-3   2026-05-27T14:59 holiday
BR America/Sao_Paulo   -            fault 2026-05-04T15:00 2026-05-10T15:00 -                        -                plain
";

/// Everything is approved and paid as it arrives, and nothing is taken back but by law.
fn on_receipt() -> PolicySnapshot {
    policy(PolicySet {
        default_window_days: 14,
        release: Release::OnReceipt,
        ..content()
    })
}

fn minute(text: &str) -> Timestamp {
    time(&format!("{text}:00Z"))
}

/// Checks one case, whose goods were delivered so many days before.
fn check(row: &[&str], days_before: i64) {
    let [country, zone, said, why, asked, back, clause, due, about] = row[..] else {
        panic!("a case has nine words: {row:?}");
    };
    let told = format!("{country} {said} {why} {asked} {about}");
    let (asked, back) = (minute(asked), minute(back));
    let before = asked.checked_sub((24 * days_before).hours());
    let before = before.expect("these days are in range").to_string();
    let order = sold(country, zone, &labels(said), &before).ordered_at(&before);
    let mut command = request(&order, &on_receipt(), vec![because(reason(why))]);
    command.requested_at = asked;
    let r#return: ReturnId = id("o-R1");
    let late = at("2030-01-01T00:00:00Z");
    let authorize = Command::Authorize(Authorize {
        r#return: r#return.clone(),
        facts: facts(&order),
        policy: on_receipt(),
    });
    let arrive = Command::RecordReceipt(backhaul_returns::RecordReceipt {
        r#return,
        received_at: back,
        ..receipt(vec![intact("1", 1)])
    });
    let events = given::<Returns>([])
        .and(&Command::Request(command), &late)
        .and(&authorize, &late)
        .when(&arrive, &late)
        .events();
    let released = events.iter().find_map(|event| match event {
        Event::RefundReleased(released) => Some(&released.terms.due),
        _ => None,
    });
    let found = released.unwrap_or_else(|| panic!("{told}: nothing was released"));
    let found = found.as_ref().map(|due| (due.clause.as_str(), due.at));
    // The last minute is whole.
    let expected = (due != "-").then(|| (clause, time(&format!("{due}:59.999999999Z"))));
    assert_eq!(found, expected, "{told}");
}

#[test]
fn the_money_is_due_on_the_laws_day() {
    for row in rows(MONEY) {
        check(&row, 1);
    }
    for row in rows(LATE) {
        check(&row, 40);
    }
}
