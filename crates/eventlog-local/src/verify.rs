//! Checks a whole log against itself, without trusting any of it.

use backhaul_eventlog::{Position, Progress, ReadError, Verified};
use backhaul_events::ContextName;

use crate::keys::{IndexEntry, index_key, split_index_key};
use crate::mark::Positions;
use crate::store::{Store, at, corrupt};

/// Records between two words of progress.
const PROGRESS_RECORDS: u64 = 10_000;

/// Every commit against its index entry, then every index entry against the one before it in its
/// stream. As many of the ones as of the others: so each has exactly one partner.
pub(crate) fn verify(
    store: &Store,
    durable: &Positions,
    progress: impl FnMut(Progress),
) -> Result<Verified, ReadError> {
    let mut ticker = Ticker {
        progress,
        // Every commit, and every commit's index entry.
        now: Progress {
            checked: 0,
            total: durable.iter().sum::<Position>() * 2,
        },
    };
    let mut verified = Verified::default();
    for context in ContextName::ALL {
        let last = durable[context as usize];
        verify_commits(store, context, last, &mut verified, &mut ticker)?;
    }
    let entries = verify_index(store, durable, &mut verified, &mut ticker)?;
    if entries != verified.commits {
        let detail = format!("it has {entries} entries for {} commits", verified.commits);
        return Err(corrupt("the index".to_owned(), &detail));
    }
    (ticker.progress)(ticker.now);
    Ok(verified)
}

fn verify_commits(
    store: &Store,
    context: ContextName,
    last: Position,
    verified: &mut Verified,
    ticker: &mut Ticker<impl FnMut(Progress)>,
) -> Result<(), ReadError> {
    let mut next = 1;
    for framed in store.commits(context, 1, last) {
        let framed = framed?;
        let commit = &framed.commit;
        let key = index_key(&commit.stream, commit.first_version);
        let failed = |error| crate::error::store_error(at(context, next), &error);
        let entry = store.streams.get(key).map_err(failed)?;
        let entry = entry.and_then(|bytes| IndexEntry::from_bytes(&bytes));
        if entry != Some(IndexEntry::of(commit, framed.previous_chain)) {
            let detail = format!("the index of {} does not know it", commit.stream);
            return Err(corrupt(at(context, next), &detail));
        }
        verified.commits += 1;
        verified.events += commit.events.len() as u64;
        next += 1;
        ticker.tick();
    }
    if next != last + 1 {
        return Err(corrupt(at(context, next), "it is missing"));
    }
    Ok(())
}

/// The number of entries of durable commits.
fn verify_index(
    store: &Store,
    durable: &Positions,
    verified: &mut Verified,
    ticker: &mut Ticker<impl FnMut(Progress)>,
) -> Result<u64, ReadError> {
    let mut entries = 0;
    let mut stream = Vec::new();
    let mut before = (0, 0);
    for entry in store.streams.iter() {
        let failed = |error| crate::error::store_error("the index", &error);
        let (key, value) = entry.into_inner().map_err(failed)?;
        let parts = split_index_key(&key).zip(IndexEntry::from_bytes(&value));
        let parts = parts.and_then(|((prefix, version), entry)| {
            let context = *ContextName::ALL.get(usize::from(*prefix.first()?))?;
            Some((context, prefix, version, entry))
        });
        let (context, prefix, first_version, entry) =
            parts.ok_or_else(|| corrupt("the index".to_owned(), "an entry has no meaning"))?;
        if entry.position > durable[context as usize] {
            continue;
        }
        if stream != prefix {
            stream = prefix.to_vec();
            before = (0, 0);
            verified.streams += 1;
        }
        if (first_version, entry.previous_chain) != (before.0 + 1, before.1) {
            let detail = "it does not follow on the commit before it in its stream";
            return Err(corrupt(at(context, entry.position), detail));
        }
        before = (entry.last_version, entry.chain);
        entries += 1;
        ticker.tick();
    }
    Ok(entries)
}

struct Ticker<P> {
    progress: P,
    now: Progress,
}

impl<P: FnMut(Progress)> Ticker<P> {
    fn tick(&mut self) {
        self.now.checked += 1;
        if self.now.checked.is_multiple_of(PROGRESS_RECORDS) {
            (self.progress)(self.now);
        }
    }
}
