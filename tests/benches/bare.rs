//! The ceilings that are not somebody else's program: a file that grows, with the same promise as
//! the log and nothing else, and an empty call.

use std::fs::File;
use std::io::{self, Write};
use std::path::Path;
use std::sync::mpsc;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use tokio::sync::oneshot;

/// As the log: a batch takes no more once it has this many records.
const BATCH_RECORDS: usize = 1_024;

struct Asked {
    bytes: bytes::Bytes,
    answer: oneshot::Sender<()>,
}

/// A file with group commit: one thread takes what waits, writes it, syncs once, answers.
pub(crate) struct BareFile {
    asked: Option<mpsc::Sender<Asked>>,
    writer: Option<JoinHandle<io::Result<()>>>,
}

impl BareFile {
    pub(crate) fn create(path: &Path) -> io::Result<Self> {
        let file = File::create(path)?;
        let (asked, waiting) = mpsc::channel();
        let writer = std::thread::spawn(move || write(file, &waiting));
        Ok(Self {
            asked: Some(asked),
            writer: Some(writer),
        })
    }

    /// Returns once the bytes are durable.
    pub(crate) async fn append(&self, bytes: bytes::Bytes) -> anyhow::Result<()> {
        let (answer, answered) = oneshot::channel();
        if let Some(asked) = &self.asked {
            asked.send(Asked { bytes, answer })?;
        }
        Ok(answered.await?)
    }

    /// Appends one record after the other and answers how long each took to be durable.
    pub(crate) async fn one_by_one(&self, records: usize) -> anyhow::Result<Vec<Duration>> {
        let record = bytes::Bytes::from(vec![b'x'; RECORD_BYTES]);
        let mut times = Vec::with_capacity(records);
        for _ in 0..records {
            let began = Instant::now();
            self.append(record.clone()).await?;
            times.push(began.elapsed());
        }
        Ok(times)
    }
}

/// About what one order of one line takes in the log.
const RECORD_BYTES: usize = 1_024;

fn write(mut file: File, waiting: &mpsc::Receiver<Asked>) -> io::Result<()> {
    let (mut bytes, mut answers) = (Vec::new(), Vec::new());
    while let Ok(first) = waiting.recv() {
        let rest = waiting.try_iter().take(BATCH_RECORDS - 1);
        for asked in std::iter::once(first).chain(rest) {
            bytes.extend_from_slice(&asked.bytes);
            answers.push(asked.answer);
        }
        file.write_all(&bytes)?;
        file.sync_data()?;
        bytes.clear();
        for answer in answers.drain(..) {
            // Whoever gave up waiting needs no answer.
            let _ = answer.send(());
        }
    }
    Ok(())
}

impl Drop for BareFile {
    fn drop(&mut self) {
        self.asked = None;
        if let Some(Ok(Err(error))) = self.writer.take().map(JoinHandle::join) {
            eprintln!("the bare file failed: {error}");
        }
    }
}
