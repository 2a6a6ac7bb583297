//! What distinguishes another run or attempt from the one that is looked at.

use std::sync::Arc;

use crate::learning::AttemptSettings;
use crate::session::Snapshot;

/// A run whose curve is drawn for comparison.
pub enum OtherRun {
    /// An earlier attempt of the same run, and what distinguishes it from the current one.
    Earlier(Difference),
    /// A run side by side, by its name.
    Beside(Arc<str>),
}

/// What distinguishes an attempt from the current one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Difference {
    /// A saved run, by the name of its folder.
    Kept(String),
    /// Another model.
    Model(String),
    /// The same model from another seed.
    Seed(u64),
    /// The same model from the same seed: only its number.
    Number(u64),
    /// Not recorded.
    Unknown,
}

impl Difference {
    /// Compares an attempt with the current one.
    pub fn of(attempt: &AttemptSettings, current: &Snapshot) -> Self {
        match attempt {
            AttemptSettings { name: Some(name), .. } => Self::Kept(name.clone()),
            AttemptSettings { model, .. } if model.is_empty() => Self::Unknown,
            AttemptSettings { model, .. } if *model != current.run.model => Self::Model(model.clone()),
            AttemptSettings { seed, .. } if *seed != current.seed => Self::Seed(*seed),
            AttemptSettings { number, .. } => Self::Number(*number),
        }
    }
}
