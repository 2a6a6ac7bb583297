//! Loss thresholds, and when a run first fell below them.

use crate::learning::DownsampledSeries;

/// Thresholds of the training loss in nats, in descending order; densest where models of letters end.
pub const MILESTONES: [f64; 26] = [
    10.0, 8.0, 6.0, 5.0, 4.0, 3.0, 2.5, 2.2, 2.0, 1.8, 1.6, 1.5, 1.4, 1.3, 1.2, 1.1, 1.0, 0.8, 0.6, 0.5, 0.3, 0.2, 0.1,
    0.05, 0.02, 0.01,
];

/// When the moving average of a run's loss fell below one of [`MILESTONES`] for the first time.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Milestone {
    /// The number of steps taken by then.
    pub step: u64,
    /// Seconds of training by then; `None` if unknown.
    pub seconds: Option<f64>,
}

/// Returns the milestones of a run with this moving average of the loss, in the order of [`MILESTONES`]; `seconds` returns the seconds of
/// training until a step.
pub(super) fn passed(smoothed: &DownsampledSeries, seconds: impl Fn(u64) -> Option<f64>) -> Vec<Milestone> {
    let mut passed = Vec::new();
    for bucket in smoothed.buckets() {
        while MILESTONES.get(passed.len()).is_some_and(|loss| bucket.mean() < *loss) {
            passed.push(Milestone { step: bucket.first, seconds: seconds(bucket.first) });
        }
    }
    passed
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The milestones of a run with these losses, two steps per second.
    fn milestones(losses: &[f32]) -> Vec<Milestone> {
        let mut smoothed = DownsampledSeries::default();
        losses.iter().for_each(|loss| smoothed.push(*loss));
        passed(&smoothed, |step| Some(step as f64 / 2.0))
    }

    #[test]
    fn milestones_falling_and_rising_loss_passes_each_threshold_once() {
        let passed = milestones(&[9.0, 5.5, 7.0, 2.4]);
        let expected = [1, 2, 2, 4, 4, 4, 4].map(|step| Milestone { step, seconds: Some(step as f64 / 2.0) });
        assert_eq!(passed, [&expected[..1], &expected[1..]].concat());
        assert!(milestones(&[12.0]).is_empty());
    }
}
