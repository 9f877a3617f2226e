//! What the rules answer.

use backhaul_events::returns::{Event, PolicyPublished, PolicyRetired};
use backhaul_kernel::Context;

use super::check::check_content;
use super::command::{Command, PublishPolicy, RetirePolicy};
use super::refusal::Refusal;
use super::state::{Standing, State};

/// The most versions of one policy set.
pub const VERSIONS_MAX: u32 = 10_000;

type Answer = Result<Vec<Event>, Refusal>;

/// The table of contents: every command, one line each.
pub(crate) fn decide(state: &State, command: &Command, _at: &Context) -> Answer {
    match command {
        Command::PublishPolicy(command) => publish_policy(state, command),
        Command::RetirePolicy(command) => retire_policy(state, command),
    }
}

/// A policy is published whole and becomes the current version. Publishing what already holds
/// changes nothing.
fn publish_policy(state: &State, command: &PublishPolicy) -> Answer {
    check_content(&command.content)?;
    let is_current = state
        .versions
        .last()
        .is_some_and(|current| *current.content == command.content);
    if is_current && state.standing == Standing::Current {
        return Ok(Vec::new());
    }
    if state.version() >= VERSIONS_MAX {
        return Err(Refusal::TooManyVersions {
            policy: command.policy.clone(),
            max: VERSIONS_MAX,
        });
    }
    let published = PolicyPublished {
        policy: command.policy.clone(),
        version: state.version() + 1,
        content: command.content.clone(),
    };
    Ok(vec![published.into()])
}

/// Retiring what is retired changes nothing.
fn retire_policy(state: &State, command: &RetirePolicy) -> Answer {
    if state.versions.is_empty() {
        return Err(Refusal::NotFound {
            policy: command.policy.clone(),
        });
    }
    if state.standing == Standing::Retired {
        return Ok(Vec::new());
    }
    let retired = PolicyRetired {
        policy: command.policy.clone(),
        version: state.version(),
    };
    Ok(vec![retired.into()])
}
