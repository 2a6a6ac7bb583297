//! How a run stands among others, in a few numbers.

use super::milestones::passed;
use super::{Milestone, ObservedRun, Snapshot};
use crate::learning::{AttemptSettings, Bucket, DownsampledSeries, EarlierAttempt};

fn end_of(curve: &DownsampledSeries) -> Option<f64> {
    curve.buckets().last().map(Bucket::mean)
}

/// How a run stands.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Standing {
    /// What tells it from the others.
    pub name: String,
    /// Its model, weights and seed.
    pub settings: AttemptSettings,
    /// Steps taken.
    pub steps: u64,
    /// Seconds that these took by themselves.
    pub seconds: f64,
    /// Words that a step reads.
    pub words_per_step: Option<f64>,
    /// Where the curve of the loss ends: its moving average, in nats.
    pub loss: Option<f64>,
    /// The loss of the last validation.
    pub validation: Option<f64>,
    /// The least loss of a validation.
    pub best: Option<f64>,
    /// The share of the words of the last validation that were the most probable word.
    pub right: Option<f64>,
    /// Pinned prompts that are answered as the text goes on, and those of which the text knows how it does.
    pub pinned: (usize, usize),
    /// Those of [`MILESTONES`](super::MILESTONES) that it has passed, from the first one on.
    pub milestones: Vec<Milestone>,
}

impl Standing {
    /// Of a run as it is.
    #[must_use]
    pub fn of(name: &str, snapshot: &Snapshot) -> Self {
        let record = &snapshot.record;
        let (last, best) = (record.validations.last(), record.validations.best());
        Self {
            name: name.to_owned(),
            settings: snapshot.settings(),
            steps: record.step,
            seconds: record.seconds,
            words_per_step: snapshot.words_per_step(),
            loss: end_of(&record.curves.smoothed),
            validation: last.map(|point| point.validated.loss),
            best: best.map(|point| point.validated.loss),
            right: last.and_then(|point| point.validated.right),
            pinned: (0, 0),
            milestones: passed(&record.curves.smoothed, |step| Some(record.seconds_after(step as f64))),
        }
    }

    /// The same as a viewer sees it, with what is said to pinned prompts.
    #[must_use]
    pub fn observed(run: &ObservedRun) -> Self {
        let known = || run.pinned.iter().filter_map(super::Pinned::is_right);
        let pinned = (known().filter(|is_right| *is_right).count(), known().count());
        Self { pinned, ..Self::of(&run.name, &run.snapshot) }
    }

    /// Of an attempt that is over.
    #[must_use]
    pub fn of_attempt(name: &str, attempt: &EarlierAttempt) -> Self {
        let EarlierAttempt { settings, smoothed, validations, .. } = attempt;
        let (last, best) = (validations.last(), validations.best());
        Self {
            name: name.to_owned(),
            settings: settings.clone(),
            steps: smoothed.steps(),
            seconds: 0.0, // nobody counted them
            words_per_step: None,
            loss: end_of(smoothed),
            validation: last.map(|point| point.validated.loss),
            best: best.map(|point| point.validated.loss),
            right: last.and_then(|point| point.validated.right),
            pinned: (0, 0),
            milestones: passed(smoothed, |_| None),
        }
    }

    /// Seconds of a step.
    #[must_use]
    pub fn seconds_per_step(&self) -> Option<f64> {
        (self.seconds > 0.0).then(|| self.seconds / self.steps as f64)
    }

    /// Words read in a second of training.
    #[must_use]
    pub fn words_per_second(&self) -> Option<f64> {
        Some(self.words_per_step? / self.seconds_per_step()?)
    }
}
