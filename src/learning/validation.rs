//! Evaluation of a model on a text, one batch or window at a time, so that a run stays responsive.

use dfdx::prelude::CpuError;

use super::batch_source::BatchSource;
use super::progress::{Evaluation, PartsDone, Progress, Validated};
use crate::activity::{self, Activity};
use crate::config::{Config, Predict};
use crate::corpus::Text;
use crate::model::{Model, Threads, Workspace as _};

/// Evaluates a model on a text, and then on the same text again.
#[derive(Debug)]
pub(super) struct Validator<M: Model> {
    batches: BatchSource,
    workspace: M::Workspace,
    /// The number of parts read; 0 before the first part of the next pass.
    part: usize,
    /// Sum of the losses of all predicted words of this pass, in nats.
    loss: f64,
    /// The number of predicted words of this pass.
    words: usize,
    /// The number of them that were predicted as the most probable word.
    correct: usize,
}

/// The k of the top-k accuracy of an evaluation.
const TOP_K: usize = 5;

/// The rows of `logits` [predictions × vocabulary], of which there are `predictions`.
fn rows_of(logits: &[f32], predictions: usize) -> impl Iterator<Item = &[f32]> {
    logits.chunks_exact(logits.len() / predictions)
}

impl<M: Model> Validator<M> {
    /// Creates a validator for a run: with the batch size of training, or with fewer streams for a short running text.
    ///
    /// # Errors
    /// If there is no memory for the workspace.
    pub fn new(config: &Config, text: &Text, model: &M) -> Result<Self, CpuError> {
        Self::with_batches(BatchSource::to_validate(config, text), model)
    }

    /// Creates a validator that reads a running text in a single stream, so that the result does not depend on the batch size.
    ///
    /// # Errors
    /// As [`new`](Self::new).
    pub fn to_evaluate(config: &Config, text: &Text, model: &M) -> Result<Self, CpuError> {
        Self::with_batches(BatchSource::to_evaluate(config, text), model)
    }

    fn with_batches(batches: BatchSource, model: &M) -> Result<Self, CpuError> {
        let workspace = model.workspace(Threads::ONE)?;
        Ok(Self { batches, workspace, part: 0, loss: 0.0, words: 0, correct: 0 })
    }

    /// Progress of the current pass over `text`.
    pub fn progress(&self, config: &Config, text: &Text) -> PartsDone {
        PartsDone { done: self.part as u64, total: self.batches.parts(config, text) as u64 }
    }

    /// Evaluates the next part of `text` with this many threads. Returns the result after the last part; the next call begins another
    /// pass.
    pub fn work(&mut self, config: &Config, text: &Text, model: &M, threads: Threads) -> Progress {
        if self.part == 0 {
            (self.loss, self.words, self.correct) = (0.0, 0, 0);
        }
        self.workspace.set_threads(threads);
        self.batches.next_in_order(config, text, self.part);
        let loss = model.loss(self.batches.ids(), self.batches.start(), self.batches.targets(), &mut self.workspace);
        let words = self.batches.targets().count().0;
        self.loss += f64::from(loss) * words as f64;
        self.words += words;
        let targets = self.batches.targets().words();
        let rows = rows_of(self.workspace.logits(), targets.len()).zip(targets);
        self.correct += rows.filter(|(row, target)| row.iter().all(|other| *other <= row[**target as usize])).count();
        self.part += 1;
        if self.part < self.batches.parts(config, text) {
            return Progress::Validating;
        }
        self.part = 0;
        let loss = self.loss / self.words as f64;
        let characters = text.characters_per_word().filter(|_| config.training.predict == Predict::Every);
        let bits_per_character = characters.map(|characters| loss / characters / std::f64::consts::LN_2);
        let accuracy = Some(self.correct as f64 / self.words as f64);
        Progress::Validated(Validated { loss, bits_per_character, accuracy })
    }

    /// Evaluates all of `text`: loss, top-1 and top-5 accuracy. Must not be called during a pass of [`work`](Self::work).
    pub fn evaluate(&mut self, config: &Config, text: &Text, model: &M, threads: Threads) -> Evaluation {
        let (mut words, mut in_top_k) = (0, 0);
        let busy = activity::begin(Activity::Evaluating, self.batches.parts(config, text) as u64);
        loop {
            busy.set_done(self.part as u64);
            let progress = self.work(config, text, model, threads);
            let targets = self.batches.targets().words();
            for (row, target) in rows_of(self.workspace.logits(), targets.len()).zip(targets) {
                let target = row[*target as usize];
                let larger = row.iter().filter(|other| **other > target).count();
                in_top_k += usize::from(larger < TOP_K);
            }
            words += targets.len();
            if let Progress::Validated(validated) = progress {
                let share = |count: usize| count as f64 / words as f64;
                let (top_1, top_5) = (share(self.correct), share(in_top_k));
                return Evaluation { validated, words, top_1, top_5, unknown: text.unknown_share() };
            }
        }
    }
}
