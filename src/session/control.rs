//! Commands that change a run.

use crate::config::RunSettings;

/// A command to a training thread. Requests that change nothing are [`Query`](super::Query)s.
#[derive(Clone, Debug, PartialEq)]
pub enum Control {
    /// Pause training.
    Pause,
    /// Train until this number of steps is reached, then pause; pause at once if it is reached already.
    PauseAt(u64),
    /// Resume training.
    Resume,
    /// Take one step, then pause.
    StepOnce,
    /// Train until this total number of steps, then pause.
    RunTo(u64),
    /// Raise the pace by one level.
    Faster,
    /// Lower the pace by one level.
    Slower,
    /// Toggle between full speed and the previous pace.
    ToggleFullSpeed,
    /// Restart with weights from the next seed; a paused run stays paused.
    Restart,
    /// Restart with weights from the same seed; a paused run stays paused.
    Repeat,
    /// Restart with other settings of model or training; a paused run stays paused.
    Rebuild {
        /// The new settings.
        settings: Box<RunSettings>,
        /// The seed of the new weights.
        seed: u64,
    },
    /// Change the training settings and keep the weights.
    Retune(Box<RunSettings>),
    /// Multiply the learning rate of later steps by this factor.
    ScaleLearningRate(f64),
    /// Restore the configured learning rate.
    UsualLearningRate,
    /// Wait for the slowest run of the session (true), or train independently (false).
    KeepInStep(bool),
    /// Save a checkpoint.
    Save,
    /// Save a checkpoint and end the thread.
    Stop,
}
