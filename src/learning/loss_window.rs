//! The loss as it is now, without the luck of a single batch.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

/// How many steps the mean is taken over.
const STEPS: usize = 100;

/// The losses of the last steps.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct LossWindow {
    losses: VecDeque<f32>,
}

impl LossWindow {
    pub fn push(&mut self, loss: f32) {
        if self.losses.len() == STEPS {
            self.losses.pop_front();
        }
        self.losses.push_back(loss);
    }

    /// How many there are.
    pub fn steps(&self) -> usize {
        self.losses.len()
    }

    /// Their mean; `None` before the first step.
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
    fn the_mean_is_that_of_the_last_hundred_steps() {
        let mut recent = LossWindow::default();
        assert_eq!(recent.mean(), None);
        for step in 1..=250u8 {
            recent.push(f32::from(step));
            let first = step.saturating_sub(99).max(1);
            assert_eq!(recent.mean(), Some(f32::midpoint(f32::from(first), f32::from(step))));
        }
    }
}
