//! Persistence status: what is on disk, and what could not be written.

use std::collections::BTreeMap;

/// Persistence status of a run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SaveStatus {
    /// The folder of the run.
    pub folder: String,
    /// The step of the last checkpoint of this attempt; `None` before the first one.
    pub saved: Option<u64>,
    /// What could not be written, and why; an entry is removed when writing succeeds again.
    pub problems: BTreeMap<Artifact, String>,
}

impl SaveStatus {
    /// The most serious problem: that of the first [`Artifact`] that has one.
    #[must_use]
    pub fn problem(&self) -> Option<&str> {
        self.problems.values().next().map(String::as_str)
    }
}

/// A part of a saved run that can fail to be written; the most important first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Artifact {
    /// The last checkpoint.
    Checkpoint,
    /// The copy in memory from which the next checkpoint is written.
    Copy,
    /// The folder of checkpoints, after one was added: its links and the removal of old checkpoints.
    Folder,
    /// The keyframes.
    Keyframes,
    /// Metrics that wait to be written.
    Metrics,
    /// Metrics that were discarded because too many waited.
    LostMetrics,
    /// Metrics for `TensorBoard`.
    TensorBoard,
    /// Links to the last and the best checkpoint, which not every file system supports.
    Links,
}

impl Artifact {
    /// Whether data is lost without it. False for links only, which the checkpoints themselves make redundant.
    #[must_use]
    pub fn is_needed(self) -> bool {
        self != Self::Links
    }
}
