//! Settings of generated text: length and temperature.

use crate::learning::GenerateRequest;
use crate::model::Sampling;

/// Settings of the next generated text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GenerationSettings {
    /// Number of generated words.
    words: usize,
    /// Temperature in tenths.
    temperature: u8,
    /// Number of requests so far; each request has it as its sample number.
    drawn: u32,
}

/// The lengths in the order of the key.
const LENGTHS: [usize; 6] = [20, 50, 100, 200, 5, 10];
/// Highest temperature in tenths.
const HOTTEST: u8 = 20;

impl Default for GenerationSettings {
    fn default() -> Self {
        Self { words: LENGTHS[0], temperature: 8, drawn: 0 }
    }
}

impl GenerationSettings {
    /// Number of generated words.
    #[must_use]
    pub fn words(self) -> usize {
        self.words
    }

    /// The sampling temperature; at 0 the most probable word is chosen.
    #[must_use]
    pub fn temperature(self) -> f32 {
        f32::from(self.temperature) / 10.0
    }

    /// Lowers the temperature by 0.1, down to 0.
    pub(super) fn cooler(&mut self) {
        self.temperature = self.temperature.saturating_sub(1);
    }

    /// Raises the temperature by 0.1, up to 2.
    pub(super) fn warmer(&mut self) {
        self.temperature = (self.temperature + 1).min(HOTTEST);
    }

    /// Selects the next length; after the last one the first.
    pub(super) fn longer(&mut self) {
        let index = LENGTHS.iter().position(|length| *length == self.words).unwrap_or(0);
        self.words = LENGTHS[(index + 1) % LENGTHS.len()];
    }

    /// Returns a request for text after `prompt`; each request has a new sample number.
    pub(super) fn request(&mut self, prompt: String) -> GenerateRequest {
        self.drawn = self.drawn.wrapping_add(1);
        let sampling = Sampling { temperature: self.temperature(), ..Sampling::default() };
        GenerateRequest { prompt, words: self.words, sampling, sample: self.drawn }
    }
}
