//! Waiting for something that moves by itself, and giving up when it no longer does.

use std::time::Duration;

/// How often to look.
const LOOK_EVERY: Duration = Duration::from_millis(250);
/// After so many looks without a change nothing is expected any more: two minutes.
const LOOKS_WITHOUT_CHANGE_MAX: u32 = 480;

/// Watches a number that should change until the work is done.
#[derive(Default)]
pub struct Stall {
    last: Option<u64>,
    looks: u32,
}

/// It has not moved for a long time.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("nothing has moved for {} seconds", LOOK_EVERY.as_millis() * u128::from(LOOKS_WITHOUT_CHANGE_MAX) / 1_000)]
pub struct Stalled;

impl Stall {
    /// Waits until it is time to look again.
    pub async fn wait(&mut self, now: u64) -> Result<(), Stalled> {
        if self.last != Some(now) {
            self.last = Some(now);
            self.looks = 0;
        }
        self.looks += 1;
        if self.looks > LOOKS_WITHOUT_CHANGE_MAX {
            return Err(Stalled);
        }
        tokio::time::sleep(LOOK_EVERY).await;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn it_waits_while_something_moves_and_gives_up_when_nothing_does() {
        let mut stall = Stall::default();
        for now in 0..u64::from(LOOKS_WITHOUT_CHANGE_MAX) * 2 {
            assert_eq!(stall.wait(now).await, Ok(()));
        }
        for _ in 0..LOOKS_WITHOUT_CHANGE_MAX {
            assert_eq!(stall.wait(7).await, Ok(()));
        }
        assert_eq!(stall.wait(7).await, Err(Stalled));
    }
}
