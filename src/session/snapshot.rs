//! The state of a run that is published to viewers.

use std::sync::Arc;

use super::{Pace, PanicMessage, SaveStatus};
use crate::language::Message;
use crate::learning::{AskError, AttemptSettings, PartsDone, Record, RunInfo, StepError};
use crate::model::TensorShape;

/// The state of a run at one moment; immutable.
#[derive(Clone, Debug)]
pub struct Snapshot {
    /// Facts that hold until the model is rebuilt.
    pub run: Arc<RunInfo>,
    /// 1-based attempt number; restart and rebuild increment it.
    pub attempt: u64,
    /// The number of controls that have been handled.
    pub last_control: u64,
    /// The seed of the weights; [`Control::Restart`](super::Control::Restart) increments it.
    pub seed: u64,
    /// Whether the run trains, is paused, or has ended.
    pub state: RunState,
    /// Progress of the current validation, if it has taken longer than a second.
    pub validating: Option<PartsDone>,
    /// Losses, validations and other measurements so far.
    pub record: Record,
    /// Factor by which the user has scaled the scheduled learning rate.
    pub rate_factor: f64,
    /// The learning rate of the next step.
    pub next_learning_rate: f64,
    /// The requested pace.
    pub pace: Pace,
    /// Whether it runs in lockstep with the other runs; `None` for a single run.
    pub in_step: Option<bool>,
    /// Steps per second, averaged over about a second; `None` while paused.
    pub steps_per_second: Option<f64>,
    /// Shapes of all tensors of the last step, from ids to loss.
    pub shapes: Vec<TensorShape>,
    /// The number of keyframes that can be replayed.
    pub moments: usize,
    /// Persistence status, if the run is saved to disk.
    pub save_status: Option<SaveStatus>,
    /// Number (from 1) and reason of the last rejected rebuild, if the last one was rejected.
    pub refused_model: Option<(u64, AskError)>,
}

impl Snapshot {
    /// The settings that identify this attempt.
    #[must_use]
    pub fn settings(&self) -> AttemptSettings {
        AttemptSettings::new(self.attempt, &self.run, self.seed)
    }

    /// Mean number of words per step; `None` before the first step.
    #[must_use]
    pub fn words_per_step(&self) -> Option<f64> {
        let epoch = self.record.last_step?.epoch;
        (epoch > 0.0).then(|| epoch * self.run.words_per_epoch as f64 / self.record.step as f64)
    }

    /// Whether the user has scaled the learning rate.
    #[must_use]
    #[allow(clippy::float_cmp)] // by powers of two, there and back again
    pub fn has_changed_rate(&self) -> bool {
        self.rate_factor != 1.0
    }

    /// Whether the run can take more steps.
    #[must_use]
    pub fn can_train(&self) -> bool {
        matches!(self.state, RunState::Running | RunState::Paused)
    }

    /// Whether the run is saved to disk without errors.
    #[must_use]
    pub fn is_saved(&self) -> bool {
        self.save_status.as_ref().is_some_and(|status| status.problems.is_empty())
    }

    /// Whether there are keyframes to replay.
    #[must_use]
    pub fn can_replay(&self) -> bool {
        self.moments > 1
    }
}

/// Whether a run trains, is paused, or has ended.
#[derive(Clone, Debug, PartialEq)]
pub enum RunState {
    /// It trains.
    Running,
    /// It is paused.
    Paused,
    /// All steps are taken.
    Finished,
    /// It is a saved run that is replayed and cannot be trained.
    Replay,
    /// It has failed.
    Failed(Failure),
}

/// A failure that has ended training.
#[derive(Clone, Debug, PartialEq)]
pub struct Failure {
    /// 1-based number of the step that failed.
    pub step: u64,
    /// The cause.
    pub cause: Cause,
}

impl Failure {
    /// The message that training has stopped, with the step and the cause.
    #[must_use]
    pub fn message(&self) -> Message {
        FailureMessage::Stopped { step: self.step, cause: self.cause.message() }.into()
    }
}

/// The cause of a failure.
#[derive(Clone, Debug, PartialEq)]
pub enum Cause {
    /// A step returned an error.
    Step(StepError),
    /// The program panicked.
    Panic(PanicMessage),
}

impl Cause {
    /// The message of the error or of the panic.
    #[must_use]
    pub fn message(&self) -> Message {
        match self {
            Self::Step(error) => error.clone().into(),
            Self::Panic(message) => message.clone().into(),
        }
    }

    /// Advice to the user.
    #[must_use]
    pub fn advice(&self) -> Message {
        let advice = match self {
            Self::Step(StepError::Loss(_) | StepError::Gradient(_)) => FailureMessage::SmallerLearningRate,
            Self::Step(StepError::Memory(_)) => FailureMessage::SmallerModel,
            Self::Panic(_) => FailureMessage::FaultOfProgram,
        };
        advice.into()
    }
}

crate::messages! {
    enum FailureMessage {
        Stopped { step: u64, cause: Message } = "training stopped before step {step}: {cause}", "训练在第 {step} 步之前中止：{cause}";
        SmallerLearningRate = "a smaller learning rate may help", "较小的学习率可能有帮助";
        SmallerModel = "a smaller model may help", "较小的模型可能有帮助";
        FaultOfProgram = "this is a fault of the program", "这是程序的错误";
    }
}
