//! What several steps told, as one.

use std::time::SystemTime;

use crate::learning::StepReport;

/// Steps that follow each other.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Summary {
    /// The last one, counted from 1.
    pub step: u64,
    /// How many there are.
    pub steps: u64,
    /// The least and the greatest loss.
    pub losses: (f32, f32),
    /// The greatest norm of the gradient.
    pub greatest_norm: f64,
    /// In how many steps the gradient was clipped.
    pub clipped: u64,
    /// What the last step told.
    pub last: StepReport,
    /// When the last step was taken.
    pub time: SystemTime,
    loss_sum: f64,
    norm_sum: f64,
}

impl Summary {
    pub(super) fn of(step: u64, report: StepReport) -> Self {
        Self {
            step,
            steps: 1,
            losses: (report.loss, report.loss),
            greatest_norm: report.gradient_norm,
            clipped: report.clipped.into(),
            last: report,
            time: SystemTime::UNIX_EPOCH,
            loss_sum: report.loss.into(),
            norm_sum: report.gradient_norm,
        }
    }

    pub(super) fn add(&mut self, step: u64, report: StepReport) {
        self.losses = (self.losses.0.min(report.loss), self.losses.1.max(report.loss));
        self.greatest_norm = self.greatest_norm.max(report.gradient_norm);
        self.loss_sum += f64::from(report.loss);
        self.norm_sum += report.gradient_norm;
        self.clipped += u64::from(report.clipped);
        (self.step, self.steps, self.last) = (step, self.steps + 1, report);
    }

    /// The mean loss.
    #[must_use]
    pub fn loss(&self) -> f64 {
        self.loss_sum / self.steps as f64
    }

    /// The mean norm of the gradient.
    #[must_use]
    pub fn gradient_norm(&self) -> f64 {
        self.norm_sum / self.steps as f64
    }
}
