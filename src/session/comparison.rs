//! Columns of tables that compare runs, the one function that fills them, and the threshold by which runs are compared.

use super::{MILESTONES, Standing};

/// A column of a table that compares runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Column {
    /// The name of the run.
    Name,
    /// One-line description of the model.
    Model,
    /// The number of weights.
    Weights,
    /// The seed of the weights.
    Seed,
    /// The attempt number.
    Attempt,
    /// The number of steps taken.
    Steps,
    /// Seconds of training.
    Seconds,
    /// Mean duration of a step in milliseconds.
    StepTime,
    /// Steps per second at the moment.
    StepsPerSecond,
    /// Words per second at the moment.
    WordsPerSecond,
    /// Steps per second, averaged over the run.
    MeanStepsPerSecond,
    /// Words per second, averaged over the run.
    MeanWordsPerSecond,
    /// Moving average of the training loss in nats.
    Loss,
    /// The threshold in nats with this index in [`MILESTONES`], which is the same for all runs.
    MilestoneLoss(usize),
    /// The first step at which the moving average of the loss was below the threshold with this index.
    MilestoneStep(usize),
    /// Seconds of training until that step.
    MilestoneSeconds(usize),
    /// Loss of the last validation in nats.
    Validation,
    /// Lowest loss of a validation in nats.
    Best,
    /// Accuracy of the last validation.
    Right,
    /// Pinned prompts answered as the training text continues, out of those that occur in it; unknown if none does.
    Pinned,
    /// The first number of [`Pinned`](Self::Pinned), which may be 0.
    PinnedRight,
    /// The second number of [`Pinned`](Self::Pinned), which may be 0.
    PinnedKnown,
}

/// A value of a comparison, which each table formats in its own way.
#[derive(Clone, Debug, PartialEq)]
pub enum Cell {
    /// A name, unescaped.
    Text(String),
    /// A whole number.
    Count(u64),
    /// A number in the unit of the column.
    Number(f64),
    /// A share from 0 to 1.
    Share(f64),
    /// A part of a whole.
    Ratio {
        /// The part.
        part: usize,
        /// The whole.
        whole: usize,
    },
}

impl Standing {
    /// The value in a column; `None` if it is unknown.
    #[must_use]
    pub fn cell(&self, column: Column) -> Option<Cell> {
        let words_per_second = |steps_per_second: f64| Some(Cell::Number(steps_per_second * self.words_per_step?));
        match column {
            Column::Name => Some(Cell::Text(self.name.clone())),
            Column::Model => Some(Cell::Text(self.settings.model.clone())),
            Column::Weights => Some(Cell::Count(self.settings.weights)),
            Column::Seed => Some(Cell::Count(self.settings.seed)),
            Column::Attempt => Some(Cell::Count(self.settings.number)),
            Column::Steps => Some(Cell::Count(self.steps)),
            Column::Seconds => Some(Cell::Number(self.seconds)),
            Column::StepTime => self.seconds_per_step().map(|seconds| Cell::Number(1000.0 * seconds)),
            Column::StepsPerSecond => self.steps_per_second.map(Cell::Number),
            Column::WordsPerSecond => self.steps_per_second.and_then(words_per_second),
            Column::MeanStepsPerSecond => self.seconds_per_step().map(|seconds| Cell::Number(seconds.recip())),
            Column::MeanWordsPerSecond => self.mean_words_per_second().map(Cell::Number),
            Column::Loss => self.loss.map(Cell::Number),
            Column::MilestoneLoss(index) => Some(Cell::Number(MILESTONES[index])),
            Column::MilestoneStep(index) => self.milestones.get(index).map(|passed| Cell::Count(passed.step)),
            Column::MilestoneSeconds(index) => self.milestones.get(index)?.seconds.map(Cell::Number),
            Column::Validation => self.validation.map(Cell::Number),
            Column::Best => self.best.map(Cell::Number),
            Column::Right => self.right.map(Cell::Share),
            Column::Pinned => {
                let (part, whole) = (self.pinned.right, self.pinned.known);
                (whole > 0).then_some(Cell::Ratio { part, whole })
            }
            Column::PinnedRight => Some(Cell::Count(self.pinned.right as u64)),
            Column::PinnedKnown => Some(Cell::Count(self.pinned.known as u64)),
        }
    }
}

/// Index in [`MILESTONES`] of the lowest threshold that at least half of these runs have passed; 0 if there is none.
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
    use crate::session::{Milestone, PinnedScore};

    /// A run whose loss has fallen to `loss`.
    fn standing(loss: f64) -> Standing {
        let passed = MILESTONES.iter().filter(|threshold| loss < **threshold);
        let milestones = passed.map(|_| Milestone { step: 1, seconds: None }).collect();
        Standing { milestones, ..Standing::default() }
    }

    #[test]
    fn common_milestone_several_runs_is_the_lowest_that_half_have_passed() {
        let (slow, middle, fast) = (standing(4.5), standing(1.05), standing(0.05));
        let common = |runs: &[&Standing]| MILESTONES[common_milestone(runs.iter().copied())];
        assert_eq!(common(&[&slow, &fast]), 0.1);
        assert_eq!(common(&[&slow, &middle, &fast]), 1.1);
        assert_eq!(common(&[&slow, &slow, &middle, &fast]), 1.1);
        assert_eq!(common(&[&slow]), 5.0);
        assert_eq!(common(&[]), MILESTONES[0]);
    }

    #[test]
    fn standing_current_and_mean_rates_are_different_columns() {
        let standing = Standing {
            steps: 10,
            seconds: 2.0,
            steps_per_second: Some(8.0),
            words_per_step: Some(3.0),
            ..Standing::default()
        };
        let columns = [
            Column::StepsPerSecond,
            Column::WordsPerSecond,
            Column::MeanStepsPerSecond,
            Column::MeanWordsPerSecond,
            Column::StepTime,
        ];
        assert_eq!(
            columns.map(|column| standing.cell(column)),
            [8.0, 24.0, 5.0, 15.0, 200.0].map(|value| Some(Cell::Number(value)))
        );
    }

    #[test]
    fn standing_unknown_values_are_none() {
        let standing = Standing { milestones: vec![Milestone { step: 3, seconds: None }], ..Standing::default() };
        assert_eq!(standing.cell(Column::MilestoneStep(0)), Some(Cell::Count(3)));
        let columns = [
            Column::MilestoneSeconds(0),
            Column::MilestoneStep(1),
            Column::StepTime,
            Column::WordsPerSecond,
            Column::Pinned,
        ];
        assert_eq!(columns.map(|column| standing.cell(column)), [const { None }; 5]);
    }

    #[test]
    fn standing_no_pinned_prompt_right_is_a_ratio() {
        let standing = Standing { pinned: PinnedScore { right: 0, known: 2 }, ..Standing::default() };
        assert_eq!(standing.cell(Column::Pinned), Some(Cell::Ratio { part: 0, whole: 2 }));
        assert_eq!(standing.cell(Column::PinnedRight), Some(Cell::Count(0)));
    }
}
