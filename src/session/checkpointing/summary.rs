//! Measurements of consecutive training steps, summarized.

use std::time::SystemTime;

use crate::learning::StepReport;

/// Measurements of consecutive training steps, summarized.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct StepSummary {
    /// The 1-based number of the last step.
    pub step: u64,
    /// The number of steps.
    pub steps: u64,
    /// The lowest loss in nats.
    pub min_loss: f32,
    /// The highest loss in nats.
    pub max_loss: f32,
    /// The largest gradient norm before clipping.
    pub max_gradient_norm: f64,
    /// The number of steps in which the gradient was clipped.
    pub clipped: u64,
    /// Measurements of the last step.
    pub last: StepReport,
    /// When the last step was taken.
    pub time: SystemTime,
    loss_sum: f64,
    norm_sum: f64,
}

impl StepSummary {
    /// Summarizes a single step.
    pub(super) fn new(step: u64, report: StepReport) -> Self {
        Self {
            step,
            steps: 1,
            min_loss: report.loss,
            max_loss: report.loss,
            max_gradient_norm: report.gradient_norm,
            clipped: report.clipped.into(),
            last: report,
            time: SystemTime::UNIX_EPOCH,
            loss_sum: report.loss.into(),
            norm_sum: report.gradient_norm,
        }
    }

    /// Adds the next step.
    pub(super) fn add(&mut self, step: u64, report: StepReport) {
        self.min_loss = self.min_loss.min(report.loss);
        self.max_loss = self.max_loss.max(report.loss);
        self.max_gradient_norm = self.max_gradient_norm.max(report.gradient_norm);
        self.loss_sum += f64::from(report.loss);
        self.norm_sum += report.gradient_norm;
        self.clipped += u64::from(report.clipped);
        (self.step, self.steps, self.last) = (step, self.steps + 1, report);
    }

    /// The mean loss in nats.
    #[must_use]
    pub fn loss(&self) -> f64 {
        self.loss_sum / self.steps as f64
    }

    /// The mean gradient norm before clipping.
    #[must_use]
    pub fn gradient_norm(&self) -> f64 {
        self.norm_sum / self.steps as f64
    }
}
