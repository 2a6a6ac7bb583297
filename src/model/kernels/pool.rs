//! Threads that wait for work, spinning for a moment and then asleep.
//!
//! A training step is some twenty pieces of work one after the other, each of which may take only tens of microseconds: too
//! little for threads that have to be woken each time. Whoever asks does the first part itself, the others take what is left,
//! and a part that no thread has begun by then is done by the one that asks: a core that is busy with something else is not
//! waited for.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::ptr;
use std::sync::atomic::{AtomicBool, AtomicPtr, AtomicUsize, Ordering::SeqCst};
use std::sync::{Mutex, OnceLock, PoisonError, TryLockError};
use std::thread::{self, Thread};
use std::time::{Duration, Instant};

/// How long a thread looks for more work before it goes to sleep: long enough for the gaps between the products of a step.
const SPIN: Duration = Duration::from_micros(100);
/// How often a thread looks before it lets others run in between.
const LOOKS: u32 = 200;

/// Work that several members do together; each is told which one it is.
struct Job<'a> {
    work: &'a (dyn Fn(usize) + Sync),
    members: usize,
    /// What the first panic of another thread carries.
    panic: Mutex<Option<Box<dyn Any + Send>>>,
}

struct Pool {
    /// Held by the thread whose work is done.
    owner: Mutex<()>,
    /// The work to be done; null if there is none.
    job: AtomicPtr<Job<'static>>,
    /// How many times there has been work.
    generation: AtomicUsize,
    /// Threads that may hold the pointer to the work.
    inside: AtomicUsize,
    helpers: OnceLock<Vec<Helper>>,
    /// How many of the helpers have been started.
    started: AtomicUsize,
}

#[derive(Default)]
struct Helper {
    is_asleep: AtomicBool,
    thread: OnceLock<Thread>,
}

static POOL: Pool = Pool {
    owner: Mutex::new(()),
    job: AtomicPtr::new(ptr::null_mut()),
    generation: AtomicUsize::new(0),
    inside: AtomicUsize::new(0),
    helpers: OnceLock::new(),
    started: AtomicUsize::new(0),
};

/// Runs `work(0)` on this thread and `work(1)` to `work(members - 1)` on others, as many as are free at once, and returns when
/// all that began have ended. Not all of them need begin: each must look for itself for what is left to be done, and the first
/// must do all of it if it is alone.
///
/// # Panics
/// If `work` does.
fn run_parallel(members: usize, work: &(dyn Fn(usize) + Sync)) {
    let owner = match POOL.owner.try_lock() {
        Ok(owner) => Some(owner),
        Err(TryLockError::Poisoned(after_panic)) => Some(after_panic.into_inner()),
        Err(TryLockError::WouldBlock) => None,
    };
    if owner.is_some() {
        POOL.run(&Job { work, members, panic: Mutex::new(None) });
    } else {
        work(0); // another run has the threads, or this is a part of work that is shared already
    }
}

/// The number of cores available to this process.
pub fn cores() -> usize {
    static CORES: OnceLock<usize> = OnceLock::new();
    *CORES.get_or_init(|| thread::available_parallelism().map_or(1, usize::from))
}

/// Work that others can take part in. When it is dropped they no longer can, and nobody is at it.
struct Published<'p>(&'p Pool);

impl Drop for Published<'_> {
    fn drop(&mut self) {
        self.0.job.store(ptr::null_mut(), SeqCst);
        let mut looks = 0;
        while self.0.inside.load(SeqCst) > 0 {
            pause(&mut looks);
        }
    }
}

impl Pool {
    fn run(&'static self, job: &Job<'_>) {
        let helpers = self.helpers.get_or_init(|| (1..cores()).map(|_| Helper::default()).collect());
        self.start(helpers.len().min(job.members - 1));
        let published = Published(self); // also when the work panics
        self.job.store(ptr::from_ref(job).cast_mut().cast(), SeqCst);
        self.generation.fetch_add(1, SeqCst);
        for helper in helpers.iter().take(job.members - 1) {
            if helper.is_asleep.swap(false, SeqCst)
                && let Some(thread) = helper.thread.get()
            {
                thread.unpark();
            }
        }
        (job.work)(0);
        drop(published);
        let panic = job.panic.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(panic) = panic {
            resume_unwind(panic);
        }
    }

    /// Starts helpers until there are `count`: threads that last as long as the process. Where the system gives none, there are
    /// fewer.
    fn start(&'static self, count: usize) {
        for member in self.started.load(SeqCst) + 1..=count {
            let started = thread::Builder::new().name(format!("kernels {member}")).spawn(move || {
                let helper = &self.helpers.wait()[member - 1];
                let _ = helper.thread.set(thread::current());
                let mut seen = 0;
                loop {
                    self.help(helper, member, &mut seen);
                }
            });
            if started.is_err() {
                return;
            }
            self.started.store(member, SeqCst);
        }
    }

    /// Waits for work that is new and does its part of it.
    fn help(&self, helper: &Helper, member: usize, seen: &mut usize) {
        let (mut looks, start) = (0, Instant::now());
        while self.generation.load(SeqCst) == *seen {
            pause(&mut looks);
            if looks == LOOKS && start.elapsed() > SPIN {
                helper.is_asleep.store(true, SeqCst);
                while helper.is_asleep.load(SeqCst) && self.generation.load(SeqCst) == *seen {
                    thread::park();
                }
                helper.is_asleep.store(false, SeqCst);
            }
        }
        *seen = self.generation.load(SeqCst);
        self.inside.fetch_add(1, SeqCst);
        // SAFETY: `Published` takes the pointer away and then waits until nobody is inside. All four operations are
        // sequentially consistent: who still finds the pointer here has been counted before, and is waited for.
        if let Some(job) = unsafe { self.job.load(SeqCst).as_ref() }
            && member < job.members
            && let Err(panic) = catch_unwind(AssertUnwindSafe(|| (job.work)(member)))
        {
            job.panic.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(panic);
        }
        self.inside.fetch_sub(1, SeqCst);
    }
}

/// A moment of waiting; now and then others may run.
fn pause(looks: &mut u32) {
    if *looks < LOOKS {
        *looks += 1;
        std::hint::spin_loop();
    } else {
        *looks = 0;
        thread::yield_now();
    }
}

/// Runs `work` on each of `parts`, each by one thread: the part at index i by thread i, if that is free in time.
pub fn each<T: Send>(parts: Vec<T>, work: impl Fn(T) + Sync) {
    if parts.len() < 2 {
        return parts.into_iter().for_each(work);
    }
    let members = parts.len();
    let parts: Vec<_> = parts.into_iter().map(|part| Mutex::new(Some(part))).collect();
    run_parallel(members, &|member| {
        for index in 0..members {
            let part = parts[(member + index) % members].lock().unwrap_or_else(PoisonError::into_inner).take();
            if let Some(part) = part {
                work(part);
            }
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_part_is_done_once_by_however_many_threads_and_callers() {
        thread::scope(|scope| {
            for _ in 0..3 {
                scope.spawn(|| {
                    for parts in (1..40).chain([500]) {
                        let mut done = vec![0; parts];
                        each(done.iter_mut().enumerate().collect(), |(index, place)| *place += index + 1);
                        assert!(done.iter().enumerate().all(|(index, done)| *done == index + 1), "{done:?}");
                    }
                });
            }
        });
    }

    #[test]
    fn work_that_is_shared_may_share_its_own() {
        let mut sums = vec![0; 4];
        each(sums.iter_mut().collect(), |sum| {
            let mut inner = [1; 3];
            each(inner.iter_mut().collect(), |number| *number += 1);
            *sum = inner.iter().sum();
        });
        assert_eq!(sums, [6; 4]);
    }

    #[test]
    fn threads_that_slept_wake_up_again() {
        for _ in 0..3 {
            thread::sleep(5 * SPIN);
            let mut done = [false; 2];
            each(done.iter_mut().collect(), |done| *done = true);
            assert_eq!(done, [true; 2]);
        }
    }

    #[test]
    fn a_panic_in_a_part_reaches_the_caller_and_the_next_work_is_done() {
        for failing in 0..2 {
            let attempt = catch_unwind(|| each(vec![0, 1], |part| assert_ne!(part, failing, "part {part}")));
            let message = attempt.unwrap_err().downcast::<String>().unwrap();
            assert!(message.contains(&format!("part {failing}")), "{message}");
            let mut done = [false; 2];
            each(done.iter_mut().collect(), |done| *done = true);
            assert_eq!(done, [true; 2]);
        }
    }
}
