//! The part of a learner that a restart recreates.

use dfdx::prelude::CpuError;
use rand_chacha::ChaCha8Rng;

use super::random_streams::{CountedDraws, Purpose, random_stream};
use crate::config::{Config, OptimizerConfig, OptimizerName};
use crate::corpus::Corpus;
use crate::learning::batch_source::BatchSource;
use crate::learning::schedule::Schedule;
use crate::model::{Model, Optimizer, OptimizerKind};

/// Model, optimizer, random streams and position of a run.
#[derive(Debug)]
pub(super) struct Run<M: Model> {
    /// The seed of all random streams.
    pub seed: u64,
    pub model: M,
    pub optimizer: Optimizer,
    pub schedule: Schedule,
    pub batches: BatchSource,
    /// The random stream of the order of the sentences.
    pub order: ChaCha8Rng,
    /// The random stream of dropout.
    pub dropout: ChaCha8Rng,
    /// The number of training steps taken.
    pub steps: u64,
    /// Sentences or steps of the streams trained on, in all epochs. The number of epochs follows from it, whatever the window is.
    pub learned: u64,
    /// Whether a validation is pending or in progress.
    pub validating: bool,
    /// Initial states of the next window if they are not the final ones in the workspace: after a restore or a dry run.
    pub carried: Option<M::Carry>,
}

/// The optimizer of a configuration, with the settings that its kind uses.
pub(super) fn optimizer_kind(config: &OptimizerConfig) -> OptimizerKind {
    match config.name {
        OptimizerName::Adam => OptimizerKind::Adam,
        OptimizerName::AdamW => OptimizerKind::AdamW { weight_decay: config.weight_decay },
        OptimizerName::Sgd => OptimizerKind::Sgd { momentum: config.momentum },
        OptimizerName::RmsProp => OptimizerKind::RmsProp { momentum: config.momentum },
    }
}

impl<M: Model> Run<M> {
    /// Creates an untrained model at the beginning of the training text. Calls `drawn` for each random number of the weights.
    ///
    /// # Errors
    /// If there is no memory for the weights.
    pub fn new(
        config: &Config,
        corpus: &Corpus,
        spec: &M::Spec,
        seed: u64,
        drawn: &dyn Fn(),
    ) -> Result<Self, CpuError> {
        let training = &config.training;
        let mut random = CountedDraws { random: random_stream(seed, Purpose::Weights), drawn };
        Ok(Self {
            seed,
            model: M::new(spec, &mut random)?,
            optimizer: Optimizer::new(optimizer_kind(&training.optimizer)),
            schedule: Schedule::new(&training.schedule, training.optimizer.learning_rate, training.steps),
            batches: BatchSource::new(config, corpus.training()),
            order: random_stream(seed, Purpose::Order),
            dropout: random_stream(seed, Purpose::Dropout),
            steps: 0,
            learned: 0,
            validating: false,
            carried: None,
        })
    }
}
