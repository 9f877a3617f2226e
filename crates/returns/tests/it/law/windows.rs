//! Until when a right holds: the last minute of the last day where the buyer lives is in, the next
//! is out. And what starts its clock.

use backhaul_events::returns::Verdict;
use backhaul_testkit::{order, time};
use jiff::ToSpan;

use super::{explained, labels, nothing, reason, rows, sold};

/// Where and when; order and delivery are of the same moment. Times are in UTC. The last word says
/// what the case is about: `plain`; `leap` ends on a leap day or starts on one; `short` would end
/// on a day that its month does not have; `dst` has clocks that move on the way; `summer` ends in
/// summer time; `rolls` ends on a day on which nobody works, and `stays` does so where the law does
/// not care; `holiday` has one among its business days; `evening` starts close to midnight.
pub(super) const WINDOWS: &str = "
DE Europe/Berlin       -            2026-03-10T12:00 mind  eu.2011-83.art-9      2026-03-24T22:59 plain
DE Europe/Berlin       -            2028-02-15T12:00 mind  eu.2011-83.art-9      2028-02-29T22:59 leap
DE Europe/Berlin       -            2026-03-17T12:00 mind  eu.2011-83.art-9      2026-03-31T21:59 dst
FR Europe/Paris        -            2026-10-15T12:00 mind  eu.2011-83.art-9      2026-10-29T22:59 dst
DE Europe/Berlin       -            2026-10-11T12:00 mind  eu.2011-83.art-9      2026-10-26T22:59 dst
DE Europe/Berlin       -            2026-03-07T12:00 mind  eu.2011-83.art-9      2026-03-23T22:59 rolls
DE Europe/Berlin       -            2026-03-08T12:00 mind  eu.2011-83.art-9      2026-03-23T22:59 rolls
DE Europe/Berlin       -            2026-03-20T12:00 mind  eu.2011-83.art-9      2026-04-07T21:59 rolls
FR Europe/Paris        -            2026-03-20T12:00 mind  eu.2011-83.art-9      2026-04-03T21:59 plain
DE Europe/Berlin       -            2026-05-11T12:00 mind  eu.2011-83.art-9      2026-05-26T21:59 rolls
DE Europe/Berlin       -            2026-12-11T12:00 mind  eu.2011-83.art-9      2026-12-28T22:59 rolls
FR Europe/Paris        -            2026-12-18T12:00 mind  eu.2011-83.art-9      2027-01-04T22:59 rolls
NL Europe/Amsterdam    -            2026-04-13T12:00 mind  eu.2011-83.art-9      2026-04-28T21:59 rolls
GR Europe/Athens       -            2026-03-27T12:00 mind  eu.2011-83.art-9      2026-04-14T20:59 rolls
PT Atlantic/Azores     -            2026-05-04T12:00 mind  eu.2011-83.art-9      2026-05-18T23:59 summer
FR Indian/Reunion      -            2026-05-04T12:00 mind  eu.2011-83.art-9      2026-05-18T19:59 plain
DE Europe/Berlin       -            2026-03-10T22:59 mind  eu.2011-83.art-9      2026-03-24T22:59 evening
DE Europe/Berlin       -            2026-03-10T23:01 mind  eu.2011-83.art-9      2026-03-25T22:59 evening
DE Europe/Berlin       doorstep     2026-03-10T12:00 mind  eu.2011-83.art-9      2026-03-24T22:59 plain
FR Europe/Paris        untold       2026-03-10T12:00 mind  eu.2011-83.art-9      2027-03-24T22:59 plain
FR Europe/Paris        untold       2027-02-14T12:00 mind  eu.2011-83.art-9      2028-02-28T22:59 plain
FR Europe/Paris        untold       2028-02-15T12:00 mind  eu.2011-83.art-9      2029-02-28T22:59 leap
IT Europe/Rome         doorstep     2026-01-12T12:00 mind  eu.2011-83.art-9.1a   2026-02-11T22:59 plain
IT Europe/Rome         doorstep     2028-01-30T12:00 mind  eu.2011-83.art-9.1a   2028-02-29T22:59 leap
IT Europe/Rome         doorstep     2026-03-10T12:00 mind  eu.2011-83.art-9.1a   2026-04-09T21:59 dst
IT Europe/Rome         doorstep     2026-03-06T12:00 mind  eu.2011-83.art-9.1a   2026-04-07T21:59 rolls
DE Europe/Berlin       -            2026-03-10T12:00 fault eu.2019-771.art-10    2028-03-10T22:59 plain
DE Europe/Berlin       -            2028-02-29T12:00 fault eu.2019-771.art-10    2030-02-28T22:59 leap
DE Europe/Berlin       -            2026-07-10T12:00 fault eu.2019-771.art-10    2028-07-10T21:59 summer
GB Europe/London       -            2026-03-10T12:00 mind  gb.ccr-2013.reg-29    2026-03-24T23:59 plain
GB Europe/London       -            2028-02-15T12:00 mind  gb.ccr-2013.reg-29    2028-02-29T23:59 leap
GB Europe/London       -            2026-03-17T12:00 mind  gb.ccr-2013.reg-29    2026-03-31T22:59 dst
GB Europe/London       -            2026-03-20T12:00 mind  gb.ccr-2013.reg-29    2026-04-03T22:59 stays
GB Europe/London       untold       2026-03-10T12:00 mind  gb.ccr-2013.reg-29    2027-03-24T23:59 plain
GB Europe/London       -            2026-01-12T12:00 fault gb.cra-2015.s-22      2026-02-11T23:59 plain
GB Europe/London       -            2028-01-30T12:00 fault gb.cra-2015.s-22      2028-02-29T23:59 leap
GB Europe/London       -            2026-03-10T12:00 fault gb.cra-2015.s-22      2026-04-09T22:59 dst
GB Europe/London       -            2026-03-10T12:00 fault gb.cra-2015.s-23-24   2032-03-10T23:59 plain
GB Europe/London       -            2028-02-29T12:00 fault gb.cra-2015.s-23-24   2034-02-28T23:59 leap
GB Europe/London       -            2026-07-10T12:00 fault gb.cra-2015.s-23-24   2032-07-10T22:59 summer
CN Asia/Shanghai       -            2026-03-10T12:00 mind  cn.cpl.art-25         2026-03-17T15:59 plain
CN Asia/Shanghai       -            2028-02-22T12:00 mind  cn.cpl.art-25         2028-02-29T15:59 leap
CN Asia/Shanghai       -            2026-03-14T12:00 mind  cn.cpl.art-25         2026-03-21T15:59 stays
CN Asia/Shanghai       -            2026-03-10T15:59 mind  cn.cpl.art-25         2026-03-17T15:59 evening
CN Asia/Shanghai       -            2026-03-10T16:01 mind  cn.cpl.art-25         2026-03-18T15:59 evening
JP Asia/Tokyo          untold       2026-03-10T12:00 mind  jp.scta.art-15-3      2026-03-18T14:59 plain
JP Asia/Tokyo          untold       2028-02-21T12:00 mind  jp.scta.art-15-3      2028-02-29T14:59 leap
JP Asia/Tokyo          untold       2026-03-13T12:00 mind  jp.scta.art-15-3      2026-03-21T14:59 stays
KR Asia/Seoul          -            2026-03-10T12:00 mind  kr.e-commerce.art-17  2026-03-17T14:59 plain
KR Asia/Seoul          -            2028-02-22T12:00 mind  kr.e-commerce.art-17  2028-02-29T14:59 leap
KR Asia/Seoul          -            2026-03-14T12:00 mind  kr.e-commerce.art-17  2026-03-21T14:59 stays
KR Asia/Seoul          -            2026-03-10T12:00 fault kr.e-commerce.art-17-3 2026-06-10T14:59 plain
KR Asia/Seoul          -            2027-11-29T12:00 fault kr.e-commerce.art-17-3 2028-02-29T14:59 leap
KR Asia/Seoul          -            2026-11-30T12:00 fault kr.e-commerce.art-17-3 2027-02-28T14:59 short
BR America/Sao_Paulo   -            2026-03-10T12:00 mind  br.cdc.art-49         2026-03-18T02:59 plain
BR America/Sao_Paulo   -            2028-02-22T12:00 mind  br.cdc.art-49         2028-03-01T02:59 leap
BR America/Sao_Paulo   -            2026-03-14T12:00 mind  br.cdc.art-49         2026-03-22T02:59 stays
BR America/Sao_Paulo   doorstep     2026-03-10T12:00 mind  br.cdc.art-49         2026-03-18T02:59 plain
BR America/Sao_Paulo   -            2026-03-10T12:00 fault br.cdc.art-26         2026-06-09T02:59 plain
BR America/Sao_Paulo   -            2027-12-01T12:00 fault br.cdc.art-26         2028-03-01T02:59 leap
# Mexico: the third Monday of March is a holiday, and so is the first of February.
MX America/Mexico_City -            2026-04-13T18:00 mind  mx.lfpc.art-56        2026-04-21T05:59 plain
MX America/Mexico_City -            2026-03-10T12:00 mind  mx.lfpc.art-56        2026-03-19T05:59 holiday
MX America/Mexico_City doorstep     2026-01-29T18:00 mind  mx.lfpc.art-56        2026-02-07T05:59 holiday
MX America/Mexico_City -            2028-02-22T18:00 mind  mx.lfpc.art-56        2028-03-01T05:59 leap
US America/New_York    untold+US-NY 2026-01-05T17:00 mind  us.ny.gbl-218-a       2026-02-05T04:59 plain
US America/New_York    untold+US-NY 2026-03-01T09:00 mind  us.ny.gbl-218-a       2026-04-01T03:59 dst
US America/New_York    untold+US-NY 2028-01-30T17:00 mind  us.ny.gbl-218-a       2028-03-01T04:59 leap
US America/New_York    untold+US-FL 2026-01-05T17:00 mind  us.fl.501-142         2026-01-13T04:59 plain
US America/New_York    untold+US-FL 2026-03-03T17:00 mind  us.fl.501-142         2026-03-11T03:59 dst
US America/New_York    untold+US-FL 2028-02-22T17:00 mind  us.fl.501-142         2028-03-01T04:59 leap
US America/Los_Angeles untold+US-CA 2026-01-05T20:00 mind  us.ca.civ-1723        2026-02-05T07:59 plain
US America/Los_Angeles untold+US-CA 2026-02-20T20:00 mind  us.ca.civ-1723        2026-03-23T06:59 dst
US America/Los_Angeles untold+US-CA 2028-01-30T20:00 mind  us.ca.civ-1723        2028-03-01T07:59 leap
US America/New_York    doorstep     2026-03-01T09:00 mind  us.ftc.cooling-off    2026-03-05T04:59 plain
US America/New_York    doorstep     2026-03-05T17:00 mind  us.ftc.cooling-off    2026-03-11T03:59 dst
US America/New_York    doorstep     2028-02-24T17:00 mind  us.ftc.cooling-off    2028-03-01T04:59 leap
US America/New_York    doorstep     2026-07-01T17:00 mind  us.ftc.cooling-off    2026-07-08T03:59 holiday
CA America/Toronto     untold+CA-QC 2026-01-05T17:00 mind  ca.qc.cpa-54          2026-01-13T04:59 plain
CA America/Toronto     untold+CA-QC 2026-03-03T17:00 mind  ca.qc.cpa-54          2026-03-11T03:59 dst
CA America/Toronto     untold+CA-QC 2028-02-22T17:00 mind  ca.qc.cpa-54          2028-03-01T04:59 leap
CA America/Toronto     untold+CA-ON 2026-01-05T17:00 mind  ca.on.cpa-40          2026-01-13T04:59 plain
CA America/Toronto     untold+CA-ON 2026-10-27T17:00 mind  ca.on.cpa-40          2026-11-04T04:59 dst
CA America/Toronto     untold+CA-ON 2028-02-22T17:00 mind  ca.on.cpa-40          2028-03-01T04:59 leap
CH Europe/Zurich       -            2026-03-10T12:00 fault ch.co.art-210         2028-03-10T22:59 plain
CH Europe/Zurich       -            2028-02-29T12:00 fault ch.co.art-210         2030-02-28T22:59 leap
CH Europe/Zurich       -            2026-07-10T12:00 fault ch.co.art-210         2028-07-10T21:59 summer
CH Europe/Zurich       doorstep     2026-03-01T09:00 mind  ch.co.art-40b         2026-03-15T22:59 plain
CH Europe/Zurich       doorstep     2028-02-15T12:00 mind  ch.co.art-40b         2028-02-29T22:59 leap
CH Europe/Zurich       doorstep     2026-03-20T12:00 mind  ch.co.art-40b         2026-04-03T21:59 dst
SG Asia/Singapore      doorstep     2026-03-01T09:00 mind  sg.cpfta.cancellation 2026-03-06T15:59 plain
SG Asia/Singapore      doorstep     2028-02-22T04:00 mind  sg.cpfta.cancellation 2028-02-29T15:59 leap
SG Asia/Singapore      doorstep     2026-02-11T04:00 mind  sg.cpfta.cancellation 2026-02-20T15:59 holiday
SG Asia/Singapore      -            2026-03-10T12:00 fault sg.cpfta.part-3       2026-09-10T15:59 plain
SG Asia/Singapore      -            2027-08-29T04:00 fault sg.cpfta.part-3       2028-02-29T15:59 leap
SG Asia/Singapore      -            2026-08-31T04:00 fault sg.cpfta.part-3       2027-02-28T15:59 short
";

#[test]
fn the_last_minute_is_in_and_the_next_is_out() {
    for row in rows(WINDOWS) {
        let [country, zone, said, start, why, clause, last, about] = row[..] else {
            panic!("a case has eight words: {row:?}");
        };
        let start = format!("{start}:00Z");
        let order = sold(country, zone, &labels(said), &start).ordered_at(&start);
        let last = time(&format!("{last}:00Z"));
        let next = last.checked_add(1.minute()).unwrap();
        for (at, holds) in [(last, true), (next, false)] {
            let told = format!("{country} {said} {start} {clause} {about} at {at}");
            let explained = explained(&order, &nothing(), reason(why), at);
            let found = explained
                .clauses
                .iter()
                .find(|found| found.clause.as_str() == clause);
            let found = found.unwrap_or_else(|| panic!("{told}: not looked at"));
            assert_eq!(found.holds, holds, "{told}: {}", found.why);
            // Nobody else grants anything, so the right decides; behind the right to reject in
            // Britain stands another.
            let is_last = clause != "gb.cra-2015.s-22";
            let verdict = match holds || !is_last {
                true => Verdict::Returnable,
                false => Verdict::WindowClosed,
            };
            assert_eq!(explained.finding.verdict, verdict, "{told}");
            if is_last {
                assert_eq!(explained.finding.clause.as_str(), clause, "{told}");
            }
        }
    }
}

/// What starts the clock. Ordered on Thursday June 4; the line arrives on Monday the 8th, the rest of
/// the order on Wednesday the 10th. Days are those of UTC.
pub(super) const CLOCKS: &str = "
DE -            mind  eu.2011-83.art-9       last  2026-06-24
IT doorstep     mind  eu.2011-83.art-9.1a    last  2026-07-10
DE -            fault eu.2019-771.art-10     line  2028-06-08
GB -            mind  gb.ccr-2013.reg-29     last  2026-06-24
GB -            fault gb.cra-2015.s-23-24    line  2032-06-08
GB -            fault gb.cra-2015.s-22       line  2026-07-08
CN -            mind  cn.cpl.art-25          line  2026-06-15
JP untold       mind  jp.scta.art-15-3       line  2026-06-16
KR -            mind  kr.e-commerce.art-17   line  2026-06-15
KR -            fault kr.e-commerce.art-17-3 line  2026-09-08
BR -            mind  br.cdc.art-49          line  2026-06-15
BR -            fault br.cdc.art-26          line  2026-09-06
MX -            mind  mx.lfpc.art-56         line  2026-06-15
US untold+US-NY mind  us.ny.gbl-218-a        order 2026-07-04
US untold+US-FL mind  us.fl.501-142          order 2026-06-11
US untold+US-CA mind  us.ca.civ-1723         order 2026-07-04
US doorstep     mind  us.ftc.cooling-off     order 2026-06-09
CA untold+CA-QC mind  ca.qc.cpa-54           line  2026-06-15
CA untold+CA-ON mind  ca.on.cpa-40           line  2026-06-15
CH -            fault ch.co.art-210          line  2028-06-08
CH doorstep     mind  ch.co.art-40b          order 2026-06-18
SG doorstep     mind  sg.cpfta.cancellation  order 2026-06-11
SG -            fault sg.cpfta.part-3        line  2026-12-08
";

#[test]
fn a_clock_starts_with_the_order_the_line_or_the_last_good() {
    for row in rows(CLOCKS) {
        let [country, said, why, clause, clock, last_day] = row[..] else {
            panic!("a case has six words: {row:?}");
        };
        let order = sold(country, "UTC", &labels(said), "2026-06-08T12:00:00Z")
            .ordered_at("2026-06-04T12:00:00Z")
            .line("2", 1, 100)
            .delivered("2", 1, "2026-06-10T12:00:00Z");
        let at = time("2026-06-10T12:00:00Z");
        let found = explained(&order, &nothing(), reason(why), at);
        let found = found
            .clauses
            .iter()
            .find(|found| found.clause.as_str() == clause);
        let end = time(&format!("{last_day}T23:59:59.999999999Z"));
        let ends_at = found.unwrap_or_else(|| panic!("{clause}")).ends_at;
        assert_eq!(ends_at, Some(end), "{clause} runs from the {clock}");
    }
}

/// A clock that starts with a delivery does not run before it, and the right is there all the same.
#[test]
fn nothing_runs_before_the_goods_are_there() {
    for (country, said) in [("DE", "-"), ("GB", "-"), ("CN", "-"), ("JP", "untold")] {
        let mut order = order("o").destination(country, "UTC").line("1", 1, 100);
        for (name, value) in labels(said) {
            let (name, value) = (name.to_owned(), value.to_owned());
            order.recorded.labels.insert(name, value);
        }
        let at = time("2026-03-10T12:00:00Z");
        let found = explained(&order, &nothing(), reason("mind"), at);
        assert_eq!(found.finding.verdict, Verdict::NotDelivered, "{country}");
        assert_eq!(found.clauses[0].why, "the buyer has this right");
        assert_eq!(found.clauses[0].ends_at, None, "{country}");
    }
}
