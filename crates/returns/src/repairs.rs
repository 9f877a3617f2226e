//! Repairs: goods are mended and go back to the buyer, as the remedy of a claim, under guarantee,
//! or at the buyer's cost after an offer. Read `steps`.

mod steps;

use std::sync::Arc;

use backhaul_events::LineUnits;
use backhaul_events::returns::{Coverage, Event};
use backhaul_kernel::{ClaimId, Context, LineId, Money, OrderId, RepairId, Text, Timestamp};
use serde::{Deserialize, Serialize};
pub(crate) use steps::started;

use crate::order_facts::OrderFacts;
use crate::refusal::Refusal;
use crate::remedy_refusal::RemedyRefusal;
use crate::state::State;

/// The most repairs of one order.
pub const REPAIRS_MAX: usize = 1_000;

/// What can be asked of repairs.
#[derive(Debug, Clone, PartialEq)]
pub enum RepairCommand {
    /// See [`StartRepair`].
    Start(StartRepair),
    /// The buyer is told the price.
    Quote {
        /// The repair.
        repair: RepairId,
        /// The price, taxes included.
        price: Money,
        /// What is to be done.
        note: Text,
    },
    /// The buyer takes the offer.
    AcceptQuote {
        /// The repair.
        repair: RepairId,
    },
    /// The buyer does not take the offer.
    DeclineQuote {
        /// The repair.
        repair: RepairId,
    },
    /// The goods are mended.
    Complete {
        /// The repair.
        repair: RepairId,
        /// The parts that were built in.
        parts: Vec<Text>,
        /// When.
        completed_at: Timestamp,
        /// What is known of the order.
        facts: OrderFacts,
    },
    /// The goods could not be mended.
    Fail {
        /// The repair.
        repair: RepairId,
        /// Why, in words.
        note: Text,
        /// When.
        failed_at: Timestamp,
    },
    /// The goods left for the buyer.
    SendBack {
        /// The repair.
        repair: RepairId,
        /// The carrier's number.
        reference: Text,
        /// When.
        sent_at: Timestamp,
    },
}

/// Goods are to be mended without a claim.
#[derive(Debug, Clone, PartialEq)]
pub struct StartRepair {
    /// The order.
    pub order: OrderId,
    /// Which units; each line once.
    pub units: Vec<LineUnits>,
    /// Who pays.
    pub payer: Payer,
    /// What is wrong, in words.
    pub note: Text,
    /// When.
    pub started_at: Timestamp,
    /// What is known of the order.
    pub facts: OrderFacts,
}

/// Who pays for a repair without a claim.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Payer {
    /// The merchant, as the law demands.
    Guarantee,
    /// The buyer.
    Buyer,
}

/// One repair.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Repair {
    /// Its id.
    pub id: RepairId,
    /// The claim whose remedy it is.
    pub claim: Option<ClaimId>,
    /// Which units; each line once.
    pub units: Vec<LineUnits>,
    /// Who pays.
    pub coverage: Coverage,
    /// What is wrong, in words.
    pub note: Text,
    /// When it began.
    pub started_at: Timestamp,
    /// How far it got.
    pub stage: RepairStage,
    /// What the buyer was told it costs.
    pub price: Option<Money>,
    /// The parts that were built in.
    pub parts: Vec<Text>,
    /// What came of it.
    pub outcome: RepairOutcome,
    /// Guarantees it made longer: the line, and by how many months.
    pub extended: Vec<(LineId, u32)>,
}

/// How far a repair got.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum RepairStage {
    /// The goods are to be mended.
    Started,
    /// The buyer was told the price.
    Quoted,
    /// The buyer took the offer.
    QuoteAccepted,
    /// The buyer did not take the offer.
    QuoteDeclined,
    /// The goods are mended.
    Completed,
    /// The goods could not be mended.
    Failed(Timestamp),
    /// The goods left for the buyer.
    SentBack(Timestamp),
}

impl RepairStage {
    /// Its name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Started => "started",
            Self::Quoted => "quoted",
            Self::QuoteAccepted => "accepted by the buyer",
            Self::QuoteDeclined => "declined by the buyer",
            Self::Completed => "completed",
            Self::Failed(_) => "failed",
            Self::SentBack(_) => "sent back",
        }
    }
}

/// What came of a repair.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum RepairOutcome {
    /// Not known yet.
    Open,
    /// The goods were mended.
    Mended,
    /// The goods could not be mended.
    NotMended,
    /// Nobody tried.
    NotTried,
}

impl Repair {
    /// Units of the line that are in repair. Those of a claim whose repair failed are held by the
    /// claim again.
    pub fn held(&self, line: &LineId) -> u32 {
        let holds = match self.stage {
            RepairStage::SentBack(_) => false,
            RepairStage::Failed(_) => self.claim.is_none(),
            RepairStage::Started
            | RepairStage::Quoted
            | RepairStage::QuoteAccepted
            | RepairStage::QuoteDeclined
            | RepairStage::Completed => true,
        };
        let mut units = self.units.iter();
        let units = units.find(|units| holds && units.line == *line);
        units.map_or(0, |units| units.quantity)
    }

    /// When a clock that stopped for it runs again.
    pub(crate) fn ended_at(&self) -> Option<Timestamp> {
        match self.stage {
            RepairStage::Failed(at) | RepairStage::SentBack(at) => Some(at),
            RepairStage::Started
            | RepairStage::Quoted
            | RepairStage::QuoteAccepted
            | RepairStage::QuoteDeclined
            | RepairStage::Completed => None,
        }
    }

    /// Whether the merchant tried to mend units of the line.
    pub(crate) fn is_attempt_on(&self, line: &LineId) -> bool {
        let was_tried = match self.outcome {
            RepairOutcome::Mended | RepairOutcome::NotMended => true,
            RepairOutcome::Open | RepairOutcome::NotTried => false,
        };
        let is_owed = self.coverage != Coverage::Buyer;
        was_tried && is_owed && self.units.iter().any(|units| units.line == *line)
    }

    pub(crate) fn refuse(&self, action: &'static str) -> Refusal {
        let refusal = RemedyRefusal::Stage {
            subject: format!("repairs/{}", self.id),
            status: self.stage.as_str(),
            action,
        };
        refusal.into()
    }
}

impl State {
    /// The repair of that id, or the refusal that there is none.
    pub fn repair(&self, id: &RepairId) -> Result<&Repair, Refusal> {
        let mut repairs = self.repairs.iter().map(Arc::as_ref);
        repairs
            .find(|repair| repair.id == *id)
            .ok_or_else(|| RemedyRefusal::RepairNotFound(id.clone()).into())
    }
}

pub(crate) fn decide(
    state: &State,
    command: &RepairCommand,
    at: &Context,
) -> Result<Vec<Event>, Refusal> {
    match command {
        RepairCommand::Start(command) => steps::start(state, command, at),
        RepairCommand::Quote {
            repair,
            price,
            note,
        } => steps::quote(state.repair(repair)?, *price, note, at),
        RepairCommand::AcceptQuote { repair } => steps::accept_quote(state.repair(repair)?),
        RepairCommand::DeclineQuote { repair } => steps::decline_quote(state.repair(repair)?),
        RepairCommand::Complete {
            repair,
            parts,
            completed_at,
            facts,
        } => steps::complete(
            state,
            state.repair(repair)?,
            parts,
            *completed_at,
            facts,
            at,
        ),
        RepairCommand::Fail {
            repair,
            note,
            failed_at,
        } => steps::fail(state.repair(repair)?, note, *failed_at, at),
        RepairCommand::SendBack {
            repair,
            reference,
            sent_at,
        } => steps::send_back(state.repair(repair)?, reference, *sent_at, at),
    }
}

pub(crate) fn evolve(state: &mut State, event: &Event) {
    match event {
        Event::RepairStarted(event) => state.repairs.push(Arc::new(Repair {
            id: event.repair.clone(),
            claim: event.claim.clone(),
            units: event.units.clone(),
            coverage: event.coverage.clone(),
            note: event.note.clone(),
            started_at: event.started_at,
            stage: RepairStage::Started,
            price: None,
            parts: Vec::new(),
            outcome: RepairOutcome::Open,
            extended: Vec::new(),
        })),
        Event::RepairQuoted(event) => change(state, &event.repair, |repair| {
            repair.price = Some(event.price);
            repair.stage = RepairStage::Quoted;
        }),
        Event::RepairQuoteAccepted(event) => change(state, &event.repair, |repair| {
            repair.stage = RepairStage::QuoteAccepted;
        }),
        Event::RepairQuoteDeclined(event) => change(state, &event.repair, |repair| {
            repair.stage = RepairStage::QuoteDeclined;
            repair.outcome = RepairOutcome::NotTried;
        }),
        Event::RepairCompleted(event) => change(state, &event.repair, |repair| {
            repair.parts.clone_from(&event.parts);
            repair.stage = RepairStage::Completed;
            repair.outcome = RepairOutcome::Mended;
        }),
        Event::RepairFailed(event) => change(state, &event.repair, |repair| {
            repair.stage = RepairStage::Failed(event.failed_at);
            repair.outcome = RepairOutcome::NotMended;
        }),
        Event::RepairSentBack(event) => change(state, &event.repair, |repair| {
            repair.stage = RepairStage::SentBack(event.sent_at);
        }),
        Event::GuaranteeExtended(event) => change(state, &event.repair, |repair| {
            repair.extended.push((event.line.clone(), event.months));
        }),
        _ => {}
    }
}

fn change(state: &mut State, id: &RepairId, step: impl FnOnce(&mut Repair)) {
    if let Some(repair) = state.repairs.iter_mut().find(|each| each.id == *id) {
        step(Arc::make_mut(repair));
    }
}
