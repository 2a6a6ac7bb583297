//! Metrics and checkpoints of a run, on their way from the training thread to the writer.
//!
//! The training thread has a [`CheckpointSender`], the writer a [`SaveQueue`]; between them is one queue of [`SaveEvent`]s. Sending
//! never waits for the disk. A later checkpoint replaces an earlier one that still waits, unless that one is better: usually one is being
//! written and at most one waits.

mod queue;
mod sender;
mod status;
mod summary;

use std::time::SystemTime;

pub use queue::SaveQueue;
pub(super) use sender::CheckpointInputs;
pub use sender::CheckpointSender;
pub use status::{Artifact, SaveProblem, SaveStatus};
pub use summary::StepSummary;

use super::{Failure, Keyframe};
use crate::config::Interval;
use crate::learning::{LearnerState, Record, ValidationPoint};

/// Everything that is needed to continue a run as if it had not been interrupted.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Checkpoint {
    /// 1-based attempt number; each restart increments it.
    pub attempt: u32,
    /// The state of the learner: weights, optimizer, random numbers, position in the text.
    pub learner: LearnerState,
    /// Losses, validations and other measurements so far.
    pub record: Record,
    /// Factor by which the user has scaled the scheduled learning rate.
    pub rate_factor: f64,
    /// The keyframes. Empty in most of several checkpoints within a minute, since all keyframes are written each time.
    pub keyframes: Vec<Keyframe>,
}

/// What is saved, and how often.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SavePolicy {
    /// The interval between checkpoints.
    pub checkpoint_every: Interval,
    /// The number of steps in a [`StepSummary`].
    pub metrics_every: u64,
    /// Number of the attempt that starts or continues: 1 for a new run.
    pub attempt: u32,
}

/// Why a checkpoint is saved.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SaveReason {
    /// Its validation loss is the lowest so far.
    pub is_best: bool,
    /// The user has asked for it, or it is the last one of an attempt.
    pub is_requested: bool,
}

impl SaveReason {
    /// Requested, and not the best.
    pub(super) const REQUESTED: Self = Self { is_best: false, is_requested: true };

    /// Whether all reasons of `other` hold here, too.
    fn includes(self, other: Self) -> bool {
        (self.is_best || !other.is_best) && (self.is_requested || !other.is_requested)
    }
}

/// An event of a run that the writer writes to disk.
#[derive(Clone, Debug, PartialEq)]
pub enum SaveEvent {
    /// An attempt has started from new weights.
    Began {
        /// 1-based attempt number.
        attempt: u32,
        /// One-line description of the model.
        model: String,
        /// The seed of the weights and of the order of the sentences.
        seed: u64,
    },
    /// The run continues after this many steps.
    Resumed(u64),
    /// Training has failed.
    Failed(Failure),
    /// Consecutive training steps.
    Steps(StepSummary),
    /// A validation, and when it was completed.
    Validation(ValidationPoint, SystemTime),
    /// A checkpoint, and why it is saved. The writer returns it with [`SaveQueue::finish`].
    Checkpoint(Box<Checkpoint>, SaveReason),
}

#[cfg(test)]
mod tests;
