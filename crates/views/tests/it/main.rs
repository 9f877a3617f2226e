//! Views on a real disk: what is written together, what survives, and what is wiped.

#![allow(
    clippy::unwrap_used,
    reason = "a test that can not go on should stop right there"
)]

mod damage;
mod lifecycle;
mod rebuilds;
mod snapshots;
mod tables;
mod wipes;

use backhaul_views::{Batch, Checkpoint, Opening, Options, Table, Views};
use std::{fs, path::Path};

const CONTEXT: &str = "returns";

fn options(boot_id: &str) -> Options {
    Options {
        boot_id: Some(boot_id.to_owned()),
        ..Options::default()
    }
}

fn open(dir: &Path) -> (Views, Opening) {
    Views::open(dir, options("boot-1")).unwrap()
}

fn is_wiped(opening: &Opening) -> bool {
    matches!(opening, Opening::Wiped { .. })
}

/// Writes rows and moves the checkpoint of [`CONTEXT`].
fn write(table: &Table, position: u64, rows: &[(&str, &str)]) -> Result<(), backhaul_views::Error> {
    let mut batch = Batch::new();
    for (key, value) in rows {
        batch.put(*key, *value);
    }
    table.apply(batch, &moved(&table.checkpoint()?, position))
}

fn moved(checkpoint: &Checkpoint, position: u64) -> Checkpoint {
    let mut checkpoint = checkpoint.clone();
    checkpoint.set(CONTEXT, position);
    checkpoint
}

fn position(table: &Table) -> u64 {
    table.checkpoint().unwrap().get(CONTEXT)
}

fn rows(table: &Table) -> Vec<(String, String)> {
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    let rows = table.scan(b"", None, usize::MAX).unwrap();
    rows.into_iter()
        .map(|(key, value)| (text(key), text(value)))
        .collect()
}

fn pairs(rows: &[(&str, &str)]) -> Vec<(String, String)> {
    rows.iter()
        .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()))
        .collect()
}

/// The files as they are at this moment: what a process that is killed leaves behind.
fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}
