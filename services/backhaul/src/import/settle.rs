//! Waits until every refund went back, and takes from each how much.

use std::collections::{HashMap, HashSet};
use std::ops::ControlFlow;

use anyhow::Context as _;
use backhaul_api::proto::refunds::v1::{ListRefundsRequest, Refund, refund};

use super::answers::OrderAnswer;
use super::worth;
use crate::call::send;
use crate::connect::Deployment;
use crate::stall::Stall;
use crate::{pages, progress};

/// How many late returns a failure names.
const NAMED_MAX: usize = 5;

/// Fills in what was refunded for each return, once all of it is settled.
pub async fn settle(deployment: &Deployment, orders: &mut [OrderAnswer]) -> anyhow::Result<()> {
    let expected = with_a_grant(orders);
    let bar = progress::bar("refunds", expected.len());
    let mut stall = Stall::default();
    let refunded = loop {
        let refunded = settled(deployment, &expected).await?;
        bar.set_position(refunded.len() as u64);
        if refunded.len() >= expected.len() {
            break refunded;
        }
        if let Err(stalled) = stall.wait(refunded.len() as u64).await {
            return Err(stalled).context(late(deployment, &expected, &refunded).await?);
        }
    };
    bar.finish_and_clear();
    for each in orders.iter_mut().flat_map(|order| &mut order.returns) {
        each.refunded = refunded.get(&each.name).copied().unwrap_or_default();
    }
    Ok(())
}

/// Returns for which money goes back, by name: all but those that ask for less than half a penny.
fn with_a_grant(orders: &[OrderAnswer]) -> HashSet<String> {
    let returns = orders
        .iter()
        .flat_map(|order| order.returns.iter().zip(worth::of_returns(order)));
    returns
        .filter(|(_, items)| items.iter().any(|item| item.granted() > 0))
        .map(|(each, _)| each.name.clone())
        .collect()
}

/// What was refunded, by the return's name.
async fn settled(
    deployment: &Deployment,
    expected: &HashSet<String>,
) -> anyhow::Result<HashMap<String, i64>> {
    let mut refunded: HashMap<String, i64> = HashMap::new();
    each(deployment, "state = SETTLED", |refund| {
        if expected.contains(&refund.r#return) {
            let amount = refund
                .amount
                .with_context(|| format!("{} has no amount", refund.name))?;
            *refunded.entry(refund.r#return).or_default() += amount.minor_units;
        }
        Ok(ControlFlow::Continue(()))
    })
    .await?;
    Ok(refunded)
}

/// Says which refunds are late, and where they stand.
async fn late(
    deployment: &Deployment,
    expected: &HashSet<String>,
    refunded: &HashMap<String, i64>,
) -> anyhow::Result<String> {
    let mut states: HashMap<String, refund::State> = HashMap::new();
    each(deployment, "", |refund| {
        states.insert(refund.r#return.clone(), refund.state());
        Ok(ControlFlow::Continue(()))
    })
    .await?;
    let late: Vec<_> = expected
        .iter()
        .filter(|name| !refunded.contains_key(*name))
        .collect();
    let named = late
        .iter()
        .take(NAMED_MAX)
        .map(|name| match states.get(*name) {
            Some(state) => format!("{name} is {}", state.as_str_name()),
            None => format!("{name} has no refund"),
        });
    let named: Vec<_> = named.collect();
    Ok(format!(
        "{} returns have not been refunded ({})",
        late.len(),
        named.join(", ")
    ))
}

async fn each(
    deployment: &Deployment,
    filter: &str,
    take: impl FnMut(Refund) -> anyhow::Result<ControlFlow<()>>,
) -> anyhow::Result<()> {
    let refunds = deployment.refunds();
    let page = |page_token| {
        let request = ListRefundsRequest {
            page_size: pages::PAGE_SIZE,
            page_token,
            filter: filter.to_owned(),
        };
        let refunds = refunds.clone();
        async move {
            let page = send!(refunds, list_refunds, request);
            let page = page.await?;
            anyhow::Ok((page.refunds, page.next_page_token))
        }
    };
    pages::each(page, take).await
}
