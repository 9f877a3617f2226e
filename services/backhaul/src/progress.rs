//! A progress bar on stderr for each phase of a long command. Nothing is drawn where stderr is no
//! terminal.

use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

/// How often a bar is drawn while nothing happens.
const TICK: Duration = Duration::from_millis(200);
const KNOWN: &str = "{msg:<9} {bar:32} {human_pos}/{human_len}  {per_sec}  {eta} left";
const UNKNOWN: &str = "{msg:<9} {spinner} {human_pos}  {per_sec}";

/// A phase of which the length is known.
pub fn bar(phase: &'static str, length: usize) -> ProgressBar {
    styled(ProgressBar::new(length as u64), phase, KNOWN)
}

/// A phase of which the length is not known.
pub fn spinner(phase: &'static str) -> ProgressBar {
    styled(ProgressBar::new_spinner(), phase, UNKNOWN)
}

fn styled(bar: ProgressBar, phase: &'static str, template: &str) -> ProgressBar {
    let style = ProgressStyle::with_template(template).expect("the template is well formed");
    bar.set_style(style);
    bar.set_message(phase);
    bar.enable_steady_tick(TICK);
    bar
}
