//! Steps per second, measured over about a second.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

/// The time over which steps are counted.
const WINDOW: Duration = Duration::from_secs(1);

/// Measures steps per second from counts within a window of time, the oldest first.
#[derive(Debug, Default)]
pub(super) struct StepRate {
    counts: VecDeque<(Instant, u64)>,
}

impl StepRate {
    /// Restarts the measurement at the next step.
    pub fn restart(&mut self) {
        self.counts.clear();
    }

    /// Starts a measurement with this number of steps, unless one is running.
    pub fn begin(&mut self, steps: u64) {
        if self.counts.is_empty() {
            self.counts.push_back((Instant::now(), steps));
        }
    }

    /// Steps per second over about the last second, after this number of steps. `None` within half a second of the start, and before the
    /// first step of the window, unless steps are waiting for a validation (`is_waiting`).
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
