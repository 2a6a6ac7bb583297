//! The loss of a text that is not learned from, found part by part so that nobody has to wait for the whole.

use dfdx::prelude::CpuError;

use super::feed::Feed;
use super::learner::{Progress, Validated};
use crate::config::{Config, Predict};
use crate::corpus::Text;
use crate::model::dimensions::{Embed, Hidden, Vocab};
use crate::model::{Cell, LanguageModel, Pass, Sizes, Threads};

/// A validation that is going on, or waits for the next.
#[derive(Debug)]
pub(super) struct Validator<C: Cell> {
    feed: Feed,
    pass: Pass<C, Vocab, Embed, Hidden>,
    /// Parts read so far.
    part: usize,
    /// Sum of the losses in nats, and over how many words.
    loss: f64,
    words: usize,
}

impl<C: Cell> Validator<C> {
    pub fn new(config: &Config, text: &Text, sizes: Sizes<Vocab, Embed, Hidden>) -> Result<Self, CpuError> {
        let pass = Pass::new(sizes, Threads::ONE)?;
        Ok(Self { feed: Feed::to_validate(config, text), pass, part: 0, loss: 0.0, words: 0 })
    }

    /// Takes the next part of `text`, shared among `threads`.
    pub fn work(
        &mut self,
        config: &Config,
        text: &Text,
        model: &LanguageModel<C, Vocab, Embed, Hidden>,
        threads: Threads,
    ) -> Progress {
        if self.part == 0 {
            (self.loss, self.words) = (0.0, 0);
        }
        self.pass.share_among(threads);
        self.feed.next_in_order(config, text, self.part);
        let loss = model.loss(self.feed.ids(), self.feed.start(), self.feed.targets(), &mut self.pass);
        let words = self.feed.targets().count().0;
        self.loss += f64::from(loss) * words as f64;
        self.words += words;
        self.part += 1;
        if self.part < self.feed.parts(config, text) {
            return Progress::Validating;
        }
        self.part = 0;
        let loss = self.loss / self.words as f64;
        let characters = text.characters_per_word().filter(|_| config.training.predict == Predict::Every);
        let bits_per_character = characters.map(|characters| loss / characters / std::f64::consts::LN_2);
        Progress::Validated(Validated { loss, bits_per_character })
    }
}
