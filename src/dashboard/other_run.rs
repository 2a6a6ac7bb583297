//! Other runs and earlier attempts, and how they differ from the focused one.

use std::sync::Arc;

use crate::learning::AttemptSettings;
use crate::session::Snapshot;

/// A run or an attempt whose curve is drawn for comparison.
pub enum OtherRun {
    /// An earlier attempt of the same run, and how it differs from the current one.
    Earlier(Difference),
    /// A run side by side, with its name.
    Beside(Arc<str>),
}

/// How an attempt differs from the current one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Difference {
    /// A saved run; the name of its folder.
    Saved(String),
    /// Another model; its summary.
    Model(String),
    /// The same model with another seed.
    Seed(u64),
    /// The same model with the same seed; the number of the attempt.
    Number(u64),
    /// Not recorded.
    Unknown,
}

impl Difference {
    /// Compares an attempt with the current one; the first difference in the order of the variants.
    pub fn between(attempt: &AttemptSettings, current: &Snapshot) -> Self {
        match attempt {
            AttemptSettings { name: Some(name), .. } => Self::Saved(name.clone()),
            AttemptSettings { model, .. } if model.is_empty() => Self::Unknown,
            AttemptSettings { model, .. } if *model != current.run.model => Self::Model(model.clone()),
            AttemptSettings { seed, .. } if *seed != current.seed => Self::Seed(*seed),
            AttemptSettings { number, .. } => Self::Number(*number),
        }
    }
}
