//! Training threads and their viewers.
//!
//! ```text
//!  Control ──► training thread ──► Snapshot (latest wins) ──────────────► Viewer ──► Observed
//!              of a Trainer   └──► weights, while there are viewers        │ ▲
//!                                        └──► responder ◄── question ◄─────┘ │ ◄── Query
//!                                                 └──────── answers ─────────┘
//! ```
//!
//! Training threads and viewers never wait for each other. A [`Control`] changes a run and is sent with [`Controls`]; a [`Query`] affects
//! one viewer only and is sent to its [`Viewer`].

mod answers;
mod budget;
mod checkpointing;
mod comparison;
mod control;
mod controls;
mod keyframes;
mod lockstep;
mod milestones;
mod notifier;
mod observed;
mod pace;
mod panics;
mod playback;
mod prepared_run;
mod prompt_state;
mod published;
mod query;
mod question;
mod questions;
mod responder;
mod shared;
mod snapshot;
mod standing;
mod step_rate;
mod trainer;
mod viewer;
mod worker;

pub use budget::{Budget, thread_time};
pub use checkpointing::{
    Artifact, Checkpoint, CheckpointSender, SaveEvent, SavePolicy, SaveProblem, SaveQueue, SaveReason, SaveStatus,
    StepSummary,
};
pub use comparison::{Cell, Column, common_milestone};
pub use control::Control;
pub use controls::Controls;
pub use keyframes::{Keyframe, Keyframes};
pub use lockstep::{Lane, Lockstep};
pub use milestones::{MILESTONES, Milestone};
pub use observed::{AnswerBefore, Observed, ObservedRun, Pinned, PinnedScore, Refusal};
pub use pace::{Pace, Rise};
pub use panics::PanicMessage;
pub use playback::{Playback, ReplaySpeed};
pub use prepared_run::{Mode, PreparedRun, ResumeState};
pub use query::Query;
pub use snapshot::{Cause, Failure, RunState, Snapshot};
pub use standing::Standing;
pub use trainer::Trainer;
pub use viewer::{SharedRuns, Viewer};
