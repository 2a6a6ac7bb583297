//! What the program is busy with before there is anything to see, for whoever waits. Rooms tell it as they work; the command line shows
//! what takes longer than a moment.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

/// A piece of work that may take a while.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Activity {
    /// A file is opened: a pipe waits for somebody who writes into it.
    Opening(String),
    /// A text is read; of how many bytes, where that is known.
    Reading(String),
    /// A text is cut into words.
    Cutting,
    /// A checkpoint is compared with its manifest and read.
    Loading(String),
    /// A model is made.
    Making,
    /// The folder of a run is written.
    Keeping(String),
    /// A text is predicted.
    Evaluating,
    /// Pictures and tables are written.
    Exporting,
}

/// A piece of work that goes on until this is dropped.
#[derive(Debug)]
pub struct Busy {
    work: Arc<Work>,
}

/// A piece of work, and how far it is.
#[derive(Debug)]
pub struct Work {
    /// What it is.
    pub activity: Activity,
    /// When it began.
    pub since: Instant,
    /// Bytes or parts in all; 0 where that is not known.
    pub total: u64,
    done: AtomicU64,
}

impl Work {
    /// How much is done of `total`.
    #[must_use]
    pub fn done(&self) -> u64 {
        self.done.load(Relaxed)
    }
}

/// What goes on, one inside the other.
static NOW: Mutex<Vec<Arc<Work>>> = Mutex::new(Vec::new());

/// Tells that something begins, with so many bytes or parts in all; 0 if that is not known.
#[must_use]
pub fn begin(activity: Activity, total: u64) -> Busy {
    let work = Arc::new(Work { activity, since: Instant::now(), total, done: AtomicU64::new(0) });
    NOW.lock().unwrap_or_else(PoisonError::into_inner).push(Arc::clone(&work));
    Busy { work }
}

/// What the program is busy with, the innermost piece of work.
#[must_use]
pub fn now() -> Option<Arc<Work>> {
    NOW.lock().unwrap_or_else(PoisonError::into_inner).last().cloned()
}

impl Busy {
    /// So much is done.
    pub fn set(&self, done: u64) {
        self.work.done.store(done, Relaxed);
    }
}

impl Drop for Busy {
    fn drop(&mut self) {
        NOW.lock().unwrap_or_else(PoisonError::into_inner).retain(|work| !Arc::ptr_eq(work, &self.work));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn work_is_told_until_it_is_over() {
        let name = "a text of this test".to_owned();
        let mine = || {
            let all = NOW.lock().unwrap();
            all.iter().find(|work| work.activity == Activity::Reading(name.clone())).cloned()
        };
        let busy = begin(Activity::Reading(name.clone()), 10);
        busy.set(3);
        assert_eq!(mine().map(|work| (work.done(), work.total)), Some((3, 10)));
        drop(busy);
        assert!(mine().is_none());
    }
}
