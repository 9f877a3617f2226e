//! The log on local disk keeps the contract.

use std::sync::Arc;

use backhaul_eventlog::EventLog;
use backhaul_eventlog::contract::{FailsSyncs, Harness, LosesAnswers, Restarts, Stalls};
use backhaul_eventlog_local::{Faults, LocalLog, Options};
use tempfile::TempDir;

struct Local {
    log: LocalLog,
    faults: Faults,
    folder: TempDir,
}

impl Local {
    fn open(folder: TempDir) -> Self {
        let options = Options::default();
        let (log, _) = LocalLog::open(folder.path(), &options).expect("the log opens");
        Self {
            log,
            faults: options.faults,
            folder,
        }
    }
}

impl Harness for Local {
    async fn start() -> Self {
        Self::open(tempfile::tempdir().expect("there is room for a folder"))
    }

    fn log(&self) -> Arc<dyn EventLog> {
        Arc::new(self.log.clone())
    }
}

impl Stalls for Local {
    fn hold(&self) {
        self.faults.hold();
    }

    fn release(&self) {
        self.faults.release();
    }
}

impl FailsSyncs for Local {
    fn fail_next_sync(&self) {
        self.faults.fail_next_sync();
    }
}

impl LosesAnswers for Local {
    fn lose_next_answer(&self) {
        self.faults.lose_next_answer();
    }
}

impl Restarts for Local {
    async fn restart(self) -> Self {
        self.log.close().await;
        Self::open(self.folder)
    }
}

backhaul_eventlog::contract_suite! {
    Local,
    stalls: yes,
    failing_syncs: yes,
    lost_answers: yes,
    restarts: yes,
}
