//! Measures what one training step costs.

use std::fs;
use std::time::{Duration, Instant};

use super::messages::MeasuringMessage;
use super::progress::{Progress, StepError};
use super::{Learner, learner_of_texts};
use crate::config::{Architecture, Config, ConfigError, Granularity, Predict, ScheduleConfig, Tokenizer, Validation};
use crate::corpus::{RawText, Texts};
use crate::language::Message;
use crate::memory::check_available;

/// Minimum time for which steps are repeated. The fastest counts, since other load on the machine only makes a step slower.
const MIN_MEASURING_TIME: Duration = Duration::from_millis(200);
/// Steps that take longer are not repeated.
pub(super) const LONGEST_STEP: Duration = Duration::from_secs(4);
/// Steps that are not timed, since the first ones allocate memory and start threads.
const WARM_UP: usize = 2;

/// The measured time of a training step, and its predicted work and memory.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct StepCost {
    /// Words per sequence.
    pub window: usize,
    /// The number of threads of the step.
    pub threads: usize,
    /// Time of the fastest of several steps, in seconds.
    pub seconds: f64,
    /// Multiplications in the matrix products, forward and backward.
    pub multiplications: u128,
    /// Matrix products of the forward pass that must run one after another.
    pub depth: u128,
    /// Predicted bytes of weights, gradients, optimizer state and activations.
    pub predicted_bytes: u128,
}

/// Measures the training steps of a model of this configuration on random words: `vocabulary` different ones, in windows of `window`
/// words. Takes at least 0.2 seconds, or one step if that takes longer than [`LONGEST_STEP`].
///
/// # Errors
/// If the configuration is invalid for such a text, a step fails, or memory is insufficient.
pub(super) fn measure_step(
    config: &Config,
    vocabulary: usize,
    window: usize,
    threads: usize,
) -> Result<StepCost, ConfigError> {
    let mut learner = learner(config, vocabulary, window, threads)?;
    let mut steps = 0;
    let mut fastest = f64::INFINITY;
    let began = Instant::now();
    while steps <= WARM_UP || began.elapsed() < MIN_MEASURING_TIME {
        let start = Instant::now();
        match learner.work() {
            Ok(Progress::Step(_)) => {}
            Ok(_) => break,
            // a failed step is not complete, so that its time is meaningless
            Err(error) => {
                let (problem, help) = match error {
                    StepError::Memory(_) => (Message::from(error), MeasuringMessage::MakeModelOrBatchSmaller),
                    _ => (MeasuringMessage::Stopped { error }.into(), MeasuringMessage::MakeItSmaller),
                };
                return Err(config.refuse("training.optimizer.learning_rate", problem, help));
            }
        }
        let took = start.elapsed();
        steps += 1;
        if steps > WARM_UP || took > LONGEST_STEP {
            fastest = fastest.min(took.as_secs_f64());
        }
        if took > LONGEST_STEP {
            break;
        }
    }
    let info = learner.info();
    let vectors = if config.training.optimizer.name.as_str() == "sgd" { 1 } else { 2 };
    let predicted_bytes = 4 * (info.weights * (2 + vectors) + info.activations);
    let (multiplications, depth) = (info.multiplications, info.depth);
    Ok(StepCost { window, threads, seconds: fastest, multiplications, depth, predicted_bytes })
}

/// Bytes by which the memory of this process grows when a model is created and trained for some steps; `None` if it cannot be measured.
/// Too low in a process that has freed memory before, since the allocator reuses that.
#[must_use]
pub fn measure_step_memory(config: &Config, vocabulary: usize, window: usize) -> Option<u64> {
    let before = resident_bytes()?;
    let mut learner = learner(config, vocabulary, window, 1).ok()?;
    for _ in 0..=WARM_UP {
        learner.work().ok()?;
    }
    Some(resident_bytes()?.saturating_sub(before))
}

/// Memory per random word in bytes: in the list of words, the text and the ids.
const BYTES_PER_WORD: usize = 64;

/// Creates a learner that reads `vocabulary` different random words in windows of `window` words, with a constant learning rate and
/// neither validation nor prompts.
///
/// # Errors
/// If the configuration is invalid for such a text, or memory is insufficient for it or the model.
fn learner(config: &Config, vocabulary: usize, window: usize, threads: usize) -> Result<Box<dyn Learner>, ConfigError> {
    let mut config = config.clone().for_existing_run();
    (config.corpus.unit, config.corpus.tokenizer) = (Granularity::Text, Tokenizer::Words);
    (config.corpus.end_of_sentence, config.corpus.lowercase) = (false, false);
    (config.corpus.min_count, config.corpus.max_vocabulary) = (1, 0);
    config.corpus.validation = Validation::Share(0.0);
    config.corpus.test = std::path::PathBuf::new();
    config.dashboard.prompts.clear();
    let training = &mut config.training;
    (training.window, training.threads, training.predict) = (window, threads, Predict::Every);
    (training.schedule, training.steps) = (ScheduleConfig::default(), u64::MAX >> 1);
    if config.model.architecture == Architecture::Transformer {
        config.model.context = window;
    }
    // whole windows plus one word to predict, since a shorter last window would be measured as a fast step
    let windows = vocabulary.div_ceil(config.training.batch * window).max(2);
    let length = config.training.batch * (windows * window + 1);
    check_available((length * BYTES_PER_WORD) as u64).map_err(|why| {
        let problem = MeasuringMessage::NoMemory { length, why };
        config.refuse("training.batch", problem, MeasuringMessage::MeasureShorterWindows)
    })?;
    // every word occurs, and the rest is pseudorandom
    let word = |index: usize| {
        if index < vocabulary { index } else { index.wrapping_mul(7_919).wrapping_add(index / 13) % vocabulary }
    };
    let text: Vec<String> = (0..length).map(|index| format!("w{}", word(index))).collect();
    let texts = Texts { training: RawText::new("random words", text.join(" ")), validation: None, test: None };
    learner_of_texts(&mut config, &texts)
}

/// Resident memory of this process in bytes; `None` where `/proc` does not report it.
fn resident_bytes() -> Option<u64> {
    let pages: u64 = fs::read_to_string("/proc/self/statm").ok()?.split(' ').nth(1)?.parse().ok()?;
    Some(pages * rustix::param::page_size() as u64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Origin, Override};

    #[test]
    fn learner_of_random_words_reads_whole_windows() {
        let config = Config::read(&Origin::toy(), &[Override::set("training.batch=3").unwrap()]).unwrap();
        for (vocabulary, window) in [(7, 8), (1000, 8), (50, 32)] {
            let mut learner = learner(&config, vocabulary, window, 1).unwrap();
            assert_eq!(learner.vocabulary().len(), vocabulary);
            for _ in 0..200 {
                learner.work().unwrap();
                let sizes: Vec<usize> = learner.shapes()[0].axes.iter().map(|(_, size)| *size).collect();
                assert_eq!(sizes, [window, 3]);
            }
        }
    }
}
