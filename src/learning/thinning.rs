//! Thinning: bounded memory for a growing sequence, of which every 2ᵏ-th item is stored.

use serde::{Deserialize, Serialize};

/// The interval between stored items: 2ᵏ, where the owner increases k whenever memory is full.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Thinning(u32);

impl Thinning {
    /// The largest power of two that is not above `interval`, which counts as at least 1.
    #[must_use]
    pub fn at_most(interval: u64) -> Self {
        Self(interval.max(1).ilog2())
    }

    /// The interval.
    #[must_use]
    pub fn interval(self) -> u64 {
        1 << self.0
    }

    /// Whether the item with this 0-based number is stored: whether it is a multiple of the interval.
    #[must_use]
    pub fn keeps(self, number: u64) -> bool {
        number.is_multiple_of(self.interval())
    }

    /// Doubles the interval.
    pub fn double(&mut self) {
        self.0 += 1;
    }
}
