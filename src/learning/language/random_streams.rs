//! Random streams of a run, derived from its seed.

use rand::{RngCore, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// The purpose of a random stream. Each has its own, so that drawing more numbers for one does not change the others.
#[derive(Clone, Copy)]
pub(super) enum Purpose {
    /// Initial weights.
    Weights,
    /// The order of the sentences.
    Order,
    /// Dropout masks.
    Dropout,
    /// Generated text.
    Sampling,
}

/// The random stream of a seed for a purpose, at its start.
pub(super) fn random_stream(seed: u64, purpose: Purpose) -> ChaCha8Rng {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    random.set_stream(purpose as u64);
    random
}

/// A random number generator that reports each draw, for the progress of drawing the weights of a large model.
pub(super) struct CountedDraws<'a> {
    pub random: ChaCha8Rng,
    /// Called for each number of 32 or 64 bits.
    pub drawn: &'a dyn Fn(),
}

impl RngCore for CountedDraws<'_> {
    fn next_u32(&mut self) -> u32 {
        (self.drawn)();
        self.random.next_u32()
    }

    fn next_u64(&mut self) -> u64 {
        (self.drawn)();
        self.random.next_u64()
    }

    fn fill_bytes(&mut self, bytes: &mut [u8]) {
        self.random.fill_bytes(bytes);
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), rand::Error> {
        self.random.try_fill_bytes(bytes)
    }
}
