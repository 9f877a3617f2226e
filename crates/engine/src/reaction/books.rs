//! What a process keeps of a reaction from one tenure to the next: how far it is, and what it gave
//! up on.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use backhaul_eventlog::{Commit, Position, Recorded};
use backhaul_events::ContextName;
use backhaul_views::{Batch, Checkpoint, Error as ViewError, Table};
use tokio::sync::watch;
use tracing::{error, warn};

use crate::consumers::{Runs, Standing};
use crate::{Engine, Metrics};

/// The table, and what is not stored in it yet.
pub(super) struct Books {
    name: &'static str,
    metrics: Metrics,
    table: Table,
    standing: watch::Sender<Standing>,
    stored: Mutex<Standing>,
    dead: Mutex<Vec<(Vec<u8>, Vec<u8>)>>,
}

impl Books {
    pub(super) fn open(
        engine: &Engine,
        name: &'static str,
    ) -> Result<(Self, watch::Receiver<Standing>), ViewError> {
        let table = engine.views.table(name, 1)?;
        let standing = Standing {
            checkpoint: table.checkpoint()?,
            dead_letters: table.count()?,
            runs: Runs::Elsewhere,
        };
        let (sender, receiver) = watch::channel(standing.clone());
        let books = Self {
            name,
            metrics: engine.metrics.clone(),
            table,
            standing: sender,
            stored: Mutex::new(standing),
            dead: Mutex::default(),
        };
        Ok((books, receiver))
    }

    /// Takes up the work where the last holder left it, or where this process did when no other
    /// ever could.
    pub(super) fn take_up(&self, kept: Option<&[u8]>) {
        let kept = kept.and_then(|bytes| {
            decode(bytes)
                .inspect_err(
                    |error| error!(reaction = self.name, %error, "kept checkpoint is not one"),
                )
                .ok()
        });
        let checkpoint = kept.map_or_else(|| self.table.checkpoint(), Ok);
        self.standing.send_modify(|standing| {
            standing.runs = Runs::Here;
            match checkpoint {
                Ok(checkpoint) => standing.checkpoint = checkpoint,
                Err(error) => error!(reaction = self.name, %error, "stored checkpoint not read"),
            }
        });
    }

    /// Another process may go on from here.
    pub(super) fn lay_down(&self) {
        self.standing
            .send_modify(|standing| standing.runs = Runs::Elsewhere);
    }

    pub(super) fn checkpoint(&self) -> Checkpoint {
        self.standing.borrow().checkpoint.clone()
    }

    /// The checkpoint as the next holder finds it.
    pub(super) fn to_keep(&self) -> Vec<u8> {
        encode(&self.standing.borrow().checkpoint)
    }

    pub(super) fn advance(&self, context: ContextName, position: Position) {
        self.standing
            .send_modify(|standing| standing.checkpoint.set(context.as_str(), position));
    }

    pub(super) fn set_aside(&self, commit: &Commit, recorded: &Recorded, reason: &str) {
        self.metrics.count_reaction(self.name, "dead letter");
        warn!(reaction = self.name, event = %recorded.id, stream = %commit.stream, reason, "event set aside");
        let key = format!("{}/{}", commit.stream, recorded.id).into_bytes();
        lock(&self.dead).push((key, reason.as_bytes().to_vec()));
        self.standing
            .send_modify(|standing| standing.dead_letters += 1);
    }

    /// Stores checkpoint and dead letters, if they have changed. After the views were wiped there
    /// is no checkpoint to follow on from; then everything is stored anew, which is what it would
    /// come to anyway.
    pub(super) fn store(&self) {
        let standing = self.standing.borrow().clone();
        if *lock(&self.stored) == standing {
            return;
        }
        let dead = std::mem::take(&mut *lock(&self.dead));
        let write = || -> Result<(), ViewError> {
            let mut checkpoint = self.table.checkpoint()?;
            for (context, position) in standing.checkpoint.iter() {
                checkpoint.set(context, position);
            }
            let mut batch = Batch::new();
            dead.iter()
                .for_each(|(key, reason)| batch.put(key.clone(), reason.clone()));
            self.table.apply(batch, &checkpoint)
        };
        match write() {
            Ok(()) => *lock(&self.stored) = standing,
            Err(error) => {
                warn!(reaction = self.name, %error, "checkpoint not stored");
                lock(&self.dead).extend(dead);
            }
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    // Every change under these locks is whole as soon as it is made.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// JSON, so that an operator can read what a lease holds: `{"returns":17}`.
fn encode(checkpoint: &Checkpoint) -> Vec<u8> {
    let positions: BTreeMap<&str, Position> = checkpoint.iter().collect();
    serde_json::to_vec(&positions).expect("words and numbers")
}

fn decode(kept: &[u8]) -> Result<Checkpoint, serde_json::Error> {
    let positions: BTreeMap<String, Position> = serde_json::from_slice(kept)?;
    let mut checkpoint = Checkpoint::new();
    for (context, position) in positions {
        checkpoint.set(context, position);
    }
    Ok(checkpoint)
}
