//! Everything that a run begins with.

use super::{CheckpointSender, Keyframe, Lane, Pace, Rise, SaveStatus};
use crate::learning::{EarlierAttempt, Learner, Record};

/// A run that has not begun yet: what [`Trainer::spawn`](super::Trainer::spawn) takes.
pub struct PreparedRun {
    /// What is trained.
    pub learner: Box<dyn Learner>,
    /// What there was before, of a run that goes on or is seen again.
    pub resume: Option<ResumeState>,
    /// Runs that were kept, to compare it with.
    pub compared: Vec<EarlierAttempt>,
    /// What it does first.
    pub mode: Mode,
    /// How fast it goes.
    pub pace: Pace,
    /// How it comes to that pace, if it does not have it at once.
    pub rise: Option<Rise>,
    /// Bytes for keyframes.
    pub keyframes: usize,
    /// Its place among runs that are trained side by side.
    pub lane: Option<Lane>,
    /// What it hands over what stays on disk to.
    pub checkpoint_sender: Option<CheckpointSender>,
}

/// What there was of a run before it goes on.
#[derive(Clone, Debug, PartialEq)]
pub struct ResumeState {
    /// What the steps told that the learner has taken.
    pub record: Record,
    /// What its learning rate was multiplied by.
    pub rate_factor: f64,
    /// Its weights at earlier moments.
    pub keyframes: Vec<Keyframe>,
}

/// What a run does first.
#[derive(Clone, Debug, PartialEq)]
pub enum Mode {
    /// It is trained.
    Running,
    /// It waits to be told to.
    Paused,
    /// It is only seen again, from where it is kept: nothing is trained, unless it is begun anew.
    Replay(SaveStatus),
}

impl PreparedRun {
    /// A run that has no past and leaves nothing.
    #[must_use]
    pub fn new(learner: Box<dyn Learner>, pace: Pace, mode: Mode) -> Self {
        Self {
            learner,
            resume: None,
            compared: Vec::new(),
            mode,
            pace,
            rise: None,
            keyframes: 0,
            lane: None,
            checkpoint_sender: None,
        }
    }
}
