//! What the program is busy with before there is anything to see, for whoever waits. Rooms tell it as they work; the command line shows
//! what takes longer than a moment.

use std::sync::atomic::{
    AtomicU64, AtomicUsize,
    Ordering::{Relaxed, SeqCst},
};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

/// A piece of work that may take a while.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Activity {
    /// A file is opened: a pipe waits for somebody who writes into it.
    Opening(String),
    /// A text is read; of how many bytes, where that is known.
    Reading(String),
    /// Standard input is read to its end.
    ReadingStdin,
    /// A text is cut into words.
    Tokenizing,
    /// A checkpoint is compared with its manifest and read.
    Loading(String),
    /// A model is made.
    BuildingModel,
    /// The folder of a run is written.
    CreatingRunFolder(String),
    /// A text is predicted.
    Evaluating,
    /// Pictures and tables are written.
    Exporting,
    /// A text is continued.
    Generating,
}

/// A piece of work that goes on until this is dropped.
#[derive(Debug)]
pub struct ActivityGuard {
    work: Arc<ActiveWork>,
}

/// A piece of work, and how far it is.
#[derive(Debug)]
pub struct ActiveWork {
    /// What it is.
    pub activity: Activity,
    /// When it began.
    pub since: Instant,
    /// Bytes or parts in all; 0 where that is not known.
    pub total: u64,
    done: AtomicU64,
}

impl ActiveWork {
    /// How much is done of `total`.
    #[must_use]
    pub fn done(&self) -> u64 {
        self.done.load(Relaxed)
    }
}

/// What goes on, one inside the other.
static ACTIVITIES: Mutex<Vec<Arc<ActiveWork>>> = Mutex::new(Vec::new());

/// Tells that something begins, with so many bytes or parts in all; 0 if that is not known.
#[must_use]
pub fn begin(activity: Activity, total: u64) -> ActivityGuard {
    let work = Arc::new(ActiveWork { activity, since: Instant::now(), total, done: AtomicU64::new(0) });
    ACTIVITIES.lock().unwrap_or_else(PoisonError::into_inner).push(Arc::clone(&work));
    ActivityGuard { work }
}

/// What the program is busy with, the innermost piece of work.
#[must_use]
pub fn current() -> Option<Arc<ActiveWork>> {
    ACTIVITIES.lock().unwrap_or_else(PoisonError::into_inner).last().cloned()
}

impl ActivityGuard {
    /// So much is done.
    pub fn set_done(&self, done: u64) {
        self.work.done.store(done, Relaxed);
    }

    /// So much more is done.
    pub fn add_done(&self, done: u64) {
        self.work.done.fetch_add(done, Relaxed);
    }
}

impl Drop for ActivityGuard {
    fn drop(&mut self) {
        ACTIVITIES.lock().unwrap_or_else(PoisonError::into_inner).retain(|work| !Arc::ptr_eq(work, &self.work));
    }
}

/// Threads that write what is kept, and how much they have written.
static WRITERS: AtomicUsize = AtomicUsize::new(0);
static WRITTEN: AtomicU64 = AtomicU64::new(0);

/// A thread that writes what is kept, until this is dropped.
#[derive(Debug)]
pub struct WriterGuard;

impl WriterGuard {
    /// It begins.
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

/// A piece is on the disk.
pub fn count_write() {
    WRITTEN.fetch_add(1, SeqCst);
}

/// How often it is looked whether there is progress.
const POLL_INTERVAL: Duration = Duration::from_millis(20);
/// A disk that takes nothing for so long is not waited for, nor a step of training that lasts longer.
const MAX_STALL: Duration = Duration::from_secs(10);

/// Waits so long as what is kept is written, with progress: whoever ends the program by then takes nothing away. Afterwards the program
/// has `rest` to end by itself.
pub fn wait_for_writers(rest: Duration) {
    wait(rest, &mut || (WRITERS.load(SeqCst), WRITTEN.load(SeqCst)), &mut || {
        thread::sleep(POLL_INTERVAL);
        Instant::now()
    });
}

fn wait(rest: Duration, written: &mut dyn FnMut() -> (usize, u64), next: &mut dyn FnMut() -> Instant) {
    let mut now = next();
    let (mut last, mut since, mut busy_until) = (written(), now, now);
    while last.0 > 0 && now < since + MAX_STALL || now < busy_until + rest {
        now = next();
        let found = written();
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
    fn work_is_told_until_it_is_over() {
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

    /// How many seconds are waited for a writer that is done, or writes the last piece, in this second.
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
    fn a_writer_is_waited_for_while_it_makes_progress() {
        assert!((3..=4).contains(&waited(0, Some(0))), "nobody writes: the rest only");
        assert!((300..=304).contains(&waited(300, Some(300))), "five minutes of writing, and the rest");
        assert!((310..=314).contains(&waited(300, None)), "a disk that takes nothing any more");
    }
}
