//! What a training thread publishes: the latest snapshot and, while there are viewers, the weights that answer their questions.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, Weak};
use std::time::{Duration, Instant};

use super::notifier::Notifier;
use super::{Keyframes, Snapshot};
use crate::learning::Predictor;

/// The latest snapshot, keyframes and model of a run, for other threads.
#[derive(Debug)]
pub(super) struct Published {
    latest: Mutex<Arc<Snapshot>>,
    changed: Condvar,
    keyframes: Arc<Mutex<Keyframes>>,
    viewers: Mutex<Vec<Weak<Notifier>>>,
    model: Mutex<Option<PublishedModel>>,
    /// Number of models published since there are viewers; 0 without viewers.
    models: AtomicU64,
}

/// The weights after a step, and the predictor that answers with them.
pub(super) struct PublishedModel {
    /// The attempt of the run.
    pub attempt: u64,
    /// The number of steps taken.
    pub step: u64,
    /// All weights, tensor after tensor; the memory is reused for the next ones.
    pub weights: Vec<f32>,
    /// The predictor that answers with them. Locked while it answers; never by the training thread.
    pub predictor: Arc<Mutex<Box<dyn Predictor>>>,
}

impl std::fmt::Debug for PublishedModel {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PublishedModel")
            .field("attempt", &self.attempt)
            .field("step", &self.step)
            .finish_non_exhaustive()
    }
}

/// Locks a mutex, also a poisoned one: each change under these locks is a single assignment, or of weights that are overwritten before
/// they are read.
pub(super) fn lock<T: ?Sized>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Published {
    /// Publishes a first snapshot, and keyframes that the training thread shares.
    pub fn new(first: Snapshot, keyframes: Arc<Mutex<Keyframes>>) -> Self {
        Self {
            latest: Mutex::new(Arc::new(first)),
            changed: Condvar::new(),
            keyframes,
            viewers: Mutex::default(),
            model: Mutex::default(),
            models: AtomicU64::new(0),
        }
    }

    /// Publishes a snapshot and notifies the viewers.
    pub fn replace(&self, snapshot: Snapshot) {
        *lock(&self.latest) = Arc::new(snapshot);
        self.changed.notify_all();
        lock(&self.viewers).iter().filter_map(Weak::upgrade).for_each(|notifier| notifier.notify());
    }

    /// The latest snapshot.
    pub fn latest(&self) -> Arc<Snapshot> {
        Arc::clone(&lock(&self.latest))
    }

    /// Waits for a snapshot other than `seen`, at most for `timeout`; returns the latest one in any case.
    pub fn next(&self, seen: &Arc<Snapshot>, timeout: Duration) -> Arc<Snapshot> {
        let deadline = Instant::now() + timeout;
        let mut latest = lock(&self.latest);
        while Arc::ptr_eq(&latest, seen) {
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                break;
            }
            latest = self.changed.wait_timeout(latest, left).unwrap_or_else(PoisonError::into_inner).0;
        }
        Arc::clone(&latest)
    }

    /// Locks the keyframes.
    pub fn keyframes(&self) -> MutexGuard<'_, Keyframes> {
        lock(&self.keyframes)
    }

    /// Registers a viewer, whose notifier is notified of every snapshot until it is dropped.
    pub fn add_viewer(&self, notifier: &Arc<Notifier>) {
        let mut viewers = lock(&self.viewers);
        viewers.retain(|notifier| notifier.strong_count() > 0); // a paused run calls `has_viewers` too rarely
        viewers.push(Arc::downgrade(notifier));
    }

    /// Whether there are viewers.
    pub fn has_viewers(&self) -> bool {
        let mut viewers = lock(&self.viewers);
        viewers.retain(|notifier| notifier.strong_count() > 0);
        !viewers.is_empty()
    }

    /// Locks the published model; `None` while there are no viewers.
    pub fn model(&self) -> MutexGuard<'_, Option<PublishedModel>> {
        lock(&self.model)
    }

    /// Like [`model`](Self::model) without waiting; `None` if it is locked.
    pub fn try_model(&self) -> Option<MutexGuard<'_, Option<PublishedModel>>> {
        self.model.try_lock().ok()
    }

    /// Counts a newly published model.
    pub fn count_model(&self) {
        self.models.fetch_add(1, Ordering::Release);
    }

    /// Resets the number of published models, for a model that was withdrawn.
    pub fn reset_models(&self) {
        self.models.store(0, Ordering::Release);
    }

    /// Number of models published since there are viewers; 0 if none has been.
    pub fn models(&self) -> u64 {
        self.models.load(Ordering::Acquire)
    }
}
