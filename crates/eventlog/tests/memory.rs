//! The log in memory keeps the contract.

use std::sync::Arc;

use backhaul_eventlog::contract::{FailsSyncs, Harness, LosesAnswers, Stalls};
use backhaul_eventlog::{EventLog, MemoryLog};

struct Memory(MemoryLog);

impl Harness for Memory {
    async fn start() -> Self {
        Self(MemoryLog::new())
    }

    fn log(&self) -> Arc<dyn EventLog> {
        Arc::new(self.0.clone())
    }
}

impl Stalls for Memory {
    fn hold(&self) {
        self.0.hold();
    }

    fn release(&self) {
        self.0.release();
    }
}

impl FailsSyncs for Memory {
    fn fail_next_sync(&self) {
        self.0.fail_next_sync();
    }
}

impl LosesAnswers for Memory {
    fn lose_next_answer(&self) {
        self.0.lose_next_answer();
    }
}

backhaul_eventlog::contract_suite! {
    Memory,
    stalls: yes,
    failing_syncs: yes,
    lost_answers: yes,
    restarts: no "a log in memory keeps nothing",
}
