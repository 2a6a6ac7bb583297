//! Panics of learners and predictors as errors.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::learning::AskError;
use crate::memory::OutOfMemory;

/// Calls `ask` and returns its result; a panic becomes [`AskError::Panic`].
pub(super) fn guarded<T>(ask: impl FnOnce() -> Result<T, AskError>) -> Result<T, AskError> {
    let answer = catch_unwind(AssertUnwindSafe(ask));
    answer.unwrap_or_else(|panic| Err(AskError::Panic(PanicMessage::from_panic(panic.as_ref()).into())))
}

crate::messages! {
    /// The message of a panic.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub enum PanicMessage {
        OutOfMemory = "memory ran out", "内存不足";
        Text { text: String } = "{text}", "{text}";
        Missing = "a panic without a message", "没有说明的 panic";
    }
}

impl PanicMessage {
    /// Takes the message from the payload of a panic.
    pub(super) fn from_panic(panic: &(dyn Any + Send)) -> Self {
        if panic.is::<OutOfMemory>() {
            return Self::OutOfMemory;
        }
        let literal = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
        let text = literal.or_else(|| panic.downcast_ref::<String>().cloned());
        text.map_or(Self::Missing, |text| Self::Text { text })
    }
}
