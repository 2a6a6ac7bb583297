//! What many viewers may take of the machine's time while a run is trained: training goes first.

use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use rustix::time::{ClockId, clock_gettime};

/// How much of the time of one core all together may take where there are few cores, and of each core where there are many.
const SHARE: f64 = 0.25;
const SHARE_OF_CORE: f64 = 0.125;
/// Nobody waits longer for a turn, however much the others want.
const LONGEST_WAIT: Duration = Duration::from_secs(2);
/// What has been taken beyond the share is made up for, but for no longer than this.
const LONGEST_REST: Duration = Duration::from_secs(10);

/// Turns of viewers: each takes some time of a core, and the next one is as much later that all together take no more than their share.
/// Work that has been reserved first is done first.
#[derive(Debug)]
pub struct Budget {
    /// When the next turn may begin; in the past if nobody waits.
    next: Mutex<Instant>,
    /// Seconds of a core that may be taken in a second.
    share: f64,
}

impl Default for Budget {
    /// That of this machine.
    fn default() -> Self {
        let cores = thread::available_parallelism().map_or(1, usize::from);
        Self::new(SHARE.max(SHARE_OF_CORE * cores as f64))
    }
}

impl Budget {
    fn new(share: f64) -> Self {
        Self { next: Mutex::new(Instant::now()), share }
    }

    /// When the next work may begin.
    #[must_use]
    pub fn next(&self) -> Instant {
        *self.next.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// When work may begin that will take about so much time of a core.
    #[must_use]
    pub fn reserve(&self, cost: Duration, now: Instant) -> Instant {
        let mut next = self.next.lock().unwrap_or_else(PoisonError::into_inner);
        let turn = (*next).max(now);
        *next = turn + cost.div_f64(self.share);
        turn.min(now + LONGEST_WAIT)
    }

    /// The work for which `reserved` was taken has taken `cost`, and is over `now`.
    pub fn correct(&self, reserved: Duration, cost: Duration, now: Instant) {
        let mut next = self.next.lock().unwrap_or_else(PoisonError::into_inner);
        *next += cost.saturating_sub(reserved).div_f64(self.share);
        *next = next.checked_sub(reserved.saturating_sub(cost).div_f64(self.share)).unwrap_or(*next);
        *next = (*next).min(now + LONGEST_REST);
    }
}

/// How much time of a core this thread has taken: what it has waited for others is not in it.
#[must_use]
pub fn thread_time() -> Duration {
    Duration::try_from(clock_gettime(ClockId::ThreadCPUTime)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_together_take_no_more_than_their_share() {
        let (budget, start) = (Budget::new(0.25), Instant::now());
        let cost = Duration::from_millis(1);
        // a hundred who want as much as they can get for a second
        let turns: Vec<_> = (0..1000).map(|_| budget.reserve(cost, start)).collect();
        assert!(turns.is_sorted(), "who has asked first is first");
        let second = turns.iter().filter(|turn| **turn < start + Duration::from_secs(1)).count();
        assert!((250..=251).contains(&second), "{second} of a millisecond each");
        assert!(turns.iter().all(|turn| *turn <= start + LONGEST_WAIT));
    }

    #[test]
    fn one_alone_does_not_wait_and_what_was_not_needed_is_given_back() {
        let (budget, start) = (Budget::new(0.25), Instant::now() + Duration::from_secs(1));
        let ten = Duration::from_millis(10);
        assert_eq!(budget.reserve(ten, start), start);
        budget.correct(ten, Duration::from_millis(1), start);
        let later = start + Duration::from_millis(5);
        assert_eq!(budget.reserve(ten, later), later, "four milliseconds of rest were enough");
        budget.correct(ten, Duration::from_millis(20), later);
        assert_eq!(budget.next(), later + Duration::from_millis(80));
    }

    #[test]
    fn an_answer_that_took_long_is_made_up_for_whoever_asks_next() {
        let (budget, start) = (Budget::new(0.25), Instant::now());
        let _ = budget.reserve(Duration::from_secs(1), start);
        assert_eq!(budget.reserve(Duration::from_millis(1), start), start + LONGEST_WAIT);
        assert_eq!(budget.next(), start + Duration::from_millis(4004));
        budget.correct(Duration::ZERO, Duration::from_hours(1), start);
        assert_eq!(budget.next(), start + LONGEST_REST);
    }

    #[test]
    fn the_time_of_a_thread_is_not_that_of_the_clock() {
        let before = thread_time();
        while thread_time() == before {
            std::hint::spin_loop();
        }
        assert!(thread_time() > before);
    }
}
