//! The answers to one question of a viewer.

use std::sync::Arc;
use std::time::Duration;

use super::Pinned;
use crate::learning::{Answer, AskError, Continuation};

/// The answers to one question.
#[derive(Clone, Debug)]
pub(super) struct Answers {
    /// The number of the question.
    pub number: u64,
    /// The step of the keyframe that has answered; `None` for the latest weights.
    pub shown: Option<u64>,
    /// The number of models that had been published when the weights were read.
    pub models: u64,
    /// The answer to the prompt; `None` if no prompt was asked.
    pub answer: Option<Result<Arc<Answer>, Box<Refused>>>,
    /// Answers to the pinned prompts, without the prompts that were refused.
    pub pinned: Vec<Pinned>,
    /// The step of the weights that have generated a text, and the text; `None` if none was asked for.
    pub continuation: Option<Result<(u64, Continuation), Box<Refused>>>,
    /// Time from the start of the work to its end.
    pub took: Duration,
}

impl Answers {
    /// Answers without content to the question with this number.
    pub fn empty(number: u64, took: Duration) -> Self {
        Self { number, shown: None, models: 0, answer: None, pinned: Vec::new(), continuation: None, took }
    }
}

/// A prompt without an answer, and the reason.
#[derive(Clone, Debug)]
pub(super) struct Refused {
    pub prompt: String,
    pub error: AskError,
}
