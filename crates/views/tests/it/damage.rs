//! Files that were changed behind our back: right data, or a refusal, never wrong data.

use crate::{CONTEXT, copy, is_wiped, moved, options};
use backhaul_views::{Batch, Error, Opening, Table, Views};
use std::{collections::BTreeMap, fs, path::Path, time::Duration};

/// Enough to fill several of the database's segments of 512 KiB, so that damage strikes old and
/// new ones alike.
const BATCHES: u64 = 24;
const ROWS_PER_BATCH: u64 = 200;
const KEYS: u64 = 1_500;
const FLIPS: usize = 32;
const CUTS: usize = 12;

type Rows = BTreeMap<Vec<u8>, Vec<u8>>;

#[test]
fn damaged_files_give_right_rows_or_none() {
    let original = tempfile::tempdir().unwrap();
    let models = write_models(original.path());
    let db = fs::read(original.path().join("store-1/db")).unwrap();
    let used = db.iter().rposition(|byte| *byte != 0).unwrap() + 1;

    assert_eq!(
        check(original.path(), &db, &models, "untouched"),
        Outcome::Right(BATCHES)
    );

    let mut seen = Seen::default();
    for flip in 0..FLIPS {
        // Spread over the file, a different bit each time.
        let offset = (flip * used / FLIPS + flip * 131) % used;
        let mut bytes = db.clone();
        bytes[offset] ^= 1 << (flip % 8);
        seen.count(check(
            original.path(),
            &bytes,
            &models,
            &format!("flip at {offset}"),
        ));
    }
    for cut in 0..CUTS {
        let length = cut * used / CUTS + cut * 17;
        seen.count(check(
            original.path(),
            &db[..length],
            &models,
            &format!("cut to {length}"),
        ));
    }
    // How often each happens depends on where the database put its segments this time.
    assert!(
        seen.shorter + seen.refused > 0,
        "some of this must have struck: {seen:?}"
    );
    assert_eq!(
        check(original.path(), &db, &models, "untouched"),
        Outcome::Right(BATCHES)
    );
}

#[test]
fn other_files_of_the_database_may_be_damaged_too() {
    let original = tempfile::tempdir().unwrap();
    let models = write_models(original.path());
    let folder = original.path().join("store-1");
    let files = fs::read_dir(&folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name());
    for file in files.filter(|name| name != "db") {
        let Ok(bytes) = fs::read(folder.join(&file)) else {
            continue;
        };
        for offset in [0, bytes.len() / 2, bytes.len().saturating_sub(1)] {
            let dir = tempfile::tempdir().unwrap();
            copy(original.path(), dir.path());
            let mut flipped = bytes.clone();
            if let Some(byte) = flipped.get_mut(offset) {
                *byte ^= 0x10;
            }
            fs::write(dir.path().join("store-1").join(&file), flipped).unwrap();
            judge(dir.path(), &models, &format!("{file:?} at {offset}"));
        }
    }
}

#[derive(Debug, PartialEq, Eq)]
enum Outcome {
    /// All rows, as of this position.
    Right(u64),
    /// Wiped on opening, or damaged on reading.
    Refused,
}

#[derive(Debug, Default)]
struct Seen {
    unharmed: usize,
    shorter: usize,
    refused: usize,
}

impl Seen {
    fn count(&mut self, outcome: Outcome) {
        match outcome {
            Outcome::Right(BATCHES) => self.unharmed += 1,
            Outcome::Right(_) => self.shorter += 1,
            Outcome::Refused => self.refused += 1,
        }
    }
}

/// Writes a closed database, and what the table holds as of every position.
fn write_models(dir: &Path) -> Vec<Rows> {
    let (views, _) = Views::open(dir, options("boot-1")).unwrap();
    let table = views.table("t", 1).unwrap();
    let mut checkpoint = table.checkpoint().unwrap();
    let mut models = vec![Rows::new()];
    for position in 1..=BATCHES {
        let mut model = models[models.len() - 1].clone();
        let mut batch = Batch::new();
        for row in 0..ROWS_PER_BATCH {
            let key = format!("k{:04}", (position * 7919 + row * 104_729) % KEYS).into_bytes();
            if row % 9 == 0 {
                batch.remove(key.clone());
                model.remove(&key);
            } else {
                let value = format!("value of {row} as of {position}")
                    .repeat(20)
                    .into_bytes();
                batch.put(key.clone(), value.clone());
                model.insert(key, value);
            }
        }
        checkpoint = moved(&checkpoint, position);
        table.apply(batch, &checkpoint).unwrap();
        models.push(model);
    }
    views.close().unwrap();
    models
}

fn check(original: &Path, db: &[u8], models: &[Rows], what: &str) -> Outcome {
    let dir = tempfile::tempdir().unwrap();
    copy(original, dir.path());
    fs::write(dir.path().join("store-1/db"), db).unwrap();
    judge(dir.path(), models, what)
}

fn judge(dir: &Path, models: &[Rows], what: &str) -> Outcome {
    let options = backhaul_views::Options {
        open_deadline: Duration::from_secs(10),
        ..options("boot-1")
    };
    let (views, opening) = Views::open(dir, options).unwrap();
    let outcome = match opening {
        Opening::Fresh => panic!("{what}: the database was not found"),
        Opening::Wiped { .. } => Outcome::Refused,
        Opening::Reopened => match read_all(&views) {
            Ok((position, rows)) => {
                assert_eq!(
                    Some(&rows),
                    models.get(position as usize),
                    "{what}: wrong rows"
                );
                Outcome::Right(position)
            }
            Err(Error::Damaged { .. }) => Outcome::Refused,
            Err(error) => panic!("{what}: {error}"),
        },
    };
    mends(&views, &outcome, what);
    outcome
}

/// Whatever happened: views go on working, after a wipe if need be.
fn mends(views: &Views, outcome: &Outcome, what: &str) {
    views.wipe_if_damaged().unwrap();
    let table = views.table("t", 1).unwrap();
    if *outcome == Outcome::Refused {
        assert_eq!(table.count().unwrap(), 0, "{what}");
        crate::write(&table, 1, &[("k", "v")]).unwrap();
        assert_eq!(table.get(b"k").unwrap(), Some(b"v".to_vec()), "{what}");
    }
}

fn read_all(views: &Views) -> Result<(u64, Rows), Error> {
    let table: Table = views.table("t", 1)?;
    let rows: Rows = table.scan(b"", None, usize::MAX)?.into_iter().collect();
    assert_eq!(table.count()?, rows.len() as u64);
    for (key, value) in &rows {
        assert_eq!(table.get(key)?.as_ref(), Some(value));
    }
    Ok((table.checkpoint()?.get(CONTEXT), rows))
}

#[test]
fn damage_seen_in_the_last_run_is_not_opened_again() {
    let dir = tempfile::tempdir().unwrap();
    write_models(dir.path());
    fs::write(dir.path().join("marker"), "untrusted").unwrap();
    let (_views, opening) = Views::open(dir.path(), options("boot-1")).unwrap();
    assert!(is_wiped(&opening));
}
