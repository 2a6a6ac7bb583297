//! A run in a thread of its own: [`Command`]s in, the latest [`Snapshot`] out.
//!
//! The trainer never waits for whoever watches it, and nobody who watches has to wait for the trainer.

mod checkpointing;
mod command;
mod conversation;
mod keyframes;
mod pace;
mod playback;
mod published;
mod snapshot;
mod step_rate;
mod trainer;
mod worker;

pub use checkpointing::{
    Artifact, Checkpoint, CheckpointSender, Received, SaveEvent, SavePolicy, SaveQueue, SaveReason, SaveStatus, Summary,
};
pub use command::Command;
pub use keyframes::{Keyframe, Keyframes};
pub use pace::{Pace, Rise};
pub use playback::{Playback, ReplaySpeed};
pub use snapshot::{Cause, Failure, Pinned, Refusal, RunState, Snapshot};
pub use trainer::{ResumeState, Trainer, TrainerOptions};
