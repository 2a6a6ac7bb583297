//! How many steps per second are taken.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

/// The time over which they are counted.
const WINDOW: Duration = Duration::from_secs(1);

/// When how many steps had been taken, the oldest first, as far back as is counted.
#[derive(Debug, Default)]
pub(super) struct StepRate {
    counts: VecDeque<(Instant, u64)>,
}

impl StepRate {
    /// Counts from the next step on.
    pub fn count_anew(&mut self) {
        self.counts.clear();
    }

    /// This many steps have been taken; the first time since [`count_anew`](Self::count_anew) is where counting begins.
    pub fn begin(&mut self, steps: u64) {
        if self.counts.is_empty() {
            self.counts.push_back((Instant::now(), steps));
        }
    }

    /// Steps per second during the last second or so, of which this many have been taken. Before the next step is there nothing is
    /// known, unless steps wait for something (`is_waiting`).
    pub fn per_second(&mut self, steps: u64, is_waiting: bool) -> Option<f64> {
        let now = Instant::now();
        // keep one entry that is older than the window
        while self.counts.get(1).is_some_and(|(at, _)| now - *at >= WINDOW) {
            self.counts.pop_front();
        }
        let (from, before) = *self.counts.front()?;
        self.counts.push_back((now, steps));
        // too early a step more or less would change the figure too much
        let is_sure = (steps > before || is_waiting) && now - from >= WINDOW / 2;
        is_sure.then(|| (steps - before) as f64 / (now - from).as_secs_f64())
    }
}
