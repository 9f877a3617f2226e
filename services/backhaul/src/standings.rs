//! How a whole deployment stands: every process asked, and what they say put together.

use std::collections::BTreeMap;

use backhaul_api::proto::operations::v1::{
    Consumer, ConsumerPosition, GetStatusRequest, GetStatusResponse,
};
use futures::future::try_join_all;
use tonic::Status;

use crate::call::send;
use crate::connect::{Deployment, Process};

/// What one process said.
pub struct ProcessStanding {
    /// Which.
    pub process: Process,
    /// What.
    pub status: GetStatusResponse,
}

/// Asks every process.
pub async fn ask(deployment: &Deployment) -> Result<Vec<ProcessStanding>, Status> {
    let asked = deployment.processes().iter().map(|process| async move {
        let operations = process.operations();
        let status = send!(operations, get_status, GetStatusRequest {}).await?;
        Ok(ProcessStanding {
            process: process.clone(),
            status,
        })
    });
    try_join_all(asked).await
}

/// The standing of the whole. A view stands where its slowest copy does; a worker where the
/// process that acts says; and the log ends where anybody has seen its end.
pub fn merge(standings: impl IntoIterator<Item = GetStatusResponse>) -> GetStatusResponse {
    let mut whole = GetStatusResponse {
        writable: true,
        durable: true,
        ready: true,
        ..GetStatusResponse::default()
    };
    for status in standings {
        whole.writable &= status.writable;
        whole.durable &= status.durable;
        whole.ready &= status.ready;
        if whole.reason.is_empty() {
            whole.reason = status.reason;
        }
        add_new(&mut whole.findings, status.findings);
        add_new(&mut whole.services, status.services);
        for consumer in status.consumers {
            match whole
                .consumers
                .iter_mut()
                .find(|known| known.name == consumer.name)
            {
                Some(known) => meet(known, consumer),
                None => whole.consumers.push(consumer),
            }
        }
    }
    let heads = heads(&whole.consumers);
    for position in positions(&mut whole.consumers) {
        position.head = heads.get(&position.context).copied().unwrap_or_default();
    }
    whole
}

fn add_new(known: &mut Vec<String>, more: Vec<String>) {
    for each in more {
        if !known.contains(&each) {
            known.push(each);
        }
    }
}

/// Two processes say how far the same consumer is.
fn meet(known: &mut Consumer, other: Consumer) {
    let others: BTreeMap<_, _> = other
        .positions
        .iter()
        .map(|each| (each.context.as_str(), each))
        .collect();
    for each in &mut known.positions {
        let Some(said) = others.get(each.context.as_str()) else {
            continue;
        };
        each.head = each.head.max(said.head);
        each.position = match (known.view, known.elsewhere, other.elsewhere) {
            (true, _, _) => each.position.min(said.position),
            // Who acts knows; a last holder may have been further than the next believes.
            (false, true, false) => said.position,
            (false, false, true) => each.position,
            (false, _, _) => each.position.max(said.position),
        };
    }
    // Each copy of a view gives up on the same events, each holder of a worker on others.
    known.dead_letters = match known.view {
        true => known.dead_letters.max(other.dead_letters),
        false => known.dead_letters + other.dead_letters,
    };
    known.elsewhere &= other.elsewhere;
}

fn positions(consumers: &mut [Consumer]) -> impl Iterator<Item = &mut ConsumerPosition> {
    consumers.iter_mut().flat_map(|each| &mut each.positions)
}

/// By context, the furthest end of the log that anybody has seen.
pub fn heads(consumers: &[Consumer]) -> BTreeMap<String, i64> {
    let mut heads = BTreeMap::new();
    for each in consumers.iter().flat_map(|each| &each.positions) {
        let head: &mut i64 = heads.entry(each.context.clone()).or_default();
        *head = each.head.max(*head);
    }
    heads
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A process that says where one consumer is: view, position, head, elsewhere.
    fn said(view: bool, position: i64, head: i64, elsewhere: bool) -> GetStatusResponse {
        GetStatusResponse {
            writable: true,
            consumers: vec![Consumer {
                name: "it".to_owned(),
                view,
                positions: vec![ConsumerPosition {
                    context: "orders".to_owned(),
                    position,
                    head,
                }],
                dead_letters: 1,
                elsewhere,
            }],
            ..GetStatusResponse::default()
        }
    }

    fn check(said: [GetStatusResponse; 2], expected: (i64, i64, i64, bool)) {
        let whole = merge(said);
        let consumer = &whole.consumers[0];
        let at = &consumer.positions[0];
        let found = (
            at.position,
            at.head,
            consumer.dead_letters,
            consumer.elsewhere,
        );
        assert_eq!((whole.consumers.len(), found), (1, expected));
    }

    #[test]
    fn the_slowest_view_and_the_acting_worker_count() {
        let (here, elsewhere) = (false, true);
        let views = [said(true, 7, 9, here), said(true, 8, 10, here)];
        check(views, (7, 10, 1, here));
        let workers = [said(false, 0, 9, elsewhere), said(false, 8, 9, here)];
        check(workers, (8, 9, 2, here));
        let workers = [said(false, 8, 9, here), said(false, 9, 9, elsewhere)];
        check(workers, (8, 9, 2, here));
        let nobody = [said(false, 3, 9, elsewhere), said(false, 4, 9, elsewhere)];
        check(nobody, (4, 9, 2, elsewhere));
    }

    #[test]
    fn one_that_takes_no_writes_is_told() {
        let broken = GetStatusResponse {
            reason: "disk full".to_owned(),
            findings: vec!["a".to_owned()],
            ..GetStatusResponse::default()
        };
        let whole = merge([said(true, 1, 1, false), broken.clone(), broken]);
        assert!(!whole.writable && !whole.durable);
        assert_eq!(
            (whole.reason.as_str(), whole.findings.len()),
            ("disk full", 1)
        );
    }
}
