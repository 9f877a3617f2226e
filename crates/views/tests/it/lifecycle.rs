//! Opening, closing, and the three ways a run can end.

use crate::{copy, is_wiped, open, options, pairs, position, rows, write};
use backhaul_views::{Error, Opening, Views};
use std::fs;

#[test]
fn a_clean_close_survives_another_boot() {
    let dir = tempfile::tempdir().unwrap();
    let (views, opening) = open(dir.path());
    assert_eq!(opening, Opening::Fresh);
    let table = views.table("t", 1).unwrap();
    write(&table, 2, &[("k", "v")]).unwrap();
    views.close().unwrap();
    views.close().unwrap();
    assert!(matches!(table.get(b"k"), Err(Error::Closed)));
    assert!(matches!(views.wipe("late"), Err(Error::Closed)));

    let (views, opening) = Views::open(dir.path(), options("boot-2")).unwrap();
    assert_eq!(opening, Opening::Reopened);
    let table = views.table("t", 1).unwrap();
    assert_eq!((rows(&table), position(&table)), (pairs(&[("k", "v")]), 2));
}

#[test]
fn a_process_that_died_loses_no_agreement_between_rows_and_checkpoint() {
    let dir = tempfile::tempdir().unwrap();
    let (views, _) = open(dir.path());
    let table = views.table("t", 1).unwrap();
    for round in 1..=40 {
        // Every batch adds one row and counts in another one.
        let (row, count) = (format!("row-{round:02}"), round.to_string());
        write(&table, round, &[(&row, "here"), ("count", &count)]).unwrap();
        if round % 8 != 0 {
            continue;
        }
        let killed = tempfile::tempdir().unwrap();
        copy(dir.path(), killed.path());
        let (views, opening) = open(killed.path());
        assert_eq!(opening, Opening::Reopened);
        let table = views.table("t", 1).unwrap();
        let reached = position(&table);
        assert!(reached <= round);
        let rows = if reached == 0 { 0 } else { reached + 1 };
        assert_eq!(table.count().unwrap(), rows);
        let count = table
            .get(b"count")
            .unwrap()
            .map(|count| String::from_utf8(count).unwrap());
        assert_eq!(count.unwrap_or_else(|| "0".to_owned()), reached.to_string());
    }
    drop((table, views));
    let (views, opening) = open(dir.path());
    assert_eq!(
        opening,
        Opening::Reopened,
        "dropping without a close is a death too"
    );
    assert_eq!(position(&views.table("t", 1).unwrap()), 40);
}

#[test]
fn a_machine_that_went_down_wipes() {
    let dir = tempfile::tempdir().unwrap();
    let (views, _) = open(dir.path());
    write(&views.table("t", 1).unwrap(), 2, &[("k", "v")]).unwrap();
    drop(views);
    let (views, opening) = Views::open(dir.path(), options("boot-2")).unwrap();
    assert!(is_wiped(&opening), "{opening:?}");
    let table = views.table("t", 1).unwrap();
    assert_eq!((table.count().unwrap(), position(&table)), (0, 0));
    write(&table, 1, &[("new", "row")]).unwrap();
    drop((table, views));

    let (views, opening) = Views::open(dir.path(), options("boot-2")).unwrap();
    assert_eq!(opening, Opening::Reopened);
    assert_eq!(
        rows(&views.table("t", 1).unwrap()),
        pairs(&[("new", "row")])
    );
}

#[test]
fn a_wipe_that_was_cut_short_is_done_again() {
    let dir = tempfile::tempdir().unwrap();
    let (views, _) = open(dir.path());
    write(&views.table("t", 1).unwrap(), 2, &[("k", "v")]).unwrap();
    views.close().unwrap();
    fs::write(dir.path().join("marker"), "untrusted").unwrap();
    let (views, opening) = open(dir.path());
    assert!(is_wiped(&opening), "{opening:?}");
    assert_eq!(views.table("t", 1).unwrap().count().unwrap(), 0);
}

#[test]
fn one_folder_has_one_owner() {
    let dir = tempfile::tempdir().unwrap();
    let (views, _) = open(dir.path());
    write(&views.table("t", 1).unwrap(), 2, &[("k", "v")]).unwrap();
    let second = Views::open(dir.path(), options("boot-2"));
    assert!(matches!(second, Err(Error::InUse { .. })));
    assert_eq!(
        views.table("t", 1).unwrap().count().unwrap(),
        1,
        "and is left alone"
    );
}
