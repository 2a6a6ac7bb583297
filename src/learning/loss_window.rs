//! The mean loss of the last steps; the loss of a single batch varies too much.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

/// The number of steps that the mean covers.
const MAX_STEPS: usize = 100;

/// The losses of the last 100 steps.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct LossWindow {
    losses: VecDeque<f32>,
}

impl LossWindow {
    /// Adds the loss of the next step, and drops the oldest one if there are 100.
    pub fn push(&mut self, loss: f32) {
        if self.losses.len() == MAX_STEPS {
            self.losses.pop_front();
        }
        self.losses.push_back(loss);
    }

    /// The number of steps in the window, at most 100.
    pub fn steps(&self) -> usize {
        self.losses.len()
    }

    /// The mean loss of these steps; `None` before the first step.
    #[allow(clippy::cast_possible_truncation)] // a mean of f32 is no larger than the largest of them
    pub fn mean(&self) -> Option<f32> {
        let sum: f64 = self.losses.iter().map(|&loss| f64::from(loss)).sum();
        (!self.losses.is_empty()).then(|| (sum / self.losses.len() as f64) as f32)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mean_many_steps_covers_last_hundred() {
        let mut recent = LossWindow::default();
        assert_eq!(recent.mean(), None);
        for step in 1..=250u8 {
            recent.push(f32::from(step));
            let first = step.saturating_sub(99).max(1);
            assert_eq!(recent.mean(), Some(f32::midpoint(f32::from(first), f32::from(step))));
        }
    }
}
