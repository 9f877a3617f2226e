//! The promises of a log as tests that every log passes.
//!
//! A log's test file implements [`Harness`], and what it can do of [`Stalls`], [`FailsSyncs`],
//! [`LosesAnswers`] and [`Restarts`]; then it calls [`contract_suite!`](crate::contract_suite),
//! which makes one test of every case. Cases that a log cannot be asked for stand in the results
//! as ignored, with the reason.
//!
//! What no log promises: to notice that a commit was appended twice. Callers look for the command
//! id in the stream.

pub mod append;
pub mod failing_syncs;
pub mod lost_answers;
pub mod order;
pub mod read;
pub mod restarts;
pub mod stalls;
pub mod subscribe;

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use backhaul_events::ContextName;

use crate::{
    AppendError, Appended, Commit, EventLog, NewCommit, Position, StreamName, Subscription,
};

/// A new, empty log under test.
pub trait Harness: Sized + Send + 'static {
    /// Makes it.
    fn start() -> impl Future<Output = Self> + Send;

    /// The log.
    fn log(&self) -> Arc<dyn EventLog>;
}

/// A harness that can make the log's writes wait, as on a disk that does not answer.
pub trait Stalls: Harness {
    /// From now on writes wait.
    fn hold(&self);

    /// Writes go on.
    fn release(&self);
}

/// A harness that can make a write fail for good.
pub trait FailsSyncs: Stalls {
    /// The next write cannot be made durable.
    fn fail_next_sync(&self);
}

/// A harness that can lose the log's answer to an append that succeeds.
pub trait LosesAnswers: Harness {
    /// The next append is stored, but its caller does not learn of it.
    fn lose_next_answer(&self);
}

/// A harness of a log that outlives its process.
pub trait Restarts: Harness {
    /// Stops in good order, and opens the log again.
    fn restart(self) -> impl Future<Output = Self> + Send;
}

/// No case takes longer on any log.
const CASE_TIMEOUT: Duration = Duration::from_secs(120);

/// Runs a case; one that hangs fails.
pub async fn within(case: impl Future<Output = ()>) {
    let finished = tokio::time::timeout(CASE_TIMEOUT, case).await;
    finished.expect("the case does not hang");
}

/// The context of most cases.
const CONTEXT: ContextName = ContextName::Tracking;

async fn append_one(log: &dyn EventLog, commit: NewCommit) -> Result<Appended, AppendError> {
    let answers = log.append(vec![commit]).await;
    let [answer] = answers.try_into().expect("one answer for one commit");
    answer
}

fn name(stream: &str) -> StreamName {
    stream.parse().expect("cases name streams rightly")
}

async fn read_stream(log: &dyn EventLog, stream: &str, after: u64) -> Vec<Arc<Commit>> {
    let commits = log.read_stream(&name(stream), after).await;
    commits.expect("the stream can be read")
}

/// Everything after a position, read in pages.
async fn read_all(log: &dyn EventLog, context: ContextName, after: Position) -> Vec<Arc<Commit>> {
    const PAGE: usize = 1_000;
    let mut commits: Vec<Arc<Commit>> = Vec::new();
    loop {
        let after = commits.last().map_or(after, |commit| commit.position);
        let page = log.read(context, after, PAGE).await;
        let page = page.expect("the context can be read");
        if page.is_empty() {
            return commits;
        }
        commits.extend(page);
    }
}

/// The next `count` commits of a subscription.
async fn take(subscription: &mut dyn Subscription, count: usize) -> Vec<Arc<Commit>> {
    let mut commits = Vec::new();
    while commits.len() < count {
        let next = subscription.next(count - commits.len()).await;
        commits.extend(next.expect("the subscription can be read"));
    }
    commits
}

fn command_ids(commits: &[Arc<Commit>]) -> Vec<&str> {
    let ids = commits
        .iter()
        .map(|commit| commit.metadata.command_id.as_str());
    ids.collect()
}

fn positions(commits: &[Arc<Commit>]) -> Vec<Position> {
    commits.iter().map(|commit| commit.position).collect()
}

/// Makes one test of every case of the contract. Say of each thing that storage can do whether the
/// harness can make it happen: `yes`, or `no` and why.
///
/// ```ignore
/// backhaul_eventlog::contract_suite! {
///     MyHarness,
///     stalls: yes,
///     failing_syncs: yes,
///     lost_answers: yes,
///     restarts: no "a log in memory keeps nothing",
/// }
/// ```
#[macro_export]
macro_rules! contract_suite {
    (
        $harness:ty,
        stalls: $stalls:ident $($no_stalls:literal)?,
        failing_syncs: $failing_syncs:ident $($no_failing_syncs:literal)?,
        lost_answers: $lost_answers:ident $($no_lost_answers:literal)?,
        restarts: $restarts:ident $($no_restarts:literal)? $(,)?
    ) => {
        $crate::contract_suite! { @yes $harness, append:
            any_version_on_a_new_stream
            any_version_on_a_stream_that_exists
            version_zero_on_a_new_stream
            version_zero_on_a_stream_that_exists
            the_right_version
            a_version_too_low
            a_version_too_high
            a_version_too_high_on_a_new_stream
            a_conflict_stores_nothing
            events_of_a_commit_have_consecutive_versions
            a_version_within_a_commit_is_not_the_streams
            one_conflict_among_many_commits
            two_commits_on_one_stream_in_one_append
            two_commits_that_expect_the_same_in_one_append
            an_append_of_nothing
            the_same_commit_twice_is_stored_twice
            a_commit_without_events
            the_most_events
            too_many_events
            the_most_bytes
            too_many_bytes
            an_event_of_another_context
            an_invalid_commit_holds_up_no_other
        }
        $crate::contract_suite! { @yes $harness, order:
            positions_have_no_gaps
            contexts_count_for_themselves
            contexts_do_not_mix
            tenants_do_not_mix
            keys_that_begin_alike_do_not_mix
            of_racing_writers_one_wins_each_version
            writers_on_many_streams_all_succeed
            racing_writers_who_try_again_lose_nothing
        }
        $crate::contract_suite! { @yes $harness, read:
            an_unknown_stream_is_empty
            what_was_written_is_read_field_by_field
            a_stream_after_a_version
            a_stream_after_its_last_version
            one_stream_among_a_hundred_thousand
            an_empty_context_is_empty
            a_context_after_a_position
            a_context_after_its_end
            at_most_the_limit
            pages_meet_everything_once
            stream_and_context_agree
            every_chain_is_its_own
            what_is_acknowledged_is_read_at_once
            a_head_starts_at_nothing
            a_head_tells_the_last_position
            a_head_wakes_who_watches_it
            a_head_never_leads_what_can_be_read
            a_new_log_is_writable
        }
        $crate::contract_suite! { @yes $harness, subscribe:
            from_the_beginning
            from_the_middle
            from_the_end
            waits_for_what_comes
            at_most_a_few_at_a_time
            its_own_context_only
            catches_up_into_live_without_gap_or_duplicate
            several_at_different_places
            a_slow_reader_holds_up_nobody
            a_wait_given_up_loses_nothing
        }
        $crate::contract_suite! { @$stalls $($no_stalls)? $harness, stalls:
            nothing_is_seen_before_it_is_durable
            too_many_waiting_commits_are_refused
            reads_go_on_while_writes_wait
            an_append_given_up_is_whole_or_nothing
            waiting_commits_are_checked_in_their_order
        }
        $crate::contract_suite! { @$failing_syncs $($no_failing_syncs)? $harness, failing_syncs:
            a_failed_sync_is_not_acknowledged
            after_a_failed_sync_nothing_is_stored
            after_a_failed_sync_what_waits_fails_too
            after_a_failed_sync_reads_go_on
            a_failed_sync_shows_in_the_health
        }
        $crate::contract_suite! { @$lost_answers $($no_lost_answers)? $harness, lost_answers:
            a_lost_answer_is_an_unknown_outcome
            an_unknown_outcome_is_found_by_its_command_id
            after_an_unknown_outcome_the_log_goes_on
        }
        $crate::contract_suite! { @$restarts $($no_restarts)? $harness, restarts:
            everything_is_kept
            positions_and_versions_go_on
            conflicts_are_found_still
            a_reader_goes_on_where_it_was
            an_empty_log_stays_empty
        }
    };
    (@yes $harness:ty, $group:ident: $($case:ident)*) => {
        mod $group {
            use super::*;
            $(
                #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn $case() {
                    use $crate::contract::{$group, within};
                    within($group::$case::<$harness>()).await;
                }
            )*
        }
    };
    (@no $why:literal $harness:ty, $group:ident: $($case:ident)*) => {
        mod $group {
            $(
                #[test]
                #[ignore = $why]
                fn $case() {
                    panic!($why);
                }
            )*
        }
    };
}
