//! Summary of a run for comparison tables.

use super::milestones::passed;
use super::{Milestone, ObservedRun, Snapshot};
use crate::learning::{AttemptSettings, Bucket, DownsampledSeries, EarlierAttempt};

fn end_of(curve: &DownsampledSeries) -> Option<f64> {
    curve.buckets().last().map(Bucket::mean)
}

/// A row of a comparison table.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Standing {
    /// The name of the run.
    pub name: String,
    /// Its model, weights and seed.
    pub settings: AttemptSettings,
    /// The number of steps taken.
    pub steps: u64,
    /// Seconds spent in these steps, without waiting.
    pub seconds: f64,
    /// Mean number of words per step.
    pub words_per_step: Option<f64>,
    /// Moving average of the training loss in nats, at its end.
    pub loss: Option<f64>,
    /// Loss of the last validation in nats.
    pub validation: Option<f64>,
    /// Lowest loss of a validation in nats.
    pub best: Option<f64>,
    /// Accuracy of the last validation, from 0 to 1.
    pub right: Option<f64>,
    /// Pinned prompts that are answered as the text goes on, and those of which the text knows how it does.
    pub pinned: (usize, usize),
    /// Those of [`MILESTONES`](super::MILESTONES) that it has passed, from the first one on.
    pub milestones: Vec<Milestone>,
}

impl Standing {
    /// Summarizes a snapshot.
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

    /// Summarizes a run as a viewer sees it, with its pinned prompts.
    #[must_use]
    pub fn observed(run: &ObservedRun) -> Self {
        let known = || run.pinned.iter().filter_map(super::Pinned::is_right);
        let pinned = (known().filter(|is_right| *is_right).count(), known().count());
        Self { pinned, ..Self::of(&run.name, &run.snapshot) }
    }

    /// Summarizes an earlier attempt.
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

    /// Mean duration of a step in seconds.
    #[must_use]
    pub fn seconds_per_step(&self) -> Option<f64> {
        (self.seconds > 0.0).then(|| self.seconds / self.steps as f64)
    }

    /// Words per second of training.
    #[must_use]
    pub fn words_per_second(&self) -> Option<f64> {
        Some(self.words_per_step? / self.seconds_per_step()?)
    }
}
