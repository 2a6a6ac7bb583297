//! Earlier attempts of a session, for comparison with the current one.

use serde::{Deserialize, Serialize};

use crate::config::RunSettings;

use super::{DownsampledSeries, RunInfo, Validations};

/// The settings that identify an attempt.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct AttemptSettings {
    /// The name of a saved run; `None` for an attempt of this session.
    #[serde(default)]
    pub name: Option<String>,
    /// 1-based attempt number; 0 if unknown.
    pub number: u64,
    /// One-line description of the model; empty if unknown.
    pub model: String,
    /// The total number of weights.
    pub weights: u64,
    /// The seed of the run.
    pub seed: u64,
    /// The settings of model and training, if known.
    #[serde(default)]
    pub settings: Option<Box<RunSettings>>,
}

impl AttemptSettings {
    /// Creates the settings of the attempt with this number, of this session.
    #[must_use]
    pub fn new(number: u64, run: &RunInfo, seed: u64) -> Self {
        let weights = u64::try_from(run.weights).unwrap_or(u64::MAX);
        Self { name: None, number, model: run.model.clone(), weights, seed, settings: Some(Box::new(run.settings())) }
    }
}

/// The record of an earlier attempt.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct EarlierAttempt {
    /// Its settings.
    pub settings: AttemptSettings,
    /// The moving average of its loss.
    pub smoothed: DownsampledSeries,
    /// Mean loss of its last 100 steps in nats, if known.
    pub loss: Option<f32>,
    /// Its validations.
    pub validations: Validations,
}

impl EarlierAttempt {
    /// Upper bound on the number of earlier attempts of a session that are compared with.
    pub const MAX_EARLIER: usize = 4;

    /// Index of its colour, below [`MAX_EARLIER`](Self::MAX_EARLIER); the same as long as it is shown.
    #[must_use]
    pub fn colour(&self) -> usize {
        usize::try_from(self.settings.number % Self::MAX_EARLIER as u64).unwrap_or(0)
    }
}

impl From<DownsampledSeries> for EarlierAttempt {
    /// Creates it from a curve alone.
    fn from(smoothed: DownsampledSeries) -> Self {
        Self { smoothed, ..Self::default() }
    }
}
