//! What a model can be asked, and what it says.

use std::fmt;

use crate::corpus::UnknownWord;
use crate::model::{Sampling, Trace};

/// Reads prompts: which words are in them, and what the text that is learned says of them. Has no weights, and is done in a moment.
pub trait PromptReader: Send + Sync {
    /// The ids of the words of `prompt`; at least one.
    ///
    /// # Errors
    /// When the prompt has no words, too many, or a word that is not in the vocabulary.
    fn read(&self, prompt: &str) -> Result<Vec<u32>, AskError>;

    /// `prompt` with one more word, by its id.
    ///
    /// # Errors
    /// Those of [`read`](Self::read); and when no text reads as these words.
    fn append(&self, prompt: &str, word: u32) -> Result<String, AskError>;

    /// `prompt` without its last word.
    ///
    /// # Errors
    /// Those of [`read`](Self::read); also when there is one word only.
    fn shorten(&self, prompt: &str) -> Result<String, AskError>;

    /// The words, as they are shown, that come after `prompt` in what is learned from, the most frequent first.
    ///
    /// # Errors
    /// Those of [`read`](Self::read).
    fn observed_next_words(&self, prompt: &str) -> Result<Vec<String>, AskError>;
}

/// Whose loss an answer traces back through the model.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum TraceTarget {
    /// That of the word that follows the prompt in what is learned from; where that does not know, of the model's own answer.
    #[default]
    ExpectedWord,
    /// That of the model's own answer.
    PredictedWord,
}

impl TraceTarget {
    /// The other one.
    #[must_use]
    pub fn other(self) -> Self {
        match self {
            Self::ExpectedWord => Self::PredictedWord,
            Self::PredictedWord => Self::ExpectedWord,
        }
    }
}

/// A model that answers, with weights of its own: whoever trains another one is not disturbed.
pub trait Predictor: Send {
    /// Another one with the same weights, to answer at the same time.
    fn duplicate(&self) -> Box<dyn Predictor>;

    /// Takes all weights, one tensor after the other, as [`Learner::copy_weights`](super::Learner::copy_weights) gives them.
    fn set_weights(&mut self, weights: &[f32]);

    /// What comes after `prompt`, and how the loss of one word reaches back.
    ///
    /// # Errors
    /// Those of [`PromptReader::read`], or memory ran out.
    fn ask_and_trace(&self, prompt: &str, loss_of: TraceTarget) -> Result<Answer, AskError>;

    /// The same with the loss of the right word.
    ///
    /// # Errors
    /// As [`ask_and_trace`](Self::ask_and_trace).
    fn ask(&self, prompt: &str) -> Result<Answer, AskError> {
        self.ask_and_trace(prompt, TraceTarget::ExpectedWord)
    }

    /// How the text of `request` goes on.
    ///
    /// # Errors
    /// As [`ask`](Self::ask).
    fn generate(&self, request: &GenerateRequest) -> Result<Continuation, AskError>;
}

/// What the model says to a prompt.
#[derive(Clone, Debug, PartialEq)]
pub struct Answer {
    /// The prompt as asked.
    pub prompt: String,
    /// Its words, one per step of the trace.
    pub words: Vec<String>,
    /// Hidden states and the distribution of the next word.
    pub trace: Trace,
    /// Whose loss was to be traced back.
    pub loss_of: TraceTarget,
    /// Whether it is that of a word that follows the prompt in what is learned from, or else of the model's own answer.
    pub knows_right_word: bool,
    /// The id that stands for all unknown words, if there is one.
    pub unknown: Option<usize>,
}

impl Answer {
    /// Word ids with their probabilities to come next, the most probable first; what stands for unknown words, which is no answer,
    /// is never the first.
    #[must_use]
    pub fn ranking(&self) -> Vec<(usize, f32)> {
        let mut ranking = self.trace.ranking();
        if ranking.len() > 1 && Some(ranking[0].0) == self.unknown {
            ranking.swap(0, 1);
        }
        ranking
    }
}

/// A text to be continued.
#[derive(Clone, Debug, PartialEq)]
pub struct GenerateRequest {
    /// The text.
    pub prompt: String,
    /// By how many words.
    pub words: usize,
    /// How each is chosen.
    pub sampling: Sampling,
    /// Which of the texts it is that could be drawn: the same number draws the same text.
    pub sample: u32,
}

/// A text and how it goes on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Continuation {
    /// The prompt as asked.
    pub prompt: String,
    /// The prompt's words and those that follow, as a text.
    pub text: String,
}

/// Why a prompt has no answer.
#[derive(Clone, Debug, PartialEq)]
pub enum AskError {
    /// There is no word in it.
    Empty,
    /// A word the model does not know.
    Unknown(UnknownWord),
    /// There are too many words in it.
    TooLong {
        /// Words of the prompt.
        words: usize,
        /// As many there may be.
        most: usize,
    },
    /// A word that cannot be part of a text.
    Unreadable(String),
    /// There can be no such model.
    Model(String),
    /// Memory ran out.
    Memory(String),
    /// A fault of the program.
    Panic(String),
}

impl fmt::Display for AskError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => write!(f, "the prompt has no words"),
            Self::Unknown(unknown) => unknown.fmt(f),
            Self::TooLong { words, most } => write!(f, "the prompt has {words} words; expected at most {most}"),
            Self::Unreadable(word) => write!(f, "no text reads as `{word}` after this prompt"),
            Self::Model(why) => f.write_str(why),
            Self::Memory(what) => write!(f, "memory ran out: {what}"),
            Self::Panic(what) => write!(f, "this prompt met a fault of the program: {what}"),
        }
    }
}

impl std::error::Error for AskError {}
