//! A language model that learns a corpus, whatever its architecture.

mod architectures;
mod predictor;
mod prompts;
mod random_streams;
mod reading;
mod saving;

use std::cell::RefCell;
use std::sync::Arc;
use std::time::Instant;

use dfdx::prelude::CpuError;
use rand_chacha::ChaCha8Rng;

pub use architectures::{language_learner, learner_of_texts};
use predictor::LanguagePredictor;
use prompts::prompts;
use random_streams::{CountedDraws, Purpose, stream};
use reading::{CorpusReader, shown};

use super::batch_source::BatchSource;
use super::checks::{bytes_of_training, check_evaluation, check_memory, longest_work};
use super::messages::{CheckMessage, LearnerMessage};
use super::progress::{Evaluation, Progress, StepReport};
use super::schedule::Schedule;
use super::thread_count::ThreadCount;
use super::validation::Validator;
use super::{Learner, LearnerState, PartsDone, Predictor, PromptReader, RestoreError, RunInfo, StateLayout, StepError};
use crate::activity::{self, Activity};
use crate::config::{self, Config, ConfigError, OptimizerConfig, OptimizerName, RunSettings, TrainingConfig};
use crate::corpus::{Corpus, RawText, Text};
use crate::language::Message;
use crate::memory::check_available;
use crate::model::{
    Cost, Model, Optimizer, OptimizerKind, Start, TensorShape, Tensors, Threads, Work, Workspace as _, clip_factor,
    gradient_norm,
};
use crate::printable;

/// Creates the untrained learner of a configuration's architecture for a corpus.
pub type CreateLearner = fn(Config, Arc<Corpus>) -> Result<Box<dyn Learner>, ConfigError>;

/// Everything a run of a configuration consists of: corpus, model, optimizer and random streams.
#[derive(Debug)]
pub struct LanguageLearner<M: Model> {
    config: Config,
    corpus: Arc<Corpus>,
    threads: ThreadCount,
    /// Creates a learner of any architecture, for [`rebuilt`](Learner::rebuilt).
    create: CreateLearner,
    /// The number of runs that share the cores.
    runs: usize,
    /// Factor by which the user has scaled the scheduled learning rate.
    rate_factor: f64,
    workspace: M::Workspace,
    validator: Option<Validator<M>>,
    run: Run<M>,
}

/// The state that a restart recreates.
#[derive(Debug)]
struct Run<M: Model> {
    seed: u64,
    model: M,
    optimizer: Optimizer,
    schedule: Schedule,
    batches: BatchSource,
    order: ChaCha8Rng,
    dropout: ChaCha8Rng,
    steps: u64,
    /// Sentences learned from in all epochs, or steps of the streams: what epochs are counted by, whatever the window is.
    learned: u64,
    /// Whether a validation is pending or in progress.
    validating: bool,
    /// Initial states of the next window after a restore.
    carried: Option<M::Carry>,
}

impl From<CpuError> for StepError {
    fn from(error: CpuError) -> Self {
        Self::Memory(Message::new(error.to_string()))
    }
}

fn optimizer_kind(config: &OptimizerConfig) -> OptimizerKind {
    match config.name {
        OptimizerName::Adam => OptimizerKind::Adam,
        OptimizerName::AdamW => OptimizerKind::AdamW { weight_decay: config.weight_decay },
        OptimizerName::Sgd => OptimizerKind::Sgd { momentum: config.momentum },
        OptimizerName::RmsProp => OptimizerKind::RmsProp { momentum: config.momentum },
    }
}

impl<M: Model> Run<M> {
    /// `drawn` is called for each random number of the weights.
    fn new(config: &Config, corpus: &Corpus, spec: &M::Spec, seed: u64, drawn: &dyn Fn()) -> Result<Self, CpuError> {
        let training = &config.training;
        let mut random = CountedDraws { random: stream(seed, Purpose::Weights), drawn };
        Ok(Self {
            seed,
            model: M::new(spec, &mut random)?,
            optimizer: Optimizer::new(optimizer_kind(&training.optimizer)),
            schedule: Schedule::new(&training.schedule, training.optimizer.learning_rate, training.steps),
            batches: BatchSource::new(config, corpus.training()),
            order: stream(seed, Purpose::Order),
            dropout: stream(seed, Purpose::Dropout),
            steps: 0,
            learned: 0,
            validating: false,
            carried: None,
        })
    }
}

impl<M: Model> LanguageLearner<M> {
    /// Creates an untrained model for this corpus; `create` is called when a learner of other settings is to be created for it.
    ///
    /// # Errors
    /// If there is no memory for the model or for a step with the longest sentences.
    pub fn new(
        spec: &M::Spec,
        config: Config,
        corpus: Arc<Corpus>,
        create: CreateLearner,
    ) -> Result<Self, ConfigError> {
        let weights = check_memory::<M>(&config, &corpus, spec)?;
        let no_memory = |error: CpuError| {
            config.refuse(
                "model.hidden",
                CheckMessage::NoMemoryForIt { error: error.to_string() },
                CheckMessage::MakeModelSmaller,
            )
        };
        let making = activity::begin(Activity::BuildingModel, u64::try_from(weights).unwrap_or(u64::MAX));
        let run = Run::<M>::new(&config, &corpus, spec, config.seed, &|| making.add_done(1)).map_err(no_memory)?;
        let threads = ThreadCount::new(Threads::new(config.training.threads), weights);
        let workspace = run.model.workspace(threads.threads()).map_err(no_memory)?;
        let validator = corpus.validation().map(|text| Validator::new(&config, text, &run.model)).transpose();
        let validator = validator.map_err(no_memory)?;
        Ok(Self { config, corpus, threads, create, runs: 1, rate_factor: 1.0, workspace, validator, run })
    }

    fn step(&mut self) -> Result<StepReport, StepError> {
        let learning_rate = self.learning_rate();
        let Self { config, corpus, threads, run, workspace, .. } = self;
        let epoch = run.batches.epoch(corpus.training());
        let epochs_before = run.learned / epoch;
        run.batches.next_batch(config, corpus.training(), &mut run.order);
        let carried = run.carried.take();
        let start = match (run.batches.start(), &carried) {
            (Start::Carried, Some(carry)) => Start::From(carry),
            (start, _) => start,
        };
        let (ids, targets) = (run.batches.ids(), run.batches.targets());
        let words = ids.words().len();
        let (shared, began) = (threads.threads(), threads.is_open(words).then(Instant::now));
        workspace.set_threads(shared);
        let loss = run.model.loss_and_gradients(ids, start, targets, workspace, &mut run.dropout);
        if !loss.is_finite() {
            return Err(StepError::Loss(loss));
        }
        let gradient_norm = gradient_norm(shared, |visitor| run.model.visit(visitor));
        if !gradient_norm.is_finite() {
            return Err(StepError::Gradient(gradient_norm));
        }
        let clip = config.training.clip;
        let factor = if clip > 0.0 { clip_factor(gradient_norm, clip) } else { 1.0 };
        run.optimizer.update((learning_rate, factor), shared, |visitor| run.model.visit(visitor))?;
        if let Some(began) = began {
            threads.took(began.elapsed(), words);
        }
        run.steps += 1;
        run.learned += run.batches.last_read();
        let is_due = match config.training.validate_every {
            0 => run.learned / epoch > epochs_before,
            every => run.steps.is_multiple_of(every),
        };
        run.validating = self.validator.is_some() && (is_due || run.steps == config.training.steps);
        let epoch = run.learned as f64 / epoch as f64;
        Ok(StepReport { loss, gradient_norm, clipped: factor < 1.0, learning_rate, epoch })
    }

    /// The scheduled learning rate of the next step.
    fn rate_by(&self, schedule: &Schedule) -> f64 {
        let epochs = self.run.learned / self.run.batches.epoch(self.corpus.training());
        self.rate_factor * schedule.learning_rate(self.run.steps, epochs)
    }

    fn evaluated(&self, text: &Text) -> Result<Evaluation, CpuError> {
        let Self { config, run, threads, .. } = self;
        let mut validator = Validator::to_evaluate(config, text, &run.model)?;
        Ok(validator.evaluate(config, text, &run.model, threads.threads()))
    }

    fn corpus_reader(&self) -> CorpusReader {
        CorpusReader { corpus: Arc::clone(&self.corpus), predict: self.config.training.predict }
    }
}

impl<M: Model> Learner for LanguageLearner<M> {
    fn info(&self) -> RunInfo {
        let words = self.corpus.vocabulary().words();
        let spec = self.run.model.spec();
        let Cost { weights, activations, multiplications, depth } =
            M::cost(spec, longest_work(&self.config, &self.corpus));
        RunInfo {
            title: printable(&self.config.title),
            file: printable(self.config.name()),
            model: M::summary(spec),
            architecture: self.config.model.clone(),
            training: self.config.training.clone(),
            reads_running_text: self.config.corpus.unit == config::Granularity::Text,
            weights,
            activations,
            multiplications,
            depth,
            steps: self.config.training.steps,
            words_per_epoch: self.corpus.training().words().len() as u64,
            clip: Some(self.config.training.clip).filter(|clip| *clip > 0.0),
            spaces_are_words: self.config.corpus.tokenizer == config::Tokenizer::Characters,
            validates: self.validator.is_some(),
            unknown_share: self.corpus.validation().map(Text::unknown_share).filter(|share| *share > 0.0),
            words: words.to_vec(),
            vocabulary: words.iter().map(|word| shown(word)).collect(),
            prompts: prompts(&self.config, &self.corpus),
        }
    }

    fn vocabulary(&self) -> &[String] {
        self.corpus.vocabulary().words()
    }

    fn work(&mut self) -> Result<Progress, StepError> {
        if self.run.validating
            && let (Some(validator), Some(text)) = (&mut self.validator, self.corpus.validation())
        {
            let progress = validator.work(&self.config, text, &self.run.model, self.threads.threads());
            if let Progress::Validated(validated) = progress {
                self.run.validating = false;
                self.run.schedule.validated(validated.loss);
            }
            return Ok(progress);
        }
        self.step().map(Progress::Step)
    }

    fn validation_progress(&self) -> Option<PartsDone> {
        let (validator, text) = (self.validator.as_ref()?, self.corpus.validation()?);
        self.run.validating.then(|| validator.progress(&self.config, text))
    }

    fn share_cores(&mut self, runs: usize) {
        if self.config.training.threads == 0 {
            let cores = Threads::new(0).count();
            let threads = Threads::new((cores / runs.max(1)).max(1));
            self.threads = ThreadCount::new(threads, M::cost(self.run.model.spec(), Work::default()).weights);
            self.runs = runs;
        }
    }

    fn reader(&self) -> Arc<dyn PromptReader> {
        Arc::new(self.corpus_reader())
    }

    fn predictor(&self) -> Box<dyn Predictor> {
        let (reader, model) = (self.corpus_reader(), self.run.model.clone());
        Box::new(LanguagePredictor { reader, model, seed: self.run.seed, right_words: RefCell::default() })
    }

    fn shapes(&mut self) -> Vec<TensorShape> {
        self.run.model.shapes(&self.workspace)
    }

    fn dry_run(&mut self) {
        let Self { config, corpus, run, workspace, .. } = self;
        if run.batches.carries() {
            run.carried.get_or_insert_with(|| workspace.carry()); // the workspace will have another
        }
        let (mut batches, mut order) = (run.batches.clone(), run.order.clone());
        batches.next_batch(config, corpus.training(), &mut order);
        run.model.loss(batches.ids(), Start::Zeros, batches.targets(), workspace);
    }

    fn seed(&self) -> u64 {
        self.run.seed
    }

    fn restart(&mut self, seed: u64) -> Result<(), StepError> {
        self.run = Run::new(&self.config, &self.corpus, self.run.model.spec(), seed, &|| ())?;
        if let (Some(validator), Some(text)) = (&mut self.validator, self.corpus.validation()) {
            *validator = Validator::new(&self.config, text, &self.run.model)?;
        }
        Ok(())
    }

    fn rebuilt(&self, settings: &RunSettings, seed: u64) -> Result<Box<dyn Learner>, Message> {
        let mut config = self.config.with_settings(settings).map_err(|error| error.problem)?;
        config.seed = seed;
        let mut learner = (self.create)(config, Arc::clone(&self.corpus)).map_err(|error| error.problem)?;
        // this one is there until the other has taken its place
        let RunInfo { weights, activations, .. } = learner.info();
        check_available(bytes_of_training(weights, activations))
            .map_err(|why| CheckMessage::NoMemory { weights, why })?;
        learner.share_cores(self.runs);
        Ok(learner)
    }

    fn retune(&mut self, settings: &RunSettings) -> Result<(), Message> {
        if !self.config.settings().can_continue_with(settings) {
            return Err(LearnerMessage::NeedsNewWeights.into());
        }
        let config = self.config.with_settings(settings).map_err(|error| error.problem)?;
        let (before, training) = (&self.config.training, &config.training);
        let schedule = Schedule::new(&training.schedule, training.optimizer.learning_rate, training.steps);
        // what a plateau remembers is of the rule that it was seen by
        let plateau = if before.schedule == training.schedule { self.run.schedule.plateau } else { schedule.plateau };
        self.run.schedule = schedule;
        self.run.schedule.plateau = plateau;
        self.run.optimizer.change_rule(optimizer_kind(&training.optimizer));
        if before.threads != training.threads {
            self.threads = ThreadCount::new(
                Threads::new(training.threads),
                M::cost(self.run.model.spec(), Work::default()).weights,
            );
        }
        self.config = config;
        Ok(())
    }

    fn learning_rate(&self) -> f64 {
        self.rate_by(&self.run.schedule)
    }

    fn learning_rate_of(&self, training: &TrainingConfig) -> f64 {
        let mut schedule = Schedule::new(&training.schedule, training.optimizer.learning_rate, training.steps);
        schedule.plateau = self.run.schedule.plateau;
        self.rate_by(&schedule)
    }

    fn scale_learning_rate(&mut self, factor: f64) {
        self.rate_factor = factor;
    }

    fn save(&mut self, state: &mut LearnerState) {
        self.save_state(state);
    }

    fn layout(&mut self) -> StateLayout {
        self.state_layout()
    }

    fn restore(&mut self, state: &LearnerState) -> Result<(), RestoreError> {
        self.restore_state(state)
    }

    fn copy_weights(&mut self, weights: &mut Vec<f32>) {
        self.run.model.copy_weights(weights);
    }

    fn evaluate(&mut self, text: Option<&RawText>) -> Result<Evaluation, Message> {
        let other = text.map(|text| self.corpus.read_other(&self.config, text)).transpose()?;
        let text = other.as_ref().or(self.corpus.validation());
        let text = text.ok_or(LearnerMessage::NoValidationText)?;
        check_evaluation::<M>(&self.config, text, self.run.model.spec())?;
        self.evaluated(text).map_err(|error| Message::new(error.to_string()))
    }

    fn test(&mut self) -> Option<Evaluation> {
        self.evaluated(self.corpus.test()?).ok()
    }

    fn load_weights(&mut self, weights: &Tensors) -> Result<(), RestoreError> {
        self.take_weights(weights)
    }
}

#[cfg(test)]
mod tests;
