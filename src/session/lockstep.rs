//! Lockstep: no run is more than a few steps ahead of the slowest.

use std::sync::atomic::{AtomicU64, Ordering::SeqCst};
use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

use super::published::lock;

/// The progress of several runs, by the index of the run. Each training thread updates and reads it through its [`Lane`].
#[derive(Debug)]
pub struct Lockstep {
    /// Number of steps taken; [`NEVER`] for a run that is not waited for.
    taken: Vec<AtomicU64>,
    /// Number of the last control that the run must handle before it may become idle.
    expected: Vec<AtomicU64>,
    /// Number of steps taken when the run last became idle.
    idle_at: Vec<AtomicU64>,
    /// Number of steps that other runs may be ahead of the run.
    leads: Vec<AtomicU64>,
    /// No run takes more steps than this in total; [`NEVER`] without a limit.
    limit: AtomicU64,
    /// The run is woken when another one has taken this many steps; [`NEVER`] while it does not wait.
    wake_at: Vec<AtomicU64>,
    waiting: Mutex<()>,
    /// Notified when a waiting run may be able to take a step.
    moved: Condvar,
}

/// A number of steps that no run reaches.
const NEVER: u64 = u64::MAX;

/// One run's handle to a [`Lockstep`].
#[derive(Clone, Debug)]
pub struct Lane {
    lockstep: Arc<Lockstep>,
    /// Index of the run.
    run: usize,
}

/// How far a run may go while the others stay where they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Barrier {
    /// The run waits once it has taken this many steps.
    step: u64,
    /// Half of its permitted lead in steps.
    half_lead: u64,
}

impl Lockstep {
    /// Creates a lockstep of this many runs; returns the lane of each. Every run is waited for from step 0 on.
    #[must_use]
    pub fn lanes(runs: usize) -> Vec<Lane> {
        let lockstep = Arc::new(Self {
            taken: (0..runs).map(|_| AtomicU64::new(0)).collect(),
            expected: (0..runs).map(|_| AtomicU64::new(0)).collect(),
            idle_at: (0..runs).map(|_| AtomicU64::new(0)).collect(),
            leads: (0..runs).map(|_| AtomicU64::new(1)).collect(),
            limit: AtomicU64::new(NEVER),
            wake_at: (0..runs).map(|_| AtomicU64::new(NEVER)).collect(),
            waiting: Mutex::default(),
            moved: Condvar::new(),
        });
        (0..runs).map(|run| Lane { lockstep: Arc::clone(&lockstep), run }).collect()
    }

    /// The barrier of a run: the lowest that one of the other runs sets, by its steps and the smaller lead of the two.
    fn barrier(&self, run: usize) -> Barrier {
        let run_lead = self.leads[run].load(SeqCst);
        let others = self.taken.iter().zip(&self.leads).enumerate().filter(|(other, _)| *other != run);
        let barrier = |(_, (taken, lead)): (usize, (&AtomicU64, &AtomicU64))| {
            let lead = lead.load(SeqCst).min(run_lead).max(1);
            Barrier { step: taken.load(SeqCst).saturating_add(lead), half_lead: lead / 2 }
        };
        others.map(barrier).min().unwrap_or(Barrier { step: NEVER, half_lead: 0 })
    }

    /// Limits all runs to the first step at which all of them can stop, and returns it. `None`, without a limit, if no run is waited for.
    pub(super) fn set_common_limit(&self) -> Option<u64> {
        self.limit.store(0, SeqCst);
        // a run that passed its barrier before is in the step after those that it has taken
        let furthest = self.taken.iter().map(|taken| taken.load(SeqCst)).filter(|taken| *taken != NEVER).max();
        let stop = furthest.map(|taken| taken + 1);
        self.limit.store(stop.unwrap_or(NEVER), SeqCst);
        self.wake_waiting();
        stop
    }

    /// Lifts the limit of [`set_common_limit`](Self::set_common_limit).
    pub(super) fn lift_limit(&self) {
        self.limit.store(NEVER, SeqCst);
        self.wake_waiting();
    }

    /// Wakes all runs that wait, which check again whether they may take a step.
    fn wake_waiting(&self) {
        drop(lock(&self.waiting)); // a thread in `wait` has either seen the change, or waits already
        self.moved.notify_all();
    }
}

impl Lane {
    /// The lockstep of all runs.
    pub(super) fn lockstep(&self) -> &Arc<Lockstep> {
        &self.lockstep
    }

    /// Makes the others wait for this run until it has handled the control with this number, which is about to be sent: otherwise they
    /// would run ahead before it reads its messages. An idle run is waited for from the step at which it became idle, or from step 0 if
    /// the control restarts it.
    pub(super) fn expect_control(&self, control: u64, is_restart: bool) {
        self.lockstep.expected[self.run].fetch_max(control, SeqCst);
        // the common limit of the next pause depends on it
        let taken = if is_restart { 0 } else { self.lockstep.idle_at[self.run].load(SeqCst) };
        let _ = self.lockstep.taken[self.run].compare_exchange(NEVER, taken, SeqCst, SeqCst);
    }

    /// Reports that this run has taken `steps` steps, and that others may be `lead` steps ahead of it. Between two runs the smaller lead
    /// counts.
    pub(super) fn set_taken(&self, steps: u64, lead: u64) {
        self.lockstep.leads[self.run].store(lead, SeqCst);
        self.store_taken(steps);
    }

    /// Reports that this run is idle after `steps` steps and has handled the controls up to this number. It is no longer waited for,
    /// unless a later control is [expected](Self::expect_control).
    pub(super) fn set_idle(&self, steps: u64, last_control: u64) {
        self.lockstep.idle_at[self.run].store(steps, SeqCst);
        if self.lockstep.expected[self.run].load(SeqCst) <= last_control {
            self.store_taken(NEVER);
        }
    }

    /// Removes this run, which has ended: it is no longer waited for.
    pub(super) fn leave(&self) {
        self.store_taken(NEVER);
    }

    fn store_taken(&self, steps: u64) {
        self.lockstep.taken[self.run].store(steps, SeqCst);
        if self.lockstep.wake_at.iter().any(|wake_at| steps >= wake_at.load(SeqCst)) {
            self.lockstep.wake_waiting();
        }
    }

    /// Whether this run may take another step after `steps` steps.
    pub(super) fn may_step(&self, steps: u64) -> bool {
        steps < self.lockstep.limit.load(SeqCst) && steps < self.lockstep.barrier(self.run).step
    }

    /// Waits unless this run may take another step after `steps` steps: until another run has caught up to half of the lead, or the limit
    /// has changed, at most for `timeout`.
    pub(super) fn wait(&self, steps: u64, timeout: Duration) {
        let Self { lockstep, run } = self;
        let guard = lock(&lockstep.waiting);
        // woken once half of the lead is free, not at every step: waking up takes as long as several steps of a small model
        lockstep.wake_at[*run].store(steps.saturating_sub(lockstep.barrier(*run).half_lead), SeqCst);
        if !self.may_step(steps) {
            let _ = lockstep.moved.wait_timeout(guard, timeout);
        }
        lockstep.wake_at[*run].store(NEVER, SeqCst);
    }
}

#[cfg(test)]
mod tests {
    use std::thread;
    use std::time::Instant;

    use super::*;

    /// Trains runs with these delays per step in microseconds, each in a thread; returns the largest lead of one over the slowest.
    fn largest_lead(lead: u64, delays: &[u64]) -> u64 {
        let lanes = Lockstep::lanes(delays.len());
        let lockstep = Arc::clone(lanes[0].lockstep());
        let runs = lanes.into_iter().zip(delays.to_vec()).map(|(lane, delay)| {
            thread::spawn(move || {
                let (mut steps, mut largest) = (0, 0);
                while steps < 200 {
                    if !lane.may_step(steps) {
                        lane.wait(steps, Duration::from_millis(5));
                        continue;
                    }
                    thread::sleep(Duration::from_micros(delay));
                    steps += 1;
                    let slowest = lane.lockstep().taken.iter().map(|taken| taken.load(SeqCst)).min();
                    largest = largest.max(steps.saturating_sub(slowest.unwrap()));
                    lane.set_taken(steps, lead);
                }
                lane.leave();
                largest
            })
        });
        let runs: Vec<_> = runs.collect();
        let largest = runs.into_iter().map(|run| run.join().unwrap()).max().unwrap();
        assert!(lockstep.taken.iter().all(|taken| taken.load(SeqCst) == NEVER));
        largest
    }

    #[test]
    fn lockstep_runs_of_different_speeds_stay_within_the_lead() {
        for lead in [1, 8] {
            assert!(largest_lead(lead, &[0, 50, 200]) <= lead);
        }
    }

    #[test]
    fn lockstep_expected_control_is_waited_for_until_it_is_handled() {
        let lanes = Lockstep::lanes(2);
        lanes[1].set_idle(50, 3);
        assert!(lanes[0].may_step(100));
        lanes[1].expect_control(4, false);
        lanes[1].set_idle(50, 3); // it has not read its messages since
        assert!(!lanes[0].may_step(100) && lanes[0].may_step(50));
        lanes[0].set_taken(45, 1);
        assert_eq!(lanes[0].lockstep().set_common_limit(), Some(51), "the idle run counts with its 50 steps");
        lanes[0].lockstep().lift_limit();
        lanes[1].set_idle(50, 4);
        assert!(lanes[0].may_step(100));
        lanes[1].expect_control(5, true);
        assert!(!lanes[0].may_step(1), "from the start");
    }

    #[test]
    fn lockstep_different_leads_the_smaller_one_counts() {
        let lanes = Lockstep::lanes(2);
        lanes[0].set_taken(0, 1000);
        lanes[1].set_taken(0, 3);
        assert!(lanes[0].may_step(2) && !lanes[0].may_step(3));
        assert!(lanes[1].may_step(2) && !lanes[1].may_step(3));
    }

    #[test]
    fn lockstep_idle_run_is_not_waited_for() {
        let lanes = Lockstep::lanes(2);
        assert!(lanes[0].may_step(0) && !lanes[0].may_step(1));
        lanes[1].set_idle(0, 0);
        assert!(lanes[0].may_step(1_000_000));
        let start = Instant::now();
        lanes[0].wait(7, Duration::from_hours(1));
        assert!(start.elapsed() < Duration::from_mins(1), "it may take a step at once");
    }

    #[test]
    fn lockstep_common_limit_is_a_step_that_no_run_has_passed() {
        let lanes = Lockstep::lanes(2);
        lanes[0].set_taken(10, 5);
        lanes[1].set_taken(12, 5);
        assert_eq!(lanes[0].lockstep().set_common_limit(), Some(13));
        assert!(lanes[0].may_step(12) && !lanes[0].may_step(13));
        lanes[0].lockstep().lift_limit();
        assert!(lanes[0].may_step(13));
        lanes.iter().for_each(|lane| lane.set_idle(0, 0));
        assert_eq!(lanes[0].lockstep().set_common_limit(), None);
        assert!(lanes[0].may_step(13));
    }
}
