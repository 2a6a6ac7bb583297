//! Per-step measurements of a run in bounded memory, for charts.

use serde::{Deserialize, Serialize};

use super::DownsampledSeries;
use super::progress::StepReport;

/// The fraction of the steps so far that the moving average covers. A fixed number of steps would lag behind in a short run and
/// follow every batch in a long one.
const SPAN: f64 = 0.05;

/// Time series of a run, with one value per step.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Curves {
    /// The loss in nats.
    pub loss: DownsampledSeries,
    /// The exponential moving average of the loss over about the last twentieth of the steps: at step t the loss has the weight
    /// 20/t, at most 1. Computed from every step, before downsampling.
    pub smoothed: DownsampledSeries,
    /// L2 norm of the gradient before clipping.
    pub gradient_norm: DownsampledSeries,
    /// The learning rate.
    pub learning_rate: DownsampledSeries,
    /// Time spent in all steps before this one, in seconds. Shorter than the other series in a run saved by an older version.
    #[serde(default)]
    pub seconds: DownsampledSeries,
    /// The moving average after the last step.
    average: f64,
}

impl Curves {
    /// Adds the next step; `seconds` is the time spent in all earlier steps.
    #[allow(clippy::cast_possible_truncation)] // curves are f32
    pub fn push(&mut self, report: &StepReport, seconds: f64) {
        let steps = (self.smoothed.steps() + 1) as f64;
        self.average += (f64::from(report.loss) - self.average) / (SPAN * steps).max(1.0);
        self.loss.push(report.loss);
        self.smoothed.push(self.average as f32);
        self.gradient_norm.push(report.gradient_norm as f32);
        self.learning_rate.push(report.learning_rate as f32);
        self.seconds.push(seconds as f32);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn smoothed(losses: impl IntoIterator<Item = f32>) -> Vec<f32> {
        let mut curves = Curves::default();
        losses.into_iter().for_each(|loss| curves.push(&StepReport { loss, ..StepReport::default() }, 0.0));
        curves.smoothed.buckets().iter().map(|bucket| bucket.max).collect()
    }

    #[test]
    fn smoothed_constant_loss_equals_it_from_first_step() {
        assert!(smoothed([3.0; 200]).iter().all(|mean| (mean - 3.0).abs() < 1e-5));
    }

    #[test]
    fn smoothed_falling_loss_lags_a_twentieth_in_runs_of_any_length() {
        for steps in [100, 1000, 20_000_u16] {
            let loss = |step: u16| 1.0 - f32::from(step) / f32::from(steps);
            let curves = {
                let mut curves = Curves::default();
                (1..=steps)
                    .for_each(|step| curves.push(&StepReport { loss: loss(step), ..StepReport::default() }, 0.0));
                curves
            };
            let last = curves.smoothed.buckets().last().unwrap().mean();
            assert!((0.035..0.06).contains(&last), "a twentieth of the way behind after {steps}: {last}");
        }
    }
}
