//! Checks of a configuration that need the corpus, before training starts.

use super::messages::{CheckMessage, LearnerMessage};
use crate::config::{Config, ConfigError, Granularity, Predict};
use crate::corpus::{Corpus, Text};
use crate::language::Message;
use crate::memory::{InsufficientMemory, can_allocate, check_available};
use crate::model::{Cost, Model, Work};

/// Upper bound on the number of weights; with gradients and the optimizer's moments about 16 GB.
const MAX_WEIGHTS: u128 = 1_000_000_000;
/// Upper bound on the numbers that a step stores for the backward pass; 4 GB.
const MAX_ACTIVATIONS: u128 = 1_000_000_000;

/// Checks that every prompt of the configuration can be answered. An empty prompt can where the model learns first words.
///
/// # Errors
/// For the first prompt with a word that the vocabulary neither has nor can replace by its word for unknown ones, or that is
/// empty without first words being learned.
pub(super) fn check_prompts(config: &Config, corpus: &Corpus) -> Result<(), ConfigError> {
    for prompt in &config.dashboard.prompts {
        let problem = match corpus.encode(prompt) {
            Ok(words) if words.is_empty() => Message::from(CheckMessage::PromptWithoutWords),
            Ok(_) => continue,
            Err(unknown) => unknown.into(),
        };
        return Err(config.refuse("dashboard.prompts", problem, CheckMessage::ExpectedKnownWords));
    }
    Ok(())
}

/// Checks whether a text can be evaluated.
///
/// # Errors
/// If its longest sentence or window is too long for the model, or takes more memory than a training step may.
pub(super) fn check_evaluation<M: Model>(config: &Config, text: &Text, spec: &M::Spec) -> Result<(), LearnerMessage> {
    let steps = max_steps(config, text);
    if let Some(limit) = M::max_steps(spec).filter(|limit| steps > *limit) {
        return Err(LearnerMessage::SentenceTooLong { steps, limit });
    }
    if M::cost(spec, work_of_pass(config, steps)).activations > MAX_ACTIVATIONS {
        return Err(LearnerMessage::BreakLongLines { steps });
    }
    Ok(())
}

/// Number of time steps of the longest pass over a text.
fn max_steps(config: &Config, text: &Text) -> usize {
    match config.corpus.unit {
        Granularity::Sentences => text.longest_sentence(),
        Granularity::Text => config.training.window.min(text.words().len()),
    }
}

/// Number of time steps of the longest pass over the training, validation and test texts of a corpus.
pub(super) fn max_steps_of_corpus(config: &Config, corpus: &Corpus) -> usize {
    let texts = [Some(corpus.training()), corpus.validation(), corpus.test()];
    texts.into_iter().flatten().map(|text| max_steps(config, text)).max().unwrap_or(0)
}

/// Size of the longest pass over the texts of a corpus.
pub(super) fn longest_pass(config: &Config, corpus: &Corpus) -> Work {
    work_of_pass(config, max_steps_of_corpus(config, corpus))
}

/// Size of a pass over this many time steps with the batch size of the configuration.
fn work_of_pass(config: &Config, steps: usize) -> Work {
    let batch = config.training.batch;
    let predictions = if config.training.predict == Predict::Every { steps * batch } else { batch };
    Work { steps, batch, predictions }
}

/// Checks that the model and its longest step fit in memory, since a failed allocation during a step would end the program. Returns
/// the number of weights of the model.
///
/// # Errors
/// If the longest sentence or window is too long for the model, the model has too many weights or activations, or less memory is
/// available.
pub(super) fn check_memory<M: Model>(config: &Config, corpus: &Corpus, spec: &M::Spec) -> Result<u128, ConfigError> {
    let training_steps = max_steps(config, corpus.training());
    let validation_steps = corpus.validation().map_or(0, |text| max_steps(config, text));
    let steps = max_steps_of_corpus(config, corpus);
    if let Some(limit) = M::max_steps(spec).filter(|limit| steps > *limit) {
        let (problem, help) = match config.corpus.unit {
            Granularity::Sentences => (CheckMessage::SentenceTooLong { steps, limit }, CheckMessage::BreakLongLines),
            Granularity::Text => (CheckMessage::WindowTooLong { steps, limit }, CheckMessage::MakeWindowSmaller),
        };
        return Err(config.refuse("model.context", problem, help));
    }
    let Cost { weights, activations, .. } = M::cost(spec, work_of_pass(config, steps));
    let larger_key = if config.model.embedding > config.model.hidden { "model.embedding" } else { "model.hidden" };
    if weights > MAX_WEIGHTS {
        let problem = CheckMessage::TooManyWeights { weights, limit: MAX_WEIGHTS };
        return Err(config.refuse(larger_key, problem, CheckMessage::MakeModelSmaller));
    }
    let (batch, limit) = (config.training.batch, MAX_ACTIVATIONS);
    if activations > limit {
        let (key, problem, help) = match config.corpus.unit {
            Granularity::Sentences => (
                // a share of the training text is no file of its own
                if validation_steps > training_steps && config.validation_file().is_some() {
                    "corpus.validation"
                } else {
                    "corpus.path"
                },
                CheckMessage::TooManyActivationsOfSentences { steps, batch, activations, limit },
                CheckMessage::MakeSentencesOrModelSmaller,
            ),
            Granularity::Text => (
                "training.window",
                CheckMessage::TooManyActivationsOfStreams { batch, steps, activations, limit },
                CheckMessage::MakeWindowOrModelSmaller,
            ),
        };
        return Err(config.refuse(key, problem, help));
    }
    // limits of the process must allow all of it, or an allocation fails during a step; the machine needs memory for weights and gradients
    let needed = bytes_of_training(weights, activations);
    let memory = if usize::try_from(needed).is_ok_and(can_allocate) {
        check_available(bytes(2 * weights))
    } else {
        Err(InsufficientMemory::new(needed))
    };
    memory.map(|()| weights).map_err(|why| {
        config.refuse(larger_key, CheckMessage::NoMemory { weights, why }, CheckMessage::MakeModelSmaller)
    })
}

/// Bytes of this many numbers of type f32.
fn bytes(numbers: u128) -> u64 {
    u64::try_from(numbers * size_of::<f32>() as u128).unwrap_or(u64::MAX)
}

/// Bytes that training takes: for each weight five numbers (weight, gradient, optimizer state), for each activation three (training,
/// validation, prompt).
pub(super) fn bytes_of_training(weights: u128, activations: u128) -> u64 {
    bytes(5 * weights + 3 * activations)
}
