//! Fills a page of a list: ids from the list's view, the things themselves from their streams.

use std::future::Future;
use std::time::Duration;

use backhaul_api::Page;
use backhaul_engine::Listing;
use tonic::Status;
use tracing::error;

use crate::calls::Query;
use crate::status;

/// How long a query waits for its view to hold what the caller has been told.
const VIEW_BOUND: Duration = Duration::from_secs(5);

/// Fills a page with what `load` gives for the ids that begin with `prefix`, leaving out those it
/// gives nothing for. Also gives the token of the next page, empty at the end.
pub async fn fill<T, F>(
    query: &Query,
    page: &Page,
    listing: &Listing,
    prefix: &str,
    load: impl Fn(String) -> F,
) -> Result<(Vec<T>, String), Status>
where
    F: Future<Output = Result<Option<T>, Status>>,
{
    let position = query.position(listing.context());
    listing
        .wait_for(position, VIEW_BOUND)
        .await
        .map_err(|_| status::behind())?;

    let mut after = page
        .after
        .clone()
        .and_then(|after| String::from_utf8(after).ok());
    let mut filled = Vec::new();
    loop {
        let ids = listing
            .ids_after(&query.caller.tenant, prefix, after.as_deref())
            .await;
        let ids = ids.map_err(|error| {
            error!(%error, "a list cannot be read");
            status::behind()
        })?;
        if ids.is_empty() {
            return Ok((filled, String::new()));
        }
        for id in ids {
            if filled.len() == page.size {
                let last = after.unwrap_or_default();
                return Ok((filled, page.token_after(last.as_bytes())));
            }
            filled.extend(load(id.clone()).await?);
            after = Some(id);
        }
    }
}
