//! Bounded memory: every 2ᵏ-th item of a growing sequence.

use serde::{Deserialize, Serialize};

/// The interval at which the items of a sequence are kept: 2ᵏ, where k grows by one whenever memory is full.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Thinning(u32);

impl Thinning {
    /// The largest interval that is not above `interval`.
    #[must_use]
    pub fn at_most(interval: u64) -> Self {
        Self(interval.max(1).ilog2())
    }

    /// The interval.
    #[must_use]
    pub fn every(self) -> u64 {
        1 << self.0
    }

    /// Whether the item with this number is kept.
    #[must_use]
    pub fn keeps(self, number: u64) -> bool {
        number.is_multiple_of(self.every())
    }

    /// Doubles the interval.
    pub fn double(&mut self) {
        self.0 += 1;
    }
}
