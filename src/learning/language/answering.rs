//! Questions to a model of a corpus, with the weights that it has.

use dfdx::prelude::CpuError;

use super::{Purpose, stream};
use crate::config::Predict;
use crate::corpus::Corpus;
use crate::learning::{Answer, AskError, Continuation, GenerateRequest};
use crate::model::{Marks, Model, generate};
use crate::printable;

/// A prompt of more words takes more memory than anybody has patience for its picture.
const LONGEST_PROMPT: usize = 10_000;

/// The random stream of samples has room for 2 to the power of this many numbers of 32 bits for each.
const WORDS_PER_SAMPLE: u32 = 36;

/// A model, and the corpus whose words it knows.
pub(super) struct Answering<'a, M: Model> {
    pub corpus: &'a Corpus,
    pub model: &'a M,
    pub predict: Predict,
    /// Of the texts that are drawn.
    pub seed: u64,
}

impl<M: Model> Answering<'_, M> {
    pub fn ask(&self, prompt: &str) -> Result<Answer, AskError> {
        let ids = self.encode(prompt)?;
        let unknown = self.corpus.vocabulary().unknown();
        let mut trace = self.model.trace(&ids, None)?;
        // what stands for unknown words is no answer: what is told about the answer is told about the next one
        if unknown == Some(trace.target)
            && let Some((second, _)) = trace.ranking().get(1)
        {
            trace = self.model.trace(&ids, u32::try_from(*second).ok())?;
        }
        let words = ids.into_iter().map(|id| shown(self.corpus.vocabulary().word(id))).collect();
        Ok(Answer { prompt: prompt.to_owned(), words, trace, unknown: unknown.map(|id| id as usize) })
    }

    pub fn generate(&self, request: &GenerateRequest) -> Result<Continuation, AskError> {
        let mut ids = self.encode(&request.prompt)?;
        let mut random = stream(self.seed, Purpose::Sampling);
        random.set_word_pos(u128::from(request.sample) << WORDS_PER_SAMPLE);
        let corpus = &self.corpus;
        let read = corpus.decode(&ids);
        let marks = Marks { unknown: corpus.vocabulary().unknown(), anew: corpus.begins_anew_after() };
        // where only last words are learned, nothing is known of what comes after one
        let words = if self.predict == Predict::Last { request.words.min(1) } else { request.words };
        ids.extend(generate(self.model, &ids, words, (request.sampling, marks), &mut random)?);
        let text = continued(&request.prompt, &read, corpus.decode(&ids));
        Ok(Continuation { prompt: request.prompt.clone(), text })
    }

    pub fn append(&self, prompt: &str, word: u32) -> Result<String, AskError> {
        let (mut ids, corpus) = (self.encode(prompt)?, &self.corpus);
        let read = corpus.decode(&ids);
        ids.push(word);
        let longer = continued(prompt, &read, corpus.decode(&ids));
        let reads_as = corpus.encode(&longer);
        if reads_as.is_ok_and(|read| read == ids) {
            return Ok(longer);
        }
        Err(AskError::Unreadable(
            corpus.vocabulary().words().get(word as usize).map(|word| shown(word)).unwrap_or_default(),
        ))
    }

    pub fn shorten(&self, prompt: &str) -> Result<String, AskError> {
        let ids = self.encode(prompt)?;
        let kept = &ids[..ids.len() - 1];
        let reads_as_kept = |text: &str| self.encode(text).is_ok_and(|read| read == kept);
        // cut where it is typed, so that words that are not known stay as they are
        let mut shorter = prompt.char_indices().rev().map(|(end, _)| &prompt[..end]);
        let shorter = shorter.find(|text| reads_as_kept(text)).ok_or(AskError::Empty)?;
        let trimmed = shorter.trim_end();
        Ok(if reads_as_kept(trimmed) { trimmed } else { shorter }.to_owned())
    }

    pub fn observed_next_words(&self, prompt: &str) -> Result<Vec<String>, AskError> {
        let (ids, vocabulary) = (self.encode(prompt)?, self.corpus.vocabulary());
        let words = self.corpus.training().observed_next_words(&ids, self.predict);
        Ok(words.into_iter().map(|id| shown(vocabulary.word(id))).collect())
    }

    fn encode(&self, prompt: &str) -> Result<Vec<u32>, AskError> {
        let ids = self.corpus.encode(prompt).map_err(AskError::Unknown)?;
        match ids.len() {
            0 => Err(AskError::Empty),
            1..=LONGEST_PROMPT => Ok(ids),
            words => Err(AskError::TooLong { words, most: LONGEST_PROMPT }),
        }
    }
}

/// A word as it is shown: control characters escaped, a space made visible.
pub(super) fn shown(word: &str) -> String {
    if word.trim_matches(' ').is_empty() { "␣".repeat(word.len()) } else { printable(word) }
}

/// `prompt`, whose words are written `read`, as it goes on to `longer`; its words that are not known stay as they were typed.
fn continued(prompt: &str, read: &str, longer: String) -> String {
    match longer.strip_prefix(read) {
        Some(continuation) => {
            prompt.trim_end_matches(|c: char| c.is_whitespace() && !read.ends_with(c)).to_owned() + continuation
        }
        None => longer,
    }
}

impl From<CpuError> for AskError {
    fn from(error: CpuError) -> Self {
        Self::Memory(error.to_string())
    }
}
