//! How a text is continued: by how many words, and how bold.

use crate::learning::GenerateRequest;
use crate::model::Sampling;

/// How the next text is to be continued.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GenerationSettings {
    /// By how many words.
    words: usize,
    /// In tenths.
    temperature: u8,
    /// How many texts have been drawn: each is another one.
    drawn: u32,
}

const LENGTHS: [usize; 6] = [20, 50, 100, 200, 5, 10];
const HOTTEST: u8 = 20;

impl Default for GenerationSettings {
    fn default() -> Self {
        Self { words: LENGTHS[0], temperature: 8, drawn: 0 }
    }
}

impl GenerationSettings {
    /// By how many words.
    #[must_use]
    pub fn words(self) -> usize {
        self.words
    }

    /// By what logits are divided; at 0 always the most probable word is taken.
    #[must_use]
    pub fn temperature(self) -> f32 {
        f32::from(self.temperature) / 10.0
    }

    /// Words that are more probable.
    pub(super) fn cooler(&mut self) {
        self.temperature = self.temperature.saturating_sub(1);
    }

    /// Bolder words.
    pub(super) fn warmer(&mut self) {
        self.temperature = (self.temperature + 1).min(HOTTEST);
    }

    /// More words, or few again.
    pub(super) fn longer(&mut self) {
        let at = LENGTHS.iter().position(|length| *length == self.words).unwrap_or(0);
        self.words = LENGTHS[(at + 1) % LENGTHS.len()];
    }

    /// The next text that begins with `prompt`.
    pub(super) fn request(&mut self, prompt: String) -> GenerateRequest {
        self.drawn = self.drawn.wrapping_add(1);
        let sampling = Sampling { temperature: self.temperature(), ..Sampling::default() };
        GenerateRequest { prompt, words: self.words, sampling, sample: self.drawn }
    }
}
