//! The number of threads among which work is divided, and the sizes from which that is faster.

use std::num::NonZeroUsize;
use std::ops::Range;

use super::pool;

/// Fewest multiplications of a product that is faster on several threads.
const MIN_PARALLEL_MULTIPLICATIONS: usize = 1 << 20;
/// Fewest numbers of an elementwise loop that is faster on several threads.
const MIN_PARALLEL_NUMBERS: usize = 1 << 16;

/// The number of threads among which large work is divided. Results are bit-identical for any number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Threads(NonZeroUsize);

impl Threads {
    /// Only the calling thread.
    pub const ONE: Self = Self(NonZeroUsize::MIN);

    /// Creates a count of `count` threads; 0 stands for the number of cores available to this process.
    #[must_use]
    pub fn new(count: usize) -> Self {
        let count = if count == 0 { pool::cores() } else { count };
        Self(NonZeroUsize::new(count).unwrap_or(NonZeroUsize::MIN))
    }

    /// The number of threads, at least 1.
    #[must_use]
    pub fn count(self) -> usize {
        self.0.get()
    }

    /// Returns the threads for a product of this many multiplications: one if it is too small to gain from more, otherwise all.
    pub(in crate::model) fn for_product(self, multiplications: usize) -> Self {
        if multiplications < MIN_PARALLEL_MULTIPLICATIONS { Self::ONE } else { self }
    }

    /// Returns the threads for a loop over this many numbers: one if it is too short to gain from more, otherwise all.
    pub(in crate::model) fn for_numbers(self, numbers: usize) -> Self {
        if numbers < MIN_PARALLEL_NUMBERS { Self::ONE } else { self }
    }

    /// Divides `0..count` into at most one range per thread, as evenly as possible with lengths (except the last) that are multiples of
    /// `unit`. Yields fewer ranges if there are fewer units than threads, and always at least one.
    pub(in crate::model) fn ranges(self, count: usize, unit: usize) -> impl Iterator<Item = Range<usize>> {
        let units = count.div_ceil(unit);
        let parts = self.count().min(units).max(1);
        (0..parts).map(move |part| {
            let end = |part: usize| (units * part / parts * unit).min(count);
            end(part)..end(part + 1)
        })
    }

    /// Runs `work` once on each of `parts`, in parallel if there are several, and returns when all are done. The same part has the same
    /// thread in every call if that is free.
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
        fn ranges_any_count_cover_it_in_even_units(threads in 1usize..10, count in 0usize..1000, unit in 1usize..50) {
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
