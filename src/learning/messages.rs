//! Messages: why a model cannot be trained, changed, evaluated or measured.

use super::StepError;
use crate::memory::InsufficientMemory;

crate::messages! {
    /// What is wrong with a configuration for its corpus, and how to correct it.
    pub(super) enum CheckMessage {
        PromptWithoutWords = "a prompt has no words", "有一个提示没有词";
        ExpectedKnownWords = "expected texts made of words of the corpus", "应为由语料中的词组成的文本";
        SentenceTooLong { steps: usize, limit: usize } =
            "the longest sentence has {steps} words, and the model would read at most {limit} at once",
            "最长的句子有 {steps} 个词，而模型一次最多读 {limit} 个";
        BreakLongLines =
            "one sentence is one line: break long lines, or leave it out",
            "一行是一个句子：请断开长行，或去掉这个键";
        WindowTooLong { steps: usize, limit: usize } =
            "a window has {steps} words, and the model would read at most {limit} at once",
            "一个窗口有 {steps} 个词，而模型一次最多读 {limit} 个";
        MakeWindowSmaller =
            "leave it out, or make `training.window` smaller",
            "请去掉它，或减小 `training.window`";
        TooManyWeights { weights: u128, limit: u128 } =
            "the model would have {weights} weights; expected at most {limit}",
            "模型会有 {weights} 个权重；最多为 {limit} 个";
        MakeModelSmaller =
            "make `model.embedding`, `model.hidden` or another size in `[model]` smaller",
            "请把 `model.embedding`、`model.hidden` 或 `[model]` 中的其他大小改小";
        TooManyActivationsOfSentences { steps: usize, batch: usize, activations: u128, limit: u128 } =
            "the longest sentence has {steps} words; a step of {batch} such sentences would keep {activations} numbers, \
             expected at most {limit}",
            "最长的句子有 {steps} 个词；一步学习 {batch} 个这样的句子要保存 {activations} 个数，最多为 {limit} 个";
        MakeSentencesOrModelSmaller =
            "one sentence is one line: break long lines, or make `training.batch` or the model smaller",
            "一行是一句：请断开长行，或把 `training.batch` 或模型改小";
        TooManyActivationsOfStreams { batch: usize, steps: usize, activations: u128, limit: u128 } =
            "a step of {batch} streams of {steps} words would keep {activations} numbers, expected at most {limit}",
            "一步学习 {batch} 条、每条 {steps} 个词，要保存 {activations} 个数，最多为 {limit} 个";
        MakeWindowOrModelSmaller =
            "make `training.window`, `training.batch` or the model smaller",
            "请把 `training.window`、`training.batch` 或模型改小";
        NoMemory { weights: u128, why: InsufficientMemory } =
            "there is no memory to train {weights} weights: {why}",
            "没有足够的内存训练 {weights} 个权重：{why}";
        AllocationFailed { error: String } = "there is no memory for it: {error}", "没有足够的内存：{error}";
    }
}

crate::messages! {
    /// Why a learner is not changed, or a text is not evaluated.
    pub(super) enum LearnerMessage {
        NeedsNewWeights = "such a change needs new weights", "这样的改变需要新的权重";
        NoValidationText =
            "the run has no text to validate with: name one with `--corpus FILE`",
            "这次训练没有验证文本：请用 `--corpus FILE` 指定";
        SentenceTooLong { steps: usize, limit: usize } =
            "its longest sentence has {steps} words, and the model reads at most {limit} at once",
            "最长的句子有 {steps} 个词，而模型一次最多读 {limit} 个";
        BreakLongLines { steps: usize } =
            "its longest sentence has {steps} words: one sentence is one line, break long lines",
            "其中最长的句子有 {steps} 个词：一行是一句，请断开长行";
    }
}

crate::messages! {
    /// Why a step cannot be measured, and how to correct it.
    pub(super) enum MeasuringMessage {
        Stopped { error: StepError } = "a step cannot be measured: {error}", "无法测量一步：{error}";
        MakeItSmaller = "make it smaller", "请把它改小";
        NoMemory { length: usize, why: InsufficientMemory } =
            "there is no memory for a text of {length} words to measure with: {why}",
            "没有足够的内存容纳用于测量的 {length} 个词的文本：{why}";
        MeasureShorterWindows =
            "make it smaller, or measure shorter windows with `--longest`",
            "请改小，或用 `--longest` 测量较短的窗口";
        MakeModelOrBatchSmaller = "make the model or `training.batch` smaller", "请把模型或 `training.batch` 改小";
    }
}
