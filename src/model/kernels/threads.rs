//! Among how many threads work is shared, and where sharing pays.

use std::num::NonZeroUsize;
use std::ops::Range;

use super::pool;

/// With fewer multiplications of a product, sharing costs more than it saves.
const MULTIPLICATIONS: usize = 1 << 20;
/// With fewer numbers of which each is read or changed by itself, sharing costs more than it saves.
const NUMBERS: usize = 1 << 16;

/// Among how many threads large work is shared. The result is the same, bit for bit, for any number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Threads(NonZeroUsize);

impl Threads {
    /// The thread that asks, and no other.
    pub const ONE: Self = Self(NonZeroUsize::MIN);

    /// This many threads, or for 0 as many as this process may use at once.
    #[must_use]
    pub fn new(count: usize) -> Self {
        let count = if count == 0 { pool::cores() } else { count };
        Self(NonZeroUsize::new(count).unwrap_or(NonZeroUsize::MIN))
    }

    /// How many.
    #[must_use]
    pub fn count(self) -> usize {
        self.0.get()
    }

    /// As many for a product of this many multiplications, or one where sharing costs more than it saves.
    pub(in crate::model) fn for_product(self, multiplications: usize) -> Self {
        if multiplications < MULTIPLICATIONS { Self::ONE } else { self }
    }

    /// As many for a loop over this many numbers, or one where sharing costs more than it saves.
    pub(in crate::model) fn for_numbers(self, numbers: usize) -> Self {
        if numbers < NUMBERS { Self::ONE } else { self }
    }

    /// A range of `0..count` for each thread, as even as they can be where each but the last is a multiple of `unit`.
    pub(in crate::model) fn ranges(self, count: usize, unit: usize) -> impl Iterator<Item = Range<usize>> {
        let units = count.div_ceil(unit);
        let parts = self.count().min(units).max(1);
        (0..parts).map(move |part| {
            let end = |part: usize| (units * part / parts * unit).min(count);
            end(part)..end(part + 1)
        })
    }

    /// Runs `work` on each of `parts`, on several threads if there are several parts: each time the same part by the same
    /// thread if that is free.
    pub(in crate::model) fn each<T: Send>(parts: Vec<T>, work: impl Fn(T) + Sync) {
        pool::each(parts, work);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn ranges_are_all_of_it_in_even_parts(threads in 1usize..10, count in 0usize..1000, unit in 1usize..50) {
            let ranges: Vec<_> = Threads::new(threads).ranges(count, unit).collect();
            prop_assert!(ranges.len() <= threads);
            prop_assert_eq!(ranges.iter().cloned().flatten().collect::<Vec<_>>(), (0..count).collect::<Vec<_>>());
            for range in &ranges[..ranges.len() - 1] {
                prop_assert_eq!(range.len() % unit, 0);
                prop_assert!(range.len() + unit > count / ranges.len());
            }
        }
    }
}
