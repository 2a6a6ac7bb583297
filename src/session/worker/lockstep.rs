//! Lockstep of the training thread with the other runs of the session.

use std::time::Duration;

use super::Worker;
use crate::session::{Pace, RunState};

/// Upper bound on the lead over the slowest run: too short to be visible, and long enough for waiting to take little of the time.
const MAX_LEAD: Duration = Duration::from_millis(4);
/// Longest wait for other runs, since messages are not read meanwhile.
const MAX_WAIT: Duration = Duration::from_millis(5);

impl Worker {
    /// Reports the number of steps taken, or that the run is idle: the other runs wait for this one only while it trains in lockstep.
    pub(super) fn update_lane(&self) {
        if let Some(lane) = &self.lane {
            if self.is_in_step && self.state == RunState::Running {
                lane.set_taken(self.record.step, self.lead());
            } else {
                lane.set_idle(self.record.step, self.last_control);
            }
        }
    }

    /// Whether this run trains in lockstep and may not take its next step yet.
    pub(super) fn must_wait_for_others(&self) -> bool {
        self.is_in_step && self.lane.as_ref().is_some_and(|lane| !lane.may_step(self.record.step))
    }

    /// Waits for the other runs to catch up, at most [`MAX_WAIT`].
    pub(super) fn wait_for_others(&self) {
        if let Some(lane) = &self.lane {
            lane.wait(self.record.step, MAX_WAIT);
        }
    }

    /// The number of steps that other runs may be ahead of this one: as many as it takes in [`MAX_LEAD`], at least one.
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // positive, and bounded
    fn lead(&self) -> u64 {
        let pace = match self.metronome.pace() {
            Pace::PerSecond(steps) => f64::from(steps.get()),
            Pace::Full if self.record.seconds > 0.0 => self.record.step as f64 / self.record.seconds,
            Pace::Full => 0.0, // the speed is not known yet
        };
        (pace * MAX_LEAD.as_secs_f64()).clamp(1.0, 1e6) as u64
    }
}
