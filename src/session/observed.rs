//! Runs as one viewer sees them.

use std::sync::Arc;

use super::{Playback, Snapshot};
use crate::learning::{Answer, AskError, Continuation, DownsampledSeries, StepReport, ValidationPoint};

/// The runs of a viewer with the answers to its prompts; immutable.
#[derive(Clone, Debug)]
pub struct Observed {
    /// The runs, at least one.
    pub runs: Vec<ObservedRun>,
    /// Index of the focused run, which is shown where there is room for one.
    pub focus: usize,
    /// The last rejected request.
    pub refusal: Option<Refusal>,
}

impl Observed {
    /// The focused run.
    #[must_use]
    pub fn run(&self) -> &ObservedRun {
        &self.runs[self.focus]
    }
}

/// A run as one viewer sees it.
#[derive(Clone, Debug)]
pub struct ObservedRun {
    /// The name of the run.
    pub name: Arc<str>,
    /// The latest snapshot, which is the same for all viewers.
    pub snapshot: Arc<Snapshot>,
    /// The answer to the last valid prompt.
    pub answer: Option<Arc<Answer>>,
    /// The last answer of the previous attempt to the same prompt.
    pub before: Option<AnswerBefore>,
    /// Pinned prompts with their current answers.
    pub pinned: Vec<Pinned>,
    /// The last generated continuation, and the step of the weights that generated it.
    pub continuation: Option<(u64, Continuation)>,
    /// The moment of the run that the answers belong to.
    pub playback: Playback,
}

impl ObservedRun {
    /// The last and the best validation up to the moment that is shown; `None` if there is none.
    #[must_use]
    pub fn validations(&self) -> Option<(ValidationPoint, ValidationPoint)> {
        let validations = &self.snapshot.record.validations;
        let Some(shown) = self.playback.shown else { return validations.last().zip(validations.best()) };
        let shown_points = || validations.points().filter(|point| point.step <= shown);
        let best = shown_points().min_by(|a, b| a.validated.loss.total_cmp(&b.validated.loss));
        shown_points().last().zip(best)
    }

    /// Measurements of the last step up to the moment that is shown, without those that exist for the latest step only.
    #[must_use]
    pub fn step(&self) -> Option<StepReport> {
        let last = self.snapshot.record.last_step?;
        let Some(shown) = self.playback.shown else { return Some(last) };
        let curves = &self.snapshot.record.curves;
        let mean = |history: &DownsampledSeries| history.at(shown).map(|bucket| bucket.mean());
        Some(StepReport {
            gradient_norm: mean(&curves.gradient_norm)?,
            learning_rate: mean(&curves.learning_rate)?,
            epoch: last.epoch * shown as f64 / self.snapshot.record.step.max(1) as f64, // each step reads the same amount
            ..last
        })
    }

    /// Mean training loss in nats at the moment that is shown.
    #[must_use]
    pub fn loss(&self) -> Option<f64> {
        match self.playback.shown {
            Some(step) => self.snapshot.record.curves.smoothed.at(step).map(|bucket| bucket.mean()),
            None => self.snapshot.record.loss().map(f64::from),
        }
    }

    /// The number of steps that [`loss`](Self::loss) averages; `None` for earlier moments.
    #[must_use]
    pub fn steps_of_loss(&self) -> Option<usize> {
        self.playback.shown.is_none().then(|| self.snapshot.record.recent.steps())
    }

    /// How many of the pinned prompts are answered as the training text continues.
    #[must_use]
    pub fn pinned_score(&self) -> PinnedScore {
        let known = || self.pinned.iter().filter_map(Pinned::is_right);
        PinnedScore { right: known().filter(|is_right| *is_right).count(), known: known().count() }
    }

    /// Learning rate of the next step, or of the last one if training has ended.
    #[must_use]
    pub fn learning_rate(&self) -> Option<f64> {
        if self.playback.shown.is_none() && self.snapshot.can_train() {
            return Some(self.snapshot.next_learning_rate);
        }
        self.step().map(|step| step.learning_rate)
    }
}

/// An answer of a model that has been replaced.
#[derive(Clone, Debug, PartialEq)]
pub struct AnswerBefore {
    /// The answer.
    pub answer: Arc<Answer>,
    /// One-line description of the model.
    pub model: String,
}

/// A pinned prompt: answered whenever the weights change.
#[derive(Clone, Debug, PartialEq)]
pub struct Pinned {
    /// The prompt as asked.
    pub prompt: String,
    /// The most probable next word.
    pub word: String,
    /// Its probability.
    pub probability: f32,
    /// The words that follow the prompt in the training text, the most frequent first; empty if it does not occur.
    pub expected: Arc<[String]>,
}

impl Pinned {
    /// Whether the most probable word follows the prompt in the training text; `None` if the prompt does not occur there.
    #[must_use]
    pub fn is_right(&self) -> Option<bool> {
        (!self.expected.is_empty() && self.probability.is_finite()).then(|| self.expected.contains(&self.word))
    }
}

/// How many pinned prompts are answered as the training text continues.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PinnedScore {
    /// The number of prompts that are.
    pub right: usize,
    /// The number of prompts that occur in the training text.
    pub known: usize,
}

/// A rejected prompt or model.
#[derive(Clone, Debug, PartialEq)]
pub struct Refusal {
    /// 1-based number among the refusals of the run.
    pub number: u64,
    /// The prompt; `None` if a model was rejected.
    pub prompt: Option<String>,
    /// The reason.
    pub error: AskError,
}
