//! Sentences about the cost of a training step.

use crate::dashboard::numbers::Number;

crate::messages! {
    /// The scaling panel.
    pub(crate) enum ScalingText {
        Title { batch: usize } = "ms of a step, {batch} × T words, one thread", "一步的毫秒数，{batch} × T 个词，单线程";
        TitleMeasuring { batch: usize } =
            "ms of a step, {batch} × T words, one thread, measuring …", "一步的毫秒数，{batch} × T 个词，单线程，测量中…";
        Measuring = "measuring …", "测量中…";
        TeacherMeasures = "the teacher can measure it", "教师可以测量";
        KeyMeasures { key: String } =
            "{key} measures it on this machine (pause training first)", "按 {key} 在本机测量（请先暂停训练）";
        Depth { depth: u128, window: usize } =
            "at T={window} {depth} products one after the other", "T={window} 时有 {depth} 次乘积须依次进行";
        Memory { mebibytes: Number, window: usize } =
            "{mebibytes} MiB foreseen at T={window}", "T={window} 时预计 {mebibytes} MiB";
        MemoryAndThreads { mebibytes: Number, window: usize, threads: usize, speedup: f64 } =
            "{mebibytes} MiB foreseen at T={window}, {threads} threads: ×{speedup:.2}",
            "T={window} 时预计 {mebibytes} MiB，{threads} 个线程：×{speedup:.2}";
        Overtakes { window: f64, slower: String, faster: String } =
            "from T≈{window:.0} on {slower} takes longer than {faster}", "从 T≈{window:.0} 起 {slower} 比 {faster} 慢";
    }
}

impl ScalingText {
    /// The title for this batch size.
    pub(crate) fn title(batch: usize, is_measuring: bool) -> Self {
        if is_measuring { Self::TitleMeasuring { batch } } else { Self::Title { batch } }
    }

    /// How to measure: `key` is that of a viewer with the permission.
    pub(crate) fn how_to_measure(key: Option<String>) -> Self {
        key.map_or(Self::TeacherMeasures, |key| Self::KeyMeasures { key })
    }

    /// The memory of a step, and the speed-up with several threads.
    pub(crate) fn memory(mebibytes: f64, window: usize, faster: Option<(usize, f64)>) -> Self {
        let mebibytes = Number(mebibytes);
        match faster {
            Some((threads, speedup)) => Self::MemoryAndThreads { mebibytes, window, threads, speedup },
            None => Self::Memory { mebibytes, window },
        }
    }
}
