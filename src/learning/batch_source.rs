//! What a step reads next: sentences at random, or the next window of a running text.

use rand::Rng;

use crate::config::{Config, Granularity};
use crate::corpus::{Batch, Streams, Text};
use crate::model::dimensions::{self, Steps};
use crate::model::{Ids, Start, Targets};

/// The least length of a stream of validation, in windows.
const WINDOWS_PER_STREAM: usize = 8;

/// Where training reads, and what it read last.
#[derive(Clone, Debug)]
pub(super) enum BatchSource {
    /// Lines by themselves, each from a zero state.
    Sentences(Batch),
    /// Windows of a running text; whether the last one was the first of the text.
    Text { streams: Streams, starts: bool },
}

impl BatchSource {
    /// A feed that has read nothing of `text`.
    pub fn new(config: &Config, text: &Text) -> Self {
        Self::in_streams(config, text, config.training.batch)
    }

    /// A feed to validate with: of a short text fewer streams than of a long one, since each begins with an empty state.
    pub fn to_validate(config: &Config, text: &Text) -> Self {
        let long_enough = text.words().len() / (WINDOWS_PER_STREAM * config.training.window);
        Self::in_streams(config, text, config.training.batch.min(long_enough.max(1)))
    }

    /// Reads a text once from its beginning, however many streams are learned from at once: what is found does not depend on that.
    pub fn to_evaluate(config: &Config, text: &Text) -> Self {
        Self::in_streams(config, text, 1)
    }

    fn in_streams(config: &Config, text: &Text, count: usize) -> Self {
        match config.corpus.unit {
            Granularity::Sentences => Self::Sentences(Batch::default()),
            Granularity::Text => Self::Text { streams: Streams::new(text.words().len(), count), starts: true },
        }
    }

    /// Reads what one training step learns from.
    pub fn next_batch(&mut self, config: &Config, text: &Text, random: &mut impl Rng) {
        match self {
            Self::Sentences(batch) => batch.draw(text, config.training.batch, config.training.predict, random),
            Self::Text { .. } => self.next_in_order(config, text, 0),
        }
    }

    /// Where it is: the order of sentences goes into `order`, what was read of it, or of the streams, is returned.
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

    /// Goes on from such a position. Returns whether it is one of this text.
    #[must_use]
    pub fn seek(&mut self, text: &Text, order: &[u32], read: u64) -> bool {
        let Ok(read) = usize::try_from(read) else { return false };
        match self {
            Self::Sentences(batch) => batch.seek(text, order, read),
            Self::Text { streams, .. } => order.is_empty() && streams.seek(read),
        }
    }

    /// Reads part `index` of the whole text, in its order.
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

    /// How many parts the whole text has.
    pub fn parts(&self, config: &Config, text: &Text) -> usize {
        match self {
            Self::Sentences(_) => text.sentences().div_ceil(config.training.batch),
            Self::Text { streams, .. } => streams.windows(config.training.window),
        }
    }

    /// What the last step read: this many sentences, or steps of the streams.
    pub fn last_read(&self) -> u64 {
        match self {
            Self::Sentences(batch) => batch.sentences as u64,
            Self::Text { streams, .. } => streams.steps as u64,
        }
    }

    /// How much there is to read in an epoch, counted as [`last_read`](Self::last_read).
    pub fn epoch(&self, text: &Text) -> u64 {
        match self {
            Self::Sentences(_) => text.sentences() as u64,
            Self::Text { streams, .. } => streams.windows(1) as u64,
        }
    }

    /// What this many steps read at the most, counted as [`last_read`](Self::last_read).
    pub fn read_in(&self, steps: u64, config: &Config, text: &Text) -> u64 {
        match self {
            Self::Sentences(_) => steps.saturating_mul(config.training.batch as u64),
            Self::Text { streams, .. } => {
                steps.saturating_mul(self.epoch(text)) / (streams.windows(config.training.window) as u64).max(1)
            }
        }
    }

    pub fn ids(&self) -> Ids<'_> {
        match self {
            Self::Sentences(batch) => Ids::new(&batch.inputs, Steps(batch.steps), dimensions::Batch(batch.sentences)),
            Self::Text { streams, .. } => {
                Ids::new(&streams.inputs, Steps(streams.steps), dimensions::Batch(streams.count()))
            }
        }
    }

    pub fn targets(&self) -> Targets<'_> {
        match self {
            Self::Sentences(batch) => Targets::at(&batch.positions, &batch.targets),
            Self::Text { streams, .. } => Targets::everywhere(&streams.targets),
        }
    }

    /// How many parts of a running text are read side by side; of sentences, which carry nothing on, 0.
    pub fn streams(&self) -> usize {
        match self {
            Self::Sentences(_) => 0,
            Self::Text { streams, .. } => streams.count(),
        }
    }

    /// Whether the next part starts from the states with which the last one ended.
    pub fn carries(&self) -> bool {
        matches!(self, Self::Text { streams, .. } if !streams.at_start())
    }

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
    fn a_text_starts_from_zeros_and_each_window_where_the_last_one_ended() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("text.txt");
        std::fs::write(&path, "a b c d e f").unwrap();
        let mut changes = vec![Override::text("--corpus", "corpus.path", path.to_str().unwrap())];
        for change in ["corpus.unit=text", "training.predict=every", "training.batch=1", "training.window=2"] {
            changes.push(Override::set(change).unwrap());
        }
        let mut config = Config::read(&Origin::toy(), &changes).unwrap();
        let corpus = Corpus::load(&mut config).unwrap();
        let mut feed = BatchSource::new(&config, corpus.training());
        assert_eq!((feed.epoch(corpus.training()), feed.read_in(6, &config, corpus.training())), (5, 10));
        let mut random = ChaCha8Rng::seed_from_u64(0);
        let starts: Vec<bool> = (0..7)
            .map(|_| {
                feed.next_batch(&config, corpus.training(), &mut random);
                matches!(feed.start::<()>(), Start::Zeros)
            })
            .collect();
        assert_eq!(starts, [true, false, false, true, false, false, true]);
    }
}
