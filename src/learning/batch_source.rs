//! Batches: random sentences, or the next window of a running text.

use rand::Rng;

use crate::config::{Config, Granularity};
use crate::corpus::{Batch, Streams, Text};
use crate::model::dimensions::{self, Steps};
use crate::model::{Ids, Start, Targets};

/// Minimum length of a validation stream in windows.
const WINDOWS_PER_STREAM: usize = 8;

/// The source of batches: the position in a text, and the last batch.
#[derive(Clone, Debug)]
pub(super) enum BatchSource {
    /// Batches of lines, each of which starts from a zero state.
    Sentences(Batch),
    /// Windows of a running text; `starts` says whether the last one read was the first of the text.
    Text { streams: Streams, starts: bool },
}

impl BatchSource {
    /// Creates a source for training at the beginning of `text`.
    pub fn new(config: &Config, text: &Text) -> Self {
        Self::in_streams(config, text, config.training.batch)
    }

    /// Creates a source for validation, with fewer streams for a short text, since each stream begins with a zero state.
    pub fn to_validate(config: &Config, text: &Text) -> Self {
        let long_enough = text.words().len() / (WINDOWS_PER_STREAM * config.training.window);
        Self::in_streams(config, text, config.training.batch.min(long_enough.max(1)))
    }

    /// Creates a source that reads the text once in a single stream, so that the result does not depend on the batch size.
    pub fn to_evaluate(config: &Config, text: &Text) -> Self {
        Self::in_streams(config, text, 1)
    }

    /// Creates a source that reads a running text in `count` parallel streams.
    fn in_streams(config: &Config, text: &Text, count: usize) -> Self {
        match config.corpus.unit {
            Granularity::Sentences => Self::Sentences(Batch::default()),
            Granularity::Text => Self::Text { streams: Streams::new(text.words().len(), count), starts: true },
        }
    }

    /// Reads the batch of the next training step: sentences drawn in random order, or the next window of every stream, from the start
    /// again after the last one.
    pub fn next_batch(&mut self, config: &Config, text: &Text, random: &mut impl Rng) {
        match self {
            Self::Sentences(batch) => batch.draw(text, config.training.batch, config.training.predict, random),
            Self::Text { .. } => self.next_in_order(config, text, 0),
        }
    }

    /// Replaces `order` by the order of the sentences of this epoch (empty for running text), and returns the position: the number
    /// of sentences drawn, or the step of the streams.
    pub fn position(&self, order: &mut Vec<u32>) -> u64 {
        order.clear();
        match self {
            Self::Sentences(batch) => {
                let (sentences, drawn) = batch.position();
                order.extend_from_slice(sentences);
                drawn as u64
            }
            Self::Text { streams, .. } => streams.position() as u64,
        }
    }

    /// Continues from a [`position`](Self::position); returns whether it is valid for this text.
    #[must_use]
    pub fn seek(&mut self, text: &Text, order: &[u32], read: u64) -> bool {
        let Ok(read) = usize::try_from(read) else { return false };
        match self {
            Self::Sentences(batch) => batch.seek(text, order, read),
            Self::Text { streams, .. } => order.is_empty() && streams.seek(read),
        }
    }

    /// Reads the next part of the text in order: for sentences the batch with this index, for running text the next window, whatever
    /// the index.
    pub fn next_in_order(&mut self, config: &Config, text: &Text, index: usize) {
        match self {
            Self::Sentences(batch) => {
                let first = index * config.training.batch;
                let chosen = first..(first + config.training.batch).min(text.sentences());
                batch.fill(text, chosen, config.training.predict);
            }
            Self::Text { streams, starts } => {
                *starts = streams.at_start();
                streams.advance(text.words(), config.training.window);
            }
        }
    }

    /// The number of batches or windows in one pass over the text.
    pub fn parts(&self, config: &Config, text: &Text) -> usize {
        match self {
            Self::Sentences(_) => text.sentences().div_ceil(config.training.batch),
            Self::Text { streams, .. } => streams.windows(config.training.window),
        }
    }

    /// Size of the last batch: sentences, or steps of the streams.
    pub fn last_read(&self) -> u64 {
        match self {
            Self::Sentences(batch) => batch.sentences as u64,
            Self::Text { streams, .. } => streams.steps as u64,
        }
    }

    /// Size of an epoch in the unit of [`last_read`](Self::last_read).
    pub fn epoch_length(&self, text: &Text) -> u64 {
        match self {
            Self::Sentences(_) => text.sentences() as u64,
            Self::Text { streams, .. } => streams.windows(1) as u64,
        }
    }

    /// Estimate of what this many steps read, in the unit of [`last_read`](Self::last_read): whole batches of sentences, windows of mean
    /// length.
    pub fn read_in(&self, steps: u64, config: &Config, text: &Text) -> u64 {
        match self {
            Self::Sentences(_) => steps.saturating_mul(config.training.batch as u64),
            Self::Text { streams, .. } => {
                steps.saturating_mul(self.epoch_length(text)) / (streams.windows(config.training.window) as u64).max(1)
            }
        }
    }

    /// The input word ids of the last batch.
    pub fn ids(&self) -> Ids<'_> {
        match self {
            Self::Sentences(batch) => Ids::new(&batch.inputs, Steps(batch.steps), dimensions::Batch(batch.sentences)),
            Self::Text { streams, .. } => {
                Ids::new(&streams.inputs, Steps(streams.steps), dimensions::Batch(streams.count()))
            }
        }
    }

    /// The words that follow the inputs of the last batch, as far as they are predicted.
    pub fn targets(&self) -> Targets<'_> {
        match self {
            Self::Sentences(batch) => Targets::at(&batch.positions, &batch.targets),
            Self::Text { streams, .. } => Targets::everywhere(&streams.targets),
        }
    }

    /// The number of parallel streams of a running text; 0 for sentences, which carry no state over.
    pub fn streams(&self) -> usize {
        match self {
            Self::Sentences(_) => 0,
            Self::Text { streams, .. } => streams.count(),
        }
    }

    /// Whether the next batch continues from the final states of the last one.
    pub fn carries(&self) -> bool {
        matches!(self, Self::Text { streams, .. } if !streams.at_start())
    }

    /// The initial state of the last batch: carried over from the batch before, except for sentences and the first window of a text.
    pub fn start<Carry>(&self) -> Start<'static, Carry> {
        match self {
            Self::Sentences(_) | Self::Text { starts: true, .. } => Start::Zeros,
            Self::Text { starts: false, .. } => Start::Carried,
        }
    }
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;
    use rand_chacha::ChaCha8Rng;

    use super::*;
    use crate::config::{Origin, Override};
    use crate::corpus::Corpus;

    #[test]
    fn start_of_first_window_is_zeros_and_of_others_carried() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("text.txt");
        std::fs::write(&path, "a b c d e f").unwrap();
        let mut changes = vec![Override::text("--corpus", "corpus.path", path.to_str().unwrap())];
        for change in ["corpus.unit=text", "training.predict=every", "training.batch=1", "training.window=2"] {
            changes.push(Override::set(change).unwrap());
        }
        let mut config = Config::read(&Origin::toy(), &changes).unwrap();
        let corpus = Corpus::load(&mut config).unwrap();
        let mut batches = BatchSource::new(&config, corpus.training());
        assert_eq!((batches.epoch_length(corpus.training()), batches.read_in(6, &config, corpus.training())), (5, 10));
        let mut random = ChaCha8Rng::seed_from_u64(0);
        let starts: Vec<bool> = (0..7)
            .map(|_| {
                batches.next_batch(&config, corpus.training(), &mut random);
                matches!(batches.start::<()>(), Start::Zeros)
            })
            .collect();
        assert_eq!(starts, [true, false, false, true, false, false, true]);
    }
}
