//! What whoever watches a run sees of it.

use std::fmt;
use std::sync::Arc;

use super::{Pace, Playback, SaveStatus};
use crate::learning::{
    Answer, AskError, Continuation, DownsampledSeries, Record, RunInfo, StepError, StepReport, ValidationPoint,
};
use crate::model::TensorShape;

/// A run at one moment. Never changes; a later moment is another snapshot.
#[derive(Clone, Debug)]
pub struct Snapshot {
    /// What stays the same until another model is built.
    pub run: Arc<RunInfo>,
    /// How many commands had been obeyed.
    pub last_command: u64,
    /// The seed in force; each restart takes the next one.
    pub seed: u64,
    /// Whether training goes on.
    pub state: RunState,
    /// What its steps and validations told.
    pub record: Record,
    /// What the learning rate is multiplied by, besides its schedule.
    pub rate_factor: f64,
    /// The learning rate of the next step.
    pub next_learning_rate: f64,
    /// How fast training is meant to go.
    pub pace: Pace,
    /// How fast it went during the last second or so; `None` while nothing moves.
    pub steps_per_second: Option<f64>,
    /// Every tensor of the last step, from the words it read to its loss.
    pub shapes: Vec<TensorShape>,
    /// What the model says to the last prompt that it could answer.
    pub answer: Option<Answer>,
    /// Prompts that are asked anew for every snapshot, and what the corpus says.
    pub pinned: Vec<Pinned>,
    /// The text that was continued last, and after how many steps.
    pub continuation: Option<(u64, Continuation)>,
    /// Which moment of the run the answers are of.
    pub playback: Playback,
    /// How the keeping on disk goes, if the run is kept.
    pub kept: Option<SaveStatus>,
    /// The last prompt or model, if there can be no answer or no such model.
    pub refusal: Option<Refusal>,
}

impl Snapshot {
    /// Whether somebody has changed the learning rate.
    #[must_use]
    #[allow(clippy::float_cmp)] // by powers of two, there and back again
    pub fn has_changed_rate(&self) -> bool {
        self.rate_factor != 1.0
    }

    /// Whether it may still be trained.
    #[must_use]
    pub fn can_train(&self) -> bool {
        matches!(self.state, RunState::Running | RunState::Paused)
    }

    /// Whether what training has reached is on the disk when it ends.
    #[must_use]
    pub fn is_kept(&self) -> bool {
        self.kept.as_ref().is_some_and(|kept| kept.problems.is_empty())
    }

    /// Whether the run can be seen again.
    #[must_use]
    pub fn can_replay(&self) -> bool {
        self.playback.moments > 1
    }

    /// The validations until the moment that is shown: the last one, and the best.
    #[must_use]
    pub fn validations(&self) -> Option<(ValidationPoint, ValidationPoint)> {
        let all = &self.record.validations;
        let Some(shown) = self.playback.shown else { return all.last().zip(all.best()) };
        let until = || all.points().filter(|point| point.step <= shown);
        let best = until().min_by(|a, b| a.validated.loss.total_cmp(&b.validated.loss));
        until().last().zip(best)
    }

    /// What the last step until the moment that is shown told, without what only the last one of all can tell.
    #[must_use]
    pub fn step(&self) -> Option<StepReport> {
        let last = self.record.last_step?;
        let Some(shown) = self.playback.shown else { return Some(last) };
        let curves = &self.record.curves;
        let at = |history: &DownsampledSeries| history.at(shown).map(|bucket| bucket.mean());
        Some(StepReport {
            gradient_norm: at(&curves.gradient_norm)?,
            learning_rate: at(&curves.learning_rate)?,
            epoch: last.epoch * shown as f64 / self.record.step.max(1) as f64, // each step reads as much as any other
            ..last
        })
    }

    /// The loss in nats at the moment that is shown, over the steps before it.
    #[must_use]
    pub fn loss(&self) -> Option<f64> {
        match self.playback.shown {
            Some(step) => self.record.curves.smoothed.at(step).map(|bucket| bucket.mean()),
            None => self.record.loss().map(f64::from),
        }
    }

    /// Over how many steps [`loss`](Self::loss) is the mean, where those are counted: of an earlier moment they are not.
    #[must_use]
    pub fn steps_of_loss(&self) -> Option<usize> {
        self.playback.shown.is_none().then(|| self.record.recent.steps())
    }

    /// The learning rate of the next step; of the last one where there is no next.
    #[must_use]
    pub fn learning_rate(&self) -> Option<f64> {
        if self.playback.shown.is_none() && self.can_train() {
            return Some(self.next_learning_rate);
        }
        self.step().map(|step| step.learning_rate)
    }
}

/// Whether training goes on.
#[derive(Clone, Debug, PartialEq)]
pub enum RunState {
    /// It does.
    Running,
    /// It waits to be resumed.
    Paused,
    /// All steps are taken.
    Finished,
    /// It is only seen again.
    Replay,
    /// It cannot go on.
    Failed(Failure),
}

/// Why training cannot go on.
#[derive(Clone, Debug, PartialEq)]
pub struct Failure {
    /// The step that was not taken, counted from 1.
    pub step: u64,
    /// What happened.
    pub cause: Cause,
}

/// What made training stop.
#[derive(Clone, Debug, PartialEq)]
pub enum Cause {
    /// A step that could not be taken.
    Step(StepError),
    /// A fault of the program, with its message.
    Panic(String),
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Step(error) => error.fmt(f),
            Self::Panic(message) => f.write_str(message),
        }
    }
}

impl Cause {
    /// What can be done about it.
    #[must_use]
    pub fn advice(&self) -> &'static str {
        match self {
            Self::Step(StepError::Loss(_) | StepError::Gradient(_)) => "a smaller learning rate may help",
            Self::Step(StepError::Memory(_)) => "a smaller model may help",
            Self::Panic(_) => "this is a fault of the program",
        }
    }
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
