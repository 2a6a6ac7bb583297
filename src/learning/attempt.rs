//! Attempts that a restart or another model has ended, to compare the next ones with.

use serde::{Deserialize, Serialize};

use crate::config::RunSettings;

use super::{Curves, DownsampledSeries, Record, RunInfo, Validations};

/// What tells an attempt from others of the same session.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct AttemptSettings {
    /// What it is called, if it is no attempt of this session but a run that was kept.
    #[serde(default)]
    pub name: Option<String>,
    /// Which one it is, counted from 1; 0 if that is not known.
    pub number: u64,
    /// The model in one line; nothing if that is not known.
    pub model: String,
    /// All weights together.
    pub weights: u64,
    /// What the random numbers began with.
    pub seed: u64,
    /// What it was made of, and how it learned, if that is known.
    #[serde(default)]
    pub settings: Option<Box<RunSettings>>,
}

impl AttemptSettings {
    /// Of the attempt of this number.
    #[must_use]
    pub fn new(number: u64, run: &RunInfo, seed: u64) -> Self {
        let weights = u64::try_from(run.weights).unwrap_or(u64::MAX);
        Self { name: None, number, model: run.model.clone(), weights, seed, settings: Some(Box::new(run.settings())) }
    }
}

/// What stays of an attempt that is over.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct EarlierAttempt {
    /// What it was.
    pub settings: AttemptSettings,
    /// The moving average of its loss.
    pub smoothed: DownsampledSeries,
    /// The mean loss of its last steps, in nats.
    pub loss: Option<f32>,
    /// Its validations.
    pub validations: Validations,
}

impl EarlierAttempt {
    /// How many of them can be compared.
    pub const MOST: usize = 4;

    /// Of the record of an attempt; `None` if it has taken no step.
    #[must_use]
    pub fn of(record: &Record, settings: AttemptSettings) -> Option<Self> {
        let Curves { smoothed, .. } = &record.curves;
        let (smoothed, validations) = (smoothed.clone(), record.validations.clone());
        (smoothed.steps() > 0).then(|| Self { settings, smoothed, loss: record.loss(), validations })
    }

    /// Which of several colours it has: the same as long as it can be seen.
    #[must_use]
    pub fn colour(&self) -> usize {
        usize::try_from(self.settings.number % Self::MOST as u64).unwrap_or(0)
    }
}

impl From<DownsampledSeries> for EarlierAttempt {
    /// Of a curve alone, of which nothing else is known.
    fn from(smoothed: DownsampledSeries) -> Self {
        Self { smoothed, ..Self::default() }
    }
}
