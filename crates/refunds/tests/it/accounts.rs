//! Accounts of store credit and gift cards.

use backhaul_events::refunds::{Event, Owner, Source};
use backhaul_kernel::{Context, Decider, Refused, Tier};
use backhaul_refunds::account::{AccountState, Accounts, Command, account_of};
use proptest::prelude::*;

use crate::given::{by, eur, text};

fn buyer() -> Owner {
    Owner::Buyer {
        reference: text("b-1"),
    }
}

fn on(day: u32) -> Context {
    let now = format!("2026-03-{day:02}T10:00:00Z").parse().unwrap();
    Context {
        now,
        occurred_at: now,
        ..by("shop", Tier::Platform)
    }
}

/// Money from `reference` that lapses on that day of the month.
fn issue(reference: &str, minor: i64, expires_day: Option<u32>) -> Command {
    Command::Issue {
        owner: buyer(),
        amount: eur(minor),
        source: Source::Merchant {
            reference: text(reference),
        },
        expires_at: expires_day.map(|day| on(day).now),
    }
}

fn redeem(reference: &str, minor: i64) -> Command {
    Command::Redeem {
        account: account_of(&buyer(), eur(0).currency),
        reference: text(reference),
        amount: eur(minor),
    }
}

fn expire(lot: u32) -> Command {
    let account = account_of(&buyer(), eur(0).currency);
    Command::Expire { account, lot }
}

fn freeze(frozen: bool) -> Command {
    let account = account_of(&buyer(), eur(0).currency);
    let note = text("lost phone");
    match frozen {
        true => Command::Freeze { account, note },
        false => Command::Unfreeze { account, note },
    }
}

#[derive(Default)]
struct Account(AccountState);

impl Account {
    fn run(&mut self, command: &Command, at: &Context) -> Result<Vec<Event>, &'static str> {
        let events = Accounts::decide(&self.0, command, at).map_err(|no| no.reason())?;
        for event in &events {
            Accounts::evolve(&mut self.0, event);
        }
        Ok(events)
    }

    fn is(&mut self, command: &Command, at: &Context, answer: Result<usize, &'static str>) {
        let found = self.run(command, at).map(|events| events.len());
        assert_eq!(found, answer, "{command:?}");
    }
}

#[test]
fn t51_no_more_is_spent_than_is_there_and_twice_is_once() {
    let (mut account, today) = (Account::default(), on(1));
    account.is(&redeem("order-1", 1), &today, Err("ACCOUNT_UNKNOWN"));
    account.is(&issue("card-1", 100, None), &today, Ok(1));
    account.is(&issue("card-1", 100, None), &today, Ok(0));
    account.is(&issue("card-1", 101, None), &today, Err("REFERENCE_REUSED"));
    // Lago estimate spec: 100 left, 50 and then 150.
    account.is(&redeem("order-1", 50), &today, Ok(1));
    account.is(&redeem("order-1", 50), &today, Ok(0));
    account.is(&redeem("order-1", 51), &today, Err("REFERENCE_REUSED"));
    account.is(&redeem("order-2", 150), &today, Err("CREDIT_SHORT"));
    account.is(&redeem("order-2", 0), &today, Err("AMOUNT"));
    account.is(&issue("card-2", -1, None), &today, Err("AMOUNT"));
    assert_eq!(account.0.balance(today.now), 50);
}

#[test]
fn what_lapses_first_is_spent_first_and_the_rest_lapses_at_its_time() {
    let mut account = Account::default();
    account.is(&issue("never", 100, None), &on(1), Ok(1));
    account.is(&issue("late", 100, Some(20)), &on(1), Ok(1));
    account.is(&issue("soon", 100, Some(10)), &on(1), Ok(1));
    account.is(
        &issue("gone", 100, Some(1)),
        &on(1),
        Err("ENDS_IN_THE_PAST"),
    );
    account.is(&redeem("order-1", 150), &on(2), Ok(1));
    let left: Vec<i64> = account.0.lots.iter().map(|lot| lot.left).collect();
    assert_eq!(left, [100, 50, 0]);

    account.is(&expire(2), &on(19), Ok(0));
    assert_eq!(
        account.0.balance(on(21).now),
        100,
        "lapsed before anybody says so"
    );
    account.is(&redeem("order-2", 101), &on(21), Err("CREDIT_SHORT"));
    account.is(&expire(2), &on(20), Ok(1));
    account.is(&expire(2), &on(21), Ok(0));
    account.is(&expire(1), &on(21), Ok(0));
    account.is(&expire(3), &on(21), Ok(1));
    assert_eq!(account.0.balance(on(21).now), 100);
}

#[test]
fn a_frozen_account_moves_nothing() {
    let mut account = Account::default();
    let (today, expert) = (on(1), by("mia", Tier::Expert));
    account.is(&issue("card-1", 100, None), &today, Ok(1));
    account.is(&freeze(true), &today, Err("TIER_TOO_LOW"));
    account.is(&freeze(true), &expert, Ok(1));
    account.is(&freeze(true), &expert, Ok(0));
    account.is(&redeem("order-1", 1), &today, Err("ACCOUNT_FROZEN"));
    account.is(&issue("card-2", 1, None), &today, Err("ACCOUNT_FROZEN"));
    account.is(&freeze(false), &expert, Ok(1));
    account.is(&redeem("order-1", 100), &today, Ok(1));
    account.is(
        &issue("card-2", 1, None),
        &by("lin", Tier::Agent),
        Err("TIER_TOO_LOW"),
    );
}

#[test]
fn each_owner_and_currency_has_an_account_of_its_own() {
    let card = Owner::GiftCard { card: text("b-1") };
    let euro = eur(0).currency;
    let pound = "GBP".parse().unwrap();
    let accounts = [
        account_of(&buyer(), euro),
        account_of(&card, euro),
        account_of(&buyer(), pound),
    ];
    assert_eq!(accounts[0], account_of(&buyer(), euro));
    assert_ne!(accounts[0], accounts[1]);
    assert_ne!(accounts[0], accounts[2]);
    assert!(!accounts[0].as_str().contains("b-1"), "an id names nobody");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(10_000))]

    #[test]
    fn an_account_never_loses_or_makes_money(
        steps in prop::collection::vec((0_u8..3, 0_u8..6, 1_i64..200, 1_u32..28), 1..20),
    ) {
        let mut account = Account::default();
        let (mut issued, mut gone) = (0, 0);
        let mut history = Vec::new();
        for (kind, name, minor, day) in steps {
            let command = match kind {
                0 => issue(&format!("i{name}"), minor, (name % 2 == 0).then_some(28)),
                1 => redeem(&format!("r{name}"), minor),
                _ => expire(u32::from(name)),
            };
            let events = account.run(&command, &on(day)).unwrap_or_default();
            let again = account.run(&command, &on(day)).unwrap_or_default();
            prop_assert!(again.is_empty(), "twice is once");
            for event in &events {
                match event {
                    Event::StoreCreditIssued(event) => issued += event.amount.minor,
                    Event::StoreCreditRedeemed(event) => {
                        let lots: i64 = event.lots.iter().map(|lot| lot.amount.minor).sum();
                        prop_assert_eq!(lots, event.amount.minor);
                        gone += event.amount.minor;
                    }
                    Event::StoreCreditExpired(event) => gone += event.amount.minor,
                    _ => {}
                }
            }
            history.extend(events);
            let left: i64 = account.0.lots.iter().map(|lot| lot.left).sum();
            prop_assert_eq!(left, issued - gone);
            prop_assert!(account.0.lots.iter().all(|lot| lot.left >= 0));
        }
        let mut replayed = AccountState::default();
        for event in &history {
            Accounts::evolve(&mut replayed, event);
        }
        prop_assert_eq!(replayed, account.0);
    }
}
