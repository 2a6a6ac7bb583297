//! A language model that learns a corpus, whatever its architecture.

mod architectures;
mod predictor;
mod prompts;
mod random_streams;
mod reading;
mod run;
mod saving;
mod step;

use std::cell::RefCell;
use std::sync::Arc;

use dfdx::prelude::CpuError;

pub use architectures::{language_learner, learner_of_texts};
use predictor::LanguagePredictor;
use prompts::prompts;
use reading::{CorpusReader, display_word};
use run::{Run, optimizer_kind};

use super::checks::{bytes_of_training, check_evaluation, check_memory, longest_pass};
use super::messages::{CheckMessage, LearnerMessage};
use super::progress::{Evaluation, Progress};
use super::schedule::Schedule;
use super::thread_count::ThreadCount;
use super::validation::Validator;
use super::{Learner, LearnerState, PartsDone, Predictor, PromptReader, RestoreError, RunInfo, StateLayout, StepError};
use crate::activity::{self, Activity};
use crate::config::{self, Config, ConfigError, RunSettings, TrainingConfig};
use crate::corpus::{Corpus, RawText, Text};
use crate::language::Message;
use crate::memory::check_available;
use crate::model::{Cost, Model, Start, TensorShape, Tensors, Threads, Work, Workspace as _};
use crate::printable;

/// Creates the untrained learner of a configuration's architecture for a corpus.
pub type CreateLearner = fn(Config, Arc<Corpus>) -> Result<Box<dyn Learner>, ConfigError>;

/// A model of type `M` in training, with its corpus, optimizer and random streams.
#[derive(Debug)]
pub struct LanguageLearner<M: Model> {
    config: Config,
    corpus: Arc<Corpus>,
    /// The number of threads of a step.
    threads: ThreadCount,
    /// Creates a learner of any architecture, for [`rebuilt`](Learner::rebuilt).
    create: CreateLearner,
    /// The number of runs that share the cores.
    runs: usize,
    /// Factor by which the user has scaled the scheduled learning rate.
    rate_factor: f64,
    workspace: M::Workspace,
    /// Evaluates the model on the validation text; `None` without one.
    validator: Option<Validator<M>>,
    /// The part that a restart recreates.
    run: Run<M>,
}

impl<M: Model> LanguageLearner<M> {
    /// Creates an untrained model for this corpus. `create` creates the learners of other settings for
    /// [`rebuilt`](Learner::rebuilt).
    ///
    /// # Errors
    /// If the model would have too many weights, or cannot read the longest sentence or window at once, or if there is no memory for
    /// it or for its longest step.
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
                CheckMessage::AllocationFailed { error: error.to_string() },
                CheckMessage::MakeModelSmaller,
            )
        };
        let busy = activity::begin(Activity::BuildingModel, u64::try_from(weights).unwrap_or(u64::MAX));
        let run = Run::<M>::new(&config, &corpus, spec, config.seed, &|| busy.add_done(1)).map_err(no_memory)?;
        let threads = ThreadCount::new(Threads::new(config.training.threads), weights);
        let workspace = run.model.workspace(threads.threads()).map_err(no_memory)?;
        let validator = corpus.validation().map(|text| Validator::new(&config, text, &run.model)).transpose();
        let validator = validator.map_err(no_memory)?;
        Ok(Self { config, corpus, threads, create, runs: 1, rate_factor: 1.0, workspace, validator, run })
    }

    /// Evaluates the model on `text`, in a single stream if it is a running text.
    fn evaluate_on(&self, text: &Text) -> Result<Evaluation, CpuError> {
        let Self { config, run, threads, .. } = self;
        let mut validator = Validator::to_evaluate(config, text, &run.model)?;
        Ok(validator.evaluate(config, text, &run.model, threads.threads()))
    }

    /// The parser of prompts.
    fn corpus_reader(&self) -> CorpusReader {
        CorpusReader { corpus: Arc::clone(&self.corpus), predict: self.config.training.predict }
    }
}

impl<M: Model> Learner for LanguageLearner<M> {
    fn info(&self) -> RunInfo {
        let words = self.corpus.vocabulary().words();
        let spec = self.run.model.spec();
        let Cost { weights, activations, multiplications, depth } =
            M::cost(spec, longest_pass(&self.config, &self.corpus));
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
            vocabulary: words.iter().map(|word| display_word(word)).collect(),
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
                self.run.schedule.record_validation(validated.loss);
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
        Box::new(LanguagePredictor { reader, model, seed: self.run.seed, expected_words: RefCell::default() })
    }

    fn shapes(&mut self) -> Vec<TensorShape> {
        self.run.model.shapes(&self.workspace)
    }

    fn dry_run(&mut self) {
        let Self { config, corpus, run, workspace, .. } = self;
        if run.batches.carries() {
            run.carried.get_or_insert_with(|| workspace.carry()); // the pass overwrites that of the workspace
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
        // both are in memory until the new one replaces this one
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
        // a plateau counts validations under the schedule that it belongs to
        let plateau = if before.schedule == training.schedule { self.run.schedule.plateau } else { schedule.plateau };
        self.run.schedule = schedule;
        self.run.schedule.plateau = plateau;
        self.run.optimizer.change_kind(optimizer_kind(&training.optimizer));
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
        self.learning_rate_under(&self.run.schedule)
    }

    fn learning_rate_with(&self, training: &TrainingConfig) -> f64 {
        let mut schedule = Schedule::new(&training.schedule, training.optimizer.learning_rate, training.steps);
        schedule.plateau = self.run.schedule.plateau;
        self.learning_rate_under(&schedule)
    }

    fn set_learning_rate_factor(&mut self, factor: f64) {
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
        self.evaluate_on(text).map_err(|error| Message::new(error.to_string()))
    }

    fn test(&mut self) -> Option<Evaluation> {
        self.evaluate_on(self.corpus.test()?).ok()
    }

    fn load_weights(&mut self, weights: &Tensors) -> Result<(), RestoreError> {
        self.replace_weights(weights)
    }
}

#[cfg(test)]
mod tests;
