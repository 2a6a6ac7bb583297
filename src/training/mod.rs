//! The training loop in a thread of its own: [`Command`]s in, the latest [`Snapshot`] out.
//!
//! The trainer never waits for whoever watches it, and nobody who watches has to wait for the trainer. A [`Learner`] is what is
//! trained; the loop knows nothing of its architecture.

mod batch_source;
mod checkpointing;
mod checks;
mod command;
mod conversation;
mod curves;
mod downsampled_series;
mod keyframes;
mod language;
mod learner;
mod loss_window;
mod pace;
mod playback;
mod published;
mod record;
mod schedule;
mod snapshot;
mod state;
mod step_rate;
mod thread_count;
mod trainer;
mod validation;
mod validations;
mod worker;

pub use checkpointing::{
    Artifact, Checkpoint, CheckpointSender, Received, SaveEvent, SavePolicy, SaveQueue, SaveReason, SaveStatus, Summary,
};
pub use command::Command;
pub use curves::Curves;
pub use downsampled_series::{Bucket, DownsampledSeries};
pub use keyframes::{Keyframe, Keyframes};
pub use language::{LanguageLearner, language_learner, learner_of_texts};
pub use learner::{
    AskError, Continuation, Evaluation, GenerateRequest, Learner, Progress, RunInfo, StepError, StepReport, Validated,
};
pub use pace::{Pace, Rise};
pub use playback::{Playback, ReplaySpeed};
pub use record::Record;
pub use snapshot::{Answer, Cause, Failure, Pinned, Refusal, RunState, Snapshot};
pub use state::{LearnerState, Plateau, Position, RestoreError};
pub use trainer::{ResumeState, Trainer, TrainerOptions};
pub use validations::{ValidationPoint, Validations};

pub use crate::corpus::UnknownWord;
