//! Reads a whole list, page by page.

use std::future::Future;
use std::ops::ControlFlow;

use anyhow::ensure;

/// The largest page that the services give.
pub const PAGE_SIZE: i32 = 500;
/// More pages than any list has; a list that never ends is a mistake.
const PAGES_MAX: usize = 1_000_000;

/// Calls `page` with the token of each page, beginning with none, until the last or
/// until `take` has enough. A page answers its items and the token of the next.
pub async fn each<T, F>(
    page: impl Fn(String) -> F,
    mut take: impl FnMut(T) -> anyhow::Result<ControlFlow<()>>,
) -> anyhow::Result<()>
where
    F: Future<Output = anyhow::Result<(Vec<T>, String)>>,
{
    let mut token = String::new();
    for _ in 0..PAGES_MAX {
        let (items, next) = page(token.clone()).await?;
        for item in items {
            if take(item)?.is_break() {
                return Ok(());
            }
        }
        if next.is_empty() {
            return Ok(());
        }
        ensure!(next != token, "the list gives the same page twice");
        token = next;
    }
    anyhow::bail!("the list has more than {PAGES_MAX} pages")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Reads a list of these pages and takes at most so many items.
    async fn check(pages: &[(&[u32], &str)], most: usize, expected: Result<&[u32], &str>) {
        let page = |token: String| {
            let place = if token.is_empty() {
                0
            } else {
                token.parse().unwrap()
            };
            let (items, next): (&[u32], &str) = pages[place];
            async move { Ok((items.to_vec(), next.to_owned())) }
        };
        let mut taken = Vec::new();
        let outcome = each(page, |item| {
            taken.push(item);
            let has_enough = taken.len() >= most;
            Ok(if has_enough {
                ControlFlow::Break(())
            } else {
                ControlFlow::Continue(())
            })
        });
        let outcome = outcome.await.map_err(|error| error.to_string());
        assert_eq!(
            outcome.map(|()| taken),
            expected.map(<[u32]>::to_vec).map_err(str::to_owned)
        );
    }

    #[tokio::test]
    async fn every_page_is_read_until_the_last_or_until_there_is_enough() {
        check(&[(&[], "")], 9, Ok(&[])).await;
        check(&[(&[1, 2], "1"), (&[3], "")], 9, Ok(&[1, 2, 3])).await;
        check(&[(&[1, 2], "1"), (&[3], "")], 2, Ok(&[1, 2])).await;
        check(
            &[(&[1], "1"), (&[2], "1")],
            9,
            Err("the list gives the same page twice"),
        )
        .await;
    }
}
