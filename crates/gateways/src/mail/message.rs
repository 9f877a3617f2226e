//! A mail as bytes, by RFC 5322 and MIME: seven-bit clean, whatever the languages in it.

use std::time::{Duration, SystemTime};

use lettre::Message;
use lettre::message::header::{ContentType, HeaderName, HeaderValue};

use super::mailbox::one_line;
use super::{Mail, MailAnswer, Permanence};

/// The whole message. Only an impossible mail has none; it is rejected for ever.
pub(super) fn bytes(mail: &Mail) -> Result<Vec<u8>, MailAnswer> {
    let mut message = Message::builder()
        .message_id(Some(reference(mail)))
        .date(date(mail))
        .from(mail.from.to_lettre())
        .to(mail.to.to_lettre())
        .subject(one_line(&mail.subject))
        .raw_header(header("Content-Language", mail.language.tag()))
        // RFC 3834: keeps out-of-office replies from answering a machine.
        .raw_header(header("Auto-Submitted", "auto-generated"))
        .header(ContentType::TEXT_PLAIN);
    if let Some(reply_to) = &mail.reply_to {
        message = message.reply_to(reply_to.to_lettre());
    }
    message
        .body(mail.text.clone())
        .map(|message| message.formatted())
        .map_err(|error| {
            tracing::error!(message_id = %mail.message_id, %error, "mail cannot be written");
            MailAnswer::Rejected {
                code: "malformed".into(),
                permanence: Permanence::Permanent,
            }
        })
}

/// The whole `Message-ID`.
pub(super) fn reference(mail: &Mail) -> String {
    format!("<{}@{}>", mail.message_id, mail.from.domain())
}

fn header(name: &'static str, value: &str) -> HeaderValue {
    HeaderValue::new(HeaderName::new_from_ascii_str(name), value.to_owned())
}

/// Mail has no dates before 1970; none was written then.
fn date(mail: &Mail) -> SystemTime {
    let since_1970 = u64::try_from(mail.date.as_second()).unwrap_or(0);
    SystemTime::UNIX_EPOCH + Duration::from_secs(since_1970)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mail::Mailbox;
    use backhaul_kernel::Timestamp;
    use mail_parser::MessageParser;

    fn mail(name: &str, subject: &str, text: &str) -> Mail {
        Mail {
            message_id: "shop.536365-N1".parse().unwrap(),
            from: Mailbox::new("returns@shop.example").unwrap().named("Shop"),
            to: Mailbox::new("ann@example.com").unwrap().named(name),
            reply_to: Some(Mailbox::new("help@shop.example").unwrap()),
            language: "de".parse().unwrap(),
            subject: subject.into(),
            text: text.into(),
            date: "2026-03-01T10:00:00Z".parse().unwrap(),
        }
    }

    #[test]
    fn what_is_written_is_what_is_read() {
        let long = "a very long line without any end ".repeat(60);
        for (name, subject, text) in [
            ("Ann", "Your refund", "Hello Ann,\nall done.\n"),
            ("Jürgen Müller", "Ihre Rückgabe – 12,30 €", "Grüße\n"),
            ("山田 太郎", "返金のお知らせ", "返金しました。\n"),
            ("Smith, \"Joe\" <joe>", "a: b; c", ".\n..\nFrom here\n"),
            ("", "", ""),
            ("Ann", &long, &long),
        ] {
            let mail = mail(name, subject, text);
            let bytes = bytes(&mail).unwrap();
            assert!(bytes.is_ascii(), "{subject}");
            assert!(
                bytes
                    .split(|byte| *byte == b'\n')
                    .all(|line| line.len() < 1_000),
                "{subject}"
            );
            let read = MessageParser::default().parse(&bytes).unwrap();
            let to = read.to().unwrap().first().unwrap();
            assert_eq!(to.address(), Some("ann@example.com"));
            assert_eq!(to.name().unwrap_or_default(), name);
            assert_eq!(read.subject().unwrap_or_default().trim(), subject.trim());
            let body = read.body_text(0).unwrap_or_default().replace("\r\n", "\n");
            assert_eq!(body.trim_end(), text.trim_end());
            assert_eq!(read.message_id(), Some("shop.536365-N1@shop.example"));
            assert_eq!(read.date().unwrap().to_rfc3339(), "2026-03-01T10:00:00Z");
            assert_eq!(
                read.reply_to().unwrap().first().unwrap().address(),
                Some("help@shop.example")
            );
            assert_eq!(
                read.header_raw("Auto-Submitted").map(str::trim),
                Some("auto-generated")
            );
            assert_eq!(
                read.header_raw("Content-Language").map(str::trim),
                Some("de")
            );
        }
    }

    #[test]
    fn no_text_can_add_a_header_or_end_the_headers() {
        for end in ["\r\n", "\n", "\r", "\0", "\u{85}", "\u{2028}", "\u{b}"] {
            let evil = format!("x{end}Bcc: victim@example.com{end}{end}<b>body</b>");
            let mut mail = mail(&evil, &evil, "text");
            mail.from = mail.from.named(&evil);
            mail.reply_to = mail.reply_to.map(|reply_to| reply_to.named(&evil));
            let bytes = bytes(&mail).unwrap();
            let read = MessageParser::default().parse(&bytes).unwrap();
            assert!(read.bcc().is_none(), "{end:?}");
            assert!(
                !String::from_utf8(bytes.clone()).unwrap().contains("\nBcc"),
                "{end:?}"
            );
            assert_eq!(read.body_text(0).unwrap().trim(), "text", "{end:?}");
            assert_eq!(read.headers().len(), mail_headers(), "{end:?}");
        }
    }

    /// How many headers an ordinary mail has.
    fn mail_headers() -> usize {
        let bytes = bytes(&mail("Ann", "Hello", "text")).unwrap();
        MessageParser::default()
            .parse(&bytes)
            .unwrap()
            .headers()
            .len()
    }

    #[test]
    fn no_date_stops_a_mail() {
        for date in [Timestamp::MIN, Timestamp::UNIX_EPOCH, Timestamp::MAX] {
            let mail = Mail {
                date,
                ..mail("Ann", "Hello", "text")
            };
            assert!(bytes(&mail).is_ok(), "{date}");
        }
    }
}
