//! What a viewer asks.

use crate::learning::{GenerateRequest, LossOf};

/// What a viewer can ask of the runs it watches. Training goes on as if nobody had asked, and no other viewer sees anything of it;
/// what changes a run is a [`Control`](super::Control).
#[derive(Clone, Debug, PartialEq)]
pub enum Query {
    /// Answer this prompt from now on.
    Ask(String),
    /// Ask this prompt with a word, by its id, after it.
    Append(String, u32),
    /// Ask this prompt without its last word.
    Shorten(String),
    /// Ask this prompt besides any other from now on, or no longer.
    TogglePin(String),
    /// Look at the next of several runs.
    NextRun,
    /// Look at the one before.
    PreviousRun,
    /// Trace this loss back from now on.
    Trace(LossOf),
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
}
