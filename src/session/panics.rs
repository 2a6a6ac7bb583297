//! Panics of learners and predictors as errors.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::language::Message;
use crate::learning::AskError;
use crate::memory::OutOfMemory;

/// Calls `ask`, with a panic as [`AskError::Panic`].
pub(super) fn guarded<T>(ask: impl FnOnce() -> Result<T, AskError>) -> Result<T, AskError> {
    let answer = catch_unwind(AssertUnwindSafe(ask));
    answer.unwrap_or_else(|panic| Err(AskError::Panic(Message::new(message_of(panic.as_ref())))))
}

/// The message of a panic.
pub(super) fn message_of(panic: &(dyn Any + Send)) -> String {
    if panic.is::<OutOfMemory>() {
        return "memory ran out".to_owned();
    }
    let literal = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    let message = literal.or_else(|| panic.downcast_ref::<String>().cloned());
    message.unwrap_or_else(|| "a panic without a message".to_owned())
}
