//! The training loop in a thread of its own: [`Command`]s in, the latest [`Snapshot`] out.
//!
//! The trainer never waits for whoever watches it, and nobody who watches has to wait for the trainer. A [`Learner`] is what is
//! trained; the loop knows nothing of its architecture.

mod command;
mod history;
mod language;
mod learner;
mod pace;
mod published;
mod recent;
mod snapshot;
mod trainer;
mod worker;

pub use command::Command;
pub use history::{Bucket, History};
pub use language::LanguageLearner;
pub use learner::{AskError, Learner, RunInfo, StepError};
pub use pace::Pace;
pub use snapshot::{Answer, Cause, Failure, Refusal, RunState, Snapshot};
pub use trainer::Trainer;

pub use crate::corpus::UnknownWord;
