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

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn answers_keep_the_order_of_the_items_and_the_first_failure_ends_it() {
        // The first item is answered last.
        let (answer, waits) = tokio::sync::oneshot::channel::<()>();
        let (answer, waits) = (
            std::cell::Cell::new(Some(answer)),
            std::cell::Cell::new(Some(waits)),
        );
        let work = |item: u32| {
            let (waits, answer) = (waits.take(), (item == 9).then(|| answer.take()).flatten());
            async move {
                drop(answer);
                if let Some(waits) = waits {
                    let _ = waits.await;
                }
                anyhow::Ok(item)
            }
        };
        let bar = ProgressBar::hidden();
        assert_eq!(
            all(0..10, &bar, work).await.unwrap(),
            (0..10).collect::<Vec<_>>()
        );
        assert_eq!(bar.position(), 10);

        let fails = |item: u32| async move {
            anyhow::ensure!(item != 3, "three");
            Ok(item)
        };
        assert_eq!(
            all(0..10, &bar, fails).await.unwrap_err().to_string(),
            "three"
        );
    }
}
