//! Rows, scans, batches, and who may move a checkpoint.

use crate::{moved, open, pairs, position, rows, write};
use backhaul_views::{Batch, Checkpoint, Error, VALUE_BYTES_MAX};
use std::{
    sync::atomic::{AtomicBool, Ordering},
    thread,
};

#[test]
fn rows_come_back_in_key_order_with_their_checkpoint() {
    let dir = tempfile::tempdir().unwrap();
    let (views, _) = open(dir.path());
    let table = views.table("returns", 1).unwrap();
    assert_eq!(table.name(), "returns");
    assert_eq!((table.count().unwrap(), position(&table)), (0, 0));

    write(&table, 5, &[("b2", "two"), ("a1", "one"), ("b1", "three")]).unwrap();
    assert_eq!(
        rows(&table),
        pairs(&[("a1", "one"), ("b1", "three"), ("b2", "two")])
    );
    assert_eq!(table.get(b"b2").unwrap(), Some(b"two".to_vec()));
    assert_eq!(table.get(b"b3").unwrap(), None);
    assert_eq!((table.count().unwrap(), position(&table)), (3, 5));

    let mut batch = Batch::new();
    batch.put(*b"b1", *b"changed");
    batch.remove(*b"b2");
    batch.remove(*b"never");
    let checkpoint = moved(&table.checkpoint().unwrap(), 6);
    table.apply(batch, &checkpoint).unwrap();
    assert_eq!(rows(&table), pairs(&[("a1", "one"), ("b1", "changed")]));
    assert_eq!(
        (table.count().unwrap(), table.checkpoint().unwrap()),
        (2, checkpoint)
    );
}

#[test]
fn scans_page_and_stay_within_their_bounds() {
    let dir = tempfile::tempdir().unwrap();
    let (views, _) = open(dir.path());
    let table = views.table("t", 1).unwrap();
    write(
        &table,
        1,
        &[("a1", ""), ("b1", ""), ("b2", ""), ("b3", ""), ("c1", "")],
    )
    .unwrap();
    let scan = |prefix: &str, after: Option<&str>, limit| -> String {
        let rows = table
            .scan(prefix.as_bytes(), after.map(str::as_bytes), limit)
            .unwrap();
        keys(rows)
    };
    let range = |from: &str, to: &str, limit| -> String {
        keys(
            table
                .scan_range(from.as_bytes(), to.as_bytes(), limit)
                .unwrap(),
        )
    };
    assert_eq!(scan("b", None, 10), "b1 b2 b3");
    assert_eq!(scan("b", None, 2), "b1 b2");
    assert_eq!(scan("b", Some("b2"), 2), "b3");
    assert_eq!(scan("b", Some("a9"), 1), "b1");
    assert_eq!(scan("b", Some("c"), 10), "");
    assert_eq!(scan("", Some(""), 10), "a1 b1 b2 b3 c1");
    assert_eq!(scan("", None, 0), "");
    assert_eq!(range("a1", "b2", 10), "a1 b1");
    assert_eq!(range("a2", "z", 2), "b1 b2");
    assert_eq!(range("b", "a", 10), "");
    assert_eq!(
        table.get(&[0]).unwrap(),
        None,
        "the reserved row is nobody's"
    );
}

fn keys(rows: Vec<(Vec<u8>, Vec<u8>)>) -> String {
    let keys = rows
        .into_iter()
        .map(|(key, _)| String::from_utf8(key).unwrap());
    keys.collect::<Vec<_>>().join(" ")
}

#[test]
fn a_batch_that_can_not_be_held_writes_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let (views, _) = open(dir.path());
    let table = views.table("t", 1).unwrap();
    let checkpoint = moved(&table.checkpoint().unwrap(), 9);
    let apply = |key: &[u8], value: Vec<u8>| {
        let mut batch = Batch::new();
        batch.put(*b"good", *b"row");
        batch.put(key, value);
        table.apply(batch, &checkpoint)
    };
    assert!(matches!(apply(b"", vec![]), Err(Error::InvalidKey { .. })));
    assert!(matches!(
        apply(b"\0", vec![]),
        Err(Error::InvalidKey { .. })
    ));
    let large = vec![0; VALUE_BYTES_MAX + 1];
    assert!(matches!(apply(b"k", large), Err(Error::TooLarge { .. })));
    assert_eq!((table.count().unwrap(), position(&table)), (0, 0));
    apply(b"k", vec![7; VALUE_BYTES_MAX]).unwrap();
    assert_eq!(table.get(b"k").unwrap(), Some(vec![7; VALUE_BYTES_MAX]));
}

#[test]
fn a_checkpoint_from_nothing_fits_only_a_table_that_never_moved() {
    let dir = tempfile::tempdir().unwrap();
    let (views, _) = open(dir.path());
    let table = views.table("t", 1).unwrap();
    let from_nothing = moved(&Checkpoint::new(), 3);
    table.apply(Batch::new(), &from_nothing).unwrap();
    assert_eq!(position(&table), 3);
    let again = table.apply(Batch::new(), &moved(&from_nothing, 4));
    assert!(matches!(again, Err(Error::Replaced { .. })));
    assert_eq!(position(&table), 3);
}

#[test]
fn another_schema_empties_a_table_and_refuses_the_old_handles() {
    let dir = tempfile::tempdir().unwrap();
    let (views, _) = open(dir.path());
    let old = views.table("t", 1).unwrap();
    let other = views.table("other", 1).unwrap();
    write(&old, 4, &[("k", "v")]).unwrap();
    write(&other, 5, &[("k", "v")]).unwrap();

    assert_eq!(views.table("t", 1).unwrap().count().unwrap(), 1);
    let new = views.table("t", 2).unwrap();
    assert_eq!((new.count().unwrap(), position(&new)), (0, 0));
    assert!(matches!(old.get(b"k"), Err(Error::Replaced { .. })));
    assert_eq!((other.count().unwrap(), position(&other)), (1, 5));
}

#[test]
fn tables_have_plain_names() {
    let dir = tempfile::tempdir().unwrap();
    let (views, _) = open(dir.path());
    assert!(matches!(
        views.table("a@2", 1),
        Err(Error::InvalidName { .. })
    ));
    assert!(matches!(
        views.begin_rebuild("", 1),
        Err(Error::InvalidName { .. })
    ));
}

#[test]
fn readers_never_see_half_a_batch() {
    const BATCHES: u64 = 200;
    let dir = tempfile::tempdir().unwrap();
    let (views, _) = open(dir.path());
    let table = views.table("t", 1).unwrap();
    write(&table, 1, &ROW_KEYS.map(|key| (key, "1"))).unwrap();
    let writing = AtomicBool::new(true);
    thread::scope(|scope| {
        let readers = [(); 2].map(|()| {
            let (table, writing) = (table.clone(), &writing);
            scope.spawn(move || {
                let mut scans = 0;
                while writing.load(Ordering::Relaxed) || scans == 0 {
                    let values: Vec<_> = rows(&table).into_iter().map(|(_, value)| value).collect();
                    assert_eq!(values.len(), ROW_KEYS.len());
                    assert!(values.iter().all(|value| *value == values[0]), "{values:?}");
                    scans += 1;
                }
            })
        });
        for position in 2..=BATCHES {
            let value = position.to_string();
            write(&table, position, &ROW_KEYS.map(|key| (key, value.as_str()))).unwrap();
        }
        writing.store(false, Ordering::Relaxed);
        for reader in readers {
            reader.join().unwrap();
        }
    });
    assert_eq!(position(&table), BATCHES);
}

const ROW_KEYS: [&str; 5] = ["a", "b", "c", "d", "e"];
