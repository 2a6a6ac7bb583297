//! The loss of a text that is not learned from, found part by part so that nobody has to wait for the whole.

use dfdx::prelude::CpuError;

use super::batch_source::BatchSource;
use super::progress::{Evaluation, PartsDone, Progress, Validated};
use crate::activity::{self, Activity};
use crate::config::{Config, Predict};
use crate::corpus::Text;
use crate::model::{Model, Threads, Workspace as _};

/// A validation that is going on, or waits for the next.
#[derive(Debug)]
pub(super) struct Validator<M: Model> {
    batches: BatchSource,
    workspace: M::Workspace,
    /// Parts read so far.
    part: usize,
    /// Sum of the losses in nats, and over how many words.
    loss: f64,
    words: usize,
    /// How many of them were the most probable word.
    right: usize,
}

/// Of how many of the most probable words one has to be the right one.
const TOP: usize = 5;

/// The logits of each word that is predicted.
fn rows_of(logits: &[f32], words: usize) -> impl Iterator<Item = &[f32]> {
    logits.chunks_exact(logits.len() / words)
}

impl<M: Model> Validator<M> {
    /// Validations of a run: as many streams at once as are learned from.
    pub fn new(config: &Config, text: &Text, model: &M) -> Result<Self, CpuError> {
        Self::with_batches(BatchSource::to_validate(config, text), model)
    }

    /// An evaluation.
    pub fn to_evaluate(config: &Config, text: &Text, model: &M) -> Result<Self, CpuError> {
        Self::with_batches(BatchSource::to_evaluate(config, text), model)
    }

    fn with_batches(batches: BatchSource, model: &M) -> Result<Self, CpuError> {
        let workspace = model.workspace(Threads::ONE)?;
        Ok(Self { batches, workspace, part: 0, loss: 0.0, words: 0, right: 0 })
    }

    /// How far it is.
    pub fn progress(&self, config: &Config, text: &Text) -> PartsDone {
        PartsDone { done: self.part as u64, total: self.batches.parts(config, text) as u64 }
    }

    /// Takes the next part of `text`, shared among `threads`.
    pub fn work(&mut self, config: &Config, text: &Text, model: &M, threads: Threads) -> Progress {
        if self.part == 0 {
            (self.loss, self.words, self.right) = (0.0, 0, 0);
        }
        self.workspace.set_threads(threads);
        self.batches.next_in_order(config, text, self.part);
        let loss = model.loss(self.batches.ids(), self.batches.start(), self.batches.targets(), &mut self.workspace);
        let words = self.batches.targets().count().0;
        self.loss += f64::from(loss) * words as f64;
        self.words += words;
        let targets = self.batches.targets().words();
        let rows = rows_of(self.workspace.logits(), targets.len()).zip(targets);
        self.right += rows.filter(|(row, target)| row.iter().all(|other| *other <= row[**target as usize])).count();
        self.part += 1;
        if self.part < self.batches.parts(config, text) {
            return Progress::Validating;
        }
        self.part = 0;
        let loss = self.loss / self.words as f64;
        let characters = text.characters_per_word().filter(|_| config.training.predict == Predict::Every);
        let bits_per_character = characters.map(|characters| loss / characters / std::f64::consts::LN_2);
        let right = Some(self.right as f64 / self.words as f64);
        Progress::Validated(Validated { loss, bits_per_character, right })
    }

    /// Reads all of `text`, and counts how often the right word was the most probable one, or among the first.
    pub fn evaluate(&mut self, config: &Config, text: &Text, model: &M, threads: Threads) -> Evaluation {
        let (mut words, mut among_first) = (0, 0);
        let busy = activity::begin(Activity::Evaluating, self.batches.parts(config, text) as u64);
        loop {
            busy.set_done(self.part as u64);
            let progress = self.work(config, text, model, threads);
            let targets = self.batches.targets().words();
            for (row, target) in rows_of(self.workspace.logits(), targets.len()).zip(targets) {
                let target = row[*target as usize];
                let better = row.iter().filter(|other| **other > target).count();
                among_first += usize::from(better < TOP);
            }
            words += targets.len();
            if let Progress::Validated(validated) = progress {
                let share = |count: usize| count as f64 / words as f64;
                let (top_1, top_5) = (share(self.right), share(among_first));
                return Evaluation { validated, words, top_1, top_5, unknown: text.unknown_share() };
            }
        }
    }
}
