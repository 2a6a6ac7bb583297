//! What one viewer sees.

use std::sync::Arc;

use super::{Playback, Snapshot};
use crate::learning::{Answer, AskError, Continuation, DownsampledSeries, StepReport, ValidationPoint};

/// The runs that a viewer watches, and what they say to what this viewer asks. Never changes.
#[derive(Clone, Debug)]
pub struct Observed {
    /// The runs, at least one.
    pub runs: Vec<ObservedRun>,
    /// Which of them is looked at where there is room for one.
    pub focus: usize,
    /// What was asked last, if there can be no answer or no such model.
    pub refusal: Option<Refusal>,
}

impl Observed {
    /// The run that is looked at where there is room for one.
    #[must_use]
    pub fn run(&self) -> &ObservedRun {
        &self.runs[self.focus]
    }
}

/// A run as one viewer sees it.
#[derive(Clone, Debug)]
pub struct ObservedRun {
    /// What tells it from others.
    pub name: Arc<str>,
    /// The run, the same for all viewers.
    pub snapshot: Arc<Snapshot>,
    /// What the model says to the last prompt that it could answer.
    pub answer: Option<Arc<Answer>>,
    /// What the model of the attempt before said last to the same prompt.
    pub before: Option<AnswerBefore>,
    /// Prompts that are asked anew whenever the weights have changed, and what the corpus says.
    pub pinned: Vec<Pinned>,
    /// The text that was continued last, and after how many steps.
    pub continuation: Option<(u64, Continuation)>,
    /// Which moment of the run the answers are of.
    pub playback: Playback,
}

impl ObservedRun {
    /// The validations until the moment that is shown: the last one, and the best.
    #[must_use]
    pub fn validations(&self) -> Option<(ValidationPoint, ValidationPoint)> {
        let all = &self.snapshot.record.validations;
        let Some(shown) = self.playback.shown else { return all.last().zip(all.best()) };
        let until = || all.points().filter(|point| point.step <= shown);
        let best = until().min_by(|a, b| a.validated.loss.total_cmp(&b.validated.loss));
        until().last().zip(best)
    }

    /// What the last step until the moment that is shown told, without what only the last one of all can tell.
    #[must_use]
    pub fn step(&self) -> Option<StepReport> {
        let last = self.snapshot.record.last_step?;
        let Some(shown) = self.playback.shown else { return Some(last) };
        let curves = &self.snapshot.record.curves;
        let at = |history: &DownsampledSeries| history.at(shown).map(|bucket| bucket.mean());
        Some(StepReport {
            gradient_norm: at(&curves.gradient_norm)?,
            learning_rate: at(&curves.learning_rate)?,
            epoch: last.epoch * shown as f64 / self.snapshot.record.step.max(1) as f64, // each step reads as much as any other
            ..last
        })
    }

    /// The loss in nats at the moment that is shown, over the steps before it.
    #[must_use]
    pub fn loss(&self) -> Option<f64> {
        match self.playback.shown {
            Some(step) => self.snapshot.record.curves.smoothed.at(step).map(|bucket| bucket.mean()),
            None => self.snapshot.record.loss().map(f64::from),
        }
    }

    /// Over how many steps [`loss`](Self::loss) is the mean, where those are counted: of an earlier moment they are not.
    #[must_use]
    pub fn steps_of_loss(&self) -> Option<usize> {
        self.playback.shown.is_none().then(|| self.snapshot.record.recent.steps())
    }

    /// The learning rate of the next step; of the last one where there is no next.
    #[must_use]
    pub fn learning_rate(&self) -> Option<f64> {
        if self.playback.shown.is_none() && self.snapshot.can_train() {
            return Some(self.snapshot.next_learning_rate);
        }
        self.step().map(|step| step.learning_rate)
    }
}

/// An answer of a model that is no longer there.
#[derive(Clone, Debug, PartialEq)]
pub struct AnswerBefore {
    /// What it said.
    pub answer: Arc<Answer>,
    /// The model in one line.
    pub model: String,
}

/// A prompt that is asked again and again.
#[derive(Clone, Debug, PartialEq)]
pub struct Pinned {
    /// The prompt as asked.
    pub prompt: String,
    /// The most probable next word.
    pub word: String,
    /// Its probability.
    pub probability: f32,
    /// The words that follow the prompt in what is learned from, the most frequent first; none if it is not in there.
    pub expected: Arc<[String]>,
}

impl Pinned {
    /// Whether the corpus goes on with the most probable word, too; `None` if it does not know, or there is no answer.
    #[must_use]
    pub fn is_right(&self) -> Option<bool> {
        (!self.expected.is_empty() && self.probability.is_finite()).then(|| self.expected.contains(&self.word))
    }
}

/// A prompt that could not be answered, or a model that could not be built.
#[derive(Clone, Debug, PartialEq)]
pub struct Refusal {
    /// Which one of the run it is, counted from 1.
    pub number: u64,
    /// The prompt as asked; nothing if it was a model.
    pub prompt: Option<String>,
    /// Why not.
    pub error: AskError,
}
