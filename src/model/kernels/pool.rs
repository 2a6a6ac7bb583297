//! A thread pool whose idle threads spin briefly before they sleep.
//!
//! A training step consists of some twenty consecutive parallel sections, each of which may take only tens of microseconds: too
//! short to wake sleeping threads for each. The calling thread takes part in the work and also does every part that no helper
//! has started, so that it never waits for a busy core to start one.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::ptr;
use std::sync::atomic::{AtomicBool, AtomicPtr, AtomicUsize, Ordering::SeqCst};
use std::sync::{Mutex, OnceLock, PoisonError, TryLockError};
use std::thread::{self, Thread};
use std::time::{Duration, Instant};

/// How long an idle thread spins before it sleeps: longer than the gaps between the products of a step.
const SPIN_TIME: Duration = Duration::from_micros(100);
/// Spin iterations between two yields to other threads.
const SPINS_PER_YIELD: u32 = 200;

/// A function that several threads run at once, each with its own index in `0..members`.
struct Job<'a> {
    work: &'a (dyn Fn(usize) + Sync),
    members: usize,
    /// Payload of the first panic in a helper.
    panic: Mutex<Option<Box<dyn Any + Send>>>,
}

/// The threads of the process that help with large work.
struct Pool {
    /// Locked by the thread whose job the pool runs.
    owner: Mutex<()>,
    /// The current job; null between jobs.
    job: AtomicPtr<Job<'static>>,
    /// Number of jobs published so far.
    generation: AtomicUsize,
    /// Number of helpers that may hold the pointer to the job.
    active: AtomicUsize,
    /// A slot per core but one; those at `started` and later have no thread.
    helpers: OnceLock<Vec<Helper>>,
    /// Number of helper threads started so far.
    started: AtomicUsize,
}

/// A slot for a thread of the pool.
#[derive(Default)]
struct Helper {
    is_asleep: AtomicBool,
    thread: OnceLock<Thread>,
}

static POOL: Pool = Pool {
    owner: Mutex::new(()),
    job: AtomicPtr::new(ptr::null_mut()),
    generation: AtomicUsize::new(0),
    active: AtomicUsize::new(0),
    helpers: OnceLock::new(),
    started: AtomicUsize::new(0),
};

/// Runs `work(0)` on this thread and `work(1)` to `work(members - 1)` on helpers that are free, and returns when all started calls
/// have ended. Calls other than `work(0)` may never start, so each call must claim parts that are left until there are none. Only
/// `work(0)` runs if the pool is busy with another job, including one that this call is nested in.
///
/// # Panics
/// If `work` panics.
fn run_parallel(members: usize, work: &(dyn Fn(usize) + Sync)) {
    let owner = match POOL.owner.try_lock() {
        Ok(owner) => Some(owner),
        Err(TryLockError::Poisoned(after_panic)) => Some(after_panic.into_inner()),
        Err(TryLockError::WouldBlock) => None,
    };
    if owner.is_some() {
        POOL.run(&Job { work, members, panic: Mutex::new(None) });
    } else {
        work(0);
    }
}

/// The number of cores available to this process.
pub fn cores() -> usize {
    static CORES: OnceLock<usize> = OnceLock::new();
    *CORES.get_or_init(|| thread::available_parallelism().map_or(1, usize::from))
}

/// Guard of a published job: on drop, withdraws the job and waits until no helper runs it.
struct Published<'p>(&'p Pool);

impl Drop for Published<'_> {
    fn drop(&mut self) {
        self.0.job.store(ptr::null_mut(), SeqCst);
        let mut spins = 0;
        while self.0.active.load(SeqCst) > 0 {
            spin_or_yield(&mut spins);
        }
    }
}

impl Pool {
    /// Runs `job` on this thread and on free helpers; resumes the first panic of any of them.
    fn run(&'static self, job: &Job<'_>) {
        let helpers = self.helpers.get_or_init(|| (1..cores()).map(|_| Helper::default()).collect());
        self.start(helpers.len().min(job.members - 1));
        let published = Published(self); // dropped even if the work panics
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

    /// Starts helper threads, which run until the process exits, until there are `count`; fewer if the system refuses one.
    fn start(&'static self, count: usize) {
        for member in self.started.load(SeqCst) + 1..=count {
            let started = thread::Builder::new().name(format!("kernels {member}")).spawn(move || {
                let helper = &self.helpers.wait()[member - 1];
                let _ = helper.thread.set(thread::current());
                let mut last_generation = 0;
                loop {
                    self.help(helper, member, &mut last_generation);
                }
            });
            if started.is_err() {
                return;
            }
            self.started.store(member, SeqCst);
        }
    }

    /// Waits for a job newer than `last_generation`, updates that, and runs the job as number `member`, unless the job has fewer
    /// members or has been withdrawn meanwhile.
    fn help(&self, helper: &Helper, member: usize, last_generation: &mut usize) {
        let (mut spins, start) = (0, Instant::now());
        while self.generation.load(SeqCst) == *last_generation {
            spin_or_yield(&mut spins);
            if spins == SPINS_PER_YIELD && start.elapsed() > SPIN_TIME {
                helper.is_asleep.store(true, SeqCst);
                while helper.is_asleep.load(SeqCst) && self.generation.load(SeqCst) == *last_generation {
                    thread::park();
                }
                helper.is_asleep.store(false, SeqCst);
            }
        }
        *last_generation = self.generation.load(SeqCst);
        self.active.fetch_add(1, SeqCst);
        // SAFETY: `Published` sets the pointer to null and then waits until `active` is zero. All four operations are sequentially
        // consistent: a helper that still loads the pointer here has incremented `active` before, and is waited for.
        if let Some(job) = unsafe { self.job.load(SeqCst).as_ref() }
            && member < job.members
            && let Err(panic) = catch_unwind(AssertUnwindSafe(|| (job.work)(member)))
        {
            job.panic.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(panic);
        }
        self.active.fetch_sub(1, SeqCst);
    }
}

/// Spins once, or yields to other threads after [`SPINS_PER_YIELD`] calls and resets the counter.
fn spin_or_yield(spins: &mut u32) {
    if *spins < SPINS_PER_YIELD {
        *spins += 1;
        std::hint::spin_loop();
    } else {
        *spins = 0;
        thread::yield_now();
    }
}

/// Runs `work` once on each of `parts`, in parallel, and returns when all are done. Thread `i` starts with `parts[i]`, so that the
/// same part has the same thread in every call if that is free; then each thread takes parts that are left.
///
/// # Panics
/// If `work` panics.
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
    fn each_concurrent_callers_process_every_part_once() {
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
    fn each_nested_call_completes() {
        let mut sums = vec![0; 4];
        each(sums.iter_mut().collect(), |sum| {
            let mut inner = [1; 3];
            each(inner.iter_mut().collect(), |number| *number += 1);
            *sum = inner.iter().sum();
        });
        assert_eq!(sums, [6; 4]);
    }

    #[test]
    fn each_after_idle_sleep_completes() {
        for _ in 0..3 {
            thread::sleep(5 * SPIN_TIME);
            let mut done = [false; 2];
            each(done.iter_mut().collect(), |done| *done = true);
            assert_eq!(done, [true; 2]);
        }
    }

    #[test]
    fn each_panicking_part_propagates_and_pool_stays_usable() {
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
