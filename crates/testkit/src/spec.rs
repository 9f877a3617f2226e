//! Given these events, when this command, then these events or this refusal.
//!
//! ```ignore
//! given::<Orders>([recorded()]).when(command, &at("2026-03-01T10:00:00Z")).then(Ok(vec![]));
//! ```

use std::fmt::Debug;

use backhaul_kernel::{Context, Decider};

/// The history before a command.
pub struct Given<D: Decider> {
    state: D::State,
}

/// One history may end in several ways.
impl<D: Decider> Clone for Given<D>
where
    D::State: Clone,
{
    fn clone(&self) -> Self {
        Self {
            state: self.state.clone(),
        }
    }
}

/// What the rules answered.
pub struct Outcome<D: Decider> {
    state: D::State,
    answer: Result<Vec<D::Event>, D::Refusal>,
}

/// The state after a history.
pub fn fold<'a, D: Decider>(events: impl IntoIterator<Item = &'a D::Event>) -> D::State
where
    D::Event: 'a,
{
    let mut state = D::State::default();
    for event in events {
        D::evolve(&mut state, event);
    }
    state
}

/// A stream with that history.
pub fn given<D: Decider>(events: impl IntoIterator<Item = D::Event>) -> Given<D> {
    let events: Vec<D::Event> = events.into_iter().collect();
    Given {
        state: fold::<D>(&events),
    }
}

impl<D: Decider> Given<D> {
    /// Carries out a command that the test takes for granted.
    ///
    /// # Panics
    /// When the rules refuse it.
    #[must_use]
    pub fn and(mut self, command: &D::Command, at: &Context) -> Self {
        let events = D::decide(&self.state, command, at)
            .unwrap_or_else(|refusal| panic!("refused what was given: {refusal}"));
        for event in &events {
            D::evolve(&mut self.state, event);
        }
        self
    }

    /// Asks the rules.
    pub fn when(self, command: &D::Command, at: &Context) -> Outcome<D> {
        let answer = D::decide(&self.state, command, at);
        Outcome {
            state: self.state,
            answer,
        }
    }

    /// The state so far.
    pub fn state(self) -> D::State {
        self.state
    }
}

impl<D: Decider> Outcome<D>
where
    D::Event: PartialEq + Debug,
    D::Refusal: PartialEq,
{
    /// Checks the answer, and returns the state after it.
    ///
    /// # Panics
    /// When the rules answered something else.
    #[track_caller]
    pub fn then(mut self, expected: Result<Vec<D::Event>, D::Refusal>) -> D::State {
        assert_eq!(self.answer, expected);
        for event in self.answer.iter().flatten() {
            D::evolve(&mut self.state, event);
        }
        self.state
    }

    /// The answer itself, for tests that look at a part of it.
    pub fn answer(self) -> Result<Vec<D::Event>, D::Refusal> {
        self.answer
    }

    /// The events of an accepted command.
    ///
    /// # Panics
    /// When the rules refused it.
    #[track_caller]
    pub fn events(self) -> Vec<D::Event> {
        match self.answer {
            Ok(events) => events,
            Err(refusal) => panic!("refused: {refusal}"),
        }
    }

    /// The refusal.
    ///
    /// # Panics
    /// When the rules accepted the command.
    #[track_caller]
    pub fn refusal(self) -> D::Refusal {
        match self.answer {
            Ok(events) => panic!("not refused: {events:?}"),
            Err(refusal) => refusal,
        }
    }
}
