//! Webhooks: who is believed, and what is read.

use backhaul_kernel::Timestamp;
use http::{HeaderMap, HeaderName, HeaderValue};
use serde_json::json;

use super::published;
use crate::payment::{Notice, NoticeError, NoticeReader as _, Says, Secret, StripeNotices};

const NOW: i64 = 1_614_265_330;

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap()
}

fn signed(secret: &str, time: i64, body: &[u8]) -> String {
    let time = time.to_string();
    let digits = Secret::new(secret).sign(&[time.as_bytes(), b".", body]);
    digits.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn read(header: Option<&str>, body: &[u8]) -> Result<Vec<Notice>, NoticeError> {
    let reader = StripeNotices::new(vec![Secret::new("whsec_new"), Secret::new("whsec_old")]);
    let name = HeaderName::from_static("stripe-signature");
    let headers = header.map(|header| (name, HeaderValue::from_str(header).unwrap()));
    reader.read(&HeaderMap::from_iter(headers), body, at(NOW))
}

/// Computed by another program, so that this does not only agree with itself.
#[test]
fn a_signature_is_what_openssl_says_it_is() {
    let digits = signed("whsec_test_secret", 1_492_774_577, b"{}");
    assert_eq!(digits, OPENSSL_DIGITS);
}

/// `printf '1492774577.{}' | openssl dgst -sha256 -hmac whsec_test_secret`
const OPENSSL_DIGITS: &str = "53140ab8fa70c511cc40d5c9198af7dde7bbaee877038c056d8250c3bd3b2e11";

#[test]
fn only_who_knows_the_secret_is_believed_and_only_now() {
    let body = br#"{"id":"evt_1","type":"plan.created","data":{"object":{}}}"#;
    let good = signed("whsec_new", NOW, body);
    let old_key = signed("whsec_old", NOW, body);
    let wrong = signed("whsec_wrong", NOW, body);
    let taken: [String; 6] = [
        format!("t={NOW},v1={good}"),
        format!("t={NOW},v1={old_key}"),
        format!("t={NOW}, v1={wrong}, v1={good}, v0=00"),
        format!("v1={good},t={NOW}"),
        format!(
            "t={},v1={}",
            NOW - 300,
            signed("whsec_new", NOW - 300, body)
        ),
        format!(
            "t={},v1={}",
            NOW + 300,
            signed("whsec_new", NOW + 300, body)
        ),
    ];
    for header in &taken {
        assert_eq!(read(Some(header), body), Ok(Vec::new()), "{header}");
    }
    let refused: [String; 11] = [
        String::new(),
        format!("t={NOW}"),
        format!("v1={good}"),
        format!("t={NOW},v0={good}"),
        format!("t={NOW},v1={wrong}"),
        format!("t={NOW},v1={}", &good[..62]),
        format!("t={NOW},v1={good}00"),
        format!("t={NOW},v1=not hexadecimal"),
        format!("t={},v1={good}", NOW + 1),
        format!(
            "t={},v1={}",
            NOW - 301,
            signed("whsec_new", NOW - 301, body)
        ),
        format!(
            "t={},v1={}",
            NOW + 301,
            signed("whsec_new", NOW + 301, body)
        ),
    ];
    for header in &refused {
        assert_eq!(
            read(Some(header), body),
            Err(NoticeError::Unsigned),
            "{header}"
        );
    }
    assert_eq!(read(None, body), Err(NoticeError::Unsigned));
    let header = format!("t={NOW},v1={good}");
    assert_eq!(read(Some(&header), b"{}"), Err(NoticeError::Unsigned));
}

#[test]
fn news_of_refunds_of_ours_is_kept_and_all_else_let_go() {
    let ours = json!({ "metadata": { "backhaul_attempt": "main/536365-F1-A1" } });
    let others = json!({ "metadata": { "backhaul_attempt": "not one of ours" } });
    for (kind, object, expected) in [
        (
            "refund.created",
            published("refund.json", ours.clone()),
            true,
        ),
        (
            "refund.updated",
            published("refund.json", ours.clone()),
            true,
        ),
        (
            "refund.failed",
            published("refund.json", ours.clone()),
            true,
        ),
        (
            "charge.refund.updated",
            published("refund.json", ours),
            true,
        ),
        ("refund.updated", published("refund.json", others), false),
        (
            "refund.updated",
            published("refund.json", json!({ "metadata": null })),
            false,
        ),
        ("refund.updated", published("refund.json", json!({})), false),
        (
            "charge.refunded",
            published("charge.json", json!({})),
            false,
        ),
        (
            "charge.dispute.created",
            published("dispute.json", json!({})),
            false,
        ),
        (
            "charge.dispute.closed",
            published("dispute.json", json!({})),
            false,
        ),
    ] {
        let event = published(
            "event.json",
            json!({ "type": kind, "data": { "object": object } }),
        );
        let body = event.to_string().into_bytes();
        let header = format!("t={NOW},v1={}", signed("whsec_new", NOW, &body));
        let notices = read(Some(&header), &body).unwrap();
        assert_eq!(!notices.is_empty(), expected, "{kind}");
        for notice in notices {
            assert_eq!(notice.id, "evt_1Pgc76B7WZ01zgkWwyRHS12y");
            assert_eq!(notice.attempt.to_string(), "main/536365-F1-A1");
            assert_eq!(notice.provider_refund, "re_1Pgc72B7WZ01zgkWqPvrRrPE");
            assert_eq!(notice.says, Says::Changed);
        }
    }
    for body in [
        &b""[..],
        b"[]",
        br#"{"id":"evt_1","type":"refund.updated","data":{"object":{}}}"#,
    ] {
        let header = format!("t={NOW},v1={}", signed("whsec_new", NOW, body));
        assert_eq!(read(Some(&header), body), Err(NoticeError::Unreadable));
    }
}
