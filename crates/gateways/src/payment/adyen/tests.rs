//! Every answer and every notice of Adyen, from the shapes that Adyen publishes.

use std::path::PathBuf;

use backhaul_kernel::{Money, Timestamp};
use serde_json::Value;

use super::*;
use crate::payment::test_server::{ADYEN_HMAC_KEY, AdyenServer, Fault, Reply};
use crate::payment::{NoticeError, NoticeReader as _, RefundAmount, Says};

fn order(minor: i64, currency: &str) -> RefundOrder {
    RefundOrder {
        key: "key-1".into(),
        attempt: "main/536365-F1-A1".parse().unwrap(),
        payment: "p1".parse().unwrap(),
        provider_payment: "ORIGINAL_PSP".into(),
        amount: RefundAmount::try_from(Money::new(minor, currency.parse().unwrap())).unwrap(),
    }
}

fn adyen(server: &AdyenServer) -> Adyen {
    let endpoint = Endpoint::new(&server.url()).unwrap();
    Adyen::new(endpoint, "BackhaulTest", &Secret::new("AQE-key")).unwrap()
}

fn word(answer: &RefundAnswer) -> String {
    match answer {
        RefundAnswer::Succeeded {
            provider_refund, ..
        } => format!("succeeded {provider_refund}"),
        RefundAnswer::Pending { provider_refund } => format!("pending {provider_refund}"),
        RefundAnswer::ActionRequired { .. } => "action required".into(),
        RefundAnswer::Declined { code, .. } => format!("declined {code}"),
        RefundAnswer::Reversed { code, .. } => format!("reversed {code}"),
        RefundAnswer::Unknown { detail } => format!("unknown: {detail}"),
    }
}

#[tokio::test]
async fn an_order_is_received_and_its_key_makes_it_one() {
    let server = AdyenServer::start();
    let adyen = adyen(&server);
    let order = order(500, "EUR");
    server.fail(Fault::HangUpAfter);
    assert!(word(&adyen.refund(&order).await).starts_with("unknown: the connection failed"));
    assert_eq!(
        word(&adyen.refund(&order).await),
        "pending PSP0000000000001"
    );
    let books = server.books();
    assert_eq!(books.len(), 1);
    assert_eq!(
        (
            books[0].attempt.as_str(),
            books[0].payment.as_str(),
            books[0].amount
        ),
        ("main/536365-F1-A1", "ORIGINAL_PSP", 500)
    );
    let answer = adyen.find(&order, None).await;
    assert_eq!(
        answer,
        FindAnswer::CannotTell {
            key_lives: KEY_LIVES
        }
    );
}

#[tokio::test]
async fn only_a_clear_no_is_a_decline() {
    let code = |code: &str| json!({ "status": 0, "errorCode": code, "errorType": "validation" });
    for (status, body, expected) in [
        (422, code("167"), "declined payment-not-found"),
        (422, code("137"), "declined amount-not-payable"),
        (422, code("905"), "declined adyen-905"),
        (400, code("702"), "declined adyen-702"),
        (
            422,
            code("704"),
            "unknown: adyen says that the request is under way or done",
        ),
        (401, code("000"), "unknown: adyen answered 401 000"),
        (403, code("901"), "unknown: adyen answered 403 901"),
        (409, code("704"), "unknown: adyen answered 409 704"),
        (429, code("1"), "unknown: adyen answered 429 1"),
        (500, code("900"), "unknown: adyen answered 500 900"),
        (422, json!("a proxy says no"), "unknown: adyen answered 422"),
        (
            201,
            json!({ "pspReference": "X", "reference": "other" }),
            "unknown: X is not the refund that was asked for",
        ),
        (200, json!({ "pspReference": "X" }), "pending X"),
    ] {
        let server = AdyenServer::start();
        server.fail(Fault::AnswerBefore(Reply::new(status, &body)));
        let answer = adyen(&server).refund(&order(500, "EUR")).await;
        assert_eq!(word(&answer), expected, "{status} {body}");
    }
}

/// Others: amounts of nothing refund everything.
#[tokio::test]
async fn what_adyen_cannot_take_is_never_sent() {
    let long = "x".repeat(64);
    let server = AdyenServer::start();
    let adyen = adyen(&server);
    for (order, expected) in [
        (order(1_050, "IDR"), "declined amount-not-payable"),
        (
            RefundOrder {
                attempt: format!("{long}/{long}-F1-A1").parse().unwrap(),
                ..order(500, "EUR")
            },
            "declined reference-too-long",
        ),
    ] {
        assert_eq!(word(&adyen.refund(&order).await), expected);
    }
    assert_eq!(server.books(), []);
}

/// A published notification, signed for `reference` under the test key.
fn published(name: &str, event: &str, reference: &str, success: bool, reason: &str) -> Value {
    let folder = std::env::var_os("BACKHAUL_DATA").map_or_else(
        || PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/data")),
        PathBuf::from,
    );
    let path = folder.join("payments/adyen").join(name);
    let text = std::fs::read(path).expect("set BACKHAUL_DATA to the folder that holds payments/");
    let mut webhook: Value = serde_json::from_slice(&text).unwrap();
    let item = &mut webhook["notificationItems"][0]["NotificationRequestItem"];
    item["eventCode"] = event.into();
    item["merchantReference"] = reference.into();
    item["success"] = success.to_string().into();
    item["reason"] = reason.into();
    let text = |field: &str| item[field].as_str().unwrap_or_default().to_owned();
    let words = [
        text("pspReference"),
        text("originalReference"),
        text("merchantAccountCode"),
        text("merchantReference"),
        item["amount"]["value"].to_string(),
        item["amount"]["currency"].as_str().unwrap().to_owned(),
        text("eventCode"),
        text("success"),
    ];
    let key = Secret::new(ADYEN_HMAC_KEY).decode_hexadecimal().unwrap();
    let signature = key.sign(&[words.join(":").as_bytes()]);
    item["additionalData"]["hmacSignature"] = encoded(&signature).into();
    webhook
}

fn encoded(bytes: &[u8]) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD.encode(bytes)
}

fn read(key: &str, webhook: &Value) -> Result<Vec<crate::payment::Notice>, NoticeError> {
    let keys = [Secret::new("FFFF"), Secret::new(key)];
    let reader = AdyenNotices::new(&keys).unwrap();
    reader.read(
        &HeaderMap::new(),
        webhook.to_string().as_bytes(),
        Timestamp::UNIX_EPOCH,
    )
}

#[test]
fn every_event_has_its_meaning() {
    const OURS: &str = "main/536365-F1-A1";
    for (event, reference, success, reason, expected) in [
        ("REFUND", OURS, true, "", "succeeded PSP_REFERENCE"),
        (
            "REFUND",
            OURS,
            false,
            "Insufficient balance on payment",
            "declined amount-too-large",
        ),
        (
            "REFUND",
            OURS,
            false,
            "Transaction not found",
            "declined payment-not-found",
        ),
        ("REFUND", OURS, false, "Odd reason", "declined Odd reason"),
        ("REFUND", OURS, false, "", "declined refused-by-bank"),
        (
            "CANCEL_OR_REFUND",
            OURS,
            true,
            "",
            "succeeded PSP_REFERENCE",
        ),
        (
            "CANCEL_OR_REFUND",
            OURS,
            false,
            "",
            "declined refused-by-bank",
        ),
        ("REFUND_FAILED", OURS, true, "", "reversed refused-by-bank"),
        (
            "REFUND_FAILED",
            OURS,
            true,
            "Closed account",
            "reversed Closed account",
        ),
        ("REFUND_FAILED", OURS, false, "", ""),
        (
            "REFUNDED_REVERSED",
            OURS,
            true,
            "",
            "reversed refused-by-bank",
        ),
        ("REFUNDED_REVERSED", OURS, false, "", ""),
        ("CHARGEBACK", OURS, true, "", ""),
        ("CAPTURE", OURS, true, "", ""),
        ("REFUND", "payment-2017-1-17-11-refund", true, "", ""),
        ("REFUND", "", true, "", ""),
    ] {
        for name in ["refundTrue.json", "refundFalse.json"] {
            let webhook = published(name, event, reference, success, reason);
            let notices = read(ADYEN_HMAC_KEY, &webhook).unwrap();
            let says = notices.iter().map(|notice| match &notice.says {
                Says::Stands(answer) => word(answer),
                Says::Changed => "changed".into(),
            });
            assert_eq!(
                says.collect::<String>(),
                expected,
                "{event} {success} {reference}"
            );
            for notice in notices {
                assert_eq!(notice.id, format!("PSP_REFERENCE/{event}/{success}"));
                assert_eq!(notice.attempt.to_string(), OURS);
            }
        }
    }
}

#[test]
fn one_item_that_is_not_signed_spoils_the_whole() {
    let good = published("refundTrue.json", "REFUND", "main/536365-F1-A1", true, "");
    assert_eq!(
        read(ADYEN_HMAC_KEY, &good).map(|notices| notices.len()),
        Ok(1)
    );
    assert_eq!(read("AAAA", &good), Err(NoticeError::Unsigned));

    let item = good["notificationItems"][0].clone();
    for (field, value) in [
        ("/additionalData/hmacSignature", json!("")),
        ("/additionalData/hmacSignature", json!("no base64!")),
        ("/additionalData/hmacSignature", Value::Null),
        ("/amount/value", json!(1_501)),
        ("/amount/currency", json!("USD")),
        ("/success", json!("false")),
        ("/eventCode", json!("REFUND_FAILED")),
        ("/merchantReference", json!("main/536365-F1-A2")),
        ("/pspReference", json!("OTHER")),
        ("/success", json!("perhaps")),
    ] {
        let mut wrong = item.clone();
        *wrong
            .pointer_mut(&format!("/NotificationRequestItem{field}"))
            .unwrap() = value;
        let webhook = json!({ "live": "false", "notificationItems": [item, wrong] });
        assert_eq!(
            read(ADYEN_HMAC_KEY, &webhook),
            Err(NoticeError::Unsigned),
            "{field}"
        );
    }
    let two = json!({ "live": "false", "notificationItems": [item, item] });
    assert_eq!(
        read(ADYEN_HMAC_KEY, &two).map(|notices| notices.len()),
        Ok(2)
    );
    for wrong in [json!({}), json!([]), json!({ "notificationItems": [{}] })] {
        assert_eq!(read(ADYEN_HMAC_KEY, &wrong), Err(NoticeError::Unsigned));
    }
}

/// The key, words and signature that Adyen's own libraries are tested with.
#[test]
fn a_signature_is_what_adyen_says_it_is() {
    let webhook = json!({ "live": "false", "notificationItems": [{ "NotificationRequestItem": {
        "additionalData": { "hmacSignature": "ipnxGCaUZ4l8TUW75a71/ghd2Fe5ffvX0pV4TLTntIc=" },
        "amount": { "currency": "EUR", "value": 1000 },
        "eventCode": "EVENT",
        "merchantAccountCode": "merchantAccount",
        "merchantReference": "reference",
        "originalReference": "originalReference",
        "pspReference": "pspReference",
        "success": true,
    } }] });
    let key = "DFB1EB5485895CFA84146406857104ABB4CBCABDC8AAF103A624C8F6A3EAAB00";
    assert_eq!(read(key, &webhook), Ok(Vec::new()));
    let other = "44782DEF547AAA06C910C43932B1EB0C71FC68D9D0C057550C48EC2ACF6BA056";
    assert_eq!(read(other, &webhook), Err(NoticeError::Unsigned));
}
