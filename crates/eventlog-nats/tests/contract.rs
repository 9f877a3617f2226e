//! The log on one server keeps the contract.

use std::sync::Arc;

use backhaul_eventlog::EventLog;
use backhaul_eventlog::contract::{Harness, LosesAnswers, Restarts};
use backhaul_eventlog_nats::NatsLog;
use backhaul_nats_server::Size;
use support::Case;

mod support;

struct One {
    log: NatsLog,
    case: Case,
}

impl Harness for One {
    async fn start() -> Self {
        let case = Case::start(Size::One).await;
        let log = case.connect().await;
        Self { log, case }
    }

    fn log(&self) -> Arc<dyn EventLog> {
        Arc::new(self.log.clone())
    }
}

impl LosesAnswers for One {
    fn lose_next_answer(&self) {
        self.case.options.faults.lose_next_answer();
    }
}

impl Restarts for One {
    async fn restart(self) -> Self {
        self.log.close().await;
        let log = self.case.connect().await;
        Self { log, ..self }
    }
}

backhaul_eventlog::contract_suite! {
    One,
    stalls: no "the writes of a server cannot be held up from here",
    failing_syncs: no "the disk of a server cannot be broken from here",
    lost_answers: yes,
    restarts: yes,
}
