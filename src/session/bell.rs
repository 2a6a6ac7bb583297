//! What wakes whoever waits for one of several things.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// Rung whenever something has changed that its owner may want to see.
#[derive(Debug, Default)]
pub(super) struct Bell {
    times: Mutex<u64>,
    rung: Condvar,
}

impl Bell {
    pub fn ring(&self) {
        *self.times() += 1;
        self.rung.notify_all();
    }

    /// How often it has been rung, for [`wait`](Self::wait).
    pub fn count(&self) -> u64 {
        *self.times()
    }

    /// Waits until it has been rung more often than `seen`, at most until `deadline`; says whether it has.
    pub fn wait(&self, seen: u64, deadline: Instant) -> bool {
        let mut times = self.times();
        while *times == seen {
            let left = deadline.saturating_duration_since(Instant::now());
            if left == Duration::ZERO {
                return false;
            }
            times = self.rung.wait_timeout(times, left).unwrap_or_else(PoisonError::into_inner).0;
        }
        true
    }

    fn times(&self) -> MutexGuard<'_, u64> {
        self.times.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
