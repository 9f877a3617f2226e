//! Starting from nothing while handles are in use.

use crate::{is_wiped, moved, open, options, pairs, position, rows, write};
use backhaul_views::{Batch, Error, Opening, Views};

#[test]
fn handles_go_on_with_empty_tables_after_a_wipe() {
    let dir = tempfile::tempdir().unwrap();
    let (views, _) = open(dir.path());
    let table = views.table("t", 1).unwrap();
    let rebuilt = views.begin_rebuild("t", 1).unwrap();
    let snapshots = views.snapshots(1).unwrap();
    write(&table, 3, &[("k", "v")]).unwrap();
    snapshots.put("refunds/acme/1", 4, b"state");
    let (before, generation) = (table.checkpoint().unwrap(), views.generation().unwrap());

    views.wipe("asked for").unwrap();
    assert_eq!(views.generation().unwrap(), generation + 1);
    assert_eq!((table.count().unwrap(), position(&table)), (0, 0));
    assert_eq!(snapshots.get("refunds/acme/1"), None);
    assert!(matches!(rebuilt.count(), Err(Error::Replaced { .. })));
    let gap = table.apply(Batch::new(), &moved(&before, 4));
    assert!(
        matches!(gap, Err(Error::Replaced { .. })),
        "positions 1 to 3 would be missing"
    );

    write(&table, 1, &[("k", "again")]).unwrap();
    assert_eq!(views.wipe_if_damaged().unwrap(), None, "nothing to mend");
    views.close().unwrap();
    let (views, opening) = Views::open(dir.path(), options("boot-2")).unwrap();
    assert_eq!(opening, Opening::Reopened);
    let table = views.table("t", 1).unwrap();
    assert_eq!(
        (rows(&table), position(&table)),
        (pairs(&[("k", "again")]), 1)
    );
}

#[test]
fn wipes_leave_one_database_on_disk() {
    let dir = tempfile::tempdir().unwrap();
    let (views, _) = open(dir.path());
    for _ in 0..3 {
        write(&views.table("t", 1).unwrap(), 1, &[("k", "v")]).unwrap();
        views.wipe("again").unwrap();
    }
    drop(views);
    let (_views, opening) = open(dir.path());
    assert!(!is_wiped(&opening), "{opening:?}");
    let entries = std::fs::read_dir(dir.path()).unwrap();
    let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let stores: Vec<_> = names.filter(|name| name.starts_with("store-")).collect();
    assert_eq!(stores, ["store-4"]);
}
