//! A recurrent language model that learns the sentences of a corpus.

use dfdx::prelude::CpuError;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

use super::{Answer, AskError, Learner, RunInfo, StepError};
use crate::config::{Cell, Config, ConfigError, OptimizerName, Predict, Tokenizer};
use crate::corpus::{Batch, Corpus};
use crate::model::dimensions::{self, Embed, Hidden, Steps, Vocab};
use crate::model::{Adam, Ids, LanguageModel, Sizes, Targets};
use crate::printable;

/// Everything a run of a configuration consists of: corpus, model, optimizer and random streams.
#[derive(Debug)]
pub struct LanguageLearner {
    config: Config,
    corpus: Corpus,
    run: Run,
    batch: Batch,
}

/// With copies, gradients and the optimizer's moments, some 20 GB.
const MOST_WEIGHTS: u128 = 1_000_000_000;
/// Numbers that one step keeps for its backward pass; with copies and gradients, 16 GB.
const MOST_ACTIVATIONS: u128 = 1_000_000_000;
const SMALLER: &str = "make `model.embedding`, `model.hidden` or `model.layers` smaller";
/// Words of the prompt that is asked when the configuration has none.
const DEFAULT_PROMPT: usize = 8;

/// What a restart makes anew.
#[derive(Debug)]
struct Run {
    seed: u64,
    model: LanguageModel<Vocab, Embed, Hidden>,
    optimizer: Adam,
    order: ChaCha8Rng,
}

/// Which numbers a random stream is for: one stream each, so that drawing more of one kind does not change the others.
#[derive(Clone, Copy)]
enum Purpose {
    Weights,
    Order,
}

fn stream(seed: u64, purpose: Purpose) -> ChaCha8Rng {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    random.set_stream(purpose as u64);
    random
}

impl From<CpuError> for StepError {
    fn from(error: CpuError) -> Self {
        Self::Memory(error.to_string())
    }
}

fn sizes_of(config: &Config, corpus: &Corpus) -> Sizes<Vocab, Embed, Hidden> {
    Sizes {
        vocabulary: Vocab(corpus.vocabulary().words().len()),
        embedding: Embed(config.model.embedding),
        hidden: Hidden(config.model.hidden),
        layers: config.model.layers,
    }
}

impl Run {
    fn new(config: &Config, corpus: &Corpus, seed: u64) -> Result<Self, CpuError> {
        let Cell::Lstm = config.model.cell;
        let OptimizerName::Adam = config.training.optimizer.name;
        let model = LanguageModel::new(sizes_of(config, corpus), &mut stream(seed, Purpose::Weights))?;
        let optimizer = Adam::new(config.training.optimizer.learning_rate);
        Ok(Self { seed, model, optimizer, order: stream(seed, Purpose::Order) })
    }
}

impl LanguageLearner {
    /// Reads the corpus and makes a model that has learned nothing yet.
    ///
    /// # Errors
    /// When the corpus cannot be used, has fewer sentences than a batch, or does not know a word of a prompt; when there is
    /// no memory for a model of this size or for a step with the longest sentences.
    pub fn new(config: Config) -> Result<Self, ConfigError> {
        let (Tokenizer::Words, Predict::Last) = (config.corpus.tokenizer, config.training.predict);
        let corpus = Corpus::load(&config)?;
        check_batch(&config, &corpus)?;
        check_prompts(&config, &corpus)?;
        check_memory(&config, &corpus)?;
        let run = Run::new(&config, &corpus, config.seed.0)
            .map_err(|error| config.refuse("model.hidden", format!("there is no memory for it: {error}"), SMALLER))?;
        Ok(Self { config, corpus, run, batch: Batch::default() })
    }
}

fn check_batch(config: &Config, corpus: &Corpus) -> Result<(), ConfigError> {
    let sentences = corpus.sentences();
    if config.training.batch <= sentences {
        return Ok(());
    }
    let expected = format!("expected at most {sentences}, the number of sentences in the corpus");
    let help = "a step learns from different sentences: make `training.batch` smaller or the corpus larger";
    Err(config.refuse("training.batch", expected, help))
}

fn check_prompts(config: &Config, corpus: &Corpus) -> Result<(), ConfigError> {
    for prompt in &config.dashboard.prompts {
        let problem = match corpus.vocabulary().encode(prompt) {
            Ok(words) if words.is_empty() => "a prompt has no words".to_owned(),
            Ok(_) => continue,
            Err(unknown) => unknown.to_string(),
        };
        return Err(config.refuse("dashboard.prompts", problem, "expected texts made of words of the corpus"));
    }
    Ok(())
}

/// Refuses what no memory holds: later, in the middle of a step, a refusal of the system would end the program.
fn check_memory(config: &Config, corpus: &Corpus) -> Result<(), ConfigError> {
    let sizes = sizes_of(config, corpus);
    let weights = sizes.weights();
    let larger = if config.model.embedding > config.model.hidden { "model.embedding" } else { "model.hidden" };
    if weights > MOST_WEIGHTS {
        let problem = format!("the model would have {weights} weights; expected at most {MOST_WEIGHTS}");
        return Err(config.refuse(larger, problem, SMALLER));
    }
    let (longest, batch) = (corpus.longest_sentence(), config.training.batch);
    let activations = sizes.activations(longest, batch);
    if activations > MOST_ACTIVATIONS {
        let problem = format!(
            "the longest sentence has {longest} words; a step of {batch} such sentences would keep {activations} numbers, \
             expected at most {MOST_ACTIVATIONS}"
        );
        let help = "one sentence is one line: break long lines, or make `training.batch` or the model smaller";
        return Err(config.refuse("corpus.path", problem, help));
    }
    // weights, a copy, a gradient and two moments; activations, copies and gradients: asked for once, and given back
    let numbers = usize::try_from(5 * weights + 4 * activations);
    if numbers.is_ok_and(|count| Vec::<f32>::new().try_reserve_exact(count).is_ok()) {
        return Ok(());
    }
    Err(config.refuse(larger, format!("there is no memory to train {weights} weights"), SMALLER))
}

impl Learner for LanguageLearner {
    fn info(&self) -> RunInfo {
        let words = self.corpus.vocabulary().words();
        let model = &self.config.model;
        let mut sizes = vec![words.len(), model.embedding];
        sizes.extend(std::iter::repeat_n(model.hidden, model.layers));
        sizes.push(words.len());
        let sizes: Vec<_> = sizes.iter().map(usize::to_string).collect();
        let mut prompts = self.config.dashboard.prompts.clone();
        if prompts.is_empty() {
            // the beginning of the first sentence
            let input = self.corpus.sentence(0).split_last().map_or(&[][..], |(_, input)| input);
            let input = input.iter().take(DEFAULT_PROMPT).map(|&id| self.corpus.vocabulary().word(id));
            let input: Vec<_> = input.collect();
            prompts.push(input.join(" "));
        }
        RunInfo {
            title: printable(&self.config.title),
            file: printable(self.config.name()),
            model: format!("{} {}", model.cell.as_str().to_uppercase(), sizes.join("→")),
            weights: sizes_of(&self.config, &self.corpus).weights(),
            steps: self.config.training.steps,
            vocabulary: words.iter().map(|word| printable(word)).collect(),
            prompts,
        }
    }

    fn step(&mut self) -> Result<f32, StepError> {
        let (run, batch) = (&mut self.run, &mut self.batch);
        batch.draw(&self.corpus, self.config.training.batch, &mut run.order);
        let ids = Ids::new(&batch.inputs, Steps(batch.steps), dimensions::Batch(batch.sentences));
        let targets = Targets::new(&batch.positions, &batch.targets);
        let (loss, mut gradients) = run.model.loss_and_gradients(ids, None, targets)?;
        if !loss.is_finite() {
            return Err(StepError::Loss(loss));
        }
        let norm = run.model.gradient_norm(&mut gradients)?;
        if !norm.is_finite() {
            return Err(StepError::Gradient(norm));
        }
        run.optimizer.update(&mut run.model, &mut gradients)?;
        Ok(loss)
    }

    fn ask(&self, prompt: &str) -> Result<Answer, AskError> {
        let vocabulary = self.corpus.vocabulary();
        let ids = vocabulary.encode(prompt).map_err(AskError::Unknown)?;
        if ids.is_empty() {
            return Err(AskError::Empty);
        }
        let trace = self.run.model.trace(&ids).map_err(|error| AskError::Memory(error.to_string()))?;
        let words = ids.into_iter().map(|id| printable(vocabulary.word(id))).collect();
        Ok(Answer { prompt: prompt.to_owned(), words, trace })
    }

    fn seed(&self) -> u64 {
        self.run.seed
    }

    fn restart(&mut self, seed: u64) -> Result<(), StepError> {
        self.run = Run::new(&self.config, &self.corpus, seed)?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use dfdx::prelude::Shape;

    use super::*;
    use crate::config::{Origin, Override};
    use crate::model::tensors::{Result, Tensor, values};
    use crate::model::{ParameterName, ParameterVisitor};

    fn toy(change: &str) -> LanguageLearner {
        LanguageLearner::new(Config::read(&Origin::BuiltIn, &[Override::set(change).unwrap()]).unwrap()).unwrap()
    }

    /// Every weight, bit for bit.
    #[derive(Default)]
    struct Bits(Vec<u32>);

    impl ParameterVisitor for Bits {
        fn visit<S: Shape>(&mut self, _: ParameterName, parameter: &mut Tensor<S>) -> Result<()> {
            self.0.extend(values(parameter).into_iter().map(f32::to_bits));
            Ok(())
        }
    }

    fn weights(learner: &mut LanguageLearner) -> Vec<u32> {
        let mut bits = Bits::default();
        learner.run.model.visit(&mut bits).unwrap();
        bits.0
    }

    /// Makes the last words of the sentences as unlikely as f32 allows.
    struct Exaggerate;

    impl ParameterVisitor for Exaggerate {
        fn visit<S: Shape>(&mut self, name: ParameterName, parameter: &mut Tensor<S>) -> Result<()> {
            let sign = |word: usize| if [2, 4, 6].contains(&word) { -1.0 } else { 1.0 };
            match name {
                ParameterName::HeadWeight => {
                    let weights: Vec<f32> = (0..14).map(|index| sign(index / 2) * 3e38).collect();
                    parameter.copy_from(&weights);
                }
                // hidden states far enough from zero for the largest logits, near enough for finite ones
                ParameterName::BiasIh(_) => parameter.copy_from(&[0.0, 0.0, 0.0, 0.0, 0.5, 0.5, 0.0, 0.0]),
                ParameterName::Embedding
                | ParameterName::WeightIh(_)
                | ParameterName::WeightHh(_)
                | ParameterName::BiasHh(_)
                | ParameterName::HeadBias => parameter.copy_from(&vec![0.0; values(parameter).len()]),
            }
            Ok(())
        }
    }

    #[test]
    fn a_loss_that_is_not_finite_leaves_the_weights_alone() {
        // weights of some 1e38 after the first step: the sums in the second one overflow
        let mut learner = toy("training.optimizer.learning_rate=1e38");
        learner.step().unwrap();
        let before = weights(&mut learner);
        assert!(matches!(learner.step(), Err(StepError::Loss(_))));
        assert_eq!(weights(&mut learner), before);
    }

    #[test]
    fn a_gradient_that_is_not_finite_leaves_the_weights_alone_though_the_loss_is_finite() {
        let mut learner = toy("training.batch=1"); // the mean over more sentences would be finite
        learner.run.model.visit(&mut Exaggerate).unwrap();
        let before = weights(&mut learner);
        let result = learner.step();
        assert!(matches!(result, Err(StepError::Gradient(_))), "{result:?}");
        assert_eq!(weights(&mut learner), before);
    }
}
