//! The interface between the training loop and a model of any architecture.

use std::sync::Arc;

use super::{
    Evaluation, LearnerState, PartsDone, Predictor, Progress, PromptReader, RestoreError, RunInfo, StateLayout,
    StepError,
};
use crate::config::{RunSettings, TrainingConfig};
use crate::corpus::RawText;
use crate::language::Message;
use crate::model::{TensorShape, Tensors};

/// A trainable model with its corpus, optimizer and random state.
pub trait Learner: Send {
    /// Facts about the run that do not change from step to step.
    fn info(&self) -> RunInfo;

    /// The vocabulary by id, with words as they are in the text.
    fn vocabulary(&self) -> &[String];

    /// Does one piece of work: a training step, or a part of a pending validation.
    ///
    /// # Errors
    /// If the loss or gradient is not finite (the weights are then unchanged), or if memory runs out.
    fn work(&mut self) -> Result<Progress, StepError>;

    /// Progress of the validation to which the next piece of work belongs, if any.
    fn validation_progress(&self) -> Option<PartsDone>;

    /// Whether the next piece of work belongs to a validation.
    fn is_validating(&self) -> bool {
        self.validation_progress().is_some()
    }

    /// Divides the cores among `runs` concurrent runs, one of which is this one, unless the configuration sets the number of threads.
    fn share_cores(&mut self, _runs: usize) {}

    /// The parser of its prompts.
    fn reader(&self) -> Arc<dyn PromptReader>;

    /// Creates a predictor with a copy of the weights.
    fn predictor(&self) -> Box<dyn Predictor>;

    /// Shapes of all tensors of the last training step, in order of computation; empty before the first step or
    /// [dry run](Self::dry_run).
    fn shapes(&mut self) -> Vec<TensorShape>;

    /// Runs a forward pass over the next batch, from a zero state, so that [`shapes`](Self::shapes) are known before the first step.
    /// Later steps are the same as without it.
    fn dry_run(&mut self);

    /// The seed of the weights and of the order of the sentences.
    fn seed(&self) -> u64;

    /// Restarts from step 0 with new weights from this seed. The settings and the factor of the learning rate stay.
    ///
    /// # Errors
    /// If memory runs out.
    fn restart(&mut self, seed: u64) -> Result<(), StepError>;

    /// Creates a learner for the same text with other settings and new weights; this one does not change.
    ///
    /// # Errors
    /// If the settings are invalid, or there is no memory for both learners; the error is the reason.
    fn rebuilt(&self, settings: &RunSettings, seed: u64) -> Result<Box<dyn Learner>, Message>;

    /// Changes the training settings from the next step on; the weights stay.
    ///
    /// # Errors
    /// If the settings need new weights; the error is the reason, and nothing has changed.
    fn retune(&mut self, settings: &RunSettings) -> Result<(), Message>;

    /// The learning rate of the next step.
    fn learning_rate(&self) -> f64;

    /// The learning rate of the next step if the run had these settings; an implementation without a schedule returns its
    /// [`learning_rate`](Self::learning_rate).
    fn learning_rate_with(&self, _training: &TrainingConfig) -> f64 {
        self.learning_rate()
    }

    /// Sets the factor by which the scheduled learning rate of later steps is multiplied. Replaces the previous factor.
    fn set_learning_rate_factor(&mut self, factor: f64);

    /// Replaces the contents of `state` by everything that is needed to continue training.
    fn save(&mut self, state: &mut LearnerState);

    /// The layout of the state that [`save`](Self::save) copies.
    fn layout(&mut self) -> StateLayout;

    /// Restores a [saved](Self::save) state of a learner with the same configuration.
    ///
    /// # Errors
    /// If the state belongs to another model, text or optimizer, or if memory runs out; the learner must not be used afterwards.
    fn restore(&mut self, state: &LearnerState) -> Result<(), RestoreError>;

    /// Appends a copy of all weights to `weights`, tensor after tensor in the order of the model.
    fn copy_weights(&mut self, weights: &mut Vec<f32>);

    /// Evaluates the model on a text, or on its validation text.
    ///
    /// # Errors
    /// If there is no such text, it has unknown words and the vocabulary has no word for them, it is too short, its longest sentence is
    /// too long for the model, or there is no memory.
    fn evaluate(&mut self, text: Option<&RawText>) -> Result<Evaluation, Message>;

    /// Evaluates the model on its test text; `None` without a test text or enough memory.
    fn test(&mut self) -> Option<Evaluation> {
        None
    }

    /// Replaces the weights.
    ///
    /// # Errors
    /// If they do not fit the model or are not finite; the weights are then unchanged.
    fn load_weights(&mut self, weights: &Tensors) -> Result<(), RestoreError>;
}
