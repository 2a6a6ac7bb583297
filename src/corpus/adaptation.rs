//! Reduces settings that are too large for a short text.
//!
//! Settings are made for texts of some length. In a shorter one a batch cuts the text into streams of a few words each, and a
//! minimum count leaves most words unknown. A reduced setting is reported ([`Config::adapted`]); settings from the command line
//! stay as they are.

use super::{Text, Vocabulary};
use crate::config::{Config, Granularity, Validation};

/// Lower bound on the windows of a stream of a running text, if there is more than one stream.
const WINDOWS_PER_STREAM: usize = 2;
/// Upper bound on the share of unknown words in a short text.
const MAX_UNKNOWN_SHARE: f64 = 0.15;
/// Texts of this many words or more keep their minimum count.
const LONG_TEXT: usize = 10_000;

/// Model and training settings for texts up to a length.
struct Size {
    /// Upper bound on the tokens of the text.
    tokens: usize,
    embedding: usize,
    hidden: usize,
    batch: usize,
    window: usize,
    steps: u64,
}

const MODEL_SIZES: [Size; 4] = [
    Size { tokens: 5_000, embedding: 16, hidden: 64, batch: 8, window: 32, steps: 600 },
    Size { tokens: 30_000, embedding: 32, hidden: 128, batch: 16, window: 48, steps: 1_000 },
    Size { tokens: 2_000_000, embedding: 64, hidden: 256, batch: 32, window: 64, steps: 1_500 },
    Size { tokens: usize::MAX, embedding: 64, hidden: 512, batch: 32, window: 64, steps: 4_000 },
];

/// Sets the sizes of the model, batch, window and steps by the length of the text, where the configuration leaves them open.
pub(super) fn fit_length(config: &mut Config, text: &Text) {
    let Some(size) = MODEL_SIZES.iter().find(|size| text.words.len() <= size.tokens) else { return };
    config.fit("model.embedding", |config| config.model.embedding = size.embedding);
    config.fit("model.hidden", |config| config.model.hidden = size.hidden);
    config.fit("training.batch", |config| config.training.batch = size.batch);
    config.fit("training.window", |config| config.training.window = size.window);
    config.fit("training.steps", |config| config.training.steps = size.steps);
}

/// Reduces the share for validation to 0 if a part would be too short, and the batch to the streams or sentences that are left.
pub(super) fn fit_parts(config: &mut Config, text: &Text) {
    // least number of units for either part
    let (units, min_units) = match config.corpus.unit {
        Granularity::Sentences => (text.sentences(), 1.0),
        Granularity::Text => (text.words.len(), 2.0),
    };
    if let Validation::Share(share) = config.corpus.validation
        && share > 0.0
    {
        let parts = |share: f64| (units as f64 * share).round();
        if parts(share) < min_units || units as f64 - parts(share) < min_units {
            config.adapt("corpus.validation", &share, 0.0, |config, share| {
                config.corpus.validation = Validation::Share(share);
            });
        }
    }
    let left = match config.corpus.validation {
        Validation::Share(share) => units as f64 * (1.0 - share),
        Validation::File(_) => units as f64,
    };
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // a share of a length
    let max_batch = match config.corpus.unit {
        Granularity::Sentences => left as usize,
        Granularity::Text => left as usize / (WINDOWS_PER_STREAM * config.training.window),
    };
    let (batch, max_batch) = (config.training.batch, max_batch.max(1));
    if max_batch < batch {
        config.adapt("training.batch", &batch, max_batch, |config, batch| config.training.batch = batch);
    }
}

/// Reduces the minimum count of a short text until at most 15 % of its words are unknown.
pub(super) fn fit_min_count(config: &mut Config, text: &Text, vocabulary: &Vocabulary) {
    let min_count = config.corpus.min_count;
    if min_count == 1 || text.words.len() >= LONG_TEXT {
        return;
    }
    let mut counts = vec![0_usize; vocabulary.words().len()];
    text.words.iter().for_each(|id| counts[*id as usize] += 1);
    let unknown = |min_count: usize| counts.iter().filter(|count| **count < min_count).sum::<usize>() as f64;
    let is_acceptable = |min_count: &usize| unknown(*min_count) <= MAX_UNKNOWN_SHARE * text.words.len() as f64;
    let reduced = (1..=min_count).rev().find(is_acceptable).unwrap_or(1);
    if reduced < min_count {
        config.adapt("corpus.min_count", &min_count, reduced, |config, reduced| config.corpus.min_count = reduced);
    }
}
