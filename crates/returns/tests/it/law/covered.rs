//! No right of the data is left out of the tables of these tests.

use std::collections::BTreeSet;

use backhaul_events::returns::LastDay;
use backhaul_returns::{Jurisdiction, Right, jurisdictions};

use super::{money, rows, terms, windows};

/// The values of one column, and of the last one, case by case.
fn cases(table: &'static str, column: usize) -> BTreeSet<(&'static str, &'static str)> {
    let rows = rows(table).into_iter();
    rows.map(|row| (row[column], row[row.len() - 1])).collect()
}

fn named(table: &'static str, column: usize) -> BTreeSet<&'static str> {
    cases(table, column)
        .into_iter()
        .map(|(name, _)| name)
        .collect()
}

/// Where clocks do not move in summer.
const NO_SUMMER_TIME: [&str; 7] = ["cn", "jp", "kr", "br", "mx", "sg", "in"];

fn rights() -> impl Iterator<Item = (&'static Jurisdiction, &'static Right)> {
    let all = jurisdictions().iter();
    all.flat_map(|place| place.rights.iter().map(move |right| (place, right)))
}

/// What the cases of a right must be about.
fn wanted(place: &Jurisdiction, last_day: LastDay) -> Vec<&'static [&'static str]> {
    let mut wanted: Vec<&'static [&'static str]> = vec![&["plain"], &["leap"]];
    if !NO_SUMMER_TIME.contains(&place.jurisdiction.as_str()) {
        wanted.push(&["dst", "summer"]);
    }
    if last_day == LastDay::NextWorkingDay {
        wanted.push(&["rolls"]);
    }
    wanted
}

#[test]
fn every_window_is_tried_at_its_boundaries() {
    let tried = cases(windows::WINDOWS, 5);
    let clocks = named(windows::CLOCKS, 3);
    for (place, right) in rights() {
        let clause = right.clause.as_str();
        for window in [right.window, right.window_if_not_informed]
            .iter()
            .flatten()
        {
            for about in wanted(place, window.last_day) {
                let is_tried = about.iter().any(|about| tried.contains(&(clause, about)));
                assert!(is_tried, "{clause} has no case about {about:?}");
            }
            assert!(clocks.contains(clause), "{clause} has no case of its clock");
        }
    }
}

#[test]
fn every_day_of_the_money_is_tried_at_its_boundaries() {
    let mut tried = cases(money::MONEY, 6);
    tried.extend(cases(money::LATE, 6));
    for (place, right) in rights() {
        let clause = right.clause.as_str();
        // The right after an unsolicited visit stands behind one with the same day.
        let Some(within) = right
            .refund_within
            .filter(|_| clause != "eu.2011-83.art-9.1a")
        else {
            continue;
        };
        for about in wanted(place, within.last_day) {
            let is_tried = about.iter().any(|about| tried.contains(&(clause, about)));
            assert!(is_tried, "{clause} has no case about {about:?}");
        }
    }
}

#[test]
fn every_right_has_a_case_of_its_terms_and_its_exemptions() {
    let terms = named(terms::TERMS, 4);
    let exempt = named(terms::EXEMPT, 3);
    for (_, right) in rights() {
        assert!(terms.contains(right.clause.as_str()), "{}", right.clause);
        assert!(exempt.contains(right.clause.as_str()), "{}", right.clause);
    }
}
