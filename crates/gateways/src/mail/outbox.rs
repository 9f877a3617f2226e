//! A folder that mail is laid into, one `.eml` file each, for whoever has no mail server: mail
//! programs open these files.
//!
//! A file is there whole or not at all, also after a kill; after a power failure the latest may
//! be gone. The first mail of a message id stands, so handing it over again changes nothing, and
//! several processes may share the folder.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use super::{Mail, MailAnswer, MailGateway, Permanence, Repeat, message};
use crate::BoxFuture;

/// The folder.
#[derive(Debug)]
pub struct Outbox {
    folder: PathBuf,
    /// Numbers the unfinished files of this process.
    drafts: AtomicU64,
}

impl Outbox {
    /// Opens the folder, and makes it if it is missing.
    pub fn open(folder: impl Into<PathBuf>) -> io::Result<Self> {
        let folder = folder.into();
        std::fs::create_dir_all(&folder)?;
        Ok(Self {
            folder,
            drafts: AtomicU64::new(0),
        })
    }

    /// The folder.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    async fn lay_in(&self, mail: &Mail) -> MailAnswer {
        let bytes = match message::bytes(mail) {
            Ok(bytes) => bytes,
            Err(rejected) => return rejected,
        };
        let name = format!("{}.eml", mail.message_id);
        match self.write(&name, bytes).await {
            Ok(()) => MailAnswer::Accepted { reference: name },
            Err(error) => {
                tracing::warn!(message_id = %mail.message_id, %error, "outbox refused a mail");
                MailAnswer::Rejected {
                    code: "outbox".into(),
                    permanence: Permanence::Transient,
                }
            }
        }
    }

    /// Writes aside and moves into place, so that no reader ever sees half a file.
    #[expect(
        clippy::disallowed_methods,
        reason = "awaited at once, so it has an owner"
    )]
    async fn write(&self, name: &str, bytes: Vec<u8>) -> io::Result<()> {
        let place = self.folder.join(name);
        let number = self.drafts.fetch_add(1, Ordering::Relaxed);
        // Processes on different machines may have the same number, but not for different mail.
        let draft = format!(".{name}.{}-{number}.draft", std::process::id());
        let draft = self.folder.join(draft);
        let write = move || {
            if place.try_exists()? {
                return Ok(());
            }
            std::fs::write(&draft, bytes)?;
            std::fs::rename(&draft, &place)
        };
        // All in one go on a thread that may block: each step alone would cost a hop there.
        tokio::task::spawn_blocking(write).await?
    }
}

impl MailGateway for Outbox {
    fn send<'a>(&'a self, mail: &'a Mail) -> BoxFuture<'a, MailAnswer> {
        Box::pin(self.lay_in(mail))
    }

    fn repeatable(&self) -> Repeat {
        Repeat::Harmless
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mail::Mailbox;
    use mail_parser::MessageParser;

    fn mail(id: &str, text: &str) -> Mail {
        Mail {
            message_id: id.parse().unwrap(),
            from: Mailbox::new("returns@shop.example").unwrap(),
            to: Mailbox::new("ann@example.com").unwrap(),
            reply_to: None,
            language: "en".parse().unwrap(),
            subject: "Your refund".into(),
            text: text.into(),
            date: "2026-03-01T10:00:00Z".parse().unwrap(),
        }
    }

    fn names(outbox: &Outbox) -> Vec<String> {
        let mut names: Vec<_> = std::fs::read_dir(outbox.folder())
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    #[tokio::test]
    async fn one_message_id_is_one_file() {
        let folder = tempfile::tempdir().unwrap();
        let outbox = Outbox::open(folder.path().join("deep/er")).unwrap();
        for (id, text) in [("a", "first"), ("a", "second"), ("b", "first")] {
            let reference = format!("{id}.eml");
            let answer = outbox.send(&mail(id, text)).await;
            assert_eq!(answer, MailAnswer::Accepted { reference });
        }
        assert_eq!(names(&outbox), ["a.eml", "b.eml"]);
        let bytes = std::fs::read(outbox.folder().join("a.eml")).unwrap();
        let read = MessageParser::default().parse(&bytes).unwrap();
        assert_eq!(read.body_text(0).unwrap().trim(), "first");
    }

    #[tokio::test]
    async fn a_folder_that_is_gone_is_no_answer_for_ever() {
        let folder = tempfile::tempdir().unwrap();
        let outbox = Outbox::open(folder.path().join("gone")).unwrap();
        std::fs::remove_dir(outbox.folder()).unwrap();
        assert_eq!(
            outbox.send(&mail("a", "text")).await,
            MailAnswer::Rejected {
                code: "outbox".into(),
                permanence: Permanence::Transient
            }
        );
    }
}
