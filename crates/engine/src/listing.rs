//! Lists: which things of a kind a merchant has, by id.
//!
//! A list view holds ids only; the things themselves are read from their streams, so a list never
//! shows anything that its stream does not say.

use std::time::Duration;

use backhaul_eventlog::{Commit, Position};
use backhaul_events::{ContextName, Event};
use backhaul_kernel::Tenant;
use backhaul_views::Error as ViewError;

use crate::projection::{NotYet, blocking};
use crate::{Engine, Projection, Rows, ViewHandle};

/// Ids read from a view at once.
const SCAN_IDS: usize = 512;

/// Which events bring something onto a list.
#[derive(Debug, Clone, Copy)]
pub struct Listed {
    /// Name of the view, such as `returns.list`.
    pub name: &'static str,
    /// The one context whose events are looked at.
    pub contexts: &'static [ContextName],
    /// The id that an event brings onto the list, if it does.
    pub id: fn(&Event) -> Option<String>,
}

impl Projection for Listed {
    fn name(&self) -> &'static str {
        self.name
    }

    fn schema(&self) -> u32 {
        1
    }

    fn contexts(&self) -> &'static [ContextName] {
        self.contexts
    }

    fn apply(&self, commit: &Commit, event: &Event, rows: &mut Rows) {
        if let Some(id) = (self.id)(event) {
            rows.put(key(&commit.stream.tenant, &id), id);
        }
    }
}

/// A list that readers page through.
#[derive(Clone)]
pub struct Listing {
    view: ViewHandle,
    context: ContextName,
}

impl Listing {
    /// Starts the view behind a list.
    pub fn start(engine: &Engine, listed: Listed) -> Result<Self, ViewError> {
        let context = *listed.contexts.first().expect("a list has a context");
        Ok(Self {
            view: engine.project(listed)?,
            context,
        })
    }

    /// Waits, no longer than `bound`, until the list holds everything up to a position.
    pub async fn wait_for(&self, position: Position, bound: Duration) -> Result<(), NotYet> {
        self.view.wait_for(self.context, position, bound).await
    }

    /// The context whose positions the list waits for.
    pub fn context(&self) -> ContextName {
        self.context
    }

    /// Ids that begin with `prefix` and come after `after`, in order; none at the end.
    pub async fn ids_after(
        &self,
        tenant: &Tenant,
        prefix: &str,
        after: Option<&str>,
    ) -> Result<Vec<String>, ViewError> {
        let table = self.view.table().clone();
        let prefix = key(tenant, prefix);
        let after = after.map(|after| key(tenant, after));
        let rows = blocking(move || table.scan(&prefix, after.as_deref(), SCAN_IDS)).await?;
        Ok(rows
            .into_iter()
            .filter_map(|(_, id)| String::from_utf8(id).ok())
            .collect())
    }
}

fn key(tenant: &Tenant, id: &str) -> Vec<u8> {
    format!("{tenant}/{id}").into_bytes()
}
