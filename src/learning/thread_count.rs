//! Among how many threads a training step is shared: as many as make it fastest, found by trying.
//!
//! Whether sharing pays depends on more than the size of the model: how far the cores are from each other (on some machines a
//! number written by one takes five times as long to reach the other as on others), and what else they do meanwhile. The result
//! is the same for any number, bit for bit, so a run is free to try.

use std::time::Duration;

use crate::model::Threads;

/// How long a number of threads is tried, in whole steps: longer than what disturbs a core now and then.
const TRIAL: Duration = Duration::from_millis(5);
/// After a trial that changed nothing, this many times as long passes until the next one: trials take one hundredth of the time.
const TRIALS_APART: u32 = 100;
/// A step with twice the threads must take at most this share of the time: else the other cores are of more use elsewhere.
const PAYS: f64 = 0.95;
/// A step of fewer multiplications is so short that nothing of it is shared, and looking at the clock would be felt.
const MIN_MULTIPLICATIONS: u128 = 1 << 20;

/// The number of threads in use, and what is known of its neighbours: half as many and twice as many.
#[derive(Clone, Debug)]
pub(super) struct ThreadCount {
    most: usize,
    /// Multiplications per word read, about one for each weight.
    weights: u128,
    using: usize,
    /// Seconds per word read, as it was when it was last found.
    seconds: Option<f64>,
    /// The number that is tried now.
    trying: Option<usize>,
    /// Whether the next trial is of more threads.
    upwards: bool,
    /// Time until the next trial.
    rest: Duration,
    time: Duration,
    words: usize,
}

impl ThreadCount {
    /// At most this many, for a model of this many weights.
    pub fn new(most: Threads, weights: u128) -> Self {
        let most = most.count();
        Self {
            most,
            weights,
            using: most,
            seconds: None,
            trying: None,
            upwards: false,
            rest: Duration::ZERO,
            time: Duration::ZERO,
            words: 0,
        }
    }

    /// For the next step.
    pub fn threads(&self) -> Threads {
        Threads::new(self.trying.unwrap_or(self.using))
    }

    /// Whether steps in which this many words are read are to be timed.
    pub fn is_open(&self, words: usize) -> bool {
        self.most > 1 && self.weights * words as u128 >= MIN_MULTIPLICATIONS
    }

    /// A step took so long, in which this many words were read.
    pub fn took(&mut self, time: Duration, words: usize) {
        self.rest = self.rest.saturating_sub(time);
        self.time += time;
        self.words += words;
        if self.time < TRIAL {
            return;
        }
        let found = self.time.as_secs_f64() / self.words as f64;
        let trial = self.time;
        (self.time, self.words) = (Duration::ZERO, 0);
        let Some(tried) = self.trying.take() else {
            // the first steps take memory and wake threads: they are no measure
            let is_first = self.seconds.replace(found).is_none();
            if !is_first && self.rest.is_zero() {
                self.trying = self.neighbour();
            }
            return;
        };
        let before = self.seconds.unwrap_or(found);
        let is_better = if tried > self.using { found < PAYS * before } else { PAYS * found < before };
        if is_better {
            // on in the same direction at once
            (self.using, self.seconds) = (tried, Some(found));
        } else {
            self.upwards = !self.upwards;
            self.rest = TRIALS_APART * trial;
        }
    }

    /// The number to be tried next.
    fn neighbour(&mut self) -> Option<usize> {
        let neighbour = |upwards| if upwards { (self.using * 2).min(self.most) } else { self.using.div_ceil(2) };
        if neighbour(self.upwards) == self.using {
            self.upwards = !self.upwards;
        }
        Some(neighbour(self.upwards)).filter(|count| *count != self.using)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn count_up_to(most: usize) -> ThreadCount {
        ThreadCount::new(Threads::new(most), 100_000)
    }

    /// Takes steps for `seconds` on a machine where a step takes `cost(threads)` seconds. What share of the time went with each
    /// number of threads, and which one is used in the end.
    fn run(count: &mut ThreadCount, seconds: f64, cost: impl Fn(usize) -> f64) -> (Vec<f64>, usize) {
        let mut shares = vec![0.0; 65];
        let mut time = 0.0;
        while time < seconds {
            let threads = count.threads().count();
            let cost = cost(threads);
            count.took(Duration::from_secs_f64(cost), 100);
            shares[threads] += cost / seconds;
            time += cost;
        }
        (shares, count.using)
    }

    #[test]
    fn where_a_second_thread_makes_steps_slower_there_is_one() {
        let mut count = count_up_to(2);
        let (shares, using) = run(&mut count, 20.0, |threads| [0.0, 1e-4, 1.7e-4][threads]);
        assert_eq!(using, 1);
        assert!(shares[2] < 0.02, "{shares:?}");
    }

    #[test]
    fn where_it_makes_them_faster_there_are_two() {
        let mut count = count_up_to(2);
        let (shares, using) = run(&mut count, 20.0, |threads| [0.0, 2e-3, 1.1e-3][threads]);
        assert_eq!(using, 2);
        assert!(shares[1] < 0.02, "{shares:?}");
    }

    #[test]
    fn a_second_thread_that_saves_next_to_nothing_is_left_to_others() {
        let mut count = count_up_to(2);
        assert_eq!(run(&mut count, 20.0, |threads| [0.0, 2e-3, 1.95e-3][threads]).1, 1);
    }

    #[test]
    fn the_number_follows_what_else_the_cores_do() {
        let mut count = count_up_to(2);
        for _ in 0..3 {
            let (shares, using) = run(&mut count, 10.0, |threads| [0.0, 2e-3, 1.1e-3][threads]);
            assert!(using == 2 && shares[1] < 0.1, "{shares:?}");
            let (shares, using) = run(&mut count, 10.0, |threads| [0.0, 2e-3, 4e-3][threads]);
            assert!(using == 1 && shares[2] < 0.1, "{shares:?}");
        }
    }

    #[test]
    fn among_many_cores_the_best_number_is_found_and_never_more_than_allowed() {
        // work that is shared, and what each further thread costs
        let cost = |threads: usize| 1e-3 / threads as f64 + 3e-5 * threads as f64;
        for most in [3, 6, 64] {
            let mut count = count_up_to(most);
            let (shares, using) = run(&mut count, 20.0, cost);
            let best = (1..=most).map(cost).fold(f64::INFINITY, f64::min);
            assert!(cost(using) < 1.1 * best, "{using} of {most}");
            assert!(shares[most + 1..].iter().all(|share| *share == 0.0), "{shares:?}");
            assert!(shares[using] > 0.95, "{shares:?}");
        }
    }

    #[test]
    fn steps_of_seconds_are_tried_one_at_a_time() {
        let mut count = count_up_to(2);
        let (shares, using) = run(&mut count, 100.0, |threads| [0.0, 2.0, 1.0][threads]);
        assert_eq!(using, 2);
        assert!(shares[1] < 0.021, "{shares:?}");
    }

    #[test]
    fn where_there_is_nothing_to_choose_from_steps_are_not_timed() {
        assert!(count_up_to(2).is_open(100));
        assert!(!count_up_to(2).is_open(10), "too small");
        assert!(!count_up_to(1).is_open(100));
        assert_eq!(count_up_to(1).threads(), Threads::ONE);
    }
}
