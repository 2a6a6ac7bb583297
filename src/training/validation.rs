//! The loss of a text that is not learned from, found part by part so that nobody has to wait for the whole.

use dfdx::prelude::CpuError;

use super::feed::Feed;
use super::learner::{Progress, Validated};
use crate::config::{Config, Predict};
use crate::corpus::{Text, Vocabulary};
use crate::model::dimensions::{Embed, Hidden, Vocab};
use crate::model::{Cell, LanguageModel, Pass, Sizes, Threads};

/// A validation that is going on, or waits for the next.
#[derive(Debug)]
pub(super) struct Validator<C: Cell> {
    feed: Feed,
    pass: Pass<C, Vocab, Embed, Hidden>,
    /// Parts read so far.
    part: usize,
    /// Sum of the losses in nats, and over how many words and characters.
    loss: f64,
    words: usize,
    characters: usize,
}

impl<C: Cell> Validator<C> {
    pub fn new(config: &Config, text: &Text, sizes: Sizes<Vocab, Embed, Hidden>) -> Result<Self, CpuError> {
        let pass = Pass::new(sizes, Threads::new(config.training.threads))?;
        Ok(Self { feed: Feed::new(config, text), pass, part: 0, loss: 0.0, words: 0, characters: 0 })
    }

    /// Takes the next part of `text`.
    pub fn work(
        &mut self,
        config: &Config,
        text: &Text,
        vocabulary: &Vocabulary,
        model: &LanguageModel<C, Vocab, Embed, Hidden>,
    ) -> Progress {
        if self.part == 0 {
            self.feed.rewind();
            (self.loss, self.words, self.characters) = (0.0, 0, 0);
        }
        self.feed.next_in_order(config, text, self.part);
        let loss = model.loss(self.feed.ids(), self.feed.start(), self.feed.targets(), &mut self.pass);
        let words = self.feed.target_words();
        self.loss += f64::from(loss) * words.len() as f64;
        self.words += words.len();
        self.characters += words.iter().map(|&id| vocabulary.characters(id)).sum::<usize>();
        self.part += 1;
        if self.part < self.feed.parts(config, text) {
            return Progress::Validating;
        }
        self.part = 0;
        let bits = || self.loss / self.characters as f64 / std::f64::consts::LN_2;
        let bits_per_character = (config.training.predict == Predict::Every && self.characters > 0).then(bits);
        Progress::Validated(Validated { loss: self.loss / self.words as f64, bits_per_character })
    }
}
