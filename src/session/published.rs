//! What comes out of the training thread: the latest snapshot, never a queue of them.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::Snapshot;

/// The latest snapshot, and a bell for those who wait for the next one.
#[derive(Debug)]
pub(super) struct Published {
    latest: Mutex<Arc<Snapshot>>,
    changed: Condvar,
}

impl Published {
    pub fn new(first: Snapshot) -> Self {
        Self { latest: Mutex::new(Arc::new(first)), changed: Condvar::new() }
    }

    fn lock(&self) -> MutexGuard<'_, Arc<Snapshot>> {
        // whoever panicked while holding it had only an Arc to replace: it is whole
        self.latest.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn replace(&self, snapshot: Snapshot) {
        let snapshot = Arc::new(snapshot);
        *self.lock() = snapshot;
        self.changed.notify_all();
    }

    pub fn latest(&self) -> Arc<Snapshot> {
        Arc::clone(&self.lock())
    }

    /// Waits for a snapshot other than `seen`, at most for `timeout`; returns the latest one in any case.
    pub fn next(&self, seen: &Arc<Snapshot>, timeout: Duration) -> Arc<Snapshot> {
        let deadline = Instant::now() + timeout;
        let mut latest = self.lock();
        while Arc::ptr_eq(&latest, seen) {
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                break;
            }
            latest = self.changed.wait_timeout(latest, left).unwrap_or_else(PoisonError::into_inner).0;
        }
        Arc::clone(&latest)
    }
}
