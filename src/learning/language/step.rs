//! A training step: batch, loss, gradients, clipping, update.

use std::time::Instant;

use dfdx::prelude::CpuError;

use super::LanguageLearner;
use crate::language::Message;
use crate::learning::Learner as _;
use crate::learning::progress::{StepError, StepReport};
use crate::learning::schedule::Schedule;
use crate::model::{Model, Start, Workspace as _, clip_factor, gradient_norm};

impl<M: Model> LanguageLearner<M> {
    /// Takes one training step: reads the next batch, computes loss and gradients, clips the gradient and updates the weights. Marks
    /// a validation as pending if one is due after this step.
    ///
    /// # Errors
    /// If the loss or the norm of the gradient is not finite (the weights are then unchanged), or if memory runs out.
    pub(super) fn step(&mut self) -> Result<StepReport, StepError> {
        let learning_rate = self.learning_rate();
        let Self { config, corpus, threads, run, workspace, .. } = self;
        let epoch_length = run.batches.epoch_length(corpus.training());
        let epochs_before = run.learned / epoch_length;
        run.batches.next_batch(config, corpus.training(), &mut run.order);
        let carried = run.carried.take();
        let start = match (run.batches.start(), &carried) {
            (Start::Carried, Some(carry)) => Start::From(carry),
            (start, _) => start,
        };
        let (ids, targets) = (run.batches.ids(), run.batches.targets());
        let words = ids.words().len();
        let count = threads.threads();
        let began = threads.should_time(words).then(Instant::now);
        workspace.set_threads(count);
        let loss = run.model.loss_and_gradients(ids, start, targets, workspace, &mut run.dropout);
        if !loss.is_finite() {
            return Err(StepError::Loss(loss));
        }
        let gradient_norm = gradient_norm(count, |visitor| run.model.visit(visitor));
        if !gradient_norm.is_finite() {
            return Err(StepError::Gradient(gradient_norm));
        }
        let clip = config.training.clip;
        let factor = if clip > 0.0 { clip_factor(gradient_norm, clip) } else { 1.0 };
        run.optimizer.update(learning_rate, factor, count, |visitor| run.model.visit(visitor))?;
        if let Some(began) = began {
            threads.record_step(began.elapsed(), words);
        }
        run.steps += 1;
        run.learned += run.batches.last_read();
        let is_due = match config.training.validate_every {
            0 => run.learned / epoch_length > epochs_before,
            every => run.steps.is_multiple_of(every),
        };
        run.validating = self.validator.is_some() && (is_due || run.steps == config.training.steps);
        let epoch = run.learned as f64 / epoch_length as f64;
        Ok(StepReport { loss, gradient_norm, clipped: factor < 1.0, learning_rate, epoch })
    }

    /// The learning rate of the next step under `schedule`, multiplied by the user's factor.
    pub(super) fn learning_rate_under(&self, schedule: &Schedule) -> f64 {
        let epochs = self.run.learned / self.run.batches.epoch_length(self.corpus.training());
        self.rate_factor * schedule.learning_rate(self.run.steps, epochs)
    }
}

impl From<CpuError> for StepError {
    fn from(error: CpuError) -> Self {
        Self::Memory(Message::new(error.to_string()))
    }
}
