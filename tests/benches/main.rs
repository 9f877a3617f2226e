//! What BACKHAUL does in a second on this machine, each figure beside its ceiling, measured in the
//! same run and in turns with it: whatever else the machine does hits both.
//!
//! ```text
//! cargo bench --package backhaul-tests [-- [--quick] [--log nats] [--only SECTION] [--output json]]
//! ```
//!
//! Read `scale` first (how long, how often), then `load` (how calls and appends are made), then a
//! file for each section: `commands`, `appends`, `replay`, `memory`, `journeys`, `policies`; `nats` has its own for
//! the log on JetStream. `report` holds the aims. Nothing here is a test: a figure that falls short is printed as such.

mod appends;
mod bare;
mod commands;
mod deployment;
mod flushes;
mod folder;
mod journeys;
mod load;
mod memory;
mod nats;
mod policies;
mod process;
mod replay;
mod report;
mod requests;
mod samples;
mod scale;
mod watcher;

use report::Report;
use scale::{Arguments, Output, Section};

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let arguments = Arguments::read(std::env::args().skip(1))?;
    if let Some(data) = &arguments.serve {
        return memory::serve(data).await;
    }
    folder::make_room()?;
    let mut report = Report::begin(&arguments.scale);
    for section in arguments.log.sections() {
        if arguments.only.is_some_and(|only| only != *section) {
            continue;
        }
        report.say(section.title());
        match section {
            Section::Commands => commands::measure(&arguments.scale, &mut report).await?,
            Section::Appends => appends::measure(&arguments.scale, &mut report).await?,
            Section::Replay => replay::measure(&arguments.scale, &mut report).await?,
            Section::Memory => memory::measure(&arguments.scale, &mut report).await?,
            Section::Journeys => journeys::measure(&arguments.scale, &mut report).await?,
            Section::Policies => policies::measure(&arguments.scale, &mut report).await?,
            Section::Nats => nats::measure(&arguments.scale, &mut report).await?,
        }
    }
    folder::clear()?;
    report.end();
    match arguments.output {
        Output::Text => report.print_text(),
        Output::Json => report.print_json()?,
    }
    Ok(())
}
