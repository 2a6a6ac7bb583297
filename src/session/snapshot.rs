//! What whoever watches a run sees of it.

use std::fmt;
use std::sync::Arc;

use super::{Pace, SaveStatus};
use crate::learning::{AskError, AttemptSettings, PartsDone, Record, RunInfo, StepError};
use crate::model::TensorShape;

/// A run at one moment. Never changes; a later moment is another snapshot.
#[derive(Clone, Debug)]
pub struct Snapshot {
    /// What stays the same until another model is built.
    pub run: Arc<RunInfo>,
    /// Which beginning of the run it is, counted from 1: a restart or another model is the next one.
    pub attempt: u64,
    /// How many controls had been obeyed.
    pub last_control: u64,
    /// The seed in force; each restart takes the next one.
    pub seed: u64,
    /// Whether training goes on.
    pub state: RunState,
    /// How far the validation is that training waits for, once it has taken a moment.
    pub validating: Option<PartsDone>,
    /// What its steps and validations told.
    pub record: Record,
    /// What the learning rate is multiplied by, besides its schedule.
    pub rate_factor: f64,
    /// The learning rate of the next step.
    pub next_learning_rate: f64,
    /// How fast training is meant to go.
    pub pace: Pace,
    /// Whether it waits for the slowest of the runs beside it; `None` if there is none.
    pub in_step: Option<bool>,
    /// How fast it went during the last second or so; `None` while nothing moves.
    pub steps_per_second: Option<f64>,
    /// Every tensor of the last step, from the words it read to its loss.
    pub shapes: Vec<TensorShape>,
    /// How many earlier moments of the run can be seen again.
    pub moments: usize,
    /// How the keeping on disk goes, if the run is kept.
    pub kept: Option<SaveStatus>,
    /// Which refusal it is, counted from 1, and why, if there can be no model such as was wanted last.
    pub refused_model: Option<(u64, AskError)>,
}

impl Snapshot {
    /// What tells this attempt from others.
    #[must_use]
    pub fn settings(&self) -> AttemptSettings {
        AttemptSettings::new(self.attempt, &self.run, self.seed)
    }

    /// The mean number of words that a step reads, once there was one.
    #[must_use]
    pub fn words_per_step(&self) -> Option<f64> {
        let epoch = self.record.last_step?.epoch;
        (epoch > 0.0).then(|| epoch * self.run.words_per_epoch as f64 / self.record.step as f64)
    }

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
        self.moments > 1
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
