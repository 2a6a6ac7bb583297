//! Runs that wait for each other: none is more than a few steps ahead of the slowest.

use std::sync::atomic::{AtomicU64, Ordering::SeqCst};
use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

use super::published::lock;

/// How far each run is.
#[derive(Debug)]
pub struct Lockstep {
    /// Steps that each run has taken; [`NOBODY`] of one that is not waited for.
    taken: Vec<AtomicU64>,
    /// No step beyond this one is begun.
    limit: AtomicU64,
    /// Of each run, which waits, after how many steps of the others it is woken; [`NOBODY`] of one that does not wait.
    wake_at: Vec<AtomicU64>,
    waiting: Mutex<()>,
    moved: Condvar,
}

/// The number of steps of a run that is not waited for.
const NOBODY: u64 = u64::MAX;

/// The place of one run in a [`Lockstep`].
#[derive(Clone, Debug)]
pub struct Lane {
    all: Arc<Lockstep>,
    at: usize,
}

impl Lockstep {
    /// The places of this many runs, none of which has begun.
    #[must_use]
    pub fn lanes(runs: usize) -> Vec<Lane> {
        let all = Arc::new(Self {
            taken: (0..runs).map(|_| AtomicU64::new(0)).collect(),
            limit: AtomicU64::new(NOBODY),
            wake_at: (0..runs).map(|_| AtomicU64::new(NOBODY)).collect(),
            waiting: Mutex::default(),
            moved: Condvar::new(),
        });
        (0..runs).map(|at| Lane { all: Arc::clone(&all), at }).collect()
    }

    /// Steps of the slowest run that is waited for, beside this one.
    fn slowest_beside(&self, at: usize) -> u64 {
        let others = self.taken.iter().enumerate().filter(|(other, _)| *other != at);
        others.map(|(_, taken)| taken.load(SeqCst)).min().unwrap_or(NOBODY)
    }

    /// Lets no run go beyond the step at which all of them can stop: that one is returned, if runs wait for each other.
    pub(super) fn stop_together(&self) -> Option<u64> {
        self.limit.store(0, SeqCst);
        // whoever was let through before is in the step after those that it has taken
        let furthest = self.taken.iter().map(|taken| taken.load(SeqCst)).filter(|taken| *taken != NOBODY).max();
        let stop = furthest.map(|taken| taken + 1);
        self.limit.store(stop.unwrap_or(NOBODY), SeqCst);
        self.wake();
        stop
    }

    /// Lets runs go on after [`stop_together`](Self::stop_together).
    pub(super) fn go_on(&self) {
        self.limit.store(NOBODY, SeqCst);
        self.wake();
    }

    fn wake(&self) {
        drop(lock(&self.waiting)); // whoever looks whether to wait has either seen what has changed, or waits already
        self.moved.notify_all();
    }
}

impl Lane {
    /// All lanes together.
    pub(super) fn lockstep(&self) -> &Arc<Lockstep> {
        &self.all
    }

    /// This run is about to go on, and is waited for until it has said how far it is: otherwise others would run away from it while
    /// it does not listen.
    pub(super) fn expect(&self) {
        let _ = self.all.taken[self.at].compare_exchange(NOBODY, 0, SeqCst, SeqCst);
    }

    /// This run has taken so many steps; with none it is not waited for.
    pub(super) fn set_taken(&self, steps: Option<u64>) {
        let steps = steps.unwrap_or(NOBODY);
        self.all.taken[self.at].store(steps, SeqCst);
        if self.all.wake_at.iter().any(|wake_at| steps >= wake_at.load(SeqCst)) {
            self.all.wake();
        }
    }

    /// Whether this run, which has taken so many steps, may take another: it is less than `lead` steps ahead of the slowest.
    pub(super) fn may_step(&self, steps: u64, lead: u64) -> bool {
        steps < self.all.limit.load(SeqCst) && steps < self.all.slowest_beside(self.at).saturating_add(lead.max(1))
    }

    /// Waits until the slowest run has come closer, at most for so long.
    pub(super) fn wait(&self, steps: u64, lead: u64, longest: Duration) {
        let all = &self.all;
        let guard = lock(&all.waiting);
        // not at every step of the slowest: being woken takes as long as several steps of a small model
        all.wake_at[self.at].store(steps.saturating_sub(lead / 2), SeqCst);
        if !self.may_step(steps, lead) {
            let _ = all.moved.wait_timeout(guard, longest);
        }
        all.wake_at[self.at].store(NOBODY, SeqCst);
    }
}

#[cfg(test)]
mod tests {
    use std::thread;
    use std::time::Instant;

    use super::*;

    /// What runs of different speeds count to while each waits for the slowest; the greatest distance between two.
    fn greatest_distance(lead: u64, delays: &[u64]) -> u64 {
        let lanes = Lockstep::lanes(delays.len());
        let all = Arc::clone(lanes[0].lockstep());
        let runs = lanes.into_iter().zip(delays.to_vec()).map(|(lane, delay)| {
            thread::spawn(move || {
                let (mut steps, mut greatest) = (0, 0);
                while steps < 200 {
                    if !lane.may_step(steps, lead) {
                        lane.wait(steps, lead, Duration::from_millis(5));
                        continue;
                    }
                    thread::sleep(Duration::from_micros(delay));
                    steps += 1;
                    greatest = greatest.max(steps.saturating_sub(lane.lockstep().slowest_beside(lane.at)));
                    lane.set_taken(Some(steps));
                }
                lane.set_taken(None);
                greatest
            })
        });
        let runs: Vec<_> = runs.collect();
        let greatest = runs.into_iter().map(|run| run.join().unwrap()).max().unwrap();
        assert!(all.taken.iter().all(|taken| taken.load(SeqCst) == NOBODY));
        greatest
    }

    #[test]
    fn no_run_is_further_ahead_of_the_slowest_than_its_lead() {
        for lead in [1, 8] {
            assert!(greatest_distance(lead, &[0, 50, 200]) <= lead);
        }
    }

    #[test]
    fn who_is_not_waited_for_holds_nobody_up() {
        let lanes = Lockstep::lanes(2);
        assert!(lanes[0].may_step(0, 1) && !lanes[0].may_step(1, 1) && lanes[0].may_step(1, 2));
        lanes[1].set_taken(None);
        assert!(lanes[0].may_step(1_000_000, 1));
        let began = Instant::now();
        lanes[0].wait(7, 1, Duration::from_hours(1));
        assert!(began.elapsed() < Duration::from_mins(1), "there is nothing to wait for");
    }

    #[test]
    fn all_stop_at_one_step_that_none_has_passed() {
        let lanes = Lockstep::lanes(2);
        lanes[0].set_taken(Some(10));
        lanes[1].set_taken(Some(12));
        assert_eq!(lanes[0].lockstep().stop_together(), Some(13));
        assert!(lanes[0].may_step(12, 5) && !lanes[0].may_step(13, 5));
        lanes[0].lockstep().go_on();
        assert!(lanes[0].may_step(13, 5));
        lanes.iter().for_each(|lane| lane.set_taken(None));
        assert_eq!(lanes[0].lockstep().stop_together(), None);
        assert!(lanes[0].may_step(13, 5));
    }
}
