//! What a short text bears.
//!
//! Settings are made for a text of some length. With a shorter one a batch cuts it into streams of a few words each, which teach
//! nothing of what comes later, and a least count leaves most of its words unknown. A first try with a text of one's own is such
//! a text: what it does not bear is reduced, and the run says so ([`Config::adapted`]). What was set on the command line stays.

use super::{Text, Vocabulary};
use crate::config::{Config, Granularity, Validation};

/// A stream of a running text has at least this many windows, if the text is long enough for more than one stream.
const WINDOWS_PER_STREAM: usize = 2;
/// In a short text at most this share of the words is unknown.
const MAX_UNKNOWN_SHARE: f64 = 0.15;
/// A text of this many words is not short: who leaves many of its words unknown knows why.
const LONG_TEXT: usize = 10_000;

/// Settings for a text of at most so many characters whose model nobody has chosen.
struct Size {
    characters: usize,
    embedding: usize,
    hidden: usize,
    batch: usize,
    window: usize,
    steps: u64,
}

const MODEL_SIZES: [Size; 4] = [
    Size { characters: 5_000, embedding: 16, hidden: 64, batch: 8, window: 32, steps: 600 },
    Size { characters: 30_000, embedding: 32, hidden: 128, batch: 16, window: 48, steps: 1_000 },
    Size { characters: 2_000_000, embedding: 64, hidden: 256, batch: 32, window: 64, steps: 1_500 },
    Size { characters: usize::MAX, embedding: 64, hidden: 512, batch: 32, window: 64, steps: 4_000 },
];

/// Where nobody has chosen a model and how it learns, chooses by the length of the text.
pub(super) fn fit_length(config: &mut Config, text: &Text) {
    let Some(size) = MODEL_SIZES.iter().find(|size| text.words.len() <= size.characters) else { return };
    config.fit("model.embedding", |config| config.model.embedding = size.embedding);
    config.fit("model.hidden", |config| config.model.hidden = size.hidden);
    config.fit("training.batch", |config| config.training.batch = size.batch);
    config.fit("training.window", |config| config.training.window = size.window);
    config.fit("training.steps", |config| config.training.steps = size.steps);
}

/// Reduces the batch and the share that is kept for validation.
pub(super) fn fit_parts(config: &mut Config, text: &Text) {
    // and how many of them are the least to learn from, or to validate with
    let (units, least) = match config.corpus.unit {
        Granularity::Sentences => (text.sentences(), 1.0),
        Granularity::Text => (text.words.len(), 2.0),
    };
    if let Validation::Share(kept) = config.corpus.validation
        && kept > 0.0
    {
        let parts = |share: f64| (units as f64 * share).round();
        if parts(kept) < least || units as f64 - parts(kept) < least {
            config.adapt("corpus.validation", &kept, 0.0, |config, none| {
                config.corpus.validation = Validation::Share(none);
            });
        }
    }
    let left = match config.corpus.validation {
        Validation::Share(share) => units as f64 * (1.0 - share),
        Validation::File(_) => units as f64,
    };
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // a part of a length
    let most = match config.corpus.unit {
        Granularity::Sentences => left as usize,
        Granularity::Text => left as usize / (WINDOWS_PER_STREAM * config.training.window),
    };
    let (batch, most) = (config.training.batch, most.max(1));
    if most < batch {
        config.adapt("training.batch", &batch, most, |config, batch| config.training.batch = batch);
    }
}

/// Reduces the least count of a word.
pub(super) fn fit_min_count(config: &mut Config, text: &Text, vocabulary: &Vocabulary) {
    let least = config.corpus.min_count;
    if least == 1 || text.words.len() >= LONG_TEXT {
        return;
    }
    let mut counts = vec![0_usize; vocabulary.words().len()];
    text.words.iter().for_each(|id| counts[*id as usize] += 1);
    let unknown = |least: usize| counts.iter().filter(|count| **count < least).sum::<usize>() as f64;
    let is_borne = |least: &usize| unknown(*least) <= MAX_UNKNOWN_SHARE * text.words.len() as f64;
    let borne = (1..=least).rev().find(is_borne).unwrap_or(1);
    if borne < least {
        config.adapt("corpus.min_count", &least, borne, |config, least| config.corpus.min_count = least);
    }
}
