//! What is asked where nobody has asked yet.

use crate::config::Config;
use crate::corpus::{Corpus, END_OF_SENTENCE};

/// Words of the prompt that is asked when the configuration has none.
const DEFAULT_PROMPT: usize = 8;

/// The prompts of the configuration; where it has none, the beginning of the text that is learned.
pub(super) fn prompts(config: &Config, corpus: &Corpus) -> Vec<String> {
    if !config.dashboard.prompts.is_empty() {
        return config.dashboard.prompts.clone();
    }
    // the beginning of the first sentence or line whose words are all known
    let (text, vocabulary) = (corpus.training(), corpus.vocabulary());
    let is_break = |id: &u32| ["\n", END_OF_SENTENCE].contains(&vocabulary.word(*id));
    let lines = text.words().split(is_break).filter(|line| !line.is_empty());
    let sentences = (0..text.sentences()).map(|index| {
        let words = corpus.sentence_words(index);
        // the last word is what the sentence is asked for, unless its end is
        if text.begins_with_mark() { words } else { &words[..words.len() - 1] }
    });
    let beginning = |words: &'_ [u32]| vocabulary.decode(&words[..words.len().min(DEFAULT_PROMPT)]);
    let mut beginnings: Box<dyn Iterator<Item = String>> =
        if text.sentences() > 0 { Box::new(sentences.map(beginning)) } else { Box::new(lines.map(beginning)) };
    // as text they must be read as words that are known, which a tokenizer need not do without what comes next
    let is_readable = |prompt: &String| {
        let is_known = |ids: &Vec<u32>| vocabulary.unknown().is_none_or(|unknown| !ids.contains(&unknown));
        let ids = vocabulary.encode(prompt).ok().filter(is_known);
        ids.is_some_and(|ids| !ids.is_empty() && vocabulary.decode(&ids) == *prompt)
    };
    let first = || Some(vocabulary.decode(&text.words()[..1]));
    beginnings.find(is_readable).or_else(|| first().filter(is_readable)).into_iter().collect()
}
