//! Views are folds of the log and nothing else: damaged or deleted, they come back.

use std::path::{Path, PathBuf};

use backhaul_api::proto::notifications::v1::ListNotificationsRequest;
use backhaul_api::proto::orders::v1::ListOrdersRequest;
use backhaul_api::proto::refunds::v1::ListRefundsRequest;
use backhaul_api::proto::returns::v1::ListReturnsRequest;
use backhaul_api::proto::returns::v1::r#return::State;
use backhaul_api::proto::tracking::v1::ListParcelsRequest;

use crate::orders::order;
use crate::shop::Shop;

/// How the folder of the views is spoilt.
#[derive(Debug, Clone, Copy)]
enum Harm {
    /// One byte in every so many is another.
    Flip,
    /// Every file is cut in half.
    Truncate,
    /// The files are gone.
    Delete,
}

#[tokio::test(flavor = "multi_thread")]
async fn lists_are_right_again_after_any_harm_and_nothing_is_done_twice() {
    let mut shop = Shop::start().await;
    for number in 0..5 {
        let asked = shop
            .sell_and_take_back(&order(&format!("v{number}"), 1))
            .await;
        shop.return_in(&asked.name, State::Closed).await;
    }
    shop.quiet().await;
    let (lists, outbox, ledger) = (lists(&shop).await, shop.outbox(), shop.ledger());
    assert_eq!((outbox.len(), ledger.len()), (20, 5));
    let heads = shop.heads().await;

    for harm in [Harm::Flip, Harm::Truncate, Harm::Delete] {
        shop.close().await;
        let files = files(&shop.data().join("views"));
        assert!(!files.is_empty());
        for file in files {
            spoil(&file, harm);
        }
        shop.open().await;
        shop.quiet().await;
        assert_eq!(self::lists(&shop).await, lists, "{harm:?}");
        assert_eq!(shop.outbox(), outbox, "{harm:?}");
        assert_eq!(shop.ledger(), ledger, "{harm:?}");
        assert_eq!(
            shop.heads().await,
            heads,
            "{harm:?}: something was appended"
        );
        shop.check().await;
    }
    // And it goes on.
    let asked = shop.sell_and_take_back(&order("after", 1)).await;
    shop.return_in(&asked.name, State::Closed).await;
}

/// Names in every list, in the order of the list.
async fn lists(shop: &Shop) -> Vec<Vec<String>> {
    macro_rules! names {
        ($client:ident, $method:ident, $request:ident, $items:ident) => {{
            let request = $request {
                page_size: 500,
                ..$request::default()
            };
            let answer = shop.admin().$client().$method(request).await;
            let items = answer.unwrap().into_inner().$items;
            items.into_iter().map(|each| each.name).collect()
        }};
    }
    vec![
        names!(orders, list_orders, ListOrdersRequest, orders),
        names!(returns, list_returns, ListReturnsRequest, returns),
        names!(refunds, list_refunds, ListRefundsRequest, refunds),
        names!(tracking, list_parcels, ListParcelsRequest, parcels),
        names!(
            notifications,
            list_notifications,
            ListNotificationsRequest,
            notifications
        ),
    ]
}

/// Every file under the folder.
fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path));
        } else {
            found.push(path);
        }
    }
    found
}

fn spoil(file: &Path, harm: Harm) {
    /// Bytes from one flipped byte to the next.
    const STRIDE: usize = 97;
    match harm {
        Harm::Delete => std::fs::remove_file(file).unwrap(),
        Harm::Truncate => {
            let bytes = std::fs::read(file).unwrap();
            std::fs::write(file, &bytes[..bytes.len() / 2]).unwrap();
        }
        Harm::Flip => {
            let mut bytes = std::fs::read(file).unwrap();
            for byte in bytes.iter_mut().step_by(STRIDE) {
                *byte ^= 0xff;
            }
            std::fs::write(file, bytes).unwrap();
        }
    }
}
