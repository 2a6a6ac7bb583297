//! What a training step costs on this machine against the length of the window and the number of threads: measured, and foreseen.

use std::fs;
use std::time::{Duration, Instant};

use super::learner::{Progress, StepError};
use super::messages::MeasuringMessage;
use super::{Learner, learner_of_texts};
use crate::config::{Architecture, Config, ConfigError, Granularity, Predict, ScheduleConfig, Tokenizer, Validation};
use crate::corpus::{RawText, Texts};
use crate::language::Message;
use crate::memory::check_available;

/// Steps are repeated for so long; the fastest counts, as whatever else the machine does only makes a step slower.
const LONG_ENOUGH: Duration = Duration::from_millis(200);
/// One step is too long for another window than this.
const LONGEST_STEP: Duration = Duration::from_secs(4);
/// The first steps take memory and wake threads.
const WARM_UP: usize = 2;

/// Lengths of the window that are measured.
pub const WINDOWS: [usize; 8] = [8, 16, 32, 64, 128, 256, 512, 1024];

/// What a training step took, and what was foreseen of it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct StepCost {
    /// Words in each sequence.
    pub window: usize,
    /// Threads that shared the step.
    pub threads: usize,
    /// Seconds of the fastest of several steps.
    pub seconds: f64,
    /// Multiplications of the matrix products, forward and back.
    pub multiplications: u128,
    /// Products of which each needs the result of the one before, on the way forward.
    pub depth: u128,
    /// Bytes of weights, gradients, the optimizer's vectors and what a step keeps.
    pub foreseen_bytes: u128,
}

/// What steps of a model cost.
#[derive(Clone, Debug, PartialEq)]
pub struct Scaling {
    /// One for each window, the shortest first, until a step takes too long or there is no memory for it.
    pub windows: Vec<StepCost>,
    /// One for each number of threads, 1, 2, 4 … as many as there are cores, at one window.
    pub threads: Vec<StepCost>,
}

impl Scaling {
    /// Measures the model of a configuration on random words of as many kinds as `vocabulary` says, with one thread for each window, and
    /// with up to `cores` threads at the last of `windows`, of at most 256 words. `told` hears of each window, and says whether to go on.
    ///
    /// # Errors
    /// When there can be no such model.
    pub fn measure(
        config: &Config,
        vocabulary: usize,
        (windows, cores): (&[usize], usize),
        told: &mut dyn FnMut(StepCost) -> bool,
    ) -> Result<Self, ConfigError> {
        let mut scaling = Self { windows: Vec::new(), threads: Vec::new() };
        for &window in windows {
            let cost = match measure(config, vocabulary, window, 1) {
                Ok(cost) => cost,
                // the shortest window must do; a long one may need more memory than there is
                Err(error) if scaling.windows.is_empty() => return Err(error),
                Err(_) => break,
            };
            let goes_on = told(cost);
            scaling.windows.push(cost);
            if !goes_on {
                return Ok(scaling);
            }
            if cost.seconds > LONGEST_STEP.as_secs_f64() / 4.0 {
                break; // the next one takes up to four times as long
            }
        }
        let longest = scaling.windows.last().map_or(1, |cost| cost.window).min(LONGEST_FOR_THREADS);
        for threads in
            std::iter::successors(Some(1), |threads| Some(2 * threads)).take_while(|threads| *threads <= cores)
        {
            scaling.threads.push(measure(config, vocabulary, longest, threads)?);
        }
        Ok(scaling)
    }

    /// Numbers a and b for which a·T + b·T² is closest to what was measured, relative to it; neither is negative.
    #[must_use]
    pub fn fit(&self) -> (f64, f64) {
        // least squares of (a·T + b·T²)/t − 1
        let (mut tt, mut tq, mut qq, mut t1, mut q1) = (0.0, 0.0, 0.0, 0.0, 0.0);
        for cost in &self.windows {
            let (t, q) = (cost.window as f64 / cost.seconds, (cost.window as f64).powi(2) / cost.seconds);
            (tt, tq, qq, t1, q1) = (tt + t * t, tq + t * q, qq + q * q, t1 + t, q1 + q);
        }
        let determinant = tt * qq - tq * tq;
        let (a, b) = ((t1 * qq - q1 * tq) / determinant, (q1 * tt - t1 * tq) / determinant);
        match (a >= 0.0, b >= 0.0) {
            (true, true) => (a, b),
            (false, _) if qq > 0.0 => (0.0, q1 / qq),
            _ if tt > 0.0 => (t1 / tt, 0.0),
            _ => (0.0, 0.0),
        }
    }

    /// From which window on steps take longer than those of another model, which are slower at first, both by more than measurements
    /// differ; between two windows that were measured, in a straight line on logarithmic axes.
    #[must_use]
    pub fn overtakes(&self, other: &Self) -> Option<f64> {
        let pairs: Vec<_> =
            self.windows.iter().zip(&other.windows).map(|(a, b)| (a.window, a.seconds / b.seconds)).collect();
        let (first, last) = (pairs.first()?.1, pairs.last()?.1);
        if first * CLEARLY > 1.0 || last < CLEARLY {
            return None;
        }
        let crossing = pairs.windows(2).rev().find(|pair| pair[0].1 < 1.0 && pair[1].1 >= 1.0)?;
        let [(from, before), (to, after)] = [crossing[0], crossing[1]];
        let share = -before.ln() / (after.ln() - before.ln());
        Some((from as f64) * (to as f64 / from as f64).powf(share))
    }
}

/// A ratio of two times beyond which the difference is no accident of measuring.
const CLEARLY: f64 = 1.15;
/// With a longer window trying threads takes long, and says no more.
const LONGEST_FOR_THREADS: usize = 256;

fn measure(config: &Config, vocabulary: usize, window: usize, threads: usize) -> Result<StepCost, ConfigError> {
    let mut learner = learner(config, vocabulary, window, threads)?;
    let mut steps = 0;
    let mut fastest = f64::INFINITY;
    let began = Instant::now();
    while steps <= WARM_UP || began.elapsed() < LONG_ENOUGH {
        let start = Instant::now();
        match learner.work() {
            Ok(Progress::Step(_)) => {}
            Ok(_) => break,
            // a step that stops half way takes no time that says anything
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
    let foreseen_bytes = 4 * (info.weights * (2 + vectors) + info.activations);
    let (multiplications, depth) = (info.multiplications, info.depth);
    Ok(StepCost { window, threads, seconds: fastest, multiplications, depth, foreseen_bytes })
}

/// Bytes by which this program grows from before a model is made until after some steps of it; `None` where the system does not tell.
/// In a program that has done other things before, memory that it was given for those is used again, and there seem to be fewer.
#[must_use]
pub fn memory_of_a_step(config: &Config, vocabulary: usize, window: usize) -> Option<u64> {
    let before = resident()?;
    let mut learner = learner(config, vocabulary, window, 1).ok()?;
    for _ in 0..=WARM_UP {
        learner.work().ok()?;
    }
    Some(resident()?.saturating_sub(before))
}

/// Of a list of random words, of the text that they are and of its ids.
const BYTES_OF_A_WORD: usize = 64;

/// A learner that reads random words in windows of this length.
fn learner(config: &Config, vocabulary: usize, window: usize, threads: usize) -> Result<Box<dyn Learner>, ConfigError> {
    let mut config = config.clone().of_a_run();
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
    // whole windows and the word after the last one: a shorter step at the end would be taken for a fast one
    let windows = vocabulary.div_ceil(config.training.batch * window).max(2);
    let length = config.training.batch * (windows * window + 1);
    check_available((length * BYTES_OF_A_WORD) as u64).map_err(|why| {
        let problem = MeasuringMessage::NoMemory { length, why };
        config.refuse("training.batch", problem, MeasuringMessage::MeasureShorterWindows)
    })?;
    // every word is there, and none follows another more often than others
    let word = |at: usize| if at < vocabulary { at } else { at.wrapping_mul(7_919).wrapping_add(at / 13) % vocabulary };
    let text: Vec<String> = (0..length).map(|at| format!("w{}", word(at))).collect();
    let texts = Texts { training: RawText::new("random words", text.join(" ")), validation: None, test: None };
    learner_of_texts(&mut config, &texts)
}

/// Bytes of this program in memory.
fn resident() -> Option<u64> {
    let pages: u64 = fs::read_to_string("/proc/self/statm").ok()?.split(' ').nth(1)?.parse().ok()?;
    Some(pages * rustix::param::page_size() as u64)
}

#[cfg(test)]
mod tests {
    use super::super::super::config::{Origin, Override};
    use super::*;

    fn cost(window: usize, seconds: f64) -> StepCost {
        StepCost { window, threads: 1, seconds, multiplications: 0, depth: 1, foreseen_bytes: 0 }
    }

    fn scaling(seconds: impl Fn(f64) -> f64) -> Scaling {
        let windows = WINDOWS.iter().map(|window| cost(*window, seconds(*window as f64))).collect();
        Scaling { windows, threads: Vec::new() }
    }

    #[test]
    fn the_fit_finds_what_grows_with_the_window_and_what_with_its_square() {
        let close = |(a, b): (f64, f64), (c, d): (f64, f64)| (a - c).abs() < 1e-9 && (b - d).abs() < 1e-9;
        assert!(close(scaling(|t| 3e-4 * t).fit(), (3e-4, 0.0)));
        assert!(close(scaling(|t| 1e-4 * t + 2e-6 * t * t).fit(), (1e-4, 2e-6)));
        let (a, b) = scaling(|t| 1e-3 + 1e-4 * t).fit();
        assert!(a > 0.0 && b == 0.0, "a beginning that takes its time is no negative square: {a} {b}");
    }

    #[test]
    fn where_two_models_cross_lies_between_two_windows() {
        let (linear, square) = (scaling(|t| 1e-4 * t), scaling(|t| 5e-7 * t * t));
        let crossing = square.overtakes(&linear).unwrap();
        assert!((crossing - 200.0).abs() < 1.0, "{crossing}");
        assert_eq!(linear.overtakes(&square), None, "it is slower at first, and never again");
        assert_eq!(linear.overtakes(&linear), None);
        let nearly = scaling(|t| 1e-4 * t * if t > 100.0 { 1.05 } else { 0.98 });
        assert_eq!(nearly.overtakes(&linear), None, "who is faster by 5 % here and slower there is as fast");
    }

    #[test]
    fn every_step_that_is_timed_reads_a_whole_window() {
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

    #[test]
    fn every_network_is_measured_and_attention_multiplies_more_with_the_square_of_the_window() {
        for network in ["model.cell=lstm", "model.architecture=nplm", "model.architecture=transformer"] {
            let changes = [network, "model.embedding=8"].map(|change| Override::set(change).unwrap());
            let config = Config::read(&Origin::toy(), &changes).unwrap();
            let mut told = 0;
            let scaling = Scaling::measure(&config, 30, (&[4, 8, 16], 2), &mut |_| {
                told += 1;
                true
            })
            .unwrap();
            assert_eq!((told, scaling.windows.len(), scaling.threads.len()), (3, 3, 2), "{network}");
            assert!(scaling.windows.iter().all(|cost| cost.seconds > 0.0 && cost.seconds.is_finite()));
            let [a, b, c] = [0, 1, 2].map(|at| scaling.windows[at].multiplications.cast_signed());
            assert_eq!(
                c - 2 * b > 2 * (b - 2 * a) && b > 2 * a,
                network.ends_with("transformer"),
                "{network}: {a} {b} {c}"
            );
            let depth: Vec<_> = scaling.windows.iter().map(|cost| cost.depth).collect();
            assert_eq!(depth[0] < depth[2], network.ends_with("lstm"), "{network}: {depth:?}");
        }
    }
}
