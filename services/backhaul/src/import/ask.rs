//! Asks for the returns of an order, one after the other: units of a line come back in the order
//! of the file.

use std::collections::BTreeMap;

use anyhow::{Context as _, bail, ensure};
use backhaul_api::proto::returns::v1::{
    Condition, Disposition, Grade, InspectUnitsRequest, InspectedUnits, Item, Reason,
    ReceivedUnits, RecordReceiptRequest, RequestReturnRequest, Return, r#return,
};
use tonic::{Code, Status};

use super::answers::{ItemAnswer, OrderAnswer, RefusalAnswer, ReturnAnswer};
use super::plan::{Cancellation, Excess, PlannedItem, PlannedOrder, Step};
use super::policy::RETURN_CENTRE;
use super::{CURRENCY, shop_time};
use crate::call::send;
use crate::connect::Deployment;
use crate::{failure, wire};

/// What the service must answer when more units are asked for than were bought.
const TOO_MANY_UNITS: &str = "UNITS_EXCEED";

/// Takes every step of the order and adds what became of it to the answer.
pub async fn ask(
    deployment: &Deployment,
    planned: &PlannedOrder,
    mut answer: OrderAnswer,
) -> anyhow::Result<OrderAnswer> {
    for step in &planned.steps {
        match step {
            Step::Return {
                cancellation,
                items,
            } => {
                let named = || format!("{} of order {}", cancellation.invoice, planned.invoice);
                let returned = take_back(deployment, planned, cancellation, items);
                answer.returns.push(returned.await.with_context(named)?);
            }
            Step::Excess {
                cancellation,
                number,
                item,
                why,
            } => {
                let named = || format!("{} of order {}", cancellation.invoice, planned.invoice);
                let asked = ask_too_much(deployment, planned, (cancellation, *number), *item, *why);
                answer.refusals.push(asked.await.with_context(named)?);
            }
        }
    }
    Ok(answer)
}

/// A return from its request to its inspection, all at the cancellation's time.
async fn take_back(
    deployment: &Deployment,
    order: &PlannedOrder,
    cancellation: &Cancellation,
    items: &[PlannedItem],
) -> anyhow::Result<ReturnAnswer> {
    let key = format!("import:{}:{}", cancellation.invoice, order.invoice);
    let at = wire::timestamp(shop_time(cancellation.at)?);
    let requested = request(
        deployment,
        RequestReturnRequest {
            request_id: format!("{key}:request"),
            order: wire::name("orders", &order.invoice),
            items: items.iter().map(|each| item(cancellation, *each)).collect(),
            request_time: at,
            refuse_if_not_returnable: true,
            ..RequestReturnRequest::default()
        },
    );
    let requested = requested.await?;
    ensure!(
        !matches!(
            requested.state(),
            r#return::State::UnderReview | r#return::State::Declined
        ),
        "{} was not authorised by the policy of the import; has another one been published since?",
        requested.name
    );
    let units = units_by_line(items);
    let returns = deployment.returns();

    let receipt = RecordReceiptRequest {
        request_id: format!("{key}:receipt"),
        name: requested.name.clone(),
        site: RETURN_CENTRE.to_owned(),
        units: units
            .iter()
            .map(|(line, quantity)| received(*line, *quantity))
            .collect(),
        receive_time: at,
        ..RecordReceiptRequest::default()
    };
    let received = send!(returns, record_receipt, receipt);
    received.await?;

    let inspection = InspectUnitsRequest {
        request_id: format!("{key}:inspection"),
        name: requested.name.clone(),
        units: units
            .iter()
            .map(|(line, quantity)| accepted(*line, *quantity))
            .collect(),
        inspect_time: at,
    };
    let inspected = send!(returns, inspect_units, inspection);
    answer(
        cancellation,
        &inspected
            .await?
            .r#return
            .context("no return in the answer")?,
    )
}

/// Asks for units that are not there. It is a failure of the service when it agrees.
async fn ask_too_much(
    deployment: &Deployment,
    order: &PlannedOrder,
    (cancellation, number): (&Cancellation, u32),
    each: PlannedItem,
    why: Excess,
) -> anyhow::Result<RefusalAnswer> {
    let asked = request(
        deployment,
        RequestReturnRequest {
            request_id: format!(
                "import:{}:{}:excess-{number}",
                cancellation.invoice, order.invoice
            ),
            order: wire::name("orders", &order.invoice),
            items: vec![item(cancellation, each)],
            request_time: wire::timestamp(shop_time(cancellation.at)?),
            refuse_if_not_returnable: true,
            ..RequestReturnRequest::default()
        },
    );
    match asked.await {
        Err(status) if is_too_many(&status) => Ok(RefusalAnswer {
            quantity: each.quantity,
            why,
        }),
        Err(status) => Err(status.into()),
        Ok(accepted) => bail!(
            "{} was accepted, but its {} units of line {} had all come back before",
            accepted.name,
            each.quantity,
            each.line + 1
        ),
    }
}

fn is_too_many(status: &Status) -> bool {
    status.code() == Code::InvalidArgument && failure::reason_of(status) == TOO_MANY_UNITS
}

async fn request(deployment: &Deployment, request: RequestReturnRequest) -> Result<Return, Status> {
    let returns = deployment.returns();
    let answer = send!(returns, request_return, request);
    answer
        .await?
        .r#return
        .ok_or_else(|| Status::internal("no return in the answer"))
}

/// A claim of nothing cannot be made; the units of a price that rounds to nothing are worth
/// nothing too.
fn item(cancellation: &Cancellation, item: PlannedItem) -> Item {
    let claim = item.price.times(item.quantity).filter(|claim| *claim > 0);
    Item {
        line: line_id(item.line),
        quantity: item.quantity,
        reason: Reason::Other.into(),
        note: format!("cancellation {}", cancellation.invoice),
        claim: claim.and_then(|claim| wire::money(claim, CURRENCY)),
        fault_found_time: None,
    }
}

fn units_by_line(items: &[PlannedItem]) -> BTreeMap<usize, u32> {
    let mut units = BTreeMap::new();
    for item in items {
        *units.entry(item.line).or_default() += item.quantity;
    }
    units
}

fn received(line: usize, quantity: u32) -> ReceivedUnits {
    let condition = Condition::Intact.into();
    ReceivedUnits {
        line: line_id(line),
        quantity,
        condition,
    }
}

/// As new, and back on the shelf.
fn accepted(line: usize, quantity: u32) -> InspectedUnits {
    InspectedUnits {
        line: line_id(line),
        quantity,
        grade: Grade::A.into(),
        rejected: false,
        disposition: Disposition::Restock.into(),
        ..InspectedUnits::default()
    }
}

fn answer(cancellation: &Cancellation, inspected: &Return) -> anyhow::Result<ReturnAnswer> {
    let items = inspected.items.iter().map(|item| {
        Ok(ItemAnswer {
            line: line_index(&item.line)?,
            quantity: item.quantity,
            claim: item.claim.as_ref().map(|claim| claim.minor_units),
        })
    });
    Ok(ReturnAnswer {
        name: inspected.name.clone(),
        cancellation: cancellation.invoice.clone(),
        items: items.collect::<anyhow::Result<_>>()?,
        accepted: inspected
            .progress
            .iter()
            .map(|line| u64::from(line.accepted))
            .sum(),
        refunded: 0,
    })
}

/// Lines are numbered from 1.
fn line_id(index: usize) -> String {
    (index + 1).to_string()
}

fn line_index(id: &str) -> anyhow::Result<usize> {
    let number: usize = id
        .parse()
        .with_context(|| format!("line `{id}` was never told"))?;
    number
        .checked_sub(1)
        .with_context(|| format!("line `{id}` was never told"))
}
