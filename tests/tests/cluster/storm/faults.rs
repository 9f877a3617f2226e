//! What goes wrong.

use std::time::Duration;

use backhaul_engine::faults::Step;
use rand::RngExt as _;
use rand::rngs::StdRng;

use super::field::{Field, PROCESSES};

/// How long a thing stays away: within and beyond the time after which a lease is taken over.
const AWAY_MILLIS: std::ops::Range<u64> = 200..3_000;
const FROZEN_MILLIS: std::ops::Range<u64> = 500..14_000;
/// Between two faults.
const PEACE_MILLIS: std::ops::Range<u64> = 300..1_500;
/// A step is reached so often before the process dies at it, at most.
const TIMES_MAX: u64 = 6;
/// How long a process may take to end: in order, or at a step that it is to die at.
const STEP_BOUND: Duration = Duration::from_secs(60);

/// One fault.
#[derive(Debug, Clone, Copy)]
pub enum Fault {
    /// A process is killed, and started again.
    KillProcess,
    /// A process dies at a step of a command.
    DieAt(Step),
    /// A process is frozen, and woken.
    FreezeProcess,
    /// A server is killed, and started again.
    KillServer,
    /// All servers are killed, and started again.
    KillAllServers,
    /// A server is cut off from the others, and comes back.
    CutOffServer,
    /// Both processes are killed, and started again.
    KillAllProcesses,
}

impl Fault {
    /// Every fault, every step.
    pub fn every() -> Vec<Self> {
        let steps = Step::ALL.iter().copied().map(Self::DieAt);
        let others = [
            Self::KillProcess,
            Self::KillServer,
            Self::FreezeProcess,
            Self::CutOffServer,
            Self::KillAllProcesses,
            Self::KillAllServers,
        ];
        steps.chain(others).collect()
    }

    /// Any of them.
    pub fn any(dice: &mut StdRng) -> Self {
        let every = Self::every();
        every[dice.random_range(0..every.len())]
    }

    /// Strikes, and undoes it after a while.
    pub async fn strike(self, field: &mut Field, dice: &mut StdRng) {
        field.struck += 1;
        let process = dice.random_range(0..PROCESSES);
        let server = dice.random_range(0..field.servers.nodes().len());
        let away = Duration::from_millis(dice.random_range(AWAY_MILLIS));
        let frozen = Duration::from_millis(dice.random_range(FROZEN_MILLIS));
        let times = dice.random_range(1..=TIMES_MAX);
        match self {
            Self::KillProcess => {
                field.processes[process].kill();
                tokio::time::sleep(away).await;
                field.start_process(process, None);
            }
            Self::KillAllProcesses => {
                field.processes.iter_mut().for_each(|each| each.kill());
                for number in 0..PROCESSES {
                    field.start_process(number, None);
                }
            }
            Self::DieAt(step) => {
                // Nobody else is there, and every lease was given back: all work comes to the one
                // that is to die.
                for process in &field.processes {
                    process.signal("-TERM");
                }
                field.ended(STEP_BOUND).await;
                field.start_process(process, Some((step, times)));
                let reached = field.has_ended(process, STEP_BOUND).await;
                assert!(reached, "no work came to {} {times} times", step.name());
                for number in 0..PROCESSES {
                    field.processes[number].kill();
                    field.start_process(number, None);
                }
            }
            Self::FreezeProcess => {
                field.processes[process].signal("-STOP");
                tokio::time::sleep(frozen).await;
                field.processes[process].signal("-CONT");
            }
            Self::KillServer => {
                field.servers.node(server).kill();
                tokio::time::sleep(away).await;
                field.servers.node(server).start().await.unwrap();
            }
            Self::KillAllServers => {
                field.servers.nodes().iter().for_each(|node| node.kill());
                tokio::time::sleep(away).await;
                for node in field.servers.nodes() {
                    node.start().await.unwrap();
                }
            }
            Self::CutOffServer => {
                field.servers.isolate(server);
                tokio::time::sleep(away).await;
                field.servers.heal(server);
            }
        }
        let peace = Duration::from_millis(dice.random_range(PEACE_MILLIS));
        tokio::time::sleep(peace).await;
    }
}
