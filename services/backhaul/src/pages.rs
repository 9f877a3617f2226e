//! Reads a whole list, page by page.

use std::future::Future;

use anyhow::ensure;

/// The largest page that the services give.
pub const PAGE_SIZE: i32 = 500;
/// More pages than any list has; a list that never ends is a mistake.
const PAGES_MAX: usize = 1_000_000;

/// Calls `page` with the token of each page, beginning with none, until the last. A page answers
/// its items and the token of the next.
pub async fn each<T, F>(
    page: impl Fn(String) -> F,
    mut take: impl FnMut(T) -> anyhow::Result<()>,
) -> anyhow::Result<()>
where
    F: Future<Output = Result<(Vec<T>, String), tonic::Status>>,
{
    let mut token = String::new();
    for _ in 0..PAGES_MAX {
        let (items, next) = page(token.clone()).await?;
        items.into_iter().try_for_each(&mut take)?;
        if next.is_empty() {
            return Ok(());
        }
        ensure!(next != token, "the list gives the same page twice");
        token = next;
    }
    anyhow::bail!("the list has more than {PAGES_MAX} pages")
}
