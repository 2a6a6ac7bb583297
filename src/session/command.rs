//! What goes into the training thread.

use crate::config::ModelConfig;
use crate::learning::GenerateRequest;

/// What a trainer can be told.
#[derive(Clone, Debug, PartialEq)]
pub enum Command {
    /// Wait.
    Pause,
    /// Go on.
    Resume,
    /// Take one step, then wait.
    StepOnce,
    /// Go on until this many steps are taken in all, then wait.
    RunTo(u64),
    /// Go faster by one step of the pace.
    Faster,
    /// Go slower by one step of the pace.
    Slower,
    /// Full speed, or back to the pace before.
    ToggleFullSpeed,
    /// Start anew with the weights of the next seed; a paused run stays paused.
    Restart,
    /// Start anew with the weights of the same seed; a paused run stays paused.
    Repeat,
    /// Start anew with another model; a paused run stays paused.
    Rebuild {
        /// What it is like.
        model: Box<ModelConfig>,
        /// Of its weights.
        seed: u64,
    },
    /// Multiply the learning rate of later steps by this.
    ScaleLearningRate(f64),
    /// The learning rate is that of the configuration again.
    UsualLearningRate,
    /// Answer this prompt in every snapshot from now on.
    Ask(String),
    /// Ask this prompt with a word, by its id, after it.
    Append(String, u32),
    /// Ask this prompt without its last word.
    Shorten(String),
    /// Ask this prompt besides any other from now on, or no longer.
    TogglePin(String),
    /// Continue a text, once.
    Generate(GenerateRequest),
    /// Answer as the model of this many keyframes later did, or earlier; after the last one, as it does now.
    Travel(i64),
    /// Answer as the model did after this many steps, or at the last keyframe before.
    Show(u64),
    /// Answer as the model of each keyframe did, one after the other; or stop at the one that is shown.
    Replay,
    /// Do so twice as fast.
    ReplayFaster,
    /// Do so half as fast.
    ReplaySlower,
    /// Answer as the model does now.
    Return,
    /// Save a checkpoint.
    Save,
    /// End the thread, with a checkpoint.
    Stop,
}
