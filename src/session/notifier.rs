//! A notification with a counter, for a thread that waits for any of several events.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// Counts notifications and wakes the threads that wait for the next one.
#[derive(Debug, Default)]
pub(super) struct Notifier {
    count: Mutex<u64>,
    notified: Condvar,
}

impl Notifier {
    /// Increments the counter and wakes all waiting threads.
    pub fn notify(&self) {
        *self.lock_count() += 1;
        self.notified.notify_all();
    }

    /// The number of notifications so far, for [`wait`](Self::wait).
    pub fn count(&self) -> u64 {
        *self.lock_count()
    }

    /// Waits until there have been more notifications than `seen`, or until `deadline`; returns whether there have been.
    pub fn wait(&self, seen: u64, deadline: Instant) -> bool {
        let mut count = self.lock_count();
        while *count == seen {
            let left = deadline.saturating_duration_since(Instant::now());
            if left == Duration::ZERO {
                return false;
            }
            count = self.notified.wait_timeout(count, left).unwrap_or_else(PoisonError::into_inner).0;
        }
        true
    }

    fn lock_count(&self) -> MutexGuard<'_, u64> {
        self.count.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
