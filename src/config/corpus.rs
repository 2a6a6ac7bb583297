//! The section `[corpus]`: the text, and what becomes of it.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::values::{self, Validation};
use super::{Encoding, Paths};
use crate::choice::choice;

/// `[corpus]`
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct CorpusConfig {
    /// A text, or a list of texts that are read one after the other; a folder stands for the texts in it, `-` for standard
    /// input, `~/` for the home folder. Relative to the configuration file. The one key without a default.
    pub path: Paths,
    /// In which encoding the texts are; a byte order mark says otherwise. Default: utf-8.
    pub encoding: Encoding,
    /// What is learned from: each line by itself, or the text as a whole. Default: sentences.
    pub unit: Granularity,
    /// How a text becomes words. Default: words.
    pub tokenizer: Tokenizer,
    /// Whether the letters of the text become small ones. Default: false.
    pub lowercase: bool,
    /// Whether `<eos>` follows the last word of each line. Default: false.
    pub end_of_sentence: bool,
    /// Words that occur less often in the text to learn from become `<unk>`. Default: 1.
    #[serde(deserialize_with = "values::size")]
    pub min_count: usize,
    /// Only this many words, the most frequent, are kept; the others become `<unk>`. 0: all. Default: 0.
    #[serde(deserialize_with = "values::size_or_none")]
    pub max_vocabulary: usize,
    /// What is not learned from, but the loss of which is told: a share of the text, its end, or a file. Default: 0.
    pub validation: Validation,
    /// Another text, the loss of which is told once, at the end. Default: none.
    pub test: PathBuf,
}

impl Default for CorpusConfig {
    fn default() -> Self {
        Self {
            path: Paths::default(),
            encoding: Encoding::default(),
            unit: Granularity::default(),
            tokenizer: Tokenizer::default(),
            lowercase: false,
            end_of_sentence: false,
            min_count: 1,
            max_vocabulary: 0,
            validation: Validation::default(),
            test: PathBuf::new(),
        }
    }
}

choice! {
    /// What is learned from.
    Granularity {
        /// Every line by itself, from a zero state, in random order.
        Sentences = "sentences",
        /// The text as a whole, in windows of `training.window` steps, the state carried from one to the next.
        Text = "text",
    }
}

choice! {
    /// How a text becomes words.
    Tokenizer {
        /// Split on white space.
        Words = "words",
        /// Unicode's extended grapheme clusters, white space among them: what a reader calls a character.
        Characters = "characters",
        /// Words and punctuation marks, each by itself (Unicode's word boundaries); spaces are put back where they stood.
        Prose = "prose",
        /// Chinese words found by jieba; words of other scripts stay whole, punctuation marks are words.
        Jieba = "jieba",
    }
}
