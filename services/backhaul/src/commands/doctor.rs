//! `backhaul doctor`: is everything around the log as it must be, and if not, how is it repaired?

mod cluster;
mod folder;

use std::process::ExitCode;

use serde::Serialize;

use crate::cli::{Doctor, Global};
use crate::cluster::visit;
use crate::output::{self, Output};

/// Something that was looked at.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Examined {
    /// What, such as `log`.
    what: String,
    /// How it is.
    verdict: Verdict,
    /// In words.
    detail: String,
    /// What to do about it; empty when nothing is to be done.
    #[serde(skip_serializing_if = "String::is_empty")]
    repair: String,
}

/// How something is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Verdict {
    /// As it should be.
    Good,
    /// Worth knowing.
    Note,
    /// Something can be lost or refused that has not been yet.
    Warning,
    /// Something is lost, damaged, or cannot be told.
    Wrong,
}

impl Examined {
    fn good(what: &str, detail: impl Into<String>) -> Self {
        Self::of(Verdict::Good, what, detail, "")
    }

    fn of(verdict: Verdict, what: &str, detail: impl Into<String>, repair: &str) -> Self {
        Self {
            what: what.to_owned(),
            verdict,
            detail: detail.into(),
            repair: repair.to_owned(),
        }
    }
}

/// Exit code 1 when something is wrong, or may be lost.
pub(crate) async fn doctor(asked: &Doctor, global: &Global) -> anyhow::Result<ExitCode> {
    let examined = match &asked.log {
        Some(servers) => cluster::examine(&asked.login, servers).await?,
        None => match visit(&global.data)? {
            Some((servers, login)) => cluster::examine(&login, &servers).await?,
            None => folder::examine(&global.data).await?,
        },
    };
    match global.output {
        Output::Text => examined
            .iter()
            .try_for_each(|each| output::print(&text(each)))?,
        Output::Json => output::print_json(&serde_json::json!({ "examined": examined }))?,
    }
    let worst = examined.iter().map(|each| each.verdict).max();
    Ok(match worst {
        Some(Verdict::Warning | Verdict::Wrong) => ExitCode::FAILURE,
        Some(Verdict::Good | Verdict::Note) | None => ExitCode::SUCCESS,
    })
}

fn text(examined: &Examined) -> String {
    let Examined {
        what,
        verdict,
        detail,
        repair,
    } = examined;
    let verdict = match verdict {
        Verdict::Good => "good",
        Verdict::Note => "note",
        Verdict::Warning => "WARNING",
        Verdict::Wrong => "WRONG",
    };
    match repair.as_str() {
        "" => format!("{verdict:<8} {what}: {detail}"),
        repair => format!("{verdict:<8} {what}: {detail}\n         to repair: {repair}"),
    }
}
