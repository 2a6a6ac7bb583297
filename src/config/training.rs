//! The sections `[training]`, `[training.optimizer]` and `[training.schedule]`: how the network learns.

use serde::{Deserialize, Serialize};

use super::values;
use crate::choice::choice;

/// `[training]`
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct TrainingConfig {
    /// Which words are predicted. Default: last.
    pub predict: Predict,
    /// Sentences, or streams of text, per step, at least 1. Default: 2.
    #[serde(deserialize_with = "values::size")]
    pub batch: usize,
    /// Steps of a running text through which the gradient goes back, at least 1. Default: 32.
    #[serde(deserialize_with = "values::size")]
    pub window: usize,
    /// Training steps, at least 1. Default: 5000.
    #[serde(deserialize_with = "values::positive")]
    pub steps: u64,
    /// The norm to which larger gradients are scaled down; 0: they are not. Default: 0.
    #[serde(deserialize_with = "values::number_or_none")]
    pub clip: f64,
    /// Steps between two validations; 0: one after each epoch. Default: 0.
    #[serde(deserialize_with = "values::not_negative")]
    pub validate_every: u64,
    /// At most this many threads share a training step, fewer where that is faster; 0: as many as there are cores. The run is the
    /// same for any number. Default: 0.
    #[serde(deserialize_with = "values::threads")]
    pub threads: usize,
    /// How gradients change weights.
    pub optimizer: OptimizerConfig,
    /// How the learning rate changes.
    pub schedule: ScheduleConfig,
}

impl Default for TrainingConfig {
    fn default() -> Self {
        Self {
            predict: Predict::default(),
            batch: 2,
            window: 32,
            steps: 5000,
            clip: 0.0,
            validate_every: 0,
            threads: 0,
            optimizer: OptimizerConfig::default(),
            schedule: ScheduleConfig::default(),
        }
    }
}

choice! {
    /// Which words are predicted.
    Predict {
        /// The last word of each sentence, from all words before it.
        Last = "last",
        /// Every word but the first, each from all words before it.
        Every = "every",
    }
}

/// `training.optimizer`
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct OptimizerConfig {
    /// The rule. Default: adam.
    pub name: OptimizerName,
    /// Greater than 0. Default: 0.01.
    #[serde(deserialize_with = "values::positive_number")]
    pub learning_rate: f64,
    /// Of SGD and `RMSprop`, at least 0 and below 1. Default: 0.
    #[serde(deserialize_with = "values::share")]
    pub momentum: f64,
    /// Of `AdamW`, at least 0. Default: 0.01.
    #[serde(deserialize_with = "values::number_or_none")]
    pub weight_decay: f64,
}

impl Default for OptimizerConfig {
    fn default() -> Self {
        Self { name: OptimizerName::default(), learning_rate: 0.01, momentum: 0.0, weight_decay: 0.01 }
    }
}

choice! {
    /// How gradients change weights.
    OptimizerName {
        /// Kingma & Ba 2015.
        Adam = "adam",
        /// Adam with decoupled weight decay (Loshchilov & Hutter 2019).
        AdamW = "adamw",
        /// Stochastic gradient descent, with momentum (Polyak 1964).
        Sgd = "sgd",
        /// Tieleman & Hinton 2012.
        RmsProp = "rmsprop",
    }
}

/// `training.schedule`
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct ScheduleConfig {
    /// The rule. Default: constant.
    pub name: ScheduleName,
    /// Of `step`: how many epochs keep the full learning rate. Default: 4.
    #[serde(deserialize_with = "values::not_negative")]
    pub from_epoch: u64,
    /// Of `step` and `plateau`: what the learning rate is multiplied by, above 0 and below 1. Default: 0.5.
    #[serde(deserialize_with = "values::factor")]
    pub factor: f64,
    /// Of `plateau`: how many validations in a row may bring no better loss. Default: 0.
    #[serde(deserialize_with = "values::not_negative")]
    pub patience: u64,
    /// Of `cosine`: steps in which the learning rate rises to its full height. Default: 0.
    #[serde(deserialize_with = "values::not_negative")]
    pub warmup: u64,
    /// Of `cosine`: the share of the learning rate that is left at the end. Default: 0.
    #[serde(deserialize_with = "values::share")]
    pub minimum: f64,
}

impl Default for ScheduleConfig {
    fn default() -> Self {
        Self { name: ScheduleName::default(), from_epoch: 4, factor: 0.5, patience: 0, warmup: 0, minimum: 0.0 }
    }
}

choice! {
    /// How the learning rate changes.
    ScheduleName {
        /// It does not.
        Constant = "constant",
        /// After some epochs it is multiplied by a factor once per epoch (Zaremba et al. 2014).
        Step = "step",
        /// It is multiplied by a factor whenever the validation loss stops falling, as PyTorch's `ReduceLROnPlateau` does.
        Plateau = "plateau",
        /// It rises in a line (Goyal et al. 2017), then falls along half a cosine until the last step (Loshchilov & Hutter
        /// 2017).
        Cosine = "cosine",
    }
}
