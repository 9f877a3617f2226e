//! The commits of one order in the order in which they are told: nothing before what caused it.
//!
//! Contexts write at the same time, and on a cluster each process has a clock of its own, so the
//! time alone may put an effect before its cause.

use std::collections::{HashSet, VecDeque};
use std::sync::Arc;

use backhaul_eventlog::Commit;

/// The commits of several streams as one list, each stream in its own order, by the time at which
/// they were recorded; a commit waits for the one that caused it.
pub(super) fn told(streams: Vec<Vec<Arc<Commit>>>) -> Vec<Arc<Commit>> {
    let events = streams.iter().flatten().flat_map(|commit| &commit.events);
    let mut untold: HashSet<_> = events.map(|event| event.id).collect();
    let mut streams: Vec<VecDeque<Arc<Commit>>> = streams.into_iter().map(VecDeque::from).collect();
    let mut told = Vec::new();
    loop {
        let heads = streams.iter_mut().filter_map(|stream| {
            let head = stream.front()?;
            let cause = head.metadata.causation_id;
            // In a damaged log all heads may wait; then they are told by time.
            let waits = cause.is_some_and(|cause| untold.contains(&cause));
            let place = (waits, head.metadata.recorded_at, head.stream.context);
            Some((place, stream))
        });
        let next = heads.min_by_key(|(place, _)| *place);
        let Some(next) = next.and_then(|(_, stream)| stream.pop_front()) else {
            return told;
        };
        for event in &next.events {
            untold.remove(&event.id);
        }
        told.push(next);
    }
}

#[cfg(test)]
mod tests {
    use backhaul_eventlog::{Digest, Metadata, Recorded};
    use backhaul_kernel::{Actor, Timestamp};
    use uuid::Uuid;

    use super::*;

    /// A commit of one event, recorded so many seconds after the beginning.
    fn commit(stream: &str, id: u128, second: i64, cause: Option<u128>) -> Arc<Commit> {
        let at = Timestamp::from_second(second).unwrap();
        Arc::new(Commit {
            position: 1,
            stream: format!("{stream}/main/o1").parse().unwrap(),
            first_version: 1,
            chain: 0,
            metadata: Metadata {
                command_id: id.to_string().parse().unwrap(),
                command_digest: Digest([0; 16]),
                actor: Actor::system("test"),
                correlation_id: Uuid::nil(),
                causation_id: cause.map(Uuid::from_u128),
                traceparent: None,
                recorded_at: at,
            },
            events: vec![Recorded::stored(
                Uuid::from_u128(id),
                at,
                "returns.ReturnClosed".into(),
                1,
                "{}".into(),
            )],
        })
    }

    fn check(streams: Vec<Vec<Arc<Commit>>>, expected: &[u128]) {
        let told = told(streams);
        let ids: Vec<u128> = told
            .iter()
            .map(|each| each.events[0].id.as_u128())
            .collect();
        assert_eq!(ids, expected);
    }

    #[test]
    fn commits_are_told_by_time_and_no_effect_before_its_cause() {
        // By time alone.
        check(
            vec![
                vec![commit("orders", 1, 1, None), commit("orders", 4, 4, None)],
                vec![
                    commit("returns", 2, 2, None),
                    commit("returns", 3, 3, Some(1)),
                ],
            ],
            &[1, 2, 3, 4],
        );
        // At one time, by context; but a scan goes before what follows from it.
        check(
            vec![
                vec![
                    commit("returns", 1, 5, Some(2)),
                    commit("returns", 3, 5, None),
                ],
                vec![
                    commit("tracking", 2, 5, None),
                    commit("tracking", 4, 5, None),
                ],
            ],
            &[2, 1, 3, 4],
        );
        // The clock that recorded the refund is behind.
        check(
            vec![
                vec![
                    commit("returns", 1, 9, None),
                    commit("returns", 4, 9, Some(3)),
                ],
                vec![
                    commit("refunds", 2, 7, Some(1)),
                    commit("refunds", 3, 8, Some(2)),
                ],
            ],
            &[1, 2, 3, 4],
        );
    }

    #[test]
    fn nothing_is_left_out_when_causes_are_missing_or_go_round() {
        check(vec![vec![commit("returns", 1, 1, Some(99))]], &[1]);
        check(
            vec![
                vec![commit("returns", 1, 2, Some(2))],
                vec![commit("refunds", 2, 1, Some(1))],
            ],
            &[2, 1],
        );
    }
}
