//! What a run tells at every step, for curves over its steps, in bounded memory.

use serde::{Deserialize, Serialize};

use super::History;
use super::learner::StepReport;

/// What is kept of the mean so far at each step. 0.98 remembers about the last fifty.
const DECAY: f64 = 0.98;

/// Histories of all steps.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Curves {
    /// The loss in nats.
    pub loss: History,
    /// The exponential moving average of the loss, divided by 1 − 0.98ᵗ so that the first steps do not pull it to zero, as
    /// Adam's moments are (Kingma & Ba 2015). Taken of every step, before anything is thinned.
    pub smoothed: History,
    /// The norm of the gradient before clipping.
    pub gradient_norm: History,
    /// The learning rate.
    pub learning_rate: History,
    average: f64,
    /// 0.98ᵗ
    forgotten: f64,
}

impl Curves {
    /// Adds the next step.
    #[allow(clippy::cast_possible_truncation)] // curves are f32
    pub fn push(&mut self, report: &StepReport) {
        if self.smoothed.buckets().is_empty() {
            self.forgotten = 1.0;
        }
        self.average = DECAY * self.average + (1.0 - DECAY) * f64::from(report.loss);
        self.forgotten *= DECAY;
        self.loss.push(report.loss);
        self.smoothed.push((self.average / (1.0 - self.forgotten)) as f32);
        self.gradient_norm.push(report.gradient_norm as f32);
        self.learning_rate.push(report.learning_rate as f32);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn smoothed(losses: impl IntoIterator<Item = f32>) -> Vec<f32> {
        let mut curves = Curves::default();
        losses.into_iter().for_each(|loss| curves.push(&StepReport { loss, ..StepReport::default() }));
        curves.smoothed.buckets().iter().map(|bucket| bucket.max).collect()
    }

    #[test]
    fn a_constant_loss_is_its_own_average_from_the_first_step() {
        assert!(smoothed([3.0; 200]).iter().all(|mean| (mean - 3.0).abs() < 1e-5));
    }

    #[test]
    fn the_average_weighs_later_steps_more_and_the_weights_sum_to_one() {
        let losses = [4.0, 1.0, 2.0];
        let weight = |age: i32| DECAY.powi(age);
        let sum: f64 = losses.iter().rev().zip(0..).map(|(loss, age)| f64::from(*loss) * weight(age)).sum();
        let expected = sum / (weight(0) + weight(1) + weight(2));
        assert!((f64::from(smoothed(losses)[2]) - expected).abs() < 1e-6);
    }
}
