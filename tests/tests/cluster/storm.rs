//! Faults at random while returns go through: processes killed, killed at a named step, frozen and
//! woken; servers killed, all of them too, and cut off from the others; every message delivered
//! twice and more; a payment provider whose answers are lost. Afterwards nothing that was
//! acknowledged is missing, nothing happened twice, everything that was begun has come to its end,
//! every buyer was written to, and what is known of them stands nowhere else.
//!
//! A run prints its seed; `BACKHAUL_SEED` repeats it. `BACKHAUL_RUNS` and `BACKHAUL_FAULTS` say how
//! often, and how many faults a run.

mod canaries;
mod echo;
mod faults;
mod field;
mod mails;
mod shoppers;
mod verdict;

use std::time::Instant;

use backhaul_engine::faults::Safeguard;
use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};

use faults::Fault;
use field::Field;
use shoppers::Shoppers;
use verdict::Verdict;

/// What a short run goes through: every kind of fault, every step once.
const SHORT_SEED: u64 = 20_261_122;
/// Of a violation that is as it must be.
const TOLD_CHARS_MAX: usize = 120;
const LONG_RUNS: u64 = 10;
const LONG_FAULTS: usize = 60;
const SEED_VARIABLE: &str = "BACKHAUL_SEED";
const RUNS_VARIABLE: &str = "BACKHAUL_RUNS";
const FAULTS_VARIABLE: &str = "BACKHAUL_FAULTS";

#[tokio::test(flavor = "multi_thread")]
async fn every_fault_once_changes_nothing() {
    let mut tally = Tally::default();
    tally
        .run(seed().unwrap_or(SHORT_SEED), &Fault::every())
        .await;
    tally.report();
}

/// `just faults` runs it.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "takes an hour; `just faults` runs it"]
async fn many_faults_change_nothing() {
    let mut tally = Tally::default();
    let first = seed().unwrap_or_else(|| rand::rng().next_u64());
    let runs = number(RUNS_VARIABLE).unwrap_or(LONG_RUNS);
    let faults = number(FAULTS_VARIABLE).map_or(LONG_FAULTS, |number| number as usize);
    for seed in (first..).take(runs as usize) {
        let mut dice = StdRng::seed_from_u64(seed);
        let faults: Vec<_> = (0..faults).map(|_| Fault::any(&mut dice)).collect();
        tally.run(seed, &faults).await;
    }
    tally.report();
}

/// The verdict is worth something: it sees what each safeguard guards against.
#[tokio::test(flavor = "multi_thread")]
async fn without_a_safeguard_the_verdict_is_bad() {
    for safeguard in Safeguard::ALL {
        let field = Field::start_without(Some(*safeguard)).await;
        let shoppers = Shoppers::start(&field).await;
        let shopped = shoppers.finish().await;
        let verdict = Verdict::of(&field, &shopped).await;
        field.stop().await;
        let seen = match safeguard {
            Safeguard::CommandIds => "the same command was answered",
            Safeguard::ExpectedVersions => "of two refunds",
            Safeguard::PaymentNames => "back of",
            Safeguard::Leases => "were mailed",
        };
        let violations = &verdict.violations;
        let named = violations.iter().find(|each| each.contains(seen));
        let named = named.map(|each| each.chars().take(TOLD_CHARS_MAX).collect::<String>());
        println!(
            "without {}: {} violations, {named:?}",
            safeguard.name(),
            violations.len()
        );
        assert!(
            named.is_some(),
            "nobody sees that {} are missing: {violations:?}",
            safeguard.name()
        );
    }
}

/// Counts over all runs, told in one line.
struct Tally {
    runs: u64,
    faults: usize,
    commands: u64,
    acknowledged: u64,
    unknown: u64,
    mails: usize,
    repeated: usize,
    violations: Vec<String>,
    seeds: Vec<u64>,
    began: Instant,
}

impl Default for Tally {
    fn default() -> Self {
        Self {
            runs: 0,
            faults: 0,
            commands: 0,
            acknowledged: 0,
            unknown: 0,
            mails: 0,
            repeated: 0,
            violations: Vec::new(),
            seeds: Vec::new(),
            began: Instant::now(),
        }
    }
}

impl Tally {
    async fn run(&mut self, seed: u64, faults: &[Fault]) {
        println!("seed {seed}");
        let mut dice = StdRng::seed_from_u64(seed);
        let mut field = Field::start_without(None).await;
        let shoppers = Shoppers::start(&field).await;
        for fault in faults {
            self.tell(&format!("{fault:?}"));
            fault.strike(&mut field, &mut dice).await;
        }
        self.tell("mending");
        field.mend().await;
        self.tell("the last calls");
        let shopped = shoppers.finish().await;
        self.tell("judging");
        let verdict = Verdict::of(&field, &shopped).await;
        field.stop().await;
        self.runs += 1;
        self.faults += faults.len();
        self.commands += shopped.commands;
        self.acknowledged += shopped.acknowledged();
        self.unknown += shopped.unknown;
        self.mails += verdict.mails.taken;
        self.repeated += verdict.mails.repeated;
        self.violations.extend(verdict.violations);
        self.seeds.push(seed);
    }

    fn tell(&self, what: &str) {
        println!("{:>6.1} s  {what}", self.began.elapsed().as_secs_f64());
    }

    fn report(self) {
        let Self { runs, faults, .. } = self;
        println!(
            "runs {runs}, faults injected {faults}, commands {} (acked {}, unknown {}), \
             mails {} (again {}), violations {}, seeds {:?}, wall time {:.0} s",
            self.commands,
            self.acknowledged,
            self.unknown,
            self.mails,
            self.repeated,
            self.violations.len(),
            self.seeds,
            self.began.elapsed().as_secs_f64()
        );
        assert!(self.violations.is_empty(), "{:#?}", self.violations);
        assert!(self.acknowledged > 0, "nothing went through");
    }
}

fn seed() -> Option<u64> {
    number(SEED_VARIABLE)
}

fn number(variable: &str) -> Option<u64> {
    std::env::var(variable).ok()?.parse().ok()
}
