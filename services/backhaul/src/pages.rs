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
