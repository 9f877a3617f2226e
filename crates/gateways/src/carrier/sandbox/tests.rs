use super::*;
use crate::carrier::{LabelFormat, ReturnCentre};

fn order(key: &str, centre: &str) -> LabelOrder {
    LabelOrder {
        key: key.into(),
        parcel: "536365-P1".parse().unwrap(),
        from_country: Some("FR".parse().unwrap()),
        to: ReturnCentre {
            id: centre.into(),
            country: "DE".parse().unwrap(),
            name: "Lager Köln ^1".into(),
        },
    }
}

/// An answer in one word.
fn word(answer: &LabelAnswer) -> &'static str {
    match answer {
        LabelAnswer::Issued { .. } => "issued",
        LabelAnswer::Declined { code } if *code == LabelDecline::RouteNotServed => "declined",
        LabelAnswer::Declined { .. } => "mismatch",
        LabelAnswer::Unknown { .. } => "unknown",
    }
}

async fn found(sandbox: &CarrierSandbox, key: &str) -> &'static str {
    match sandbox.find(key).await {
        FindLabel::Found(answer) => word(&answer),
        FindLabel::NotFound => "not found",
        FindLabel::Unreachable { .. } => "unreachable",
    }
}

#[tokio::test]
async fn each_return_centre_plays_its_script() {
    for (centre, first, looked_up, again, sold) in [
        ("cologne", "issued", "issued", "issued", 1),
        ("sandbox-decline", "declined", "not found", "declined", 0),
        (
            "sandbox-timeout-before",
            "unknown",
            "not found",
            "issued",
            1,
        ),
        ("sandbox-timeout", "unknown", "issued", "issued", 1),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let order = order("k1", centre);
        let sandbox = CarrierSandbox::open(&folder).unwrap();
        assert_eq!(word(&sandbox.order_label(&order).await), first, "{centre}");
        let restarted = CarrierSandbox::open(&folder).unwrap();
        assert_eq!(found(&restarted, "k1").await, looked_up, "{centre}");
        let answer = restarted.order_label(&order).await;
        assert_eq!(word(&answer), again, "{centre}");
        assert_eq!(sandbox.order_label(&order).await, answer, "{centre}");
        assert_eq!(CarrierSandbox::read_sold(&folder).unwrap().len(), sold);
    }
}

#[tokio::test]
async fn one_key_is_one_label() {
    let folder = tempfile::tempdir().unwrap();
    let sandbox = CarrierSandbox::open(&folder).unwrap();
    let first = sandbox.order_label(&order("k1", "cologne")).await;
    assert_eq!(sandbox.order_label(&order("k1", "cologne")).await, first);
    assert_eq!(
        word(&sandbox.order_label(&order("k1", "berlin")).await),
        "mismatch"
    );
    assert_ne!(sandbox.order_label(&order("k2", "cologne")).await, first);
    assert_eq!(CarrierSandbox::read_sold(&folder).unwrap().len(), 2);
}

#[tokio::test]
async fn the_label_shows_what_the_way_needs() {
    let folder = tempfile::tempdir().unwrap();
    let sandbox = CarrierSandbox::open(&folder).unwrap();
    let LabelAnswer::Issued {
        tracking_number,
        label_format,
    } = sandbox.order_label(&order("k1", "cologne")).await
    else {
        panic!("no label");
    };
    assert_eq!(label_format, LabelFormat::Zpl);
    assert_eq!(tracking_number.len(), 13);
    assert!(tracking_number.starts_with("RR") && tracking_number.ends_with("DE"));
    let DocumentAnswer::Found(document) = sandbox.label_document(&tracking_number).await else {
        panic!("no document");
    };
    let zpl = String::from_utf8(document.bytes).unwrap();
    for part in [
        "^XA\n",
        "^CI28\n",
        "^FDLager Köln _5E1^FS",
        "^FDDE^FS",
        "^FD536365-P1^FS",
        &format!("^BCN,240,Y,N,N,A^FH_^FD{tracking_number}^FS"),
        "^XZ\n",
    ] {
        assert!(zpl.contains(part), "{part} in {zpl}");
    }
    assert_eq!(
        sandbox.label_document("RR000000005DE").await,
        DocumentAnswer::NotFound
    );
}

#[test]
fn a_number_is_never_sold_twice() {
    let mut books = Books::default();
    let first = books.sell(&order("k1", "cologne"));
    let mut taken = first.clone();
    taken.key = "somebody else's".into();
    books.learn(Line::Sold(taken));
    let second = books.sell(&order("k1", "cologne"));
    assert_ne!(first.tracking_number, second.tracking_number);
}

#[test]
fn status_codes_become_neutral_words() {
    let folder = tempfile::tempdir().unwrap();
    let sandbox = CarrierSandbox::open(&folder).unwrap();
    for (code, status) in [
        ("ANN", CarrierStatus::Announced),
        ("ACC", CarrierStatus::HandedOver),
        ("TRN", CarrierStatus::InTransit),
        ("OUT", CarrierStatus::OutForDelivery),
        ("DEL", CarrierStatus::Delivered),
        ("ATT", CarrierStatus::AttemptFailed),
        ("PUP", CarrierStatus::AvailableForPickup),
        ("CUS", CarrierStatus::CustomsHeld),
        ("RTS", CarrierStatus::ReturnedToSender),
        ("LST", CarrierStatus::Lost),
        ("DMG", CarrierStatus::Damaged),
        ("del", CarrierStatus::Unknown("del".into())),
        ("", CarrierStatus::Unknown(String::new())),
    ] {
        assert_eq!(sandbox.status(code), status);
    }
    let long = "x".repeat(1_000);
    assert_eq!(
        sandbox.status(&long),
        CarrierStatus::Unknown("x".repeat(CODE_CHARS_MAX))
    );
}

#[test]
fn two_processes_see_one_carrier() {
    const KEYS: usize = 50;
    let folder = tempfile::tempdir().unwrap();
    let process = || {
        let sandbox = CarrierSandbox::open(&folder).unwrap();
        let order = |number| order(&format!("k{number}"), "cologne");
        let ask = |number| sandbox.at_the_desk(|desk| desk.order(&order(number)).unwrap());
        (0..KEYS).map(ask).collect::<Vec<_>>()
    };
    let [here, there] = std::thread::scope(|scope| {
        [scope.spawn(process), scope.spawn(process)].map(|process| process.join().unwrap())
    });
    assert_eq!(here, there, "one key, one number");
    assert_eq!(CarrierSandbox::read_sold(&folder).unwrap().len(), KEYS);
}
