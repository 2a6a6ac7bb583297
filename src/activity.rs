//! Progress of long work before the first frame: rooms report it, and the command line displays work that takes longer than a moment.

use std::sync::atomic::{
    AtomicU64, AtomicUsize,
    Ordering::{Relaxed, SeqCst},
};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

/// A kind of work that may take a while.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Activity {
    /// Opening a file: a pipe blocks until another program writes into it.
    Opening(String),
    /// Reading a text; the total is its length in bytes, if known.
    Reading(String),
    /// Reading standard input to its end.
    ReadingStdin,
    /// Tokenizing a text; the total is its length in bytes.
    Tokenizing,
    /// Verifying and reading a checkpoint.
    Loading(String),
    /// Building a model.
    BuildingModel,
    /// Writing the folder of a new run.
    CreatingRunFolder(String),
    /// Evaluating a model on a text.
    Evaluating,
    /// Writing pictures and tables.
    Exporting,
    /// Generating text.
    Generating,
}

/// Registers work in progress until it is dropped.
#[derive(Debug)]
pub struct ActivityGuard {
    work: Arc<ActiveWork>,
}

/// Work in progress, and how much of it is done.
#[derive(Debug)]
pub struct ActiveWork {
    /// The kind of work.
    pub activity: Activity,
    /// The time at which it began.
    pub since: Instant,
    /// Bytes or parts in total; 0 if unknown.
    pub total: u64,
    done: AtomicU64,
}

impl ActiveWork {
    /// Bytes or parts done.
    #[must_use]
    pub fn done(&self) -> u64 {
        self.done.load(Relaxed)
    }
}

/// All work in progress, the innermost last.
static ACTIVITIES: Mutex<Vec<Arc<ActiveWork>>> = Mutex::new(Vec::new());

/// Registers work of `total` bytes or parts (0 if unknown) until the guard is dropped.
#[must_use]
pub fn begin(activity: Activity, total: u64) -> ActivityGuard {
    let work = Arc::new(ActiveWork { activity, since: Instant::now(), total, done: AtomicU64::new(0) });
    ACTIVITIES.lock().unwrap_or_else(PoisonError::into_inner).push(Arc::clone(&work));
    ActivityGuard { work }
}

/// The work that was registered last and is still in progress.
#[must_use]
pub fn current() -> Option<Arc<ActiveWork>> {
    ACTIVITIES.lock().unwrap_or_else(PoisonError::into_inner).last().cloned()
}

impl ActivityGuard {
    /// Sets the bytes or parts done.
    pub fn set_done(&self, done: u64) {
        self.work.done.store(done, Relaxed);
    }

    /// Adds bytes or parts done.
    pub fn add_done(&self, done: u64) {
        self.work.done.fetch_add(done, Relaxed);
    }
}

impl Drop for ActivityGuard {
    fn drop(&mut self) {
        ACTIVITIES.lock().unwrap_or_else(PoisonError::into_inner).retain(|work| !Arc::ptr_eq(work, &self.work));
    }
}

/// The number of threads that write runs to disk, and the number of their writes so far.
static WRITERS: AtomicUsize = AtomicUsize::new(0);
static WRITTEN: AtomicU64 = AtomicU64::new(0);

/// Counts a thread as a writer until it is dropped.
#[derive(Debug)]
pub struct WriterGuard;

impl WriterGuard {
    /// Counts one more writer.
    #[must_use]
    pub fn begin() -> Self {
        WRITERS.fetch_add(1, SeqCst);
        Self
    }
}

impl Drop for WriterGuard {
    fn drop(&mut self) {
        WRITERS.fetch_sub(1, SeqCst);
    }
}

/// Counts a completed write as progress.
pub fn count_write() {
    WRITTEN.fetch_add(1, SeqCst);
}

/// Time between two checks of the progress.
const POLL_INTERVAL: Duration = Duration::from_millis(20);
/// Longest wait for writers that make no progress.
const MAX_STALL: Duration = Duration::from_secs(10);

/// Blocks until there are no writers, or they have made no progress for 10 seconds, and then for `rest`, in which the program may end by
/// itself. Called before the program is ended by force.
pub fn wait_for_writers(rest: Duration) {
    wait(rest, &mut || (WRITERS.load(SeqCst), WRITTEN.load(SeqCst)), &mut || {
        thread::sleep(POLL_INTERVAL);
        Instant::now()
    });
}

/// As [`wait_for_writers`]; `counts` returns the numbers of writers and writes, `next_time` waits and returns the time.
fn wait(rest: Duration, counts: &mut dyn FnMut() -> (usize, u64), next_time: &mut dyn FnMut() -> Instant) {
    let mut now = next_time();
    let (mut last, mut since, mut busy_until) = (counts(), now, now);
    while last.0 > 0 && now < since + MAX_STALL || now < busy_until + rest {
        now = next_time();
        let found = counts();
        if found != last {
            (last, since) = (found, now);
        }
        if last.0 > 0 && now < since + MAX_STALL {
            busy_until = now;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    #[test]
    fn work_is_registered_until_guard_is_dropped() {
        let name = "a text of this test".to_owned();
        let mine = || {
            let all = ACTIVITIES.lock().unwrap();
            all.iter().find(|work| work.activity == Activity::Reading(name.clone())).cloned()
        };
        let busy = begin(Activity::Reading(name.clone()), 10);
        busy.set_done(3);
        assert_eq!(mine().map(|work| (work.done(), work.total)), Some((3, 10)));
        drop(busy);
        assert!(mine().is_none());
    }

    /// Seconds waited for a writer that writes a piece per second until `pieces`, and ends after `ends_after` seconds.
    fn waited(pieces: u64, ends_after: Option<u64>) -> u64 {
        let start = Instant::now();
        let seconds = Cell::new(0);
        let mut written = || (usize::from(ends_after.is_none_or(|end| seconds.get() < end)), seconds.get().min(pieces));
        let mut next = || {
            seconds.set(seconds.get() + 1);
            start + Duration::from_secs(seconds.get())
        };
        wait(Duration::from_secs(2), &mut written, &mut next);
        seconds.get()
    }

    #[test]
    fn writer_is_waited_for_while_it_makes_progress() {
        assert!((3..=4).contains(&waited(0, Some(0))), "without writers only the rest");
        assert!((300..=304).contains(&waited(300, Some(300))), "five minutes of writing, and the rest");
        assert!((310..=314).contains(&waited(300, None)), "a disk that stalls");
    }
}
