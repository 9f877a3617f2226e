//! B01 to B13: orders.

use backhaul_api::proto::orders::v1::{GetOrderRequest, ListOrdersRequest, Order};
use tonic::Code;

use super::{Answer, Row, Where, World, call, invalid, row};
use crate::orders::{eur, order, record};

pub(super) async fn rows(world: &World) -> Vec<Row> {
    let mut rows = Vec::new();
    let mut wrong = |name, change: &dyn Fn(&mut Order), path| {
        let mut order = order("new", 2);
        change(&mut order);
        let call = call!(world.me().orders(), record_order, record(&order));
        rows.push(row(name, call, invalid(path)));
    };
    let named = |name: &'static str| move |order: &mut Order| order.name = name.to_owned();
    wrong("B01 no name", &named(""), "order.name");
    wrong("B01 no id", &named("orders/"), "order.name");
    let long = format!("orders/{}", "x".repeat(65));
    wrong(
        "B02 65 characters",
        &|o| o.name = long.clone(),
        "order.name",
    );
    for (name, id) in [
        ("B02 a full stop", "orders/a.b"),
        ("B02 a star", "orders/a*"),
        ("B02 an angle bracket", "orders/a>"),
        ("B02 a space", "orders/a b"),
    ] {
        wrong(name, &named(id), "order.name");
    }
    wrong("B03 no lines", &|o| o.lines.clear(), "order.lines");
    let many = |o: &mut Order| o.lines = vec![o.lines[0].clone(); 2_001];
    wrong("B03 2,001 lines", &many, "order.lines");
    for (name, quantity) in [("B04 no units", 0), ("B04 too many units", u32::MAX)] {
        let change = move |o: &mut Order| o.lines[0].quantity = quantity;
        wrong(name, &change, "order.lines[0].quantity");
    }
    for (name, minor) in [
        ("B05 less than nothing", -1),
        ("B05 the least number", i64::MIN),
    ] {
        let change = move |o: &mut Order| o.lines[0].unit_price = Some(eur(minor));
        wrong(name, &change, "order.lines[0].unit_price.minor_units");
    }
    for (name, code) in [
        ("B06 a long currency", "EURO"),
        ("B06 a small currency", "eur"),
        ("B06 no currency", "XXX"),
    ] {
        let of_order = move |o: &mut Order| o.currency_code = code.to_owned();
        wrong(name, &of_order, "order.currency_code");
        let of_price = move |o: &mut Order| {
            if let Some(price) = &mut o.lines[0].unit_price {
                price.currency_code = code.to_owned();
            }
        };
        wrong(name, &of_price, "order.lines[0].unit_price.currency_code");
    }
    for (name, region) in [("B07 not the ISO code", "UK"), ("B07 nowhere", "ZZ")] {
        let change = move |o: &mut Order| {
            if let Some(to) = &mut o.ship_to {
                to.region_code = region.to_owned();
            }
        };
        wrong(name, &change, "order.ship_to.region_code");
    }
    let two_currencies = |o: &mut Order| {
        let mut second = o.lines[0].clone();
        second.line = "2".to_owned();
        if let Some(price) = &mut second.unit_price {
            price.currency_code = "GBP".to_owned();
        }
        o.lines.push(second);
    };
    wrong(
        "B08 two currencies",
        &two_currencies,
        "order.lines[1].unit_price.currency_code",
    );

    let exists = Where::Resource("orders/sold");
    rows.push(row(
        "B09 known already",
        call!(world.me().orders(), record_order, record(&order("sold", 3))),
        Answer::No(Code::AlreadyExists, "ORDER_EXISTS", exists),
    ));
    for (name, request_id) in [
        ("B10 no request id", String::new()),
        ("B10 a request id of 256", "x".repeat(256)),
        ("B10 a control character", "a\u{7}b".to_owned()),
    ] {
        let mut request = record(&order("new", 2));
        request.request_id = request_id;
        let call = call!(world.me().orders(), record_order, request);
        rows.push(row(name, call, invalid("request_id")));
    }
    rows.extend(reading(world).await);
    rows
}

async fn reading(world: &World) -> Vec<Row> {
    let get = |id: &str| GetOrderRequest {
        name: format!("orders/{id}"),
    };
    let not_found = |name| Answer::No(Code::NotFound, "ORDER_NOT_FOUND", Where::Resource(name));
    let list = |page_size, page_token: &str| ListOrdersRequest {
        page_size,
        page_token: page_token.to_owned(),
        filter: String::new(),
    };
    let first = world.me().orders().list_orders(list(1, "")).await.unwrap();
    let token = first.into_inner().next_page_token;
    assert!(!token.is_empty(), "there are several orders");
    let mut forged = token.clone();
    forged.replace_range(0..1, if token.starts_with('A') { "B" } else { "A" });
    vec![
        row(
            "B11 unknown",
            call!(world.me().orders(), get_order, get("nobodys")),
            not_found("orders/nobodys"),
        ),
        row(
            "B11 another merchant's",
            call!(world.other.orders(), get_order, get("sold")),
            not_found("orders/sold"),
        ),
        row(
            "B12 a negative page",
            call!(world.me().orders(), list_orders, list(-1, "")),
            invalid("page_size"),
        ),
        row(
            "B12 a large page is cut",
            call!(world.me().orders(), list_orders, list(100_000, "")),
            Answer::Unchanged,
        ),
        row(
            "B13 the page token holds",
            call!(world.me().orders(), list_orders, list(1, &token)),
            Answer::Unchanged,
        ),
        row(
            "B13 a forged page token",
            call!(world.me().orders(), list_orders, list(1, &forged)),
            invalid("page_token"),
        ),
        row(
            "B13 another merchant's page token",
            call!(world.other.orders(), list_orders, list(1, &token)),
            invalid("page_token"),
        ),
    ]
}
