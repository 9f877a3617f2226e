//! What happens to orders, returns and refunds, from end to end.

mod buyers;
mod callers;
mod journey;
mod lists;
mod money;
mod offers;
mod parcels;
mod remedies;
mod returns;
mod story;
mod withdrawals;

use crate::shop::Shop;
use mail_parser::MessageParser;

/// What an order's buyer was written, as `template state`, oldest first.
async fn told(shop: &Shop, order: &str) -> Vec<String> {
    shop.quiet().await;
    let notifications = shop.notifications_of(order).await;
    notifications
        .iter()
        .map(|each| {
            format!(
                "{} {}",
                each.template,
                each.state().as_str_name().trim_start_matches("STATE_")
            )
        })
        .collect()
}

/// Language and text of every mail in the outbox to that address.
fn mail_to(shop: &Shop, address: &str) -> Vec<(String, String)> {
    let outbox = shop.outbox();
    let mails = outbox.values().map(|bytes| {
        let mail = MessageParser::default().parse(bytes).unwrap();
        let to = mail.to().and_then(|to| to.first()).unwrap();
        let language = mail.header_raw("Content-Language").unwrap_or_default();
        let text = format!(
            "{}\n{}",
            mail.subject().unwrap(),
            mail.body_text(0).unwrap()
        );
        (
            to.address().unwrap().to_owned(),
            (language.trim().to_owned(), text),
        )
    });
    mails
        .filter(|(to, _)| to == address)
        .map(|(_, mail)| mail)
        .collect()
}
