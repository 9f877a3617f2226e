//! Appends straight into the log, beside a file that grows with the same group commit.

use std::sync::Arc;

use anyhow::Context as _;
use backhaul_eventlog::{EventLog as _, Expected};
use backhaul_eventlog_local::{LocalLog, Options};

use crate::bare::BareFile;
use crate::commands::commits_per_sync;
use crate::folder::Folder;
use crate::load::{Run, Until, median, run};
use crate::report::{Aim, Figure, Report};
use crate::samples::Samples;
use crate::scale::Scale;

const WRITERS: [usize; 3] = [1, 64, 256];
const HALF_OF_CEILING: Aim = Aim::OfCeilingAtLeast(0.5);

pub(crate) async fn measure(scale: &Scale, report: &mut Report) -> anyhow::Result<()> {
    let folder = Folder::new("appends")?;
    let (log, _) = LocalLog::open(&folder.path().join("log"), &Options::default())?;
    let file = Arc::new(BareFile::create(&folder.path().join("bare"))?);
    let samples = Samples::new()?;
    for writers in WRITERS {
        let (mut ours, mut bare, mut shared) = (Vec::new(), Vec::new(), Vec::new());
        let until = Until::Elapsed(scale.run);
        for _ in 0..scale.runs {
            bare.push(into_file(&file, &samples, writers, until).await?);
            let before = log.counters();
            ours.push(into_log(&log, &samples, writers, until).await?);
            shared.push(commits_per_sync(before, log.counters()));
        }
        let of = |runs: &[Run], figure: fn(&Run) -> f64| median(runs.iter().map(figure));
        let rate = |runs: &[Run]| of(runs, |run| run.rate);
        let figure = Figure::new(format!("{writers} writers"), rate(&ours), "appends/s")
            .beside("records/s into a bare file", rate(&bare))
            .aims(HALF_OF_CEILING)
            .note(format!(
                "p50 {:.0} us, p99 {:.0} us (bare {:.0} and {:.0}), {:.1} commits a sync",
                of(&ours, |run| run.micros(0.5)),
                of(&ours, |run| run.micros(0.99)),
                of(&bare, |run| run.micros(0.5)),
                of(&bare, |run| run.micros(0.99)),
                median(shared),
            ));
        report.add(figure);
    }
    log.close().await;
    Ok(())
}

/// Each append begins a stream of its own, as the first command on an order does.
async fn into_log(
    log: &LocalLog,
    samples: &Samples,
    writers: usize,
    until: Until,
) -> anyhow::Result<Run> {
    let (log, samples) = (log.clone(), samples.clone());
    run(writers, until, move |number, _| {
        let commit = samples.commit(&number.to_string(), Expected::Exactly(0));
        let log = log.clone();
        async move {
            let answers = log.append(vec![commit?]).await;
            answers.into_iter().next().context("no answer")??;
            Ok(())
        }
    })
    .await
}

async fn into_file(
    file: &Arc<BareFile>,
    samples: &Samples,
    writers: usize,
    until: Until,
) -> anyhow::Result<Run> {
    let (file, record) = (Arc::clone(file), samples.payload());
    run(writers, until, move |_, _| {
        let (file, record) = (Arc::clone(&file), record.clone());
        async move { file.append(record).await }
    })
    .await
}
