//! Everything that is needed to start a run.

use super::{CheckpointSender, Keyframe, Lane, Pace, Rise, SaveStatus};
use crate::learning::{EarlierAttempt, Learner, Record};

/// A run before its thread is started by [`Trainer::spawn`](super::Trainer::spawn).
pub struct PreparedRun {
    /// The learner.
    pub learner: Box<dyn Learner>,
    /// The past of a run that is resumed or replayed.
    pub resume: Option<ResumeState>,
    /// Saved runs for comparison.
    pub compared: Vec<EarlierAttempt>,
    /// Whether it trains, waits, or is replayed.
    pub mode: Mode,
    /// Its pace.
    pub pace: Pace,
    /// A rise to replace the pace at the start.
    pub rise: Option<Rise>,
    /// Memory for keyframes in bytes.
    pub keyframes: usize,
    /// Its handle to the lockstep of several runs.
    pub lane: Option<Lane>,
    /// Its end of the queue to the writer, if it is saved.
    pub checkpoint_sender: Option<CheckpointSender>,
}

/// The past of a run.
#[derive(Clone, Debug, PartialEq)]
pub struct ResumeState {
    /// Losses, validations and other measurements so far.
    pub record: Record,
    /// Factor by which the user has scaled the scheduled learning rate.
    pub rate_factor: f64,
    /// Its keyframes.
    pub keyframes: Vec<Keyframe>,
}

/// How a run starts.
#[derive(Clone, Debug, PartialEq)]
pub enum Mode {
    /// It trains at once.
    Running,
    /// It waits for a control.
    Paused,
    /// It is a saved run with this status that is replayed, and trains only after a restart.
    Replay(SaveStatus),
}

impl PreparedRun {
    /// A new run that is not saved, without keyframes, comparison or lockstep.
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
