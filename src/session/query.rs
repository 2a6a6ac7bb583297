//! Requests of a viewer.

use crate::learning::{GenerateRequest, TraceTarget};

/// A request of a viewer. It affects neither training nor other viewers; commands that change a run are
/// [`Control`](super::Control)s.
#[derive(Clone, Debug, PartialEq)]
pub enum Query {
    /// Set the prompt.
    Ask(String),
    /// Set the prompt to this one followed by the word with this id.
    Append(String, u32),
    /// Set the prompt to this one without its last word.
    Shorten(String),
    /// Pin or unpin this prompt.
    TogglePin(String),
    /// Focus the next run.
    NextRun,
    /// Focus the previous run.
    PreviousRun,
    /// Choose the loss whose gradient is traced.
    Trace(TraceTarget),
    /// Generate a continuation.
    Generate(GenerateRequest),
    /// Move by this many keyframes, to earlier ones if negative; moving beyond the last one returns to the present.
    Travel(i64),
    /// Go to the last keyframe at or before this step; to the present if the step is not in the past.
    Show(u64),
    /// Start or stop playing the keyframes in order.
    Replay,
    /// Double the speed of the replay.
    ReplayFaster,
    /// Halve the speed of the replay.
    ReplaySlower,
    /// Return to the present.
    Return,
}
