use super::*;
use crate::mail::Mailbox;
use crate::mail::test_server::{Fault, TestSmtpServer};
use mail_parser::MessageParser;

fn mail(to: &str) -> Mail {
    Mail {
        message_id: "shop.536365-N1".parse().unwrap(),
        from: Mailbox::new("returns@shop.example").unwrap(),
        to: Mailbox::new(to).unwrap().named("Jürgen"),
        reply_to: None,
        language: "de".parse().unwrap(),
        subject: "Ihre Rückgabe".into(),
        text: "Grüße\n.\n..\nQUIT\n".into(),
        date: "2026-03-01T10:00:00Z".parse().unwrap(),
    }
}

fn accepted(reference: &str) -> MailAnswer {
    MailAnswer::Accepted {
        reference: reference.into(),
    }
}

/// Short enough for a test, long enough for the loopback interface.
fn impatient() -> Patience {
    Patience {
        body: Duration::from_millis(200),
        ..Patience::default()
    }
}

#[tokio::test]
async fn a_mail_arrives_as_it_was_written() {
    let server = TestSmtpServer::start();
    let smtp = Smtp::new(&server.url()).unwrap();
    assert_eq!(
        smtp.send(&mail("ann@example.com")).await,
        accepted("2.0.0 queued as 1")
    );
    let received = server.messages();
    assert_eq!(received.len(), 1);
    assert_eq!(received[0].from, "returns@shop.example");
    assert_eq!(received[0].to, ["ann@example.com"]);
    let read = MessageParser::default().parse(&received[0].data).unwrap();
    assert_eq!(read.subject(), Some("Ihre Rückgabe"));
    assert_eq!(
        read.body_text(0).unwrap().replace("\r\n", "\n").trim_end(),
        "Grüße\n.\n..\nQUIT"
    );
}

/// What the caller is told, and what the server really has.
#[tokio::test]
async fn each_fault_has_its_own_answer() {
    let lost = MailAnswer::Unknown {
        detail: "the connection was lost before the relay answered".into(),
    };
    let late = MailAnswer::Unknown {
        detail: "the relay did not answer in time".into(),
    };
    for (fault, answer, taken) in [
        (
            Fault::RefuseForNow,
            rejected("451 4.3.0", Permanence::Transient),
            0,
        ),
        (
            Fault::RefuseForEver,
            rejected("550 5.1.1", Permanence::Permanent),
            0,
        ),
        (
            Fault::HangUpBeforeBody,
            rejected("connection-lost", Permanence::Transient),
            0,
        ),
        (Fault::HangUpAfterBody, lost, 1),
        (Fault::SilenceAfterBody, late, 1),
    ] {
        let server = TestSmtpServer::start();
        let smtp = Smtp::new(&server.url()).unwrap().with_patience(impatient());
        server.fail_next(1, fault);
        assert_eq!(smtp.send(&mail("ann@example.com")).await, answer);
        assert_eq!(server.messages().len(), taken, "{fault:?}");
        let next = smtp.send(&mail("ann@example.com")).await;
        assert!(matches!(next, MailAnswer::Accepted { .. }), "{fault:?}");
        assert_eq!(server.messages().len(), taken + 1, "{fault:?}");
    }
}

#[tokio::test]
async fn connections_are_used_again_and_replaced_when_they_are_dead() {
    let server = TestSmtpServer::start();
    let smtp = Smtp::new(&server.url()).unwrap();
    for _ in 0..3 {
        smtp.send(&mail("ann@example.com")).await;
    }
    assert_eq!(server.connections(), 1);
    server.hang_up();
    assert_eq!(
        smtp.send(&mail("ann@example.com")).await,
        accepted("2.0.0 queued as 4")
    );
    assert_eq!(server.connections(), 2);
}

#[tokio::test]
async fn many_mails_share_a_few_connections() {
    let server = TestSmtpServer::start();
    let smtp = Smtp::new(&server.url()).unwrap();
    let mail = mail("ann@example.com");
    let mut sends: Vec<_> = (0..50).map(|_| smtp.send(&mail)).collect();
    let answers = std::future::poll_fn(|context| {
        // Every unfinished send is polled whenever one of them wakes the task.
        sends.retain_mut(|send| send.as_mut().poll(context).is_pending());
        if sends.is_empty() {
            std::task::Poll::Ready(())
        } else {
            std::task::Poll::Pending
        }
    });
    answers.await;
    assert_eq!(server.messages().len(), 50);
    assert!((1..=CONNECTIONS_MAX).contains(&server.connections()));
}

#[tokio::test]
async fn a_relay_that_is_down_is_a_no_for_now() {
    let server = TestSmtpServer::start();
    let address = server.address();
    let smtp = Smtp::new(&server.url()).unwrap();
    drop(server);
    assert_eq!(
        smtp.send(&mail("ann@example.com")).await,
        rejected("unreachable", Permanence::Transient)
    );
    let server = TestSmtpServer::start_at(address);
    assert_eq!(
        smtp.send(&mail("ann@example.com")).await,
        accepted("2.0.0 queued as 1")
    );
    assert_eq!(server.messages().len(), 1);
}

#[tokio::test]
async fn a_login_is_sent_and_a_wrong_one_says_nothing_against_the_mail() {
    let server = TestSmtpServer::start_with_login("shop", "p@ss:word/");
    let url = |login: &str| format!("smtp://{login}{}", server.address());
    for (login, answer) in [
        ("shop:p%40ss%3Aword%2F@", accepted("2.0.0 queued as 1")),
        ("shop:wrong@", rejected("535", Permanence::Transient)),
    ] {
        let smtp = Smtp::new(&url(login)).unwrap();
        assert_eq!(smtp.send(&mail("ann@example.com")).await, answer, "{login}");
    }
}

#[tokio::test]
async fn no_mail_goes_to_a_relay_that_cannot_encrypt_it() {
    let server = TestSmtpServer::start();
    for url in [
        format!("smtp://localhost:{}?tls=required", server.address().port()),
        format!("smtps://localhost:{}", server.address().port()),
    ] {
        let smtp = Smtp::new(&url).unwrap().with_patience(Patience {
            connect: Duration::from_millis(500),
            ..Patience::default()
        });
        let answer = smtp.send(&mail("ann@example.com")).await;
        assert!(
            matches!(
                answer,
                MailAnswer::Rejected {
                    permanence: Permanence::Transient,
                    ..
                }
            ),
            "{url}: {answer:?}"
        );
    }
    assert!(server.messages().is_empty());
}

#[tokio::test]
async fn an_address_that_the_relay_cannot_write_is_a_no_for_ever() {
    let server = TestSmtpServer::start();
    let smtp = Smtp::new(&server.url()).unwrap();
    assert_eq!(
        smtp.send(&mail("jürgen@example.com")).await,
        rejected("smtputf8-unsupported", Permanence::Permanent)
    );
}

#[test]
fn enhanced_codes_are_told_from_words() {
    for (word, is) in [
        ("5.1.1", true),
        ("4.7.28", true),
        ("ann@example.com", false),
        ("5.1", false),
        ("5.1.1.1", false),
        ("1.2.3456", false),
    ] {
        assert_eq!(is_enhanced_code(word), is, "{word}");
    }
}
