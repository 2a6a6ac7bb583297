//! Persistence status: what is on disk, and what could not be written.

use std::collections::BTreeMap;

use crate::language::Message;

/// Persistence status of a run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SaveStatus {
    /// The folder of the run.
    pub folder: String,
    /// The step of the last checkpoint of this attempt; `None` before the first one.
    pub saved: Option<u64>,
    /// What could not be written, and why; an entry is removed when writing succeeds again.
    pub problems: BTreeMap<Artifact, SaveProblem>,
}

impl SaveStatus {
    /// The most serious problem: that of the first [`Artifact`] that has one.
    #[must_use]
    pub fn problem(&self) -> Option<&SaveProblem> {
        self.problems.values().next()
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

crate::messages! {
    /// Why an [`Artifact`] is not on disk.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub enum SaveProblem {
        NotSaved { step: u64, error: Message } = "step {step} is not saved: {error}", "第 {step} 步未保存：{error}";
        NoMemory { step: u64 } =
            "step {step} is not saved: there is no memory for a copy of the weights",
            "第 {step} 步未保存：没有足够的内存复制权重";
        WriterEnded =
            "the thread that writes has ended: this is a fault of the program",
            "写入的线程已结束：这是程序的错误";
        WriterPanicked =
            "the thread that writes has panicked: this is a fault of the program",
            "写入的线程发生 panic：这是程序的错误";
        FolderNotTidied { step: u64, error: Message } =
            "step {step} is saved, but {error}",
            "第 {step} 步已保存，但：{error}";
        NoLinks { reason: Message } =
            "there is no link to the last or best checkpoint: {reason}",
            "没有指向最后或最佳检查点的链接：{reason}";
        NoKeyframes { error: Message } = "earlier moments are not saved: {error}", "较早的时刻未保存：{error}";
        MetricsLost = "metrics of some steps are lost", "部分步的指标已丢失";
        MetricsNotWritten { error: Message } = "metrics are not written: {error}", "指标未写入：{error}";
        TensorBoardNotWritten { error: Message } =
            "metrics for TensorBoard are not written: {error}",
            "TensorBoard 的指标未写入：{error}";
    }
}
