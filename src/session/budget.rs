//! A budget of processor time for answers to many viewers, so that training is not slowed down.

use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use rustix::time::{ClockId, clock_gettime};

/// Share of one core that all answers together may take on machines with few cores …
const SHARE: f64 = 0.25;
/// … and share of each core on machines with many.
const SHARE_OF_CORE: f64 = 0.125;
/// Upper bound on the wait for a turn.
const MAX_WAIT: Duration = Duration::from_secs(2);
/// Upper bound on the wait that makes up for answers beyond the share.
const MAX_DEBT: Duration = Duration::from_secs(10);

/// A budget of processor time, shared by all answers. Each reservation delays the next one by so much that together they take no more
/// than the share; reservations are granted in order.
#[derive(Debug)]
pub struct Budget {
    /// When the next reservation begins; in the past if none waits.
    next: Mutex<Instant>,
    /// Seconds of processor time per second.
    share: f64,
}

impl Default for Budget {
    /// The budget for the cores of this machine.
    fn default() -> Self {
        let cores = thread::available_parallelism().map_or(1, usize::from);
        Self::new(SHARE.max(SHARE_OF_CORE * cores as f64))
    }
}

impl Budget {
    fn new(share: f64) -> Self {
        Self { next: Mutex::new(Instant::now()), share }
    }

    /// When the next reservation would begin.
    #[must_use]
    pub fn next(&self) -> Instant {
        *self.next.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Reserves processor time; returns when the work may begin, at most two seconds from `now`.
    #[must_use]
    pub fn reserve(&self, cost: Duration, now: Instant) -> Instant {
        let mut next = self.next.lock().unwrap_or_else(PoisonError::into_inner);
        let turn = (*next).max(now);
        *next = turn + cost.div_f64(self.share);
        turn.min(now + MAX_WAIT)
    }

    /// Replaces a reservation by the processor time that the work has taken until `now`.
    pub fn correct(&self, reserved: Duration, cost: Duration, now: Instant) {
        let mut next = self.next.lock().unwrap_or_else(PoisonError::into_inner);
        *next += cost.saturating_sub(reserved).div_f64(self.share);
        *next = next.checked_sub(reserved.saturating_sub(cost).div_f64(self.share)).unwrap_or(*next);
        *next = (*next).min(now + MAX_DEBT);
    }
}

/// Processor time of this thread, without time spent waiting.
#[must_use]
pub fn thread_time() -> Duration {
    Duration::try_from(clock_gettime(ClockId::ThreadCPUTime)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn budget_many_viewers_take_no_more_than_the_share() {
        let (budget, start) = (Budget::new(0.25), Instant::now());
        let cost = Duration::from_millis(1);
        // far more than fits into a second
        let turns: Vec<_> = (0..1000).map(|_| budget.reserve(cost, start)).collect();
        assert!(turns.is_sorted(), "in the order of the reservations");
        let second = turns.iter().filter(|turn| **turn < start + Duration::from_secs(1)).count();
        assert!((250..=251).contains(&second), "{second} reservations of a millisecond");
        assert!(turns.iter().all(|turn| *turn <= start + MAX_WAIT));
    }

    #[test]
    fn budget_single_viewer_does_not_wait_and_unused_time_is_returned() {
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
    fn budget_long_answer_delays_the_next_up_to_a_bound() {
        let (budget, start) = (Budget::new(0.25), Instant::now());
        let _ = budget.reserve(Duration::from_secs(1), start);
        assert_eq!(budget.reserve(Duration::from_millis(1), start), start + MAX_WAIT);
        assert_eq!(budget.next(), start + Duration::from_millis(4004));
        budget.correct(Duration::ZERO, Duration::from_hours(1), start);
        assert_eq!(budget.next(), start + MAX_DEBT);
    }

    #[test]
    fn thread_time_busy_thread_increases() {
        let before = thread_time();
        while thread_time() == before {
            std::hint::spin_loop();
        }
        assert!(thread_time() > before);
    }
}
