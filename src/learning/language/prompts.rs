//! The prompts of a run.

use crate::config::Config;
use crate::corpus::{Corpus, END_OF_SENTENCE};

/// Upper bound on the number of words of the prompt that is chosen if the configuration has none.
const MAX_DEFAULT_WORDS: usize = 8;

/// The prompts of the configuration. If it has none: the beginning of the first sentence or line of the training text that can be read as
/// a prompt of known words, or else the first word of the text; empty if that cannot be read either.
pub(super) fn prompts(config: &Config, corpus: &Corpus) -> Vec<String> {
    if !config.dashboard.prompts.is_empty() {
        return config.dashboard.prompts.clone();
    }
    let (text, vocabulary) = (corpus.training(), corpus.vocabulary());
    let is_break = |id: &u32| ["\n", END_OF_SENTENCE].contains(&vocabulary.word(*id));
    let lines = text.words().split(is_break).filter(|line| !line.is_empty());
    let sentences = (0..text.sentences()).map(|index| {
        let words = corpus.sentence_words(index);
        // the last word of a sentence is the expected one, unless that is the mark of its end
        if text.begins_with_mark() { words } else { &words[..words.len() - 1] }
    });
    let beginning = |words: &'_ [u32]| vocabulary.decode(&words[..words.len().min(MAX_DEFAULT_WORDS)]);
    let mut beginnings: Box<dyn Iterator<Item = String>> =
        if text.sentences() > 0 { Box::new(sentences.map(beginning)) } else { Box::new(lines.map(beginning)) };
    // a tokenizer may split the text otherwise without the words that follow
    let is_readable = |prompt: &String| {
        let is_known = |ids: &Vec<u32>| vocabulary.unknown().is_none_or(|unknown| !ids.contains(&unknown));
        let ids = vocabulary.encode(prompt).ok().filter(is_known);
        ids.is_some_and(|ids| !ids.is_empty() && vocabulary.decode(&ids) == *prompt)
    };
    let first = || Some(vocabulary.decode(&text.words()[..1]));
    beginnings.find(is_readable).or_else(|| first().filter(is_readable)).into_iter().collect()
}
