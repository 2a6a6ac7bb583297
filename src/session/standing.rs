//! Summary of a run for comparison with others.

use super::milestones::passed;
use super::{Milestone, ObservedRun, PinnedScore, Snapshot};
use crate::learning::{AttemptSettings, Bucket, DownsampledSeries, EarlierAttempt};

/// Summary of a run or of an earlier attempt: a row of a table that compares runs.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Standing {
    /// The name of the run.
    pub name: String,
    /// Its model, weights, seed and attempt number.
    pub settings: AttemptSettings,
    /// The number of steps taken.
    pub steps: u64,
    /// Seconds spent in these steps, without waiting; 0 if unknown.
    pub seconds: f64,
    /// Steps per second at the moment; `None` if unknown, as for a paused run.
    pub steps_per_second: Option<f64>,
    /// Mean number of words per step.
    pub words_per_step: Option<f64>,
    /// Last value of the moving average of the training loss in nats.
    pub loss: Option<f64>,
    /// Loss of the last validation in nats.
    pub validation: Option<f64>,
    /// Lowest loss of a validation in nats.
    pub best: Option<f64>,
    /// Accuracy of the last validation, from 0 to 1.
    pub right: Option<f64>,
    /// Pinned prompts that are answered as the training text continues.
    pub pinned: PinnedScore,
    /// Those of [`MILESTONES`](super::MILESTONES) that it has passed, in their order.
    pub milestones: Vec<Milestone>,
}

impl Standing {
    /// Summarizes a snapshot.
    #[must_use]
    pub fn new(name: &str, snapshot: &Snapshot) -> Self {
        let record = &snapshot.record;
        let (last, best) = (record.validations.last(), record.validations.best());
        Self {
            name: name.to_owned(),
            settings: snapshot.settings(),
            steps: record.step,
            seconds: record.seconds,
            steps_per_second: snapshot.steps_per_second,
            words_per_step: snapshot.words_per_step(),
            loss: last_value(&record.curves.smoothed),
            validation: last.map(|point| point.validated.loss),
            best: best.map(|point| point.validated.loss),
            right: last.and_then(|point| point.validated.accuracy),
            pinned: PinnedScore::default(),
            milestones: passed(&record.curves.smoothed, |step| Some(record.seconds_after(step as f64))),
        }
    }

    /// Summarizes a run as a viewer sees it, with its pinned prompts.
    #[must_use]
    pub fn observed(run: &ObservedRun) -> Self {
        Self { pinned: run.pinned_score(), ..Self::new(&run.name, &run.snapshot) }
    }

    /// Summarizes an earlier attempt. Its times, and the seconds of its milestones, are unknown.
    #[must_use]
    pub fn for_attempt(name: &str, attempt: &EarlierAttempt) -> Self {
        let EarlierAttempt { settings, smoothed, validations, .. } = attempt;
        let (last, best) = (validations.last(), validations.best());
        Self {
            name: name.to_owned(),
            settings: settings.clone(),
            steps: smoothed.steps(),
            loss: last_value(smoothed),
            validation: last.map(|point| point.validated.loss),
            best: best.map(|point| point.validated.loss),
            right: last.and_then(|point| point.validated.accuracy),
            milestones: passed(smoothed, |_| None),
            ..Self::default()
        }
    }

    /// Mean duration of a step in seconds; `None` if unknown.
    #[must_use]
    pub fn seconds_per_step(&self) -> Option<f64> {
        (self.seconds > 0.0).then(|| self.seconds / self.steps as f64)
    }

    /// Mean number of words per second of training; `None` if unknown.
    #[must_use]
    pub fn mean_words_per_second(&self) -> Option<f64> {
        Some(self.words_per_step? / self.seconds_per_step()?)
    }
}

fn last_value(curve: &DownsampledSeries) -> Option<f64> {
    curve.buckets().last().map(Bucket::mean)
}
