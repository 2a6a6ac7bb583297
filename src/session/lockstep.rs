//! Lockstep: no run is more than a few steps ahead of the slowest.

use std::sync::atomic::{AtomicU64, Ordering::SeqCst};
use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

use super::published::lock;

/// Progress of each run.
#[derive(Debug)]
pub struct Lockstep {
    /// Steps that each run has taken; [`NOBODY`] of one that is not waited for.
    taken: Vec<AtomicU64>,
    /// For each run, the number of the control that it has to handle before the others continue.
    expected: Vec<AtomicU64>,
    /// Of each run, after how many steps it stopped to be waited for.
    rested_at: Vec<AtomicU64>,
    /// For each run, how many steps the others may be ahead of it.
    leads: Vec<AtomicU64>,
    /// Runs stop at this step.
    limit: AtomicU64,
    /// Of each run, which waits, after how many steps of the others it is woken; [`NOBODY`] of one that does not wait.
    wake_at: Vec<AtomicU64>,
    waiting: Mutex<()>,
    moved: Condvar,
}

/// The number of steps of a run that is not waited for.
const NOBODY: u64 = u64::MAX;

/// One run's handle to a [`Lockstep`].
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
            expected: (0..runs).map(|_| AtomicU64::new(0)).collect(),
            rested_at: (0..runs).map(|_| AtomicU64::new(0)).collect(),
            leads: (0..runs).map(|_| AtomicU64::new(1)).collect(),
            limit: AtomicU64::new(NOBODY),
            wake_at: (0..runs).map(|_| AtomicU64::new(NOBODY)).collect(),
            waiting: Mutex::default(),
            moved: Condvar::new(),
        });
        (0..runs).map(|at| Lane { all: Arc::clone(&all), at }).collect()
    }

    /// The step that a run waits before, since those beside it are not far enough; and half of the way that it may be ahead.
    fn barrier(&self, at: usize) -> (u64, u64) {
        let own = self.leads[at].load(SeqCst);
        let others = self.taken.iter().zip(&self.leads).enumerate().filter(|(other, _)| *other != at);
        let barrier = |(_, (taken, lead)): (usize, (&AtomicU64, &AtomicU64))| {
            let lead = lead.load(SeqCst).min(own).max(1);
            (taken.load(SeqCst).saturating_add(lead), lead / 2)
        };
        others.map(barrier).min().unwrap_or((NOBODY, 0))
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

    /// This run is about to be sent a control of this number or a later one, by which it goes on, and is waited for until it has handled
    /// it: otherwise others would run away from it while it does not listen.
    pub(super) fn expect(&self, control: u64, begins_anew: bool) {
        self.all.expected[self.at].fetch_max(control, SeqCst);
        // who pauses all at once again has to know how far this one is
        let from = if begins_anew { 0 } else { self.all.rested_at[self.at].load(SeqCst) };
        let _ = self.all.taken[self.at].compare_exchange(NOBODY, from, SeqCst, SeqCst);
    }

    /// This run has taken `steps` steps, and others may be `lead` steps ahead of it: the run that may be ahead less decides.
    pub(super) fn set_taken(&self, steps: u64, lead: u64) {
        self.all.leads[self.at].store(lead, SeqCst);
        self.store(steps);
    }

    /// This run, which has taken `steps` steps and handled the controls up to this number, is not waited for, unless it has been sent a
    /// later one by which it goes on.
    pub(super) fn rest(&self, steps: u64, last_control: u64) {
        self.all.rested_at[self.at].store(steps, SeqCst);
        if self.all.expected[self.at].load(SeqCst) <= last_control {
            self.store(NOBODY);
        }
    }

    /// Removes this run, which has ended.
    pub(super) fn leave(&self) {
        self.store(NOBODY);
    }

    fn store(&self, steps: u64) {
        self.all.taken[self.at].store(steps, SeqCst);
        if self.all.wake_at.iter().any(|wake_at| steps >= wake_at.load(SeqCst)) {
            self.all.wake();
        }
    }

    /// Whether this run may take a step after `steps` steps.
    pub(super) fn may_step(&self, steps: u64) -> bool {
        steps < self.all.limit.load(SeqCst) && steps < self.all.barrier(self.at).0
    }

    /// Waits until the slowest run has caught up, for at most `longest`.
    pub(super) fn wait(&self, steps: u64, longest: Duration) {
        let all = &self.all;
        let guard = lock(&all.waiting);
        // not at every step of the slowest: being woken takes as long as several steps of a small model
        all.wake_at[self.at].store(steps.saturating_sub(all.barrier(self.at).1), SeqCst);
        if !self.may_step(steps) {
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
                    if !lane.may_step(steps) {
                        lane.wait(steps, Duration::from_millis(5));
                        continue;
                    }
                    thread::sleep(Duration::from_micros(delay));
                    steps += 1;
                    let slowest = lane.lockstep().taken.iter().map(|taken| taken.load(SeqCst)).min();
                    greatest = greatest.max(steps.saturating_sub(slowest.unwrap()));
                    lane.set_taken(steps, lead);
                }
                lane.leave();
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
    fn a_run_that_has_been_told_to_go_on_is_waited_for_before_it_has_heard_of_it() {
        let lanes = Lockstep::lanes(2);
        lanes[1].rest(50, 3);
        assert!(lanes[0].may_step(100));
        lanes[1].expect(4, false);
        lanes[1].rest(50, 3); // it has not looked since
        assert!(!lanes[0].may_step(100) && lanes[0].may_step(50));
        lanes[0].set_taken(45, 1);
        assert_eq!(lanes[0].lockstep().stop_together(), Some(51), "who pauses at once knows how far it is");
        lanes[0].lockstep().go_on();
        lanes[1].rest(50, 4);
        assert!(lanes[0].may_step(100));
        lanes[1].expect(5, true);
        assert!(!lanes[0].may_step(1), "from the start");
    }

    #[test]
    fn the_slowest_decides_how_far_the_others_may_be_ahead() {
        let lanes = Lockstep::lanes(2);
        lanes[0].set_taken(0, 1000);
        lanes[1].set_taken(0, 3);
        assert!(lanes[0].may_step(2) && !lanes[0].may_step(3));
        assert!(lanes[1].may_step(2) && !lanes[1].may_step(3));
    }

    #[test]
    fn who_is_not_waited_for_holds_nobody_up() {
        let lanes = Lockstep::lanes(2);
        assert!(lanes[0].may_step(0) && !lanes[0].may_step(1));
        lanes[1].rest(0, 0);
        assert!(lanes[0].may_step(1_000_000));
        let began = Instant::now();
        lanes[0].wait(7, Duration::from_hours(1));
        assert!(began.elapsed() < Duration::from_mins(1), "there is nothing to wait for");
    }

    #[test]
    fn all_stop_at_one_step_that_none_has_passed() {
        let lanes = Lockstep::lanes(2);
        lanes[0].set_taken(10, 5);
        lanes[1].set_taken(12, 5);
        assert_eq!(lanes[0].lockstep().stop_together(), Some(13));
        assert!(lanes[0].may_step(12) && !lanes[0].may_step(13));
        lanes[0].lockstep().go_on();
        assert!(lanes[0].may_step(13));
        lanes.iter().for_each(|lane| lane.rest(0, 0));
        assert_eq!(lanes[0].lockstep().stop_together(), None);
        assert!(lanes[0].may_step(13));
    }
}
