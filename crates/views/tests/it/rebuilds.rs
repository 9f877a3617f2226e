//! Building a table anew beside the one in use.

use crate::{copy, moved, open, pairs, position, rows, write};
use backhaul_views::{Batch, Error};

#[test]
fn a_rebuild_is_swapped_in_and_rolled_back() {
    let dir = tempfile::tempdir().unwrap();
    let (views, _) = open(dir.path());
    let table = views.table("t", 1).unwrap();
    write(&table, 3, &[("k", "old")]).unwrap();
    assert!(matches!(
        views.finish_rebuild("t"),
        Err(Error::NotRebuilding { .. })
    ));
    assert!(matches!(
        views.roll_back("t"),
        Err(Error::NothingToRollBack { .. })
    ));

    let rebuilt = views.begin_rebuild("t", 1).unwrap();
    write(&rebuilt, 2, &[("k", "new"), ("l", "new")]).unwrap();
    assert_eq!(
        (rows(&table), position(&table)),
        (pairs(&[("k", "old")]), 3)
    );
    let before = table.checkpoint().unwrap();

    views.finish_rebuild("t").unwrap();
    assert_eq!(
        (rows(&table).len(), position(&table)),
        (2, 2),
        "a handle follows the swap"
    );
    let gap = table.apply(Batch::new(), &moved(&before, 4));
    assert!(
        matches!(gap, Err(Error::Replaced { .. })),
        "positions 3 and 4 would be missing"
    );
    write(&rebuilt, 3, &[("m", "new")]).unwrap();
    assert_eq!(rows(&table).len(), 3, "the builder goes on where it was");

    views.roll_back("t").unwrap();
    assert_eq!(
        (rows(&table), position(&table)),
        (pairs(&[("k", "old")]), 3)
    );
    table.apply(Batch::new(), &moved(&before, 4)).unwrap();
    views.close().unwrap();

    let (views, _) = open(dir.path());
    let table = views.table("t", 1).unwrap();
    assert_eq!(
        (rows(&table), position(&table)),
        (pairs(&[("k", "old")]), 4)
    );
    views.roll_back("t").unwrap();
    assert_eq!((rows(&table).len(), position(&table)), (3, 3));
}

#[test]
fn only_one_earlier_edition_is_kept() {
    let dir = tempfile::tempdir().unwrap();
    let (views, _) = open(dir.path());
    let table = views.table("t", 1).unwrap();
    let mut builders = Vec::new();
    for round in 1..=4 {
        let rebuilt = views.begin_rebuild("t", 1).unwrap();
        write(&rebuilt, round, &[("round", &round.to_string())]).unwrap();
        views.finish_rebuild("t").unwrap();
        builders.push(rebuilt);
    }
    assert_eq!(rows(&table), pairs(&[("round", "4")]));
    views.roll_back("t").unwrap();
    assert_eq!(rows(&table), pairs(&[("round", "3")]));
    assert!(matches!(builders[1].count(), Err(Error::Replaced { .. })));
    assert_eq!(builders[3].count().unwrap(), 1);
}

#[test]
fn a_rebuild_that_never_finished_leaves_the_old_edition_and_no_trace() {
    let dir = tempfile::tempdir().unwrap();
    let (views, _) = open(dir.path());
    write(&views.table("t", 1).unwrap(), 3, &[("k", "old")]).unwrap();
    let abandoned = views.begin_rebuild("t", 1).unwrap();
    write(&abandoned, 1, &[("k", "half")]).unwrap();
    let second = views.begin_rebuild("t", 1).unwrap();
    assert!(matches!(abandoned.count(), Err(Error::Replaced { .. })));
    assert_eq!((second.count().unwrap(), position(&second)), (0, 0));
    write(&second, 2, &[("k", "half")]).unwrap();

    drop((abandoned, second, views));
    let (views, _) = open(dir.path());
    let table = views.table("t", 1).unwrap();
    assert_eq!(
        (rows(&table), position(&table)),
        (pairs(&[("k", "old")]), 3)
    );
    assert!(matches!(
        views.finish_rebuild("t"),
        Err(Error::NotRebuilding { .. })
    ));
    let again = views.begin_rebuild("t", 1).unwrap();
    assert_eq!((again.count().unwrap(), position(&again)), (0, 0));
}

#[test]
fn a_process_that_died_after_the_swap_has_it() {
    let dir = tempfile::tempdir().unwrap();
    let (views, _) = open(dir.path());
    write(&views.table("t", 1).unwrap(), 3, &[("k", "old")]).unwrap();
    let rebuilt = views.begin_rebuild("t", 1).unwrap();
    write(&rebuilt, 3, &[("k", "new")]).unwrap();
    views.finish_rebuild("t").unwrap();
    let killed = tempfile::tempdir().unwrap();
    copy(dir.path(), killed.path());
    let (views, _) = open(killed.path());
    assert_eq!(rows(&views.table("t", 1).unwrap()), pairs(&[("k", "new")]));
}

#[test]
fn a_rebuild_may_bring_a_new_schema() {
    let dir = tempfile::tempdir().unwrap();
    let (views, _) = open(dir.path());
    let old = views.table("t", 1).unwrap();
    write(&old, 3, &[("k", "old")]).unwrap();
    let rebuilt = views.begin_rebuild("t", 2).unwrap();
    write(&rebuilt, 3, &[("k", "new")]).unwrap();
    assert_eq!(rows(&old), pairs(&[("k", "old")]));
    views.finish_rebuild("t").unwrap();
    assert!(
        matches!(old.count(), Err(Error::Replaced { .. })),
        "it could not read the rows"
    );
    assert_eq!(rows(&views.table("t", 2).unwrap()), pairs(&[("k", "new")]));
}
