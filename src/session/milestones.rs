//! Loss thresholds, and when runs first fell below them.

use super::Standing;
use crate::learning::DownsampledSeries;

/// Losses in nats that it can be asked when a run fell below, the greatest first: close to each other where a text in letters ends.
pub const MILESTONES: [f64; 26] = [
    10.0, 8.0, 6.0, 5.0, 4.0, 3.0, 2.5, 2.2, 2.0, 1.8, 1.6, 1.5, 1.4, 1.3, 1.2, 1.1, 1.0, 0.8, 0.6, 0.5, 0.3, 0.2, 0.1,
    0.05, 0.02, 0.01,
];

/// When the moving average of a run's loss fell below one of [`MILESTONES`] for the first time.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Milestone {
    /// The number of steps taken by then.
    pub step: u64,
    /// Seconds of training by then, if they were counted.
    pub seconds: Option<f64>,
}

/// The thresholds that a run has passed, in the order of [`MILESTONES`].
pub(super) fn passed(smoothed: &DownsampledSeries, seconds: impl Fn(u64) -> Option<f64>) -> Vec<Milestone> {
    let mut passed = Vec::new();
    for bucket in smoothed.buckets() {
        while MILESTONES.get(passed.len()).is_some_and(|loss| bucket.mean() < *loss) {
            passed.push(Milestone { step: bucket.first, seconds: seconds(bucket.first) });
        }
    }
    passed
}

/// The place among [`MILESTONES`] of the lowest one that at least half of these runs have passed: it says of each how fast it was,
/// whatever the text.
#[must_use]
pub fn common_milestone<'s>(runs: impl IntoIterator<Item = &'s Standing>) -> usize {
    let mut counts: Vec<_> = runs.into_iter().map(|run| run.milestones.len()).collect();
    counts.sort_unstable_by(|one, other| other.cmp(one));
    let half = counts.len().div_ceil(2);
    half.checked_sub(1).map_or(0, |last| counts[last]).saturating_sub(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(losses: &[f32]) -> Standing {
        let mut smoothed = DownsampledSeries::default();
        losses.iter().for_each(|loss| smoothed.push(*loss));
        Standing { milestones: passed(&smoothed, |step| Some(step as f64 / 2.0)), ..Standing::default() }
    }

    #[test]
    fn a_run_passes_each_loss_once_and_several_in_a_step() {
        let milestones = run(&[9.0, 5.5, 7.0, 2.4]).milestones;
        let expected = [1, 2, 2, 4, 4, 4, 4].map(|step| Milestone { step, seconds: Some(step as f64 / 2.0) });
        assert_eq!(milestones, [&expected[..1], &expected[1..]].concat());
        assert!(run(&[12.0]).milestones.is_empty());
    }

    #[test]
    fn runs_are_compared_by_a_loss_that_half_of_them_have_passed() {
        let (slow, middle, fast) = (run(&[4.5]), run(&[1.05]), run(&[0.05]));
        let common = |runs: &[&Standing]| MILESTONES[common_milestone(runs.iter().copied())];
        assert_eq!(common(&[&slow, &fast]), 0.1);
        assert_eq!(common(&[&slow, &middle, &fast]), 1.1);
        assert_eq!(common(&[&slow, &slow, &middle, &fast]), 1.1);
        assert_eq!(common(&[&slow]), 5.0);
        assert_eq!(common(&[]), MILESTONES[0]);
    }
}
