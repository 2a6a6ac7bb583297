//! What a run has told so far, in bounded memory.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::learner::{Evaluation, StepReport, Validated};
use super::loss_window::LossWindow;
use super::{Curves, DownsampledSeries, ValidationPoint, Validations};

/// What the steps and validations of a run told. It goes into every snapshot, and with a checkpoint to disk.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Record {
    /// Steps taken.
    pub step: u64,
    /// What the last step told; `None` before the first.
    pub last_step: Option<StepReport>,
    /// In how many steps the gradient was clipped.
    pub clipped_steps: u64,
    /// The losses of the last steps.
    pub recent: LossWindow,
    /// What every step told.
    pub curves: Curves,
    /// All validations.
    pub validations: Validations,
    /// What was told of the text to test with, after the last step.
    #[serde(default)]
    pub test: Option<Evaluation>,
    /// The losses of the run before the last restart.
    pub previous: Option<Arc<DownsampledSeries>>,
}

impl Record {
    /// One more step.
    pub fn step(&mut self, report: StepReport) {
        self.step += 1;
        self.recent.push(report.loss);
        self.curves.push(&report);
        self.clipped_steps += u64::from(report.clipped);
        self.last_step = Some(report);
    }

    /// A validation after the last step.
    pub fn validation(&mut self, validated: Validated) {
        self.validations.push(ValidationPoint { step: self.step, validated });
    }

    /// A run from the start: of the one before only its losses stay, if it had any.
    #[must_use]
    pub fn begin_anew(self) -> Self {
        let smoothed = self.curves.smoothed;
        let previous = if smoothed.steps() > 0 { Some(Arc::new(smoothed)) } else { self.previous };
        Self { previous, ..Self::default() }
    }

    /// The mean loss of the last 100 steps, in nats. A single batch tells more of its luck than of the model.
    #[must_use]
    pub fn loss(&self) -> Option<f32> {
        self.recent.mean()
    }

    /// The share of steps in which the gradient was clipped.
    #[must_use]
    pub fn clipped_share(&self) -> f64 {
        self.clipped_steps as f64 / self.step.max(1) as f64
    }
}
