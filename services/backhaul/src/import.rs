//! Plays a shop's platform: a file of real orders and cancellations, told over gRPC.
//!
//! Read in this order: [`rows`] reads the file, [`matching`] finds what each cancellation takes
//! back, [`plan`] is what to ask for, [`play`] asks (`record` for orders, `ask` for returns,
//! `settle` for refunds), [`answers`] is what came back, [`worth`] the money rule and [`report`]
//! the sum. No amount of the report is taken from the plan.
//!
//! The data has no delivery dates: every order counts as delivered when it was paid.

pub mod answers;
mod ask;
mod countries;
pub mod matching;
pub mod plan;
pub mod play;
mod policy;
pub mod price;
mod record;
pub mod report;
pub mod rows;
mod settle;
pub mod worth;

use backhaul_kernel::{Timestamp, time};
use jiff::civil::DateTime;

/// The one currency of the data.
const CURRENCY: &str = "GBP";
/// Where the shop's clock hangs.
const SHOP_ZONE: &str = "Europe/London";

/// A moment on the shop's clock.
fn shop_time(at: DateTime) -> anyhow::Result<Timestamp> {
    Ok(at
        .to_zoned(time::zone(SHOP_ZONE)?)
        .map_err(anyhow::Error::msg)?
        .timestamp())
}
