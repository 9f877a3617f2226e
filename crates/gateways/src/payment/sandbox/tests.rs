use std::io::Write;

use super::*;
use crate::payment::{DeclineCode, RefundAmount, Retry};
use backhaul_kernel::Money;

fn order(key: &str, provider_payment: &str, minor: i64) -> RefundOrder {
    RefundOrder {
        key: key.into(),
        attempt: format!("main/{key}-F1-A1").parse().unwrap(),
        payment: "pay-1".parse().unwrap(),
        provider_payment: provider_payment.into(),
        amount: RefundAmount::try_from(Money::new(minor, "EUR".parse().unwrap())).unwrap(),
    }
}

/// An answer in one word.
fn word(answer: &RefundAnswer) -> String {
    match answer {
        RefundAnswer::Succeeded { .. } => "succeeded".into(),
        RefundAnswer::Pending { .. } => "pending".into(),
        RefundAnswer::ActionRequired { .. } => "action required".into(),
        RefundAnswer::Declined { code, retry } => format!("declined {code} {retry:?}"),
        RefundAnswer::Reversed { code, .. } => format!("reversed {code}"),
        RefundAnswer::Unknown { .. } => "unknown".into(),
    }
}

fn found(answer: &FindAnswer) -> String {
    match answer {
        FindAnswer::Found(answer) => word(answer),
        FindAnswer::NotFound => "not found".into(),
        FindAnswer::Unreachable { .. } => "unreachable".into(),
        FindAnswer::CannotTell { .. } => "cannot tell".into(),
    }
}

/// What is asked of the provider, one after the other.
#[derive(Clone, Copy)]
enum Ask {
    Refund,
    Find,
    /// The process is killed and another takes its place.
    Restart,
}
use Ask::{Find, Refund, Restart};

#[tokio::test]
async fn each_name_of_a_payment_plays_its_script() {
    for (name, play, last_status) in [
        (
            "ch_1",
            &[
                (Find, "not found"),
                (Refund, "succeeded"),
                (Refund, "succeeded"),
                (Find, "succeeded"),
            ][..],
            Some(LedgerStatus::Succeeded),
        ),
        (
            "sandbox-decline-insufficient-funds",
            &[
                (Refund, "declined insufficient-funds Later"),
                (Refund, "declined insufficient-funds Later"),
                (Find, "declined insufficient-funds Later"),
            ],
            Some(LedgerStatus::Declined(DeclineCode::InsufficientFunds)),
        ),
        (
            "sandbox-decline-R17",
            &[(Refund, "declined R17 Never")],
            Some(LedgerStatus::Declined("R17".into())),
        ),
        (
            "sandbox-timeout-after-success-1",
            &[
                (Refund, "unknown"),
                (Find, "succeeded"),
                (Restart, ""),
                (Refund, "succeeded"),
            ],
            Some(LedgerStatus::Succeeded),
        ),
        (
            "sandbox-timeout-before",
            &[(Refund, "unknown"), (Find, "not found")],
            None,
        ),
        (
            "sandbox-timeout-before-2",
            &[
                (Refund, "unknown"),
                (Restart, ""),
                (Find, "not found"),
                (Refund, "succeeded"),
                (Find, "succeeded"),
            ],
            Some(LedgerStatus::Succeeded),
        ),
        (
            "sandbox-pending",
            &[
                (Refund, "pending"),
                (Refund, "pending"),
                (Find, "pending"),
                (Restart, ""),
                (Find, "succeeded"),
                (Find, "succeeded"),
                (Refund, "succeeded"),
            ],
            Some(LedgerStatus::Succeeded),
        ),
        (
            "sandbox-late-failure",
            &[
                (Refund, "pending"),
                (Find, "pending"),
                (Find, "declined account-closed Never"),
                (Find, "declined account-closed Never"),
            ],
            Some(LedgerStatus::Declined(DeclineCode::AccountClosed)),
        ),
        (
            "sandbox-reversal",
            &[
                (Refund, "succeeded"),
                (Find, "succeeded"),
                (Find, "reversed account-closed"),
                (Refund, "reversed account-closed"),
            ],
            Some(LedgerStatus::Reversed(DeclineCode::AccountClosed)),
        ),
        (
            "sandbox-action-required",
            &[(Refund, "action required"), (Find, "action required")],
            Some(LedgerStatus::ActionRequired),
        ),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let mut sandbox = PaymentSandbox::open(&folder).unwrap();
        let order = order("k1", name, 500);
        for (step, (ask, expected)) in play.iter().enumerate() {
            let answer = match ask {
                Refund => word(&sandbox.refund(&order).await),
                Find => found(&sandbox.find(&order, None).await),
                Restart => {
                    sandbox = PaymentSandbox::open(&folder).unwrap();
                    String::new()
                }
            };
            assert_eq!(answer, *expected, "{name}, step {step}");
        }
        let ledger = sandbox.ledger().unwrap();
        assert_eq!(
            ledger.iter().map(|entry| &entry.status).collect::<Vec<_>>(),
            last_status.iter().collect::<Vec<_>>(),
            "{name}"
        );
    }
}

#[tokio::test]
async fn one_key_is_one_refund() {
    let folder = tempfile::tempdir().unwrap();
    let sandbox = PaymentSandbox::open(&folder).unwrap();
    let first = order("k1", "ch_1", 500);
    let paid = sandbox.refund(&first).await;
    let mismatch = RefundAnswer::Declined {
        code: DeclineCode::IdempotencyMismatch,
        retry: Retry::Never,
    };
    for (again, answer) in [
        (first.clone(), &paid),
        (order("k1", "ch_1", 501), &mismatch),
        (order("k1", "ch_2", 500), &mismatch),
        (
            RefundOrder {
                payment: "pay-2".parse().unwrap(),
                ..first.clone()
            },
            &mismatch,
        ),
        (
            RefundOrder {
                attempt: "main/other-F1-A1".parse().unwrap(),
                ..first.clone()
            },
            &mismatch,
        ),
    ] {
        assert_eq!(sandbox.refund(&again).await, *answer, "{again:?}");
    }
    assert_eq!(sandbox.ledger().unwrap().len(), 1);

    let second = RefundOrder {
        key: "k2".into(),
        ..first
    };
    sandbox.refund(&second).await;
    let ledger = PaymentSandbox::read_ledger(&folder).unwrap();
    let keys: Vec<_> = ledger.iter().map(|entry| entry.key.as_str()).collect();
    assert_eq!(
        keys,
        ["k1", "k2"],
        "two keys are two refunds, and the check sees it"
    );
}

/// Two merchants may name an order alike; each finds its own refund.
#[tokio::test]
async fn merchants_do_not_find_each_others_refunds() {
    let folder = tempfile::tempdir().unwrap();
    let sandbox = PaymentSandbox::open(&folder).unwrap();
    let first = order("k1", "ch_1", 500);
    let second = RefundOrder {
        key: "k2".into(),
        attempt: format!("other/{}", first.attempt.reference())
            .parse()
            .unwrap(),
        ..first.clone()
    };
    sandbox.refund(&first).await;
    assert_eq!(found(&sandbox.find(&first, None).await), "succeeded");
    assert_eq!(found(&sandbox.find(&second, None).await), "not found");
}

#[tokio::test]
async fn two_processes_meet_one_provider() {
    let folder = tempfile::tempdir().unwrap();
    let one = PaymentSandbox::open(&folder).unwrap();
    let two = PaymentSandbox::open(&folder).unwrap();
    let order = order("k1", "ch_1", 500);
    assert_eq!(one.refund(&order).await, two.refund(&order).await);
    assert_eq!(two.ledger().unwrap().len(), 1);
}

#[tokio::test]
async fn an_outage_is_no_answer_and_has_no_effect() {
    let folder = tempfile::tempdir().unwrap();
    let sandbox = PaymentSandbox::open(&folder).unwrap();
    let order = order("k1", "ch_1", 500);
    let outage = folder.path().join(OUTAGE_FILE);
    std::fs::write(&outage, "").unwrap();
    assert_eq!(word(&sandbox.refund(&order).await), "unknown");
    assert_eq!(found(&sandbox.find(&order, None).await), "unreachable");
    std::fs::remove_file(&outage).unwrap();
    assert_eq!(found(&sandbox.find(&order, None).await), "not found");
    assert_eq!(word(&sandbox.refund(&order).await), "succeeded");
    assert_eq!(sandbox.ledger().unwrap().len(), 1);
}

#[tokio::test]
async fn a_line_torn_by_a_kill_never_happened() {
    let folder = tempfile::tempdir().unwrap();
    let sandbox = PaymentSandbox::open(&folder).unwrap();
    sandbox.refund(&order("k1", "ch_1", 500)).await;
    let mut file = std::fs::OpenOptions::new()
        .append(true)
        .open(folder.path().join(LEDGER_FILE))
        .unwrap();
    file.write_all(br#"{"line":"refund","provider_re"#).unwrap();
    let again = PaymentSandbox::open(&folder).unwrap();
    assert_eq!(
        word(&again.refund(&order("k2", "ch_1", 500)).await),
        "succeeded"
    );
    assert_eq!(again.ledger().unwrap().len(), 2);
}

/// The words of the ledger are for ever.
#[test]
fn a_ledger_written_long_ago_can_be_read() {
    let folder = tempfile::tempdir().unwrap();
    let lines = concat!(
        r#"{"line":"lost","key":"k0"}"#,
        "\n",
        r#"{"line":"refund","provider_refund":"r1","key":"k1","reference":"a1","payment":"p1","#,
        r#""provider_payment":"ch_1","amount":{"minor":500,"currency":"EUR"},"#,
        r#""status":{"reversed":"account-closed"},"lookups":2}"#,
        "\n",
    );
    std::fs::write(folder.path().join(LEDGER_FILE), lines).unwrap();
    let ledger = PaymentSandbox::read_ledger(&folder).unwrap();
    assert_eq!(
        ledger[0].status,
        LedgerStatus::Reversed(DeclineCode::AccountClosed)
    );
    assert_eq!(ledger[0].amount, Money::new(500, "EUR".parse().unwrap()));
}

#[test]
fn two_processes_see_one_provider() {
    const KEYS: usize = 50;
    let folder = tempfile::tempdir().unwrap();
    let process = || {
        let sandbox = PaymentSandbox::open(&folder).unwrap();
        let ask = |key: &str| sandbox.refund_now(&order(key, "sandbox-timeout-after-success", 100));
        let keys = (0..KEYS).map(|number| format!("k{number}"));
        keys.map(|key| word(&ask(&key))).collect::<Vec<_>>()
    };
    let answers = std::thread::scope(|scope| {
        [scope.spawn(process), scope.spawn(process)].map(|process| process.join().unwrap())
    });
    for (mut first, mut second) in answers[0].iter().zip(&answers[1]) {
        if first > second {
            (first, second) = (second, first);
        }
        assert_eq!((first.as_str(), second.as_str()), ("succeeded", "unknown"));
    }
    let ledger = PaymentSandbox::read_ledger(&folder).unwrap();
    assert_eq!(ledger.len(), KEYS);
    // Whichever process lost its answer finds it by its key, through the other's books.
    let third = PaymentSandbox::open(&folder).unwrap();
    assert!((0..KEYS).all(|number| found(&third.find_now(&format!("k{number}"))) == "succeeded"));
}
