//! Closed loops: as many workers as calls may be in flight, each asking again as soon as it is
//! answered. The same loops drive what is measured and its ceiling.

use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use hdrhistogram::Histogram;
use tokio::task::JoinSet;

/// Latencies are kept in nanoseconds, to three digits.
const DIGITS: u8 = 3;

/// Numbers no two calls of this process share.
static NUMBERS: AtomicU64 = AtomicU64::new(1);

/// What one run gave.
pub(crate) struct Run {
    /// Calls a second.
    pub(crate) rate: f64,
    /// How many calls there were.
    pub(crate) calls: u64,
    /// How long they took, in nanoseconds.
    pub(crate) latencies: Histogram<u64>,
}

impl Run {
    /// A part of the calls took no longer than this, in microseconds.
    pub(crate) fn micros(&self, part: f64) -> f64 {
        self.latencies.value_at_quantile(part) as f64 / 1_000.0
    }
}

/// When workers stop.
#[derive(Clone, Copy)]
pub(crate) enum Until {
    /// After a time.
    Elapsed(Duration),
    /// After so many calls together.
    Calls(u64),
}

/// Runs `call` in closed loops. It is given a number that no other call of the process gets, and
/// the number of its worker.
pub(crate) async fn run<F>(
    in_flight: usize,
    until: Until,
    call: impl Fn(u64, usize) -> F + Send + Sync + 'static,
) -> anyhow::Result<Run>
where
    F: Future<Output = anyhow::Result<()>> + Send + 'static,
{
    let call = Arc::new(call);
    let begun = Arc::new(AtomicU64::new(0));
    let began = Instant::now();
    let mut workers = JoinSet::new();
    for worker in 0..in_flight {
        let (call, begun) = (Arc::clone(&call), Arc::clone(&begun));
        workers.spawn(async move {
            let mut latencies = Vec::new();
            while goes_on(until, began, &begun) {
                let asked = Instant::now();
                call(NUMBERS.fetch_add(1, Ordering::Relaxed), worker).await?;
                latencies.push(asked.elapsed());
            }
            anyhow::Ok(latencies)
        });
    }
    let mut all = Vec::new();
    while let Some(latencies) = workers.join_next().await {
        all.extend(latencies??);
    }
    Ok(Run {
        rate: all.len() as f64 / began.elapsed().as_secs_f64(),
        calls: all.len() as u64,
        latencies: histogram(&all)?,
    })
}

fn goes_on(until: Until, began: Instant, begun: &AtomicU64) -> bool {
    match until {
        Until::Elapsed(time) => began.elapsed() < time,
        Until::Calls(calls) => begun.fetch_add(1, Ordering::Relaxed) < calls,
    }
}

/// Times as a histogram of nanoseconds.
pub(crate) fn histogram(times: &[Duration]) -> anyhow::Result<Histogram<u64>> {
    let mut histogram = Histogram::new(DIGITS)?;
    for time in times {
        histogram.record(u64::try_from(time.as_nanos())?)?;
    }
    Ok(histogram)
}

/// The middle one; nothing when there is none.
pub(crate) fn median(values: impl IntoIterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.into_iter().collect();
    values.sort_by(f64::total_cmp);
    match values.len() {
        0 => f64::NAN,
        odd if odd % 2 == 1 => values[odd / 2],
        even => (values[even / 2 - 1] + values[even / 2]) / 2.0,
    }
}
