//! Store credit and gift cards: the rules of one account. Money lies in lots, each with its own
//! end; what lapses first is spent first. An account exists from its first money on.

mod refusal;

use backhaul_events::refunds::{
    Event, LotShare, Owner, Source, StoreCreditExpired, StoreCreditFrozen, StoreCreditIssued,
    StoreCreditRedeemed, StoreCreditUnfrozen,
};
use backhaul_kernel::deadline::DeadlineChange;
use backhaul_kernel::{AccountId, Context, Currency, Decider, Money, Text, Tier, Timestamp};
pub use refusal::Refusal;
use serde::{Deserialize, Serialize};

use crate::key;
use crate::schedule::is_due;

/// The account of that owner in that currency: the same for ever, and no other owner has it.
pub fn account_of(owner: &Owner, currency: Currency) -> AccountId {
    let (kind, name) = match owner {
        Owner::Buyer { reference } => ("buyer", reference),
        Owner::GiftCard { card } => ("gift_card", card),
    };
    let digest = key::hash([kind, name.as_str()]);
    format!("{currency}-{}", &digest[..ACCOUNT_DIGITS])
        .parse()
        .expect("letters, a dash and digits are an id")
}

/// Hexadecimal digits of an account's id: 160 bits, beyond any chance that two owners share one.
const ACCOUNT_DIGITS: usize = 40;

/// An account.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct AccountState {
    /// Whose it is; none before its first money.
    pub owner: Option<Owner>,
    /// Whether it may be used.
    pub standing: AccountStanding,
    /// Its money, in the order in which it came in.
    pub lots: Vec<Lot>,
    /// What was spent on what.
    pub redeemed: Vec<(Text, Money)>,
}

/// Whether an account may be used.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum AccountStanding {
    /// It may.
    #[default]
    Open,
    /// Nothing goes out and nothing comes in.
    Frozen,
}

/// Money that came in together.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Lot {
    /// Its number, from 1.
    pub lot: u32,
    /// What came in.
    pub issued: Money,
    /// What is left.
    pub left: i64,
    /// Where it came from.
    pub source: Source,
    /// When what is left lapses.
    pub expires_at: Option<Timestamp>,
    /// Whether it has reached its end.
    pub ended: LotEnd,
}

/// Whether a lot has reached its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum LotEnd {
    /// It has not.
    NotYet,
    /// It has.
    Reached,
}

impl AccountState {
    /// What can be spent at that time, in minor units.
    pub fn balance(&self, now: Timestamp) -> i64 {
        self.open_lots(now)
            .fold(0, |sum, lot| sum.saturating_add(lot.left))
    }

    /// The currency; none before the first money.
    pub fn currency(&self) -> Option<Currency> {
        self.lots.first().map(|lot| lot.issued.currency)
    }

    fn open_lots(&self, now: Timestamp) -> impl Iterator<Item = &Lot> {
        self.lots.iter().filter(move |lot| {
            let lapsed = lot.expires_at.is_some_and(|end| end <= now);
            lot.ended == LotEnd::NotYet && !lapsed
        })
    }
}

/// A request; may be refused.
#[derive(Debug, Clone, PartialEq)]
pub enum Command {
    /// Money comes in. The same source again changes nothing.
    Issue {
        /// Whose the account is.
        owner: Owner,
        /// How much.
        amount: Money,
        /// From where.
        source: Source,
        /// When what is left of it lapses.
        expires_at: Option<Timestamp>,
    },
    /// Money is spent. The same reference again changes nothing.
    Redeem {
        /// The account.
        account: AccountId,
        /// What it is spent on.
        reference: Text,
        /// How much.
        amount: Money,
    },
    /// A lot has reached its end.
    Expire {
        /// The account.
        account: AccountId,
        /// The lot.
        lot: u32,
    },
    /// Nothing may be spent and nothing comes in from now on.
    Freeze {
        /// The account.
        account: AccountId,
        /// Why.
        note: Text,
    },
    /// The account is open again.
    Unfreeze {
        /// The account.
        account: AccountId,
        /// Why.
        note: Text,
    },
}

/// The rules of the stream of an account.
#[derive(Debug, Clone, Copy, Default)]
pub struct Accounts;

impl Decider for Accounts {
    type State = AccountState;
    type Command = Command;
    type Event = Event;
    type Refusal = Refusal;

    fn decide(
        state: &AccountState,
        command: &Command,
        at: &Context,
    ) -> Result<Vec<Event>, Refusal> {
        match command {
            Command::Issue {
                owner,
                amount,
                source,
                expires_at,
            } => issue(state, owner, *amount, source, *expires_at, at),
            Command::Redeem {
                account,
                reference,
                amount,
            } => redeem(state, account, reference, *amount, at),
            Command::Expire { account, lot } => Ok(expire(state, account, *lot, at)),
            Command::Freeze { account, note } => freeze(state, account, note, at),
            Command::Unfreeze { account, note } => unfreeze(state, account, note, at),
        }
    }

    /// Events of other streams change nothing here.
    fn evolve(state: &mut AccountState, event: &Event) {
        if let Event::StoreCreditIssued(event) = event {
            state.owner = Some(event.owner.clone());
            state.lots.push(Lot {
                lot: event.lot,
                issued: event.amount,
                left: event.amount.minor,
                source: event.source.clone(),
                expires_at: event.expires_at,
                ended: LotEnd::NotYet,
            });
        }
        if let Event::StoreCreditRedeemed(event) = event {
            state.redeemed.push((event.reference.clone(), event.amount));
            for share in &event.lots {
                for lot in state.lots.iter_mut().filter(|lot| lot.lot == share.lot) {
                    lot.left = lot.left.saturating_sub(share.amount.minor);
                }
            }
        }
        if let Event::StoreCreditExpired(event) = event {
            for lot in state.lots.iter_mut().filter(|lot| lot.lot == event.lot) {
                lot.left = 0;
                lot.ended = LotEnd::Reached;
            }
        }
        if let Event::StoreCreditFrozen(_) = event {
            state.standing = AccountStanding::Frozen;
        }
        if let Event::StoreCreditUnfrozen(_) = event {
            state.standing = AccountStanding::Open;
        }
    }
}

/// Money comes in once a source, in the account's one currency. By hand an expert gives it; a sold
/// card is told by the platform.
fn issue(
    state: &AccountState,
    owner: &Owner,
    amount: Money,
    source: &Source,
    expires_at: Option<Timestamp>,
    at: &Context,
) -> Result<Vec<Event>, Refusal> {
    let account = account_of(owner, amount.currency);
    may_give(at.actor.tier)?;
    if !amount.is_positive() {
        return Err(Refusal::Amount);
    }
    if let Some(known) = state.lots.iter().find(|lot| lot.source == *source) {
        if known.issued == amount {
            return Ok(Vec::new());
        }
        return Err(Refusal::Contradicts(name_of(source)));
    }
    if state.standing == AccountStanding::Frozen {
        return Err(Refusal::Frozen(account));
    }
    if expires_at.is_some_and(|end| end <= at.now) {
        return Err(Refusal::EndsInThePast);
    }
    let lot = u32::try_from(state.lots.len() + 1).expect("an account has few lots");
    Ok(vec![
        StoreCreditIssued {
            account,
            owner: owner.clone(),
            lot,
            amount,
            source: source.clone(),
            expires_at,
        }
        .into(),
    ])
}

fn may_give(tier: Tier) -> Result<(), Refusal> {
    match tier {
        Tier::Platform | Tier::Expert | Tier::Admin | Tier::System => Ok(()),
        Tier::Warehouse | Tier::Agent => Err(Refusal::TierTooLow {
            tier,
            needed: Tier::Expert,
        }),
    }
}

fn name_of(source: &Source) -> Text {
    match source {
        Source::Merchant { reference } => reference.clone(),
        Source::Refund { refund, attempt } => Text::from_outside(&format!("{refund}-A{attempt}")),
    }
}

/// What lapses first is spent first, and never more than is there.
fn redeem(
    state: &AccountState,
    account: &AccountId,
    reference: &Text,
    amount: Money,
    at: &Context,
) -> Result<Vec<Event>, Refusal> {
    let currency = known(state, account)?;
    if at.actor.tier == Tier::Warehouse {
        return Err(Refusal::TierTooLow {
            tier: at.actor.tier,
            needed: Tier::Agent,
        });
    }
    if let Some((_, spent)) = state.redeemed.iter().find(|(known, _)| known == reference) {
        if *spent == amount {
            return Ok(Vec::new());
        }
        return Err(Refusal::Contradicts(reference.clone()));
    }
    if amount.currency != currency {
        return Err(Refusal::CurrencyDiffers(currency));
    }
    if !amount.is_positive() {
        return Err(Refusal::Amount);
    }
    if state.standing == AccountStanding::Frozen {
        return Err(Refusal::Frozen(account.clone()));
    }
    let left = state.balance(at.now);
    if amount.minor > left {
        return Err(Refusal::Short {
            account: account.clone(),
            asked: amount,
            left: Money::new(left, currency),
        });
    }
    Ok(vec![
        StoreCreditRedeemed {
            account: account.clone(),
            reference: reference.clone(),
            amount,
            lots: shares(state, amount, at.now),
        }
        .into(),
    ])
}

fn shares(state: &AccountState, amount: Money, now: Timestamp) -> Vec<LotShare> {
    let mut lots: Vec<&Lot> = state.open_lots(now).collect();
    lots.sort_by_key(|lot| lot.expires_at.unwrap_or(Timestamp::MAX));
    let mut missing = amount.minor;
    let share = |lot: &Lot| {
        let share = missing.min(lot.left);
        missing -= share;
        (share > 0).then(|| LotShare {
            lot: lot.lot,
            amount: Money::new(share, amount.currency),
        })
    };
    lots.into_iter().filter_map(share).collect()
}

/// A lot ends once, at its time and not before.
fn expire(state: &AccountState, account: &AccountId, number: u32, at: &Context) -> Vec<Event> {
    let lot = state.lots.iter().find(|lot| lot.lot == number);
    let ends = |lot: &&Lot| {
        let due = lot.expires_at.is_some_and(|end| is_due(end, at.now));
        lot.ended == LotEnd::NotYet && due
    };
    let Some(lot) = lot.filter(ends) else {
        return Vec::new();
    };
    vec![
        StoreCreditExpired {
            account: account.clone(),
            lot: number,
            amount: Money::new(lot.left, lot.issued.currency),
        }
        .into(),
    ]
}

fn freeze(
    state: &AccountState,
    account: &AccountId,
    note: &Text,
    at: &Context,
) -> Result<Vec<Event>, Refusal> {
    known(state, account)?;
    may_freeze(at.actor.tier)?;
    if state.standing == AccountStanding::Frozen {
        return Ok(Vec::new());
    }
    let (account, note) = (account.clone(), note.clone());
    Ok(vec![StoreCreditFrozen { account, note }.into()])
}

fn unfreeze(
    state: &AccountState,
    account: &AccountId,
    note: &Text,
    at: &Context,
) -> Result<Vec<Event>, Refusal> {
    known(state, account)?;
    may_freeze(at.actor.tier)?;
    if state.standing == AccountStanding::Open {
        return Ok(Vec::new());
    }
    let (account, note) = (account.clone(), note.clone());
    Ok(vec![StoreCreditUnfrozen { account, note }.into()])
}

fn may_freeze(tier: Tier) -> Result<(), Refusal> {
    match tier {
        Tier::Expert | Tier::Admin => Ok(()),
        Tier::Platform | Tier::Warehouse | Tier::Agent | Tier::System => Err(Refusal::TierTooLow {
            tier,
            needed: Tier::Expert,
        }),
    }
}

fn known(state: &AccountState, account: &AccountId) -> Result<Currency, Refusal> {
    state
        .currency()
        .ok_or_else(|| Refusal::Unknown(account.clone()))
}

/// Which timers the events of accounts set and clear: one a lot that has an end.
pub fn account_deadline(event: &Event) -> Option<DeadlineChange> {
    match event {
        Event::StoreCreditIssued(event) => event.expires_at.map(|at| DeadlineChange::Set {
            key: format!("{}/{}", event.account, event.lot),
            at,
        }),
        Event::StoreCreditExpired(event) => Some(DeadlineChange::Clear {
            key: format!("{}/{}", event.account, event.lot),
        }),
        _ => None,
    }
}

/// The account and the lot that a timer's key names.
pub fn lot_of(key: &str) -> Option<(AccountId, u32)> {
    let (account, lot) = key.split_once('/')?;
    Some((account.parse().ok()?, lot.parse().ok()?))
}
