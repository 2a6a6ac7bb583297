//! Predictions and generated text of a language model.

use std::cell::RefCell;
use std::collections::HashMap;

use dfdx::prelude::CpuError;

use super::random_streams::{Purpose, random_stream};
use super::reading::{CorpusReader, display_word, with_typed_prompt};
use crate::activity::{self, Activity};
use crate::config::Predict;
use crate::learning::{Answer, AskError, Continuation, GenerateRequest, Predictor, PromptReader as _, TraceTarget};
use crate::model::{Marks, Model, generate};

/// Each sample has 2 to the power of this many 32-bit words of the random stream.
const LOG2_WORDS_PER_SAMPLE: u32 = 36;

/// A copy of a model that answers prompts in the words of its corpus.
pub(super) struct LanguagePredictor<M: Model> {
    /// The parser of the prompts.
    pub reader: CorpusReader,
    pub model: M,
    /// The seed of generated text.
    pub seed: u64,
    /// Cache of the expected words of recent prompts (`None`: no expected word): finding one means reading the whole training text, and
    /// the same prompts are asked again whenever weights have changed.
    pub expected_words: RefCell<HashMap<Vec<u32>, Option<u32>>>,
}

/// Upper bound on the number of cached prompts; more than a viewer asks at once.
const MAX_CACHED_PROMPTS: usize = 64;

impl<M: Model> LanguagePredictor<M> {
    /// The word that follows these ids most often in the training text, except the unknown word; `None` if they do not occur there.
    fn expected_word(&self, ids: &[u32]) -> Option<u32> {
        let mut cache = self.expected_words.borrow_mut();
        if let Some(word) = cache.get(ids) {
            return *word;
        }
        let unknown = self.reader.corpus.vocabulary().unknown();
        let word = self.reader.observed_next(ids).into_iter().find(|word| unknown != Some(*word));
        if cache.len() == MAX_CACHED_PROMPTS {
            cache.clear();
        }
        cache.insert(ids.to_vec(), word);
        word
    }
}

impl<M: Model> Predictor for LanguagePredictor<M> {
    fn duplicate(&self) -> Box<dyn Predictor> {
        let (reader, model, expected_words) = (self.reader.clone(), self.model.clone(), self.expected_words.clone());
        Box::new(Self { reader, model, seed: self.seed, expected_words })
    }

    fn set_weights(&mut self, weights: &[f32]) {
        self.model.set_weights(weights);
    }

    fn ask_and_trace(&self, prompt: &str, trace_target: TraceTarget) -> Result<Answer, AskError> {
        let ids = self.reader.read(prompt)?;
        let vocabulary = self.reader.corpus.vocabulary();
        let unknown = vocabulary.unknown();
        let expected = match trace_target {
            TraceTarget::ExpectedWord => self.expected_word(&ids),
            TraceTarget::PredictedWord => None,
        };
        let mut trace = self.model.trace(&ids, expected)?;
        // the unknown word is never the answer, so that the loss of the second most probable word is traced
        if unknown == Some(trace.target)
            && let Some((second, _)) = trace.ranking().get(1)
        {
            trace = self.model.trace(&ids, u32::try_from(*second).ok())?;
        }
        let words = trace.ids.iter().map(|id| display_word(vocabulary.word(*id))).collect();
        let (unknown, traces_expected_word) = (unknown.map(|id| id as usize), expected.is_some());
        Ok(Answer { prompt: prompt.to_owned(), words, trace, trace_target, traces_expected_word, unknown })
    }

    fn generate(&self, request: &GenerateRequest) -> Result<Continuation, AskError> {
        let mut ids = self.reader.read(&request.prompt)?;
        let mut random = random_stream(self.seed, Purpose::Sampling);
        random.set_word_pos(u128::from(request.sample) << LOG2_WORDS_PER_SAMPLE);
        let corpus = &self.reader.corpus;
        let read = corpus.decode(&ids);
        let marks = Marks { unknown: corpus.vocabulary().unknown(), state_reset: corpus.state_reset_word() };
        // a model that is trained on last words only cannot predict what follows one
        let words = if self.reader.predict == Predict::Last { request.words.min(1) } else { request.words };
        let busy = activity::begin(Activity::Generating, words as u64);
        let on_word = || busy.add_done(1);
        ids.extend(generate(&self.model, &ids, words, request.sampling, marks, &mut random, on_word)?);
        drop(busy);
        let text = with_typed_prompt(&request.prompt, &read, corpus.decode(&ids));
        Ok(Continuation { prompt: request.prompt.clone(), text })
    }
}

impl From<CpuError> for AskError {
    fn from(error: CpuError) -> Self {
        Self::Memory(error.to_string())
    }
}
