//! What holds after any sequence of commands. The numbers I… are those of the domain's invariants.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use backhaul_events::returns::{
    Authorization, Condition, DeductionKind, Disposition, Evidence, EvidenceKind, Fees, Grade,
    InspectedUnits, InspectionOutcome, PartialRefund, PolicySet, ReceivedUnits, Release,
    RequestedItem, Rule, Statement,
};
use backhaul_kernel::{Context, Decider, LineId, OrderId, ParcelId, ReturnId};
use backhaul_returns::{
    AcceptOffer, AssignDisposition, Authorize, Cancel, Close, Command, ConfirmWithdrawal,
    DeclareWithdrawal, Decline, DeclineOffer, Event, Expire, Inspect, LostValue, NotReturnable,
    NoteRefundSettled, Offer, OfferPartialRefund, OfferStanding, OrderFacts, PolicySnapshot,
    RecordHandover, RecordMissing, RecordReceipt, RecordRecovery, ReleaseUninspected, Reopen,
    Request, Return, Returns, Stage, State,
};
use backhaul_testkit::{at, fold, id, money, sample::units, text, time};
use proptest::prelude::*;

use crate::{ASKED, claiming, content, decision, facts, item, sample};

/// Commands of one history: enough for a return to be asked for, received, inspected and closed
/// beside others, and few enough for ten thousand histories in some seconds.
const COMMANDS: std::ops::Range<usize> = 8..48;

/// The sample order, folded once: every command of every history is about it.
static ORDER: LazyLock<OrderFacts> = LazyLock::new(|| facts(&sample()));

/// Late enough for authorisations to expire, early enough for none of these commands to be in the
/// future.
fn end() -> Context {
    at("2026-05-01T00:00:00Z")
}

fn any_return() -> impl Strategy<Value = ReturnId> {
    let order: OrderId = id("536365");
    prop_oneof![6 => Just(1_u32), 3 => Just(2), 1 => Just(3)]
        .prop_map(move |number| ReturnId::numbered(&order, number))
}

fn any_line() -> impl Strategy<Value = LineId> {
    prop_oneof![Just(id("1")), Just(id("2"))]
}

fn any_item() -> impl Strategy<Value = RequestedItem> {
    (1..3_u32, 1..4_u32, prop::option::of(1..2_000_i64)).prop_map(|(line, quantity, claim)| {
        let line = line.to_string();
        match claim {
            Some(claim) => claiming(&line, quantity, claim),
            None => item(&line, quantity),
        }
    })
}

fn any_policy() -> impl Strategy<Value = PolicySnapshot> {
    let release = prop_oneof![
        Just(Release::OnRequest),
        Just(Release::OnFirstScan),
        Just(Release::OnReceipt),
        Just(Release::OnInspection)
    ];
    let days = prop::option::of(1..20_u32);
    let fees = prop::option::of((0..10_001_u32, 0..3_000_i64));
    let any = (release, any::<bool>(), any::<bool>(), days, fees, 1..9_u32);
    any.prop_map(
        |(release, automatic, keeps, release_after_days, fees, version)| {
            let content = PolicySet {
                release,
                release_after_days,
                rules: fees
                    .map(kept_back)
                    .into_iter()
                    .chain(offering(version))
                    .collect(),
                authorization: if automatic {
                    Authorization::Automatic
                } else {
                    Authorization::Manual
                },
                keep_item_up_to: if keeps {
                    vec![money(600, "EUR")]
                } else {
                    Vec::new()
                },
                ..content()
            };
            PolicySnapshot::new(id("default"), version, content)
        },
    )
}

fn kept_back((restocking_basis_points, postage): (u32, i64)) -> Rule {
    Rule {
        id: text("fees"),
        fees: Some(Fees {
            restocking_basis_points,
            return_postage: vec![money(postage, "EUR")],
            diminished_value: true,
        }),
        ..Rule::default()
    }
}

/// Every other version of a policy offers a quarter to buyers who keep the goods.
fn offering(version: u32) -> Option<Rule> {
    version.is_multiple_of(2).then(|| Rule {
        id: text("keep-it-for-less"),
        partial_refund: Some(PartialRefund {
            basis_points: 2_500,
        }),
        ..Rule::default()
    })
}

fn any_received() -> impl Strategy<Value = ReceivedUnits> {
    (any_line(), 1..3_u32, any::<bool>()).prop_map(|(line, quantity, intact)| ReceivedUnits {
        line,
        quantity,
        condition: if intact {
            Condition::Intact
        } else {
            Condition::Damaged
        },
    })
}

fn any_inspected() -> impl Strategy<Value = InspectedUnits> {
    (any_line(), 1..3_u32, any::<bool>(), any::<bool>()).prop_map(
        |(line, quantity, broken, accepted)| {
            let grade = if broken { Grade::D } else { Grade::B };
            let outcome = if accepted {
                InspectionOutcome::Accepted
            } else {
                InspectionOutcome::Rejected
            };
            InspectedUnits {
                evidence: vec![photo()],
                ..InspectedUnits::plain(line, quantity, grade, outcome)
            }
        },
    )
}

fn photo() -> Evidence {
    Evidence {
        kind: EvidenceKind::Photo,
        reference: text("scan/4711.jpg"),
        note: text(""),
    }
}

fn any_disposition() -> impl Strategy<Value = Disposition> {
    prop_oneof![
        Just(Disposition::Restock),
        Just(Disposition::SendBack),
        Just(Disposition::Recycle)
    ]
}

fn any_command() -> impl Strategy<Value = Command> {
    let asks =
        (prop::collection::vec(any_item(), 1..4), any_policy()).prop_map(|(items, policy)| {
            Command::Request(Request {
                order: id("536365"),
                items,
                requested_at: time(ASKED),
                gift_recipient: None,
                facts: ORDER.clone(),
                policy,
                on_not_returnable: NotReturnable::Decline,
            })
        });
    let authorizes = (any_return(), any_policy()).prop_map(|(r#return, policy)| {
        Command::Authorize(Authorize {
            r#return,
            facts: ORDER.clone(),
            policy,
        })
    });
    let people = (any_return(), 0..4_u8, 1..4_u32).prop_map(|(r#return, which, release)| {
        let note = text("");
        match which {
            0 => Command::Decline(Decline { r#return, note }),
            1 => Command::Cancel(Cancel { r#return, note }),
            2 => Command::Close(Close { r#return }),
            _ => Command::NoteRefundSettled(NoteRefundSettled { r#return, release }),
        }
    });
    let expires = any_return().prop_map(|r#return| {
        Command::Expire(Expire {
            r#return,
            due: time("2026-05-31T00:00:00Z"),
        })
    });
    let in_time = (any_return(), any::<bool>()).prop_map(|(r#return, scanned)| match scanned {
        true => Command::RecordHandover(RecordHandover {
            parcel: ParcelId::numbered(&r#return.order(), 1),
            r#return,
            handed_over_at: time("2026-03-20T00:00:00Z"),
        }),
        false => Command::ReleaseUninspected(ReleaseUninspected {
            r#return,
            due: time("2026-04-15T00:00:00Z"),
        }),
    });
    let statement = || Statement {
        name: text("Ada"),
        contact: text("ada@example.com"),
    };
    let withdraws = (any_return(), any_line(), 0..4_u32, any_policy()).prop_map(
        move |(r#return, line, quantity, policy)| match quantity {
            0 => Command::ConfirmWithdrawal(ConfirmWithdrawal {
                r#return,
                confirmed_at: time("2026-03-12T00:00:00Z"),
                facts: ORDER.clone(),
                policy,
            }),
            quantity => Command::DeclareWithdrawal(DeclareWithdrawal {
                order: r#return.order(),
                units: vec![units(line.as_str(), quantity)],
                statement: statement(),
                declared_at: time("2026-03-11T00:00:00Z"),
                facts: ORDER.clone(),
                policy,
            }),
        },
    );
    let receives = (any_return(), prop::collection::vec(any_received(), 1..2)).prop_map(
        |(r#return, units)| {
            Command::RecordReceipt(RecordReceipt {
                r#return,
                parcel: None,
                site: text(""),
                units,
                parts: Vec::new(),
                missing: Vec::new(),
                wrong_items: Vec::new(),
                received_at: time("2026-04-01T00:00:00Z"),
            })
        },
    );
    let misses = (any_return(), any_line(), 1..3_u32).prop_map(|(r#return, line, quantity)| {
        Command::RecordMissing(RecordMissing {
            r#return,
            units: vec![units(line.as_str(), quantity)],
        })
    });
    let inspects = (any_return(), any_inspected(), prop::option::of(1..500_i64)).prop_map(
        |(r#return, units, lost)| {
            let lost_value = lost.map(|minor| LostValue {
                units: 0,
                amount: money(minor, "EUR"),
            });
            Command::Inspect(Inspect {
                r#return,
                units: vec![units],
                lost_value: lost_value.into_iter().collect(),
                dispositions: Vec::new(),
                facts: ORDER.clone(),
                inspected_at: time("2026-04-02T00:00:00Z"),
            })
        },
    );
    let offers = (any_return(), 0..3_u8, 1..3_u32, 1..2_000_i64).prop_map(
        |(r#return, which, offer, minor)| match which {
            0 => Command::OfferPartialRefund(OfferPartialRefund {
                r#return,
                amount: money(minor, "EUR"),
                facts: ORDER.clone(),
            }),
            1 => Command::AcceptOffer(AcceptOffer { r#return, offer }),
            _ => Command::DeclineOffer(DeclineOffer {
                r#return,
                offer,
                note: text(""),
            }),
        },
    );
    let afterwards =
        (any_return(), any_line(), any::<bool>()).prop_map(|(r#return, line, recovers)| {
            match recovers {
                true => Command::RecordRecovery(RecordRecovery {
                    r#return,
                    units: units(line.as_str(), 1),
                    amount: money(50, "GBP"),
                    recovered_at: time("2026-04-20T00:00:00Z"),
                    reference: text(""),
                }),
                false => Command::Reopen(Reopen {
                    r#return,
                    note: text(""),
                    facts: ORDER.clone(),
                }),
            }
        });
    let disposes = (any_return(), any_line(), 1..2_u32, any_disposition()).prop_map(
        |(r#return, line, quantity, disposition)| {
            Command::AssignDisposition(AssignDisposition {
                r#return,
                units: units(line.as_str(), quantity),
                disposition,
                site: text(""),
            })
        },
    );
    prop_oneof![
        3 => asks,
        3 => authorizes,
        1 => people,
        1 => expires,
        2 => in_time,
        3 => withdraws,
        12 => receives,
        1 => misses,
        12 => inspects,
        6 => disposes,
        3 => offers,
        2 => afterwards,
    ]
}

/// Everything that was decided, and the state that was live while it was.
fn run(commands: &[Command]) -> (Vec<Event>, State) {
    let mut state = State::default();
    let mut history = Vec::new();
    for (step, command) in commands.iter().enumerate() {
        // Deadlines fire later than people act.
        let at = match command {
            Command::Expire(_) => backhaul_testkit::at("2026-05-31T00:00:00Z"),
            _ => end(),
        };
        let Ok(events) = Returns::decide(&state, command, &at) else {
            continue;
        };
        assert_decided(command, &events);
        for event in &events {
            Returns::evolve(&mut state, event);
        }
        history.extend(events);
        assert_conserved(&state, step);
        assert_twice_is_once(&state, command, &at);
    }
    (history, state)
}

/// I12: a decision names the version of the policy that made it, and its inputs.
fn assert_decided(command: &Command, events: &[Event]) {
    let policy = match command {
        Command::Request(command) => &command.policy,
        Command::Authorize(command) => &command.policy,
        Command::ConfirmWithdrawal(command) => &command.policy,
        _ => return,
    };
    if let Some(decision) = decision(events) {
        assert_eq!(decision.policy, policy.policy);
        assert_eq!(decision.policy_version, policy.version);
        assert!(!decision.inputs_digest.is_empty());
    }
}

/// I13: the same again changes nothing, unless it asks for something new or counts more goods.
fn assert_twice_is_once(state: &State, command: &Command, at: &Context) {
    let is_news = matches!(
        command,
        Command::Request(_)
            | Command::RecordReceipt(_)
            | Command::Inspect(_)
            | Command::RecordMissing(_)
            | Command::AssignDisposition(_)
            | Command::DeclareWithdrawal(_)
            | Command::OfferPartialRefund(_)
            | Command::RecordRecovery(_)
    );
    if !is_news && let Ok(again) = Returns::decide(state, command, at) {
        assert_eq!(again, [], "{command:?}");
    }
}

/// I1, I2 and I16, after every step.
fn assert_conserved(state: &State, step: usize) {
    let mut kept = BTreeMap::new();
    for each in &state.returns {
        let terms = match &each.stage {
            Stage::Authorized(terms) | Stage::Closed(terms) => terms,
            _ => continue,
        };
        if terms.handling == backhaul_events::returns::Handling::KeepItem {
            for (line, count) in &each.lines {
                assert_eq!(count.received(), 0, "I16: nothing of it is awaited");
                *kept.entry(line).or_insert(0_u64) += u64::from(count.requested);
            }
        }
    }
    for (line, bought) in [("1", 3), ("2", 4)] {
        let line: LineId = id(line);
        let held = state.held(&line);
        assert!(held <= bought, "I1: step {step}: {state:?}");
        let kept = kept.get(&line).copied().unwrap_or(0);
        assert!(kept <= held, "I16: step {step}: {state:?}");
        let received: u64 = state
            .returns
            .iter()
            .filter_map(|each| each.lines.get(&line))
            .map(|count| u64::from(count.received().saturating_sub(count.sent_back)))
            .sum();
        assert!(received <= bought, "I1: step {step}: {state:?}");
    }
    for each in &state.returns {
        for (line, count) in &each.lines {
            let waiting = each.waiting.iter().filter(|waiting| waiting.line == *line);
            let waiting: u32 = waiting.map(|waiting| waiting.quantity).sum();
            assert!(waiting + count.overdue + count.inspected() <= count.received());
            assert!(count.received() + count.missing <= count.requested, "I2");
            assert!(count.inspected() <= count.received(), "I2");
            assert!(count.disposed <= count.inspected());
            assert!(count.recovered <= count.disposed.saturating_sub(count.sent_back));
            assert!(count.restocked <= count.intact);
            assert!(count.released <= count.requested);
        }
    }
}

/// What the events of one return released of a line, by what made it due.
fn released(history: &[Event], each: &Return, line: &LineId, basis: Release) -> u32 {
    history
        .iter()
        .filter_map(|event| match event {
            Event::RefundReleased(event) if event.r#return == each.id && event.basis == basis => {
                Some(event)
            }
            _ => None,
        })
        .flat_map(|event| &event.items)
        .filter(|item| item.line == *line)
        .map(|item| item.quantity)
        .sum()
}

/// The claims asked for and released of one return, where every item claims; or what the buyer
/// took instead.
fn claims(history: &[Event], each: &Return) -> Option<(i64, i64)> {
    let offer = each.offer.as_ref();
    let taken = offer.filter(|offer| offer.standing == OfferStanding::Accepted);
    let asked: Option<i64> = each
        .items
        .iter()
        .map(|item| item.claim.map(|claim| claim.minor))
        .sum();
    let released = history.iter().filter_map(|event| match event {
        Event::RefundReleased(event) if event.r#return == each.id => Some(event),
        _ => None,
    });
    let released = released
        .flat_map(|event| &event.items)
        .map(|item| item.claim.map_or(0, |claim| claim.minor))
        .sum();
    let taken = taken.and_then(Offer::amount).map(|amount| amount.minor);
    Some((taken.or(asked)?, released))
}

/// Units of a line that nobody inspected in time.
fn overdue(history: &[Event], each: &Return, line: &LineId) -> u32 {
    let overdue = history.iter().filter_map(|event| match event {
        Event::InspectionOverdue(event) if event.r#return == each.id => Some(event),
        _ => None,
    });
    let units = overdue.flat_map(|event| &event.units);
    let of_line = units.filter(|units| units.line == *line);
    of_line.map(|units| units.quantity).sum()
}

/// What the releases of one return kept back of each kind, and what was to be kept back in all. A
/// return that was authorised again has new fees for the units that were left.
fn kept(history: &[Event], each: &Return) -> Vec<(i64, i64)> {
    let authorised = |event: &&Event| match event {
        Event::ReturnAuthorized(event) => event.r#return == each.id,
        _ => false,
    };
    if history.iter().filter(authorised).count() > 1 {
        return Vec::new();
    }
    let kinds = [DeductionKind::Restocking, DeductionKind::ReturnPostage];
    let of_kind = |kind| {
        let released = history.iter().filter_map(|event| match event {
            Event::RefundReleased(event) if event.r#return == each.id => Some(event),
            _ => None,
        });
        let taken = released.flat_map(|event| &event.terms.deductions);
        let taken = taken.filter(|deduction| deduction.kind == kind);
        let whole = each.terms().into_iter().flat_map(|terms| &terms.fees);
        let whole = whole.filter(|fee| fee.deduction.kind == kind);
        (
            taken.map(|deduction| deduction.amount.minor).sum(),
            whole.map(|fee| fee.deduction.amount.minor).sum(),
        )
    };
    kinds.map(of_kind).into()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(10_000))]

    /// I1, I2, I12, I13 and I16 after every step (`run`); then I5 of what was released: units and
    /// claims of a return are released once, on what made them due, and fees are kept back once, in
    /// whatever order the goods come back. And replay equals live, from events and from a snapshot.
    #[test]
    fn units_and_money_are_conserved_and_replay_equals_live(
        commands in prop::collection::vec(any_command(), COMMANDS),
    ) {
        let (history, state) = run(&commands);
        for each in &state.returns {
            for (line, count) in &each.lines {
                let by = |basis| released(&history, each, line, basis);
                let overdue = overdue(&history, each, line);
                prop_assert!(by(Release::OnInspection) <= count.accepted + overdue);
                prop_assert!(by(Release::OnReceipt) <= count.received());
                if each.handed_over_at.is_none() {
                    prop_assert!(by(Release::OnFirstScan) <= count.received());
                }
                let all = by(Release::OnRequest) + by(Release::OnFirstScan)
                    + by(Release::OnReceipt) + by(Release::OnInspection);
                prop_assert_eq!(all, count.released);
            }
            let is_whole = each.lines.values().all(|count| count.released == count.requested);
            for (taken, whole) in kept(&history, each) {
                prop_assert!(taken <= whole);
                prop_assert!(!is_whole || taken == whole);
            }
            if let Some((asked, released)) = claims(&history, each) {
                prop_assert!(released <= asked);
                if is_whole {
                    prop_assert_eq!(released, asked);
                }
            }
        }
        prop_assert_eq!(&fold::<Returns>(&history), &state);
        let snapshot = serde_json::to_vec(&state).expect("a state is plain data");
        let restored: State = serde_json::from_slice(&snapshot).expect("it was just written");
        prop_assert_eq!(&restored, &state);
    }

    /// A fold is total: events in any order, some twice and some never, leave a state that can be
    /// asked anything.
    #[test]
    fn no_order_of_events_breaks_the_memory(
        commands in prop::collection::vec(any_command(), 8..32),
        shuffle in prop::collection::vec(any::<prop::sample::Index>(), 1..32),
    ) {
        let (history, _) = run(&commands);
        if !history.is_empty() {
            let shuffled = shuffle.iter().map(|index| index.get(&history));
            let state = fold::<Returns>(shuffled);
            for command in &commands {
                let _ = Returns::decide(&state, command, &end());
            }
        }
    }
}
