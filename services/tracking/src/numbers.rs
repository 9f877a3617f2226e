//! Which parcel a carrier's number belongs to: carriers know no other name.

use backhaul_engine::{Projection, Rows};
use backhaul_eventlog::Commit;
use backhaul_events::{ContextName, Event, tracking};
use backhaul_kernel::Tenant;

/// Rows: `{tenant}/{tracking number}` to the parcel's id.
pub(crate) struct Numbers;

/// The row of a number.
pub(crate) fn key(tenant: &Tenant, number: &str) -> Vec<u8> {
    format!("{tenant}/{number}").into_bytes()
}

impl Projection for Numbers {
    fn name(&self) -> &'static str {
        "tracking.numbers"
    }

    fn schema(&self) -> u32 {
        1
    }

    fn contexts(&self) -> &'static [ContextName] {
        &[ContextName::Tracking]
    }

    fn apply(&self, commit: &Commit, event: &Event, rows: &mut Rows) {
        if let Event::Tracking(tracking::Event::LabelIssued(event)) = event {
            let key = key(&commit.stream.tenant, event.tracking_number.as_str());
            rows.put(key, event.parcel.as_str());
        }
    }
}
