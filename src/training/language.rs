//! A recurrent language model that learns the sentences of a corpus.

use dfdx::prelude::CpuError;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

use super::{AskError, Learner, RunInfo, StepError};
use crate::config::{Cell, Config, ConfigError, OptimizerName, Predict, Tokenizer};
use crate::corpus::{Batch, Corpus};
use crate::model::dimensions::{self, Embed, Hidden, Steps, Vocab};
use crate::model::{Adam, Ids, LanguageModel, Sizes, Targets, Trace};

/// Everything a run of a configuration consists of: corpus, model, optimizer and random streams.
#[derive(Debug)]
pub struct LanguageLearner {
    config: Config,
    corpus: Corpus,
    run: Run,
    batch: Batch,
}

/// With gradients and the optimizer's moments, 16 GB.
const MOST_WEIGHTS: u128 = 1_000_000_000;

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

/// A word as it can be shown: a control character, which could do anything to a terminal, as its escape.
fn printable(word: &str) -> String {
    let show = |c: char| if c.is_control() { c.escape_default().to_string() } else { c.to_string() };
    word.chars().map(show).collect()
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
    /// no memory for the model.
    pub fn new(config: Config) -> Result<Self, ConfigError> {
        let (Tokenizer::Words, Predict::Last) = (config.corpus.tokenizer, config.training.predict);
        let corpus = Corpus::load(&config)?;
        let sentences = corpus.sentences();
        if config.training.batch > sentences {
            let expected = format!("expected at most {sentences}, the number of sentences in the corpus");
            let help = "a step learns from different sentences: make `training.batch` smaller or the corpus larger";
            return Err(config.refuse("training.batch", expected, help));
        }
        for prompt in &config.dashboard.prompts {
            let words = corpus.vocabulary().encode(prompt);
            let problem = match words {
                Ok(words) if words.is_empty() => "a prompt has no words".to_owned(),
                Ok(_) => continue,
                Err(unknown) => unknown.to_string(),
            };
            return Err(config.refuse("dashboard.prompts", problem, "expected texts made of words of the corpus"));
        }
        let weights = sizes_of(&config, &corpus).weights();
        let smaller = "make `model.embedding`, `model.hidden` or `model.layers` smaller";
        if weights > MOST_WEIGHTS {
            let problem = format!("the model would have {weights} weights; expected at most {MOST_WEIGHTS}");
            return Err(config.refuse("model.hidden", problem, smaller));
        }
        let run = Run::new(&config, &corpus, config.seed.0).map_err(|error| {
            config.refuse("model.hidden", format!("there is no memory for {weights} weights: {error}"), smaller)
        })?;
        Ok(Self { config, corpus, run, batch: Batch::default() })
    }
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
            // the first sentence, as the model meets it in training
            let input = self.corpus.sentence(0).split_last().map_or(&[][..], |(_, input)| input);
            let input: Vec<_> = input.iter().map(|&id| self.corpus.vocabulary().word(id)).collect();
            prompts.push(input.join(" "));
        }
        RunInfo {
            title: self.config.title.clone(),
            file: self.config.name().to_owned(),
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

    fn ask(&self, prompt: &str) -> Result<Trace, AskError> {
        let ids = self.corpus.vocabulary().encode(prompt).map_err(AskError::Unknown)?;
        if ids.is_empty() {
            return Err(AskError::Empty);
        }
        self.run.model.trace(&ids).map_err(|error| AskError::Memory(error.to_string()))
    }

    fn words(&self, prompt: &str) -> Vec<String> {
        let vocabulary = self.corpus.vocabulary();
        let ids = vocabulary.encode(prompt).unwrap_or_default();
        ids.into_iter().map(|id| printable(vocabulary.word(id))).collect()
    }

    fn seed(&self) -> u64 {
        self.run.seed
    }

    fn restart(&mut self, seed: u64) -> Result<(), StepError> {
        self.run = Run::new(&self.config, &self.corpus, seed)?;
        Ok(())
    }
}
