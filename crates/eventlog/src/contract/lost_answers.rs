//! When an answer is lost, the stream itself tells.

use super::{LosesAnswers, append_one, command_ids, read_stream};
use crate::sample::commit;
use crate::{AppendError, Expected};

const STREAM: &str = "tracking/acme/1";

async fn lost<H: LosesAnswers>() -> H {
    let harness = H::start().await;
    let log = harness.log();
    append_one(&*log, commit(STREAM, Expected::Exactly(0), "before"))
        .await
        .expect("stored");
    harness.lose_next_answer();
    let answer = append_one(&*log, commit(STREAM, Expected::Exactly(1), "lost")).await;
    assert!(matches!(answer, Err(AppendError::Unknown(_))), "{answer:?}");
    harness
}

/// Never a success, never a refusal.
pub async fn a_lost_answer_is_an_unknown_outcome<H: LosesAnswers>() {
    lost::<H>().await;
}

/// The proof is in the stream.
pub async fn an_unknown_outcome_is_found_by_its_command_id<H: LosesAnswers>() {
    let harness = lost::<H>().await;
    let tail = read_stream(&*harness.log(), STREAM, 1).await;
    assert_eq!(command_ids(&tail), ["lost"]);
}

/// Trying again with the old version is a conflict, with the new one a success.
pub async fn after_an_unknown_outcome_the_log_goes_on<H: LosesAnswers>() {
    let harness = lost::<H>().await;
    let log = harness.log();
    let again = append_one(&*log, commit(STREAM, Expected::Exactly(1), "lost")).await;
    assert!(
        matches!(again, Err(AppendError::Conflict { actual: 2, .. })),
        "{again:?}"
    );
    let next = append_one(&*log, commit(STREAM, Expected::Exactly(2), "next")).await;
    assert_eq!(next.map(|appended| appended.version), Ok(3));
}
