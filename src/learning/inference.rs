//! Inference: prompts, predictions, and generated text.

use crate::corpus::UnknownWord;
use crate::language::Message;
use crate::model::{Sampling, Trace};

/// Parses prompts and looks them up in the training text. Needs no weights and is fast.
pub trait PromptReader: Send + Sync {
    /// Parses `prompt` into word ids (at least one).
    ///
    /// # Errors
    /// If the prompt has no words, too many words, or a word that is not in the vocabulary.
    fn read(&self, prompt: &str) -> Result<Vec<u32>, AskError>;

    /// Appends the word with this id to `prompt`.
    ///
    /// # Errors
    /// As [`read`](Self::read); also if no text is parsed as these words.
    fn append(&self, prompt: &str, word: u32) -> Result<String, AskError>;

    /// Removes the last word of `prompt`.
    ///
    /// # Errors
    /// As [`read`](Self::read); also if there is only one word.
    fn shorten(&self, prompt: &str) -> Result<String, AskError>;

    /// The words (as displayed) that follow `prompt` in the training text, the most frequent first; empty if it does not occur there.
    ///
    /// # Errors
    /// As [`read`](Self::read).
    fn observed_next_words(&self, prompt: &str) -> Result<Vec<String>, AskError>;
}

/// The target word whose loss is traced back through the model.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum TraceTarget {
    /// The word that follows the prompt most often in the training text; if the prompt does not occur there, the predicted word.
    #[default]
    ExpectedWord,
    /// The word that the model predicts.
    PredictedWord,
}

impl TraceTarget {
    /// The other target.
    #[must_use]
    pub fn other(self) -> Self {
        match self {
            Self::ExpectedWord => Self::PredictedWord,
            Self::PredictedWord => Self::ExpectedWord,
        }
    }
}

/// Answers prompts with its own copy of the weights, independently of training.
pub trait Predictor: Send {
    /// Creates a copy, to answer in another thread.
    fn duplicate(&self) -> Box<dyn Predictor>;

    /// Replaces the weights; the order is that of [`Learner::copy_weights`](super::Learner::copy_weights).
    fn set_weights(&mut self, weights: &[f32]);

    /// Predicts the word after `prompt` and traces the loss of the target `trace_target` back through the time steps. The unknown word is
    /// never the target.
    ///
    /// # Errors
    /// As [`PromptReader::read`]; also if memory runs out.
    fn ask_and_trace(&self, prompt: &str, trace_target: TraceTarget) -> Result<Answer, AskError>;

    /// Predicts the word after `prompt` and traces the loss of the [expected word](TraceTarget::ExpectedWord).
    ///
    /// # Errors
    /// As [`ask_and_trace`](Self::ask_and_trace).
    fn ask(&self, prompt: &str) -> Result<Answer, AskError> {
        self.ask_and_trace(prompt, TraceTarget::ExpectedWord)
    }

    /// Generates the requested number of words, or at most one if only last words are predicted in training.
    ///
    /// # Errors
    /// As [`ask`](Self::ask).
    fn generate(&self, request: &GenerateRequest) -> Result<Continuation, AskError>;
}

/// The answer to a prompt.
#[derive(Clone, Debug, PartialEq)]
pub struct Answer {
    /// The prompt as asked.
    pub prompt: String,
    /// Its words, one per time step of the trace.
    pub words: Vec<String>,
    /// States, gates and the distribution of the next word.
    pub trace: Trace,
    /// The requested target of the trace.
    pub trace_target: TraceTarget,
    /// Whether the traced loss is that of the expected word. `false` if the predicted word was requested or no expected word is known.
    pub traces_expected_word: bool,
    /// The id of the unknown word, if the vocabulary has one.
    pub unknown: Option<usize>,
}

impl Answer {
    /// All word ids with their probabilities in descending order, except that the unknown word is second if it is the most probable one
    /// of several.
    #[must_use]
    pub fn ranking(&self) -> Vec<(usize, f32)> {
        let mut ranking = self.trace.ranking();
        if ranking.len() > 1 && Some(ranking[0].0) == self.unknown {
            ranking.swap(0, 1);
        }
        ranking
    }
}

/// A request to continue a text.
#[derive(Clone, Debug, PartialEq)]
pub struct GenerateRequest {
    /// The text to continue.
    pub prompt: String,
    /// The number of words to generate.
    pub words: usize,
    /// The sampling method.
    pub sampling: Sampling,
    /// Index of the random sample: the same index generates the same text.
    pub sample: u32,
}

/// A generated continuation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Continuation {
    /// The prompt as asked.
    pub prompt: String,
    /// The prompt with its continuation as text.
    pub text: String,
}

crate::messages! {
    /// The reason why a prompt has no answer.
    #[derive(Clone, Debug, PartialEq)]
    pub enum AskError {
        /// The prompt is empty.
        Empty = "the prompt has no words", "提示中没有词";
        /// A word is not in the vocabulary.
        Unknown(word: UnknownWord) = "{word}", "{word}";
        /// The prompt has more words than the limit.
        TooLong { words: usize, most: usize } =
            "the prompt has {words} words; expected at most {most}",
            "提示有 {words} 个词，最多 {most} 个";
        /// A word cannot be part of a text.
        Unreadable(word: String) =
            "no text reads as `{word}` after this prompt",
            "没有文本能在此提示之后读作“{word}”";
        /// The requested model is invalid or does not fit in memory.
        Model(why: Message) = "{why}", "无法建立这个模型：{why}";
        /// Out of memory.
        Memory(what: String) = "memory ran out: {what}", "内存不足：{what}";
        /// A panic.
        Panic(what: Message) =
            "this prompt met a fault of the program: {what}",
            "这个提示遇到了程序错误：{what}";
    }
}

impl std::error::Error for AskError {}
