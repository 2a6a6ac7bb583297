//! The number of threads of a training step: the fastest one, found by trials.
//!
//! Whether more threads are faster depends on more than the size of the model: on the latency between the cores, which differs by a
//! factor of five between machines, and on their other load. The result of a step does not depend on the number of threads, bit for
//! bit, so that a run may try different ones.

use std::time::Duration;

use crate::model::Threads;

/// Minimum duration of a trial, which consists of whole steps; long enough to average out short disturbances.
const MIN_TRIAL_TIME: Duration = Duration::from_millis(5);
/// Pause after a trial that changed nothing, in durations of that trial, so that trials take about one hundredth of the time.
const PAUSE_IN_TRIALS: u32 = 100;
/// Upper bound on the ratio of the times with more and with fewer threads at which more threads are used; otherwise the other cores are
/// left to other programs.
const MAX_TIME_RATIO: f64 = 0.95;
/// Steps of fewer multiplications are not timed: they use one thread anyway, and reading the clock would slow them down.
const MIN_MULTIPLICATIONS: u128 = 1 << 20;

/// The number of threads in use, and the state of the trials with half and twice as many.
#[derive(Clone, Debug)]
pub(super) struct ThreadCount {
    /// Upper bound on the number of threads.
    max: usize,
    /// Multiplications per word read, about one for each weight.
    weights: u128,
    /// The number of threads between trials.
    current: usize,
    /// Time per word with the current number, in seconds; `None` until it has been measured.
    seconds: Option<f64>,
    /// The number of threads of the current trial.
    trial: Option<usize>,
    /// Whether the next trial uses more threads.
    upwards: bool,
    /// Time in steps until the next trial.
    pause: Duration,
    /// Time of the steps since the last measurement.
    time: Duration,
    /// Words read in these steps.
    words: usize,
}

impl ThreadCount {
    /// Begins with `max` threads, the upper bound, for a model of this many weights.
    pub fn new(max: Threads, weights: u128) -> Self {
        let max = max.count();
        Self {
            max,
            weights,
            current: max,
            seconds: None,
            trial: None,
            upwards: false,
            pause: Duration::ZERO,
            time: Duration::ZERO,
            words: 0,
        }
    }

    /// The number of threads for the next step.
    pub fn threads(&self) -> Threads {
        Threads::new(self.trial.unwrap_or(self.current))
    }

    /// Whether a step that reads this many words should be timed: there is a choice, and the step is long enough.
    pub fn should_time(&self, words: usize) -> bool {
        self.max > 1 && self.weights * words as u128 >= MIN_MULTIPLICATIONS
    }

    /// Records the time of a step that read this many words. Begins and ends trials, so that [`threads`](Self::threads) may change.
    pub fn record_step(&mut self, time: Duration, words: usize) {
        self.pause = self.pause.saturating_sub(time);
        self.time += time;
        self.words += words;
        if self.time < MIN_TRIAL_TIME {
            return;
        }
        let seconds = self.time.as_secs_f64() / self.words as f64;
        let duration = self.time;
        (self.time, self.words) = (Duration::ZERO, 0);
        let Some(tried) = self.trial.take() else {
            // the first measurement includes allocations and the start of threads, and no trial is compared with it
            let is_first = self.seconds.replace(seconds).is_none();
            if !is_first && self.pause.is_zero() {
                self.trial = self.next_trial();
            }
            return;
        };
        let before = self.seconds.unwrap_or(seconds);
        let is_better =
            if tried > self.current { seconds < MAX_TIME_RATIO * before } else { MAX_TIME_RATIO * seconds < before };
        if is_better {
            // the next trial goes on in this direction without a pause
            (self.current, self.seconds) = (tried, Some(seconds));
        } else {
            self.upwards = !self.upwards;
            self.pause = PAUSE_IN_TRIALS * duration;
        }
    }

    /// The number of threads of the next trial: twice the current one up to the upper bound, or half of it, rounded up. Reverses the
    /// direction at either end; `None` if there is no other number.
    fn next_trial(&mut self) -> Option<usize> {
        let neighbour = |upwards| if upwards { (self.current * 2).min(self.max) } else { self.current.div_ceil(2) };
        if neighbour(self.upwards) == self.current {
            self.upwards = !self.upwards;
        }
        Some(neighbour(self.upwards)).filter(|count| *count != self.current)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn count_up_to(max: usize) -> ThreadCount {
        ThreadCount::new(Threads::new(max), 100_000)
    }

    /// Takes steps for `seconds` on a machine where a step takes `cost(threads)` seconds. Returns the share of the time spent with each
    /// number of threads, and the number in use at the end.
    fn run(count: &mut ThreadCount, seconds: f64, cost: impl Fn(usize) -> f64) -> (Vec<f64>, usize) {
        let mut shares = vec![0.0; 65];
        let mut time = 0.0;
        while time < seconds {
            let threads = count.threads().count();
            let cost = cost(threads);
            count.record_step(Duration::from_secs_f64(cost), 100);
            shares[threads] += cost / seconds;
            time += cost;
        }
        (shares, count.current)
    }

    #[test]
    fn count_slower_with_second_thread_is_one() {
        let mut count = count_up_to(2);
        let (shares, using) = run(&mut count, 20.0, |threads| [0.0, 1e-4, 1.7e-4][threads]);
        assert_eq!(using, 1);
        assert!(shares[2] < 0.02, "{shares:?}");
    }

    #[test]
    fn count_faster_with_second_thread_is_two() {
        let mut count = count_up_to(2);
        let (shares, using) = run(&mut count, 20.0, |threads| [0.0, 2e-3, 1.1e-3][threads]);
        assert_eq!(using, 2);
        assert!(shares[1] < 0.02, "{shares:?}");
    }

    #[test]
    fn count_barely_faster_with_second_thread_is_one() {
        let mut count = count_up_to(2);
        assert_eq!(run(&mut count, 20.0, |threads| [0.0, 2e-3, 1.95e-3][threads]).1, 1);
    }

    #[test]
    fn count_after_load_changes_adapts() {
        let mut count = count_up_to(2);
        for _ in 0..3 {
            let (shares, using) = run(&mut count, 10.0, |threads| [0.0, 2e-3, 1.1e-3][threads]);
            assert!(using == 2 && shares[1] < 0.1, "{shares:?}");
            let (shares, using) = run(&mut count, 10.0, |threads| [0.0, 2e-3, 4e-3][threads]);
            assert!(using == 1 && shares[2] < 0.1, "{shares:?}");
        }
    }

    #[test]
    fn count_of_many_cores_is_near_optimum_within_bound() {
        // parallel work, and an overhead per thread
        let cost = |threads: usize| 1e-3 / threads as f64 + 3e-5 * threads as f64;
        for max in [3, 6, 64] {
            let mut count = count_up_to(max);
            let (shares, using) = run(&mut count, 20.0, cost);
            let best = (1..=max).map(cost).fold(f64::INFINITY, f64::min);
            assert!(cost(using) < 1.1 * best, "{using} of {max}");
            assert!(shares[max + 1..].iter().all(|share| *share == 0.0), "{shares:?}");
            assert!(shares[using] > 0.95, "{shares:?}");
        }
    }

    #[test]
    fn trial_of_long_steps_is_one_step() {
        let mut count = count_up_to(2);
        let (shares, using) = run(&mut count, 100.0, |threads| [0.0, 2.0, 1.0][threads]);
        assert_eq!(using, 2);
        assert!(shares[1] < 0.021, "{shares:?}");
    }

    #[test]
    fn should_time_small_step_or_single_core_is_false() {
        assert!(count_up_to(2).should_time(100));
        assert!(!count_up_to(2).should_time(10), "too small");
        assert!(!count_up_to(1).should_time(100));
        assert_eq!(count_up_to(1).threads(), Threads::ONE);
    }
}
