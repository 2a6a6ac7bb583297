//! A notification with a counter, for a thread that waits for any of several events.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// Counts notifications and wakes the threads that wait for the next one.
#[derive(Debug, Default)]
pub(super) struct Notifier {
    times: Mutex<u64>,
    rung: Condvar,
}

impl Notifier {
    /// Increments the counter and wakes all waiting threads.
    pub fn notify(&self) {
        *self.times() += 1;
        self.rung.notify_all();
    }

    /// The number of notifications so far, for [`wait`](Self::wait).
    pub fn count(&self) -> u64 {
        *self.times()
    }

    /// Waits until there have been more notifications than `seen`, or until `deadline`; returns whether there have.
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
