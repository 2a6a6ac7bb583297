//! Answers of a model of a corpus.

use std::cell::RefCell;
use std::collections::HashMap;

use dfdx::prelude::CpuError;

use super::random_streams::{Purpose, stream};
use super::reading::{CorpusReader, continued, shown};
use crate::activity::{self, Activity};
use crate::config::Predict;
use crate::learning::{Answer, AskError, Continuation, GenerateRequest, Predictor, PromptReader as _, TraceTarget};
use crate::model::{Marks, Model, generate};

/// The random stream of samples has room for 2 to the power of this many numbers of 32 bits for each.
const WORDS_PER_SAMPLE: u32 = 36;

/// A model that answers, and the corpus whose words it knows.
pub(super) struct LanguagePredictor<M: Model> {
    pub reader: CorpusReader,
    pub model: M,
    /// Of the texts that are drawn.
    pub seed: u64,
    /// Which word follows the prompts that were asked last in the text that is learned from: found by reading all of it, while the
    /// same prompts are asked whenever weights have changed.
    pub right_words: RefCell<HashMap<Vec<u32>, Option<u32>>>,
}

/// Of how many prompts the right word is kept: more than a viewer asks at once.
const MAX_CACHED_WORDS: usize = 64;

impl<M: Model> LanguagePredictor<M> {
    /// The word that follows most often after these in what is learned from, if that knows one.
    fn right_word(&self, ids: &[u32]) -> Option<u32> {
        let mut known = self.right_words.borrow_mut();
        if let Some(word) = known.get(ids) {
            return *word;
        }
        let unknown = self.reader.corpus.vocabulary().unknown();
        let word = self.reader.observed_next(ids).into_iter().find(|word| unknown != Some(*word));
        if known.len() == MAX_CACHED_WORDS {
            known.clear();
        }
        known.insert(ids.to_vec(), word);
        word
    }
}

impl<M: Model> Predictor for LanguagePredictor<M> {
    fn duplicate(&self) -> Box<dyn Predictor> {
        let (reader, model, right_words) = (self.reader.clone(), self.model.clone(), self.right_words.clone());
        Box::new(Self { reader, model, seed: self.seed, right_words })
    }

    fn set_weights(&mut self, weights: &[f32]) {
        self.model.set_weights(weights);
    }

    fn ask_and_trace(&self, prompt: &str, loss_of: TraceTarget) -> Result<Answer, AskError> {
        let ids = self.reader.read(prompt)?;
        let vocabulary = self.reader.corpus.vocabulary();
        let unknown = vocabulary.unknown();
        let right = match loss_of {
            TraceTarget::ExpectedWord => self.right_word(&ids),
            TraceTarget::PredictedWord => None,
        };
        let mut trace = self.model.trace(&ids, right)?;
        // what stands for unknown words is no answer: what is told about the answer is told about the next one
        if unknown == Some(trace.target)
            && let Some((second, _)) = trace.ranking().get(1)
        {
            trace = self.model.trace(&ids, u32::try_from(*second).ok())?;
        }
        let words = trace.ids.iter().map(|id| shown(vocabulary.word(*id))).collect();
        let (unknown, knows_right_word) = (unknown.map(|id| id as usize), right.is_some());
        Ok(Answer { prompt: prompt.to_owned(), words, trace, loss_of, knows_right_word, unknown })
    }

    fn generate(&self, request: &GenerateRequest) -> Result<Continuation, AskError> {
        let mut ids = self.reader.read(&request.prompt)?;
        let mut random = stream(self.seed, Purpose::Sampling);
        random.set_word_pos(u128::from(request.sample) << WORDS_PER_SAMPLE);
        let corpus = &self.reader.corpus;
        let read = corpus.decode(&ids);
        let marks = Marks { unknown: corpus.vocabulary().unknown(), state_reset: corpus.state_reset_word() };
        // where only last words are learned, nothing is known of what comes after one
        let words = if self.reader.predict == Predict::Last { request.words.min(1) } else { request.words };
        let busy = activity::begin(Activity::Generating, words as u64);
        let on_word = || busy.add_done(1);
        ids.extend(generate(&self.model, &ids, words, request.sampling, marks, &mut random, on_word)?);
        drop(busy);
        let text = continued(&request.prompt, &read, corpus.decode(&ids));
        Ok(Continuation { prompt: request.prompt.clone(), text })
    }
}

impl From<CpuError> for AskError {
    fn from(error: CpuError) -> Self {
        Self::Memory(error.to_string())
    }
}
