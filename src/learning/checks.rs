//! What of a configuration can only be checked with the corpus at hand, before training starts.

use super::messages::{CheckMessage, LearnerMessage};
use crate::config::{Config, ConfigError, Granularity, Predict};
use crate::corpus::{Corpus, Text};
use crate::language::Message;
use crate::memory::{InsufficientMemory, can_allocate, check_available};
use crate::model::{Cost, Model, Work};

/// With gradients and the optimizer's moments, some 16 GB.
const MAX_WEIGHTS: u128 = 1_000_000_000;
/// Numbers that one step keeps for its way back, 4 GB.
const MAX_ACTIVATIONS: u128 = 1_000_000_000;

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

/// Refuses a text to evaluate with, of which a step would take more memory than one of training may.
pub(super) fn check_evaluation<M: Model>(config: &Config, text: &Text, spec: &M::Spec) -> Result<(), LearnerMessage> {
    let steps = longest(config, text);
    if let Some(limit) = M::max_steps(spec).filter(|limit| steps > *limit) {
        return Err(LearnerMessage::SentenceTooLong { steps, limit });
    }
    if M::cost(spec, work(config, steps)).activations > MAX_ACTIVATIONS {
        return Err(LearnerMessage::BreakLongLines { steps });
    }
    Ok(())
}

/// The most time steps that a pass over a text has.
fn longest(config: &Config, text: &Text) -> usize {
    match config.corpus.unit {
        Granularity::Sentences => text.longest_sentence(),
        Granularity::Text => config.training.window.min(text.words().len()),
    }
}

/// The most time steps that a pass over any text of a corpus has.
pub(super) fn longest_pass(config: &Config, corpus: &Corpus) -> usize {
    let texts = [Some(corpus.training()), corpus.validation(), corpus.test()];
    texts.into_iter().flatten().map(|text| longest(config, text)).max().unwrap_or(0)
}

/// What the longest pass over a corpus is over.
pub(super) fn longest_work(config: &Config, corpus: &Corpus) -> Work {
    work(config, longest_pass(config, corpus))
}

/// What a pass over this many steps is over.
fn work(config: &Config, steps: usize) -> Work {
    let batch = config.training.batch;
    let predictions = if config.training.predict == Predict::Every { steps * batch } else { batch };
    Work { steps, batch, predictions }
}

/// Refuses what no memory holds: later, in the middle of a step, a refusal of the system would end the program. How many weights
/// the model has.
pub(super) fn check_memory<M: Model>(config: &Config, corpus: &Corpus, spec: &M::Spec) -> Result<u128, ConfigError> {
    let of_training = longest(config, corpus.training());
    let of_validation = corpus.validation().map_or(0, |text| longest(config, text));
    let steps = longest_pass(config, corpus);
    if let Some(limit) = M::max_steps(spec).filter(|limit| steps > *limit) {
        let (problem, help) = match config.corpus.unit {
            Granularity::Sentences => (CheckMessage::SentenceTooLong { steps, limit }, CheckMessage::BreakLongLines),
            Granularity::Text => (CheckMessage::WindowTooLong { steps, limit }, CheckMessage::MakeWindowSmaller),
        };
        return Err(config.refuse("model.context", problem, help));
    }
    let Cost { weights, activations, .. } = M::cost(spec, work(config, steps));
    let larger = if config.model.embedding > config.model.hidden { "model.embedding" } else { "model.hidden" };
    if weights > MAX_WEIGHTS {
        let problem = CheckMessage::TooManyWeights { weights, limit: MAX_WEIGHTS };
        return Err(config.refuse(larger, problem, CheckMessage::MakeModelSmaller));
    }
    let (batch, limit) = (config.training.batch, MAX_ACTIVATIONS);
    if activations > limit {
        let (key, problem, help) = match config.corpus.unit {
            Granularity::Sentences => (
                // a share of the text is a part of it
                if of_validation > of_training && config.validation_file().is_some() {
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
    // a limit of the process would end a step in its middle; of the machine's memory a prompt needs no more than weights and gradients
    let all = bytes_of_training(weights, activations);
    let room = if usize::try_from(all).is_ok_and(can_allocate) {
        check_available(bytes(2 * weights))
    } else {
        Err(InsufficientMemory::new(all))
    };
    room.map(|()| weights)
        .map_err(|why| config.refuse(larger, CheckMessage::NoMemory { weights, why }, CheckMessage::MakeModelSmaller))
}

fn bytes(numbers: u128) -> u64 {
    u64::try_from(numbers * size_of::<f32>() as u128).unwrap_or(u64::MAX)
}

/// Bytes of weights and gradients, two or three vectors of the optimizer's, and activations, once more for validation, and for a prompt.
pub(super) fn bytes_of_training(weights: u128, activations: u128) -> u64 {
    bytes(5 * weights + 3 * activations)
}
