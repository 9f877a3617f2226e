//! What holds after any sequence of returns, claims, exchanges and repairs. The numbers I… are those
//! of the domain's invariants.

use std::sync::LazyLock;

use backhaul_events::LineUnits;
use backhaul_events::returns::{
    ClaimReason, ClaimedUnits, DenialReason, LineAmount, PolicySet, ReceivedUnits, Release,
    ReleasedItem, RemedyOf,
};
use backhaul_kernel::{ClaimId, Decider, ExchangeId, LineId, OrderId, RepairId, ReturnId};
use backhaul_returns::{
    AskedRemedy, AskedReplacement, Cancel, ClaimCommand, Close, Command, Event, ExchangeCommand,
    Inspect, NotReturnable, OpenClaim, OrderFacts, Payer, PolicySnapshot, RecordReceipt,
    RepairCommand, Request, RequestExchange, ResolveClaim, Returns, StartRepair, State,
    SupplyCommand,
};
use backhaul_testkit::{OrderSample, fold, id, money, text, time};
use proptest::prelude::*;

use crate::{ASKED, accepted, content, facts, intact, item, policy, sample};

/// When everything is asked and told.
const AT: &str = "2026-03-12T12:00:00Z";
/// Later than every advance is due.
const LATER: &str = "2026-05-01T00:00:00Z";
/// What was paid for the sample order.
const PAID: i64 = 4000;

/// Commands of one history.
const COMMANDS: std::ops::Range<usize> = 10..60;

fn order() -> OrderSample {
    sample().destination("GB", "UTC")
}

/// The order, folded once: every command of every history is about it.
static ORDER: LazyLock<OrderFacts> = LazyLock::new(|| facts(&order()));
/// What claims are resolved by.
static POLICY: LazyLock<PolicySnapshot> = LazyLock::new(|| policy(content()));

fn number() -> impl Strategy<Value = u32> {
    prop_oneof![4 => Just(1_u32), 3 => Just(2), 2 => Just(3)]
}

fn line() -> impl Strategy<Value = LineId> {
    prop_oneof![
        3 => Just(id("1")),
        3 => Just(id("2")),
        1 => Just(id("X1-1")),
        1 => Just(id("X2-1")),
        1 => Just(id("K1-1")),
    ]
}

fn the<T>(number: u32, numbered: fn(&OrderId, u32) -> T) -> T {
    numbered(&id("536365"), number)
}

fn of() -> impl Strategy<Value = RemedyOf> {
    (number(), any::<bool>()).prop_map(|(number, is_claim)| match is_claim {
        true => RemedyOf::Claim {
            claim: the(number, ClaimId::numbered),
        },
        false => RemedyOf::Exchange {
            exchange: the(number, ExchangeId::numbered),
        },
    })
}

fn any_policy() -> impl Strategy<Value = PolicySnapshot> {
    let release = prop_oneof![Just(Release::OnRequest), Just(Release::OnInspection)];
    (release, any::<bool>()).prop_map(|(release, keeps)| {
        policy(PolicySet {
            release,
            keep_item_up_to: match keeps {
                true => vec![money(600, "EUR")],
                false => Vec::new(),
            },
            ..content()
        })
    })
}

fn returning() -> impl Strategy<Value = Command> {
    let asks = (line(), 1..3_u32, any_policy()).prop_map(|(line, units, policy)| {
        Command::Request(Request {
            order: id("536365"),
            items: vec![item(line.as_str(), units)],
            requested_at: time(ASKED),
            gift_recipient: None,
            facts: ORDER.clone(),
            policy,
            on_not_returnable: NotReturnable::Decline,
        })
    });
    let arrives = (number(), line(), 1..3_u32).prop_map(|(number, line, units)| {
        Command::RecordReceipt(RecordReceipt {
            r#return: the(number, ReturnId::numbered),
            parcel: None,
            site: text(""),
            units: vec![ReceivedUnits::clone(&intact(line.as_str(), units))],
            parts: Vec::new(),
            missing: Vec::new(),
            wrong_items: Vec::new(),
            received_at: time(AT),
        })
    });
    let inspected = (number(), line(), 1..3_u32).prop_map(|(number, line, units)| {
        Command::Inspect(Inspect {
            r#return: the(number, ReturnId::numbered),
            units: vec![accepted(line.as_str(), units)],
            lost_value: Vec::new(),
            dispositions: Vec::new(),
            inspected_at: time(AT),
            facts: backhaul_returns::OrderFacts::Unknown,
        })
    });
    let ends = (number(), any::<bool>()).prop_map(|(number, cancels)| {
        let r#return = the(number, ReturnId::numbered);
        match cancels {
            true => Command::Cancel(Cancel {
                r#return,
                note: text(""),
            }),
            false => Command::Close(Close { r#return }),
        }
    });
    prop_oneof![3 => asks, 4 => arrives, 4 => inspected, 1 => ends]
}

fn claiming(reduces: bool) -> impl Strategy<Value = Command> {
    let opens = (line(), 1..3_u32, any::<bool>()).prop_map(|(line, quantity, lost)| {
        let units = vec![ClaimedUnits {
            line,
            quantity,
            fault_found_at: None,
        }];
        ClaimCommand::Open(OpenClaim {
            order: id("536365"),
            reason: match lost {
                true => ClaimReason::NotDelivered,
                false => ClaimReason::Defective,
            },
            units,
            note: text(""),
            evidence: Vec::new(),
            opened_at: time(AT),
            facts: ORDER.clone(),
        })
    });
    let decides = (number(), 0..6_u8).prop_map(|(number, which)| {
        let claim = the(number, ClaimId::numbered);
        let note = text("");
        match which {
            0 => ClaimCommand::Withdraw { claim, note },
            1 => ClaimCommand::Deny {
                claim,
                reason: DenialReason::Other,
                note,
            },
            _ => ClaimCommand::Accept { claim, note },
        }
    });
    let resolves =
        (number(), 0..4_u8, line(), 1..900_i64).prop_map(move |(number, which, line, minor)| {
            let part = match reduces {
                true => vec![LineAmount {
                    line,
                    amount: money(minor, "EUR"),
                }],
                false => Vec::new(),
            };
            let remedy = match which {
                0 => AskedRemedy::Refund,
                1 if reduces => AskedRemedy::PriceReduction(part),
                2 => AskedRemedy::Repair(part),
                _ => AskedRemedy::Replacement(part),
            };
            ClaimCommand::Resolve(ResolveClaim {
                claim: the(number, ClaimId::numbered),
                remedy,
                facts: ORDER.clone(),
                policy: POLICY.clone(),
            })
        });
    prop_oneof![3 => opens, 4 => decides, 4 => resolves].prop_map(Command::Claim)
}

fn exchanging() -> impl Strategy<Value = Command> {
    let asks = (line(), 1..3_u32, 1..2_000_i64, any_policy(), any::<bool>()).prop_map(
        |(line, units, price, policy, advance)| {
            ExchangeCommand::Request(RequestExchange {
                order: id("536365"),
                items: vec![item(line.as_str(), units)],
                replacements: vec![AskedReplacement {
                    sku: text("B"),
                    category: None,
                    quantity: units,
                    unit_price: money(price, "EUR"),
                }],
                shipping: Some(money(25, "EUR")),
                return_shipping: None,
                advance_days: advance.then_some(10),
                requested_at: time(AT),
                facts: ORDER.clone(),
                policy,
            })
        },
    );
    let steps = (number(), 0..4_u8).prop_map(|(number, which)| {
        let exchange = the(number, ExchangeId::numbered);
        let note = text("");
        match which {
            0 => ExchangeCommand::Unwind { exchange, note },
            1 => ExchangeCommand::Cancel { exchange, note },
            _ => ExchangeCommand::AuthorizeAdvance {
                exchange,
                payment: text("hold"),
            },
        }
    });
    prop_oneof![2 => asks, 3 => steps].prop_map(Command::Exchange)
}

fn supplying() -> impl Strategy<Value = Command> {
    (of(), 0..6_u8).prop_map(|(of, which)| {
        Command::Supply(match which {
            0 => SupplyCommand::Unavailable { of, note: text("") },
            1 | 2 => SupplyCommand::Deliver {
                of,
                delivered_at: time(AT),
            },
            _ => SupplyCommand::Send {
                of,
                reference: text(""),
                sent_at: time(AT),
            },
        })
    })
}

fn repairing() -> impl Strategy<Value = Command> {
    let starts = (line(), 1..3_u32).prop_map(|(line, quantity)| {
        RepairCommand::Start(StartRepair {
            order: id("536365"),
            units: vec![LineUnits { line, quantity }],
            payer: Payer::Guarantee,
            note: text(""),
            started_at: time(AT),
            facts: ORDER.clone(),
        })
    });
    let steps = (number(), 0..3_u8).prop_map(|(number, which)| {
        let repair = the(number, RepairId::numbered);
        match which {
            0 => RepairCommand::Complete {
                repair,
                parts: Vec::new(),
                completed_at: time(AT),
                facts: ORDER.clone(),
            },
            1 => RepairCommand::Fail {
                repair,
                note: text(""),
                failed_at: time(AT),
            },
            _ => RepairCommand::SendBack {
                repair,
                reference: text(""),
                sent_at: time(AT),
            },
        }
    });
    prop_oneof![1 => starts, 3 => steps].prop_map(Command::Repair)
}

fn any_command(reduces: bool) -> impl Strategy<Value = Command> {
    prop_oneof![
        6 => returning(),
        5 => claiming(reduces),
        4 => exchanging(),
        4 => supplying(),
        2 => repairing(),
    ]
}

/// Everything that was decided, and the state that was live while it was. Whatever the platform is
/// asked to collect it collects, and the deadlines of advances fire at the end.
fn run(commands: &[Command]) -> (Vec<Event>, State) {
    let (mut state, mut history) = (State::default(), Vec::new());
    for command in commands {
        tell(&mut state, &mut history, command, AT);
        let open: Vec<_> = state.exchanges.iter().map(|each| each.id.clone()).collect();
        for exchange in open {
            let difference = state.exchange(&exchange).expect("it is there").difference();
            let collect = Command::Exchange(ExchangeCommand::CollectDifference {
                exchange,
                amount: money(difference, "EUR"),
                payment: text("pay"),
                collected_at: time(AT),
            });
            tell(&mut state, &mut history, &collect, AT);
        }
    }
    for each in state.exchanges.clone() {
        if let Some(due) = each.goods_due_at {
            let exchange = each.id.clone();
            let charge = Command::Exchange(ExchangeCommand::ChargeAdvance { exchange, due });
            tell(&mut state, &mut history, &charge, LATER);
        }
    }
    (history, state)
}

fn tell(state: &mut State, history: &mut Vec<Event>, command: &Command, at: &str) {
    let Ok(events) = Returns::decide(state, command, &backhaul_testkit::at(at)) else {
        return;
    };
    for event in &events {
        Returns::evolve(state, event);
    }
    history.extend(events);
    assert_units(state);
    // The same again changes nothing, unless it asks for something new.
    let asks = matches!(
        command,
        Command::Request(_)
            | Command::RecordReceipt(_)
            | Command::Inspect(_)
            | Command::Claim(ClaimCommand::Open(_))
            | Command::Exchange(ExchangeCommand::Request(_))
            | Command::Repair(RepairCommand::Start(_))
    );
    if !asks && let Ok(again) = Returns::decide(state, command, &backhaul_testkit::at(at)) {
        assert_eq!(again, [], "{command:?}");
    }
}

/// I1, of the lines of the order and of those that it gained.
fn assert_units(state: &State) {
    for (line, bought) in [("1", 3), ("2", 4)] {
        assert!(state.held(&id(line)) <= bought, "{line}: {state:?}");
    }
    for exchange in &state.exchanges {
        for line in &exchange.lines {
            let held = state.held(&line.line);
            assert!(held <= u64::from(line.quantity), "{}: {state:?}", line.line);
        }
    }
}

/// What was paid for the units of an item, or asked for them.
fn worth(item: &ReleasedItem) -> i64 {
    if !item.out_of.is_empty() {
        return item.out_of.iter().map(|part| part.amount.minor).sum();
    }
    let unit = match item.line.as_str() {
        "1" => 1000,
        "2" => 250,
        _ => 0,
    };
    item.claim
        .map_or(unit * i64::from(item.quantity), |claim| claim.minor)
}

fn released(history: &[Event]) -> i64 {
    let items = history.iter().filter_map(|event| match event {
        Event::RefundReleased(event) => Some(&event.items),
        Event::RemedyReleased(event) => Some(&event.items),
        _ => None,
    });
    items.flatten().map(worth).sum()
}

fn sum(
    history: &[Event],
    of: &ExchangeId,
    amount: fn(&Event) -> Option<(&ExchangeId, i64)>,
) -> i64 {
    let amounts = history.iter().filter_map(amount);
    amounts
        .filter(|(exchange, _)| *exchange == of)
        .map(|(_, minor)| minor)
        .sum()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(10_000))]

    /// I1 and I13 after every step (`tell`): units are held once, over all ways to ask for them, and
    /// the same command again changes nothing. I3: no more money is released than was paid. And the
    /// difference of an exchange is paid back once at most.
    #[test]
    fn units_are_conserved_and_money_is_never_above_what_was_paid(
        commands in prop::collection::vec(any_command(false), COMMANDS),
    ) {
        let (history, state) = run(&commands);
        prop_assert!(released(&history) <= PAID, "{}", released(&history));
        for exchange in &state.exchanges {
            let collected = sum(&history, &exchange.id, |event| match event {
                Event::DifferenceCollected(event) => Some((&event.exchange, event.amount.minor)),
                Event::AdvanceCharged(event) => Some((&event.exchange, event.amount.minor)),
                _ => None,
            });
            let given_back = sum(&history, &exchange.id, |event| match event {
                Event::DifferenceReleased(event) => Some((&event.exchange, event.amount.minor)),
                _ => None,
            });
            prop_assert!(given_back <= collected, "{given_back} of {collected}");
        }
    }

    /// I12: replay equals live, from events and from a snapshot, with price reductions among them.
    #[test]
    fn a_fold_of_what_was_decided_is_the_live_state(
        commands in prop::collection::vec(any_command(true), COMMANDS),
    ) {
        let (history, state) = run(&commands);
        prop_assert_eq!(&fold::<Returns>(&history), &state);
        let snapshot = serde_json::to_vec(&state).expect("a state is plain data");
        let restored: State = serde_json::from_slice(&snapshot).expect("it was just written");
        prop_assert_eq!(&restored, &state);
    }
}
