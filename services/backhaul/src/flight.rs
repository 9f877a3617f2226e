//! Many pieces of work at the same time, but never more than a deployment has use for.

use futures::{Future, StreamExt as _, TryStreamExt as _, stream};
use indicatif::ProgressBar;

/// How many orders are worked on at the same time. Enough that one write to disk carries many of
/// them, few enough that none waits long.
pub const ORDERS_IN_FLIGHT: usize = 128;

/// Does the work on each item and answers in the order of the items. The first failure ends it.
pub async fn all<I, T, F>(
    items: impl IntoIterator<Item = I>,
    bar: &ProgressBar,
    work: impl Fn(I) -> F,
) -> anyhow::Result<Vec<T>>
where
    F: Future<Output = anyhow::Result<T>>,
{
    let numbered = items.into_iter().enumerate().map(|(number, item)| {
        let answer = work(item);
        async move {
            let answer = answer.await?;
            bar.inc(1);
            anyhow::Ok((number, answer))
        }
    });
    let mut answers: Vec<(usize, T)> = stream::iter(numbered)
        .buffer_unordered(ORDERS_IN_FLIGHT)
        .try_collect()
        .await?;
    answers.sort_unstable_by_key(|(number, _)| *number);
    Ok(answers.into_iter().map(|(_, answer)| answer).collect())
}
