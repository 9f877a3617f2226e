//! A data folder: who has it, whether its log is whole, how much room is left.

use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

use backhaul_eventlog_local::{LocalLog, OpenError, Opening, Options, TornEnd};

use super::{Examined, Verdict};
use crate::progress;

/// Where things lie in a data folder.
const LOG: &str = "log";
const VIEWS: &str = "views";
const SECRETS: [&str; 3] = ["access-token", "tokens.json", "page-key"];

/// Less room than this share of the disk is too little for the store to tidy up after itself.
const FREE_PERCENT_MIN: u64 = 10;
/// Less room than this is too little in any case.
const FREE_BYTES_MIN: u64 = 1024 * 1024 * 1024;
/// What others than the owner may do with a file.
const OTHERS: u32 = 0o077;

pub(super) async fn examine(data: &Path) -> anyhow::Result<Vec<Examined>> {
    let folder = data.join(LOG);
    anyhow::ensure!(
        folder.is_dir(),
        "{} is no data folder: it has no log",
        data.display()
    );
    let mut examined = vec![disk(&folder)];
    examined.extend(secrets(data));
    examined.extend(shared_disk(data, &folder));
    match LocalLog::open(&folder, &Options::default()) {
        Ok((log, opening)) => {
            examined.push(Examined::good("lock", "no other process has the log"));
            examined.extend(opened(&opening));
            examined.push(verify(&log).await);
            examined.push(views(&data.join(VIEWS)));
            log.close().await;
        }
        Err(error) => examined.push(not_opened(&error)),
    }
    Ok(examined)
}

fn disk(folder: &Path) -> Examined {
    let room = match rustix::fs::statvfs(folder) {
        Ok(room) => room,
        Err(error) => {
            return Examined::of(
                Verdict::Warning,
                "disk",
                format!("cannot be asked: {error}"),
                "",
            );
        }
    };
    let (free, all) = (room.f_bavail * room.f_frsize, room.f_blocks * room.f_frsize);
    let percent = free * 100 / all.max(1);
    let detail = format!("{} MiB of {} MiB are free", free >> 20, all >> 20);
    if percent < FREE_PERCENT_MIN || free < FREE_BYTES_MIN {
        let repair = "make room, or move the data folder to a larger disk while nothing runs: a \
            full disk ends writing";
        return Examined::of(Verdict::Warning, "disk", detail, repair);
    }
    Examined::good("disk", detail)
}

/// Secrets that others on this machine can read.
fn secrets(data: &Path) -> Option<Examined> {
    let open = |name: &&str| {
        let metadata = fs::metadata(data.join(name));
        metadata.is_ok_and(|metadata| metadata.mode() & OTHERS != 0)
    };
    let open: Vec<_> = SECRETS.into_iter().filter(|name| open(name)).collect();
    if open.is_empty() {
        return Some(Examined::good("secrets", "only their owner reads them"));
    }
    let detail = format!("others on this machine can read {}", open.join(", "));
    let repair = "chmod 600 the files, and make new tokens";
    Some(Examined::of(Verdict::Wrong, "secrets", detail, repair))
}

/// A copy of the disk then holds everything that is needed to act as anybody.
fn shared_disk(data: &Path, log: &Path) -> Option<Examined> {
    let device = |path: &Path| fs::metadata(path).ok().map(|metadata| metadata.dev());
    let secret = data.join(SECRETS[2]);
    if !secret.exists() || device(&secret) != device(log) {
        return None;
    }
    let detail = "log and secrets lie on the same disk: a copy of one is a copy of the other";
    Some(Examined::of(Verdict::Note, "secrets", detail, ""))
}

fn opened(opening: &Opening) -> Vec<Examined> {
    let mark = match opening.mark_is_damaged {
        false => Examined::good("mark", "the log ends where it was durable, or after"),
        true => Examined::of(
            Verdict::Wrong,
            "mark",
            "the mark of the durable positions was damaged: a loss at the end would not be seen",
            "compare the log with a copy by check --against; the mark has been written anew",
        ),
    };
    let torn = opening.torn_end.as_ref().map(|TornEnd { file, bytes }| {
        let detail = format!(
            "{bytes} bytes that were never acknowledged were cut off {}",
            file.display()
        );
        Examined::of(Verdict::Note, "log", detail, "")
    });
    [Some(mark), torn].into_iter().flatten().collect()
}

async fn verify(log: &LocalLog) -> Examined {
    let bar = progress::bar("verify", 0);
    let shown = bar.clone();
    let verified = log.verify(move |progress| {
        shown.set_length(progress.total);
        shown.set_position(progress.checked);
    });
    let verified = verified.await;
    bar.finish_and_clear();
    match verified {
        Ok(verified) => {
            let detail = format!(
                "{} commits with {} events in {} streams hold together",
                verified.commits, verified.events, verified.streams
            );
            Examined::good("log", detail)
        }
        Err(error) => damaged(&error.to_string()),
    }
}

fn views(folder: &Path) -> Examined {
    if !folder.is_dir() {
        return Examined::good("views", "there are none; they are folded at the next start");
    }
    let opened = backhaul_views::Views::open(folder, Default::default());
    let (views, opening) = match opened {
        Ok(opened) => opened,
        Err(error) => {
            let repair = "remove the folder views; everything in it is folded again";
            return Examined::of(Verdict::Warning, "views", error.to_string(), repair);
        }
    };
    let closed = views.close();
    match (opening, closed) {
        (backhaul_views::Opening::Wiped { reason }, _) => Examined::of(
            Verdict::Note,
            "views",
            format!("were emptied and are folded again at the next start: {reason}"),
            "",
        ),
        (_, Err(error)) => Examined::of(Verdict::Warning, "views", error.to_string(), ""),
        (_, Ok(())) => Examined::good("views", "open, and belong to this machine's last start"),
    }
}

fn not_opened(error: &OpenError) -> Examined {
    match error {
        OpenError::InUse { holder, .. } => Examined::of(
            Verdict::Note,
            "lock",
            format!("{holder} has the log, so it was not verified"),
            "check folds it while it is served; or stop the process and ask again",
        ),
        OpenError::Corrupt(error) => damaged(&error.to_string()),
        OpenError::Lost { .. } => Examined::of(
            Verdict::Wrong,
            "mark",
            error.to_string(),
            "restore the folder from a copy; or remove the file `durable` in it to accept the loss",
        ),
        OpenError::Io { .. } | OpenError::NotALog(_) | OpenError::UnknownFormat { .. } => {
            Examined::of(Verdict::Wrong, "log", error.to_string(), "")
        }
    }
}

fn damaged(error: &str) -> Examined {
    let repair = "keep the folder as it is and restore a copy beside it; check --against tells \
        from which commit on they differ";
    Examined::of(Verdict::Wrong, "log", error, repair)
}

#[cfg(test)]
mod tests {
    use std::fs::Permissions;
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    async fn verdicts(data: &Path) -> Vec<(String, Verdict)> {
        let examined = examine(data).await.unwrap();
        let told = examined.into_iter().filter(|each| each.what != "disk");
        told.map(|each| (each.what, each.verdict)).collect()
    }

    fn expected(verdicts: &[(&str, Verdict)]) -> Vec<(String, Verdict)> {
        let owned = |(what, verdict): &(&str, Verdict)| ((*what).to_owned(), *verdict);
        verdicts.iter().map(owned).collect()
    }

    #[tokio::test]
    async fn a_folder_is_examined_and_what_is_wrong_is_named() {
        use Verdict::{Good, Note, Wrong};
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path();
        assert!(examine(data).await.is_err(), "there is no log yet");

        let (log, _) = LocalLog::open(&data.join(LOG), &Options::default()).unwrap();
        let in_use = expected(&[("secrets", Good), ("lock", Note)]);
        assert_eq!(verdicts(data).await, in_use);
        log.close().await;

        let whole = [
            ("lock", Good),
            ("mark", Good),
            ("log", Good),
            ("views", Good),
        ];
        let secrets = [("secrets", Good)];
        assert_eq!(
            verdicts(data).await,
            expected(&[&secrets[..], &whole[..]].concat())
        );

        let secret = data.join(SECRETS[2]);
        fs::write(&secret, "secret").unwrap();
        fs::set_permissions(&secret, Permissions::from_mode(0o644)).unwrap();
        let secrets = [("secrets", Wrong), ("secrets", Note)];
        assert_eq!(
            verdicts(data).await,
            expected(&[&secrets[..], &whole[..]].concat())
        );

        fs::write(data.join(LOG).join("durable"), "damaged").unwrap();
        let marked = [
            ("lock", Good),
            ("mark", Wrong),
            ("log", Good),
            ("views", Good),
        ];
        assert_eq!(
            verdicts(data).await,
            expected(&[&secrets[..], &marked[..]].concat())
        );
    }
}
