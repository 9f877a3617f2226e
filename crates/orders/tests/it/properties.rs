//! What holds after any sequence of commands.

use backhaul_events::orders::Tender;
use backhaul_kernel::{Decider, Money};
use backhaul_orders::{
    Capture, Command, Movement, Orders, RecordCapture, RecordDelivery, RecordDispatch, State,
};
use backhaul_testkit::{fold, id, money, order, sample::units, text, time};
use proptest::prelude::*;

use crate::{now, record};

fn command() -> impl Strategy<Value = Command> {
    let movement = prop::collection::vec((1..4_u32, 0..5_u32), 0..4).prop_map(|lines| Movement {
        lines: lines
            .into_iter()
            .map(|(line, quantity)| units(&line.to_string(), quantity))
            .collect(),
        at: time("2026-03-05T00:00:00Z"),
    });
    let capture = (1..4_u32, 0..80_i64).prop_map(|(payment, amount)| Capture {
        payment: id(&format!("p{payment}")),
        tender: Tender::Card,
        provider_payment: text("psp"),
        amount: money(amount, "EUR"),
        captured_at: time("2026-03-02T00:00:00Z"),
    });
    let told = order("o")
        .line("1", 5, 50)
        .line("2", 1, 30)
        .line("3", 9, 20);
    prop_oneof![
        Just(Command::RecordOrder(record(&told))),
        capture.prop_map(|capture| Command::RecordCapture(RecordCapture {
            order: id("o"),
            capture
        })),
        movement.clone().prop_map(|movement| {
            Command::RecordDispatch(RecordDispatch {
                order: id("o"),
                movement,
            })
        }),
        movement.prop_map(|movement| {
            Command::RecordDelivery(RecordDelivery {
                order: id("o"),
                movement,
            })
        }),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(10_000))]

    /// What I1 and I4 stand on: no more is captured than was sold, no more moved than was bought. And
    /// replay equals live, from events and from a snapshot.
    #[test]
    fn no_more_is_captured_or_moved_than_was_bought(commands in prop::collection::vec(command(), 1..30)) {
        let mut state = State::default();
        let mut history = Vec::new();
        for command in &commands {
            let Ok(events) = Orders::decide(&state, command, &now()) else { continue };
            for event in &events {
                Orders::evolve(&mut state, event);
            }
            history.extend(events);
        }

        prop_assert_eq!(&fold::<Orders>(&history), &state);
        let snapshot = serde_json::to_vec(&state).expect("a state is plain data");
        prop_assert_eq!(&serde_json::from_slice::<State>(&snapshot).expect("it was just written"), &state);
        if let Some(order) = state.order() {
            let captured = order.captured().expect("captures are checked");
            prop_assert!(!captured.exceeds(Money::new(100, captured.currency)).expect("one currency"));
            for line in &order.recorded.lines {
                let progress = order.progress_of(&line.line);
                prop_assert!(progress.dispatched <= line.quantity);
                prop_assert!(progress.delivered <= line.quantity);
            }
        }
    }
}
