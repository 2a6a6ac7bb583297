//! Vectorized loops over slices.

use std::ops::Range;

use pulp::{Simd, WithSimd};

use super::instruction_set::vectorized;
use super::lanes::{Lanes, simd_chunks};
use super::rows::{for_columns, take};
use super::threads::Threads;

/// Numbers per partial sum of squares.
const SQUARES: usize = 1 << 15;

/// Largest logit and normalization sum of a softmax.
pub struct Softmax {
    /// The largest logit.
    pub largest: f32,
    /// Σ exp(logit − largest)
    pub sum: f32,
}

/// Adds `bias` to a row of logits and replaces it by exp(logit − largest), which cannot overflow; divided by the returned sum, these are the
/// probabilities.
pub fn softmax(logits: &mut [f32], bias: &[f32]) -> Softmax {
    struct Work<'a>(&'a mut [f32], &'a [f32]);
    impl WithSimd for Work<'_> {
        type Output = Softmax;
        #[inline(always)]
        fn with_simd<S: Simd>(self, simd: S) -> Softmax {
            let bias = &self.1[..self.0.len()];
            let logits = self.0;
            let whole = logits.len() - logits.len() % S::F32_LANES;
            let logit = |place: &[f32], bias: &[f32]| Lanes::load(simd, place) + Lanes::load(simd, bias);
            let mut largest = Lanes::splat(simd, f32::NEG_INFINITY);
            for at in simd_chunks::<S>(whole) {
                largest = largest.max(logit(&logits[at.clone()], &bias[at]));
            }
            let rest = logit(&logits[whole..], &bias[whole..]).largest(logits.len() - whole);
            let whole = largest.largest(S::F32_LANES);
            // NaN must reach the loss
            let largest = if rest > whole || rest.is_nan() { rest } else { whole };
            let shift = Lanes::splat(simd, largest);
            let mut sum = 0.0;
            let mut sums = Lanes::splat(simd, 0.0);
            for at in simd_chunks::<S>(logits.len()) {
                let is_whole = at.len() == S::F32_LANES;
                let exponential = (logit(&logits[at.clone()], &bias[at.clone()]) - shift).exp_below_zero();
                let place = &mut logits[at];
                exponential.store(place);
                if is_whole {
                    sums = sums + exponential;
                } else {
                    sum = place.iter().sum();
                }
            }
            Softmax { largest, sum: sum + sums.sum() }
        }
    }
    vectorized(Work(logits, bias))
}

/// Multiplies every number of `row` by `factor` and adds the result to `sum`.
pub fn scale_and_add(row: &mut [f32], factor: f32, sum: &mut [f32]) {
    struct Work<'a>(&'a mut [f32], f32, &'a mut [f32]);
    impl WithSimd for Work<'_> {
        type Output = ();
        #[inline(always)]
        fn with_simd<S: Simd>(self, _: S) {
            for (number, sum) in self.0.iter_mut().zip(self.2) {
                *number *= self.1;
                *sum += *number;
            }
        }
    }
    vectorized(Work(row, factor, sum));
}

/// The sum of the products of two rows of the same length. The order is fixed.
#[inline(always)]
pub fn dot<S: Simd>(simd: S, left: &[f32], right: &[f32]) -> f32 {
    let at_once = 4 * S::F32_LANES; // four sums, so that no addition waits for the one before
    let mut sums = [Lanes::splat(simd, 0.0); 4];
    let (left_rows, right_rows) = (left.chunks_exact(at_once), right.chunks_exact(at_once));
    let (left_rest, right_rest) = (left_rows.remainder(), right_rows.remainder());
    for (left, right) in left_rows.zip(right_rows) {
        for (index, sum) in sums.iter_mut().enumerate() {
            let at = index * S::F32_LANES..(index + 1) * S::F32_LANES;
            *sum = Lanes::load(simd, &left[at.clone()]).mul_add(Lanes::load(simd, &right[at]), *sum);
        }
    }
    let [a, b, c, d] = sums;
    let mut sum = (a + b) + (c + d);
    for at in simd_chunks::<S>(left_rest.len()) {
        sum = Lanes::load(simd, &left_rest[at.clone()]).mul_add(Lanes::load(simd, &right_rest[at]), sum);
    }
    sum.sum()
}

/// The sum of squares: partial sums in f32 over pieces of 4,096 numbers, in f64 over the pieces, whatever the number of
/// threads.
pub fn sum_of_squares(numbers: &[f32], threads: Threads) -> f64 {
    struct Work<'a>(&'a [f32], &'a mut f64);
    impl WithSimd for Work<'_> {
        type Output = ();
        #[inline(always)]
        fn with_simd<S: Simd>(self, simd: S) {
            *self.1 = self.0.chunks(4096).map(|piece| f64::from(dot(simd, piece, piece))).sum();
        }
    }
    if numbers.len() <= SQUARES {
        let mut sum = 0.0;
        vectorized(Work(numbers, &mut sum));
        return sum;
    }
    let mut sums = vec![0.0; numbers.len().div_ceil(SQUARES)];
    let ranges = threads.for_numbers(numbers.len()).ranges(sums.len(), 1);
    let mut rest = &mut *sums;
    let part = |range: Range<usize>| {
        let sums = take(&mut rest, range.len());
        (&numbers[range.start * SQUARES..numbers.len().min(range.end * SQUARES)], sums)
    };
    Threads::each(ranges.map(part).collect(), |(numbers, sums)| {
        numbers.chunks(SQUARES).zip(sums).for_each(|(numbers, sum)| vectorized(Work(numbers, sum)));
    });
    sums.iter().sum()
}

/// Multiplies every number by `factor`.
pub fn scale(numbers: &mut [f32], factor: f32) {
    struct Work<'a>(&'a mut [f32], f32);
    impl WithSimd for Work<'_> {
        type Output = ();
        #[inline(always)]
        fn with_simd<S: Simd>(self, _: S) {
            self.0.iter_mut().for_each(|number| *number *= self.1);
        }
    }
    vectorized(Work(numbers, factor));
}

/// Adds every row of `rows` to `sum`, which has the length of a row.
pub fn add_rows_of(rows: &[f32], sum: &mut [f32]) {
    struct Work<'a>(&'a [f32], &'a mut [f32]);
    impl WithSimd for Work<'_> {
        type Output = ();
        #[inline(always)]
        fn with_simd<S: Simd>(self, _: S) {
            for row in self.0.chunks_exact(self.1.len()) {
                self.1.iter_mut().zip(row).for_each(|(sum, number)| *sum += number);
            }
        }
    }
    vectorized(Work(rows, sum));
}

/// Writes the elementwise sum of all rows of `rows` to `sum`, which has the length of a row.
pub fn sum_rows(rows: &[f32], sum: &mut [f32], threads: Threads) {
    let width = sum.len();
    for_columns(threads.for_numbers(rows.len()), width, [(sum, 1)], |columns, [mut sum]| {
        let sum = sum.row(0);
        sum.fill(0.0);
        rows.chunks_exact(width).for_each(|row| add_rows_of(&row[columns.clone()], sum));
    });
}

/// Adds each of `rows` to the row of its word in `sums`, which is zeroed first unless `adds`. Words are divided among threads.
pub fn add_rows_by_word(sums: &mut [f32], adds: bool, words: &[u32], rows: &[f32], threads: Threads) {
    let width = rows.len() / words.len();
    let threads = threads.for_numbers(sums.len().max(rows.len()));
    let vocabulary = sums.len() / width;
    let mut rest = sums;
    let part = |range: Range<usize>| (take(&mut rest, range.len() * width), range);
    Threads::each(threads.ranges(vocabulary, 1).map(part).collect(), |(sums, range)| {
        if !adds {
            sums.fill(0.0);
        }
        for (row, word) in rows.chunks_exact(width).zip(words) {
            if range.contains(&(*word as usize)) {
                add_rows_of(row, &mut sums[(*word as usize - range.start) * width..][..width]);
            }
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn sums_are_those_of_f64(numbers in prop::collection::vec(-10.0_f32..10.0, 0..10_000)) {
            let exact: f64 = numbers.iter().map(|&x| f64::from(x) * f64::from(x)).sum();
            prop_assert!((sum_of_squares(&numbers, Threads::ONE) - exact).abs() <= 1e-5 * exact);
        }
    }

    #[test]
    fn rows_are_added_column_by_column() {
        let mut sum = [1.0, 2.0];
        add_rows_of(&[10.0, 20.0, 100.0, 200.0], &mut sum);
        assert_eq!(sum.map(f32::to_bits), [111.0_f32, 222.0].map(f32::to_bits));
    }

    #[test]
    fn a_logit_that_is_not_a_number_is_seen_in_the_sum() {
        for length in [1, 15, 16, 33] {
            for at in 0..length {
                let mut logits = vec![0.5; length];
                logits[at] = f32::NAN;
                assert!(softmax(&mut logits, &[0.0; 33]).sum.is_nan(), "{at} of {length}");
            }
        }
    }

    #[test]
    fn softmax_of_any_length_is_that_of_f64() {
        for length in 1..70_u16 {
            let logits: Vec<f32> = (0..length).map(|i| f32::from(i * 37 % 23) * 4.0 - 90.0).collect();
            let largest = logits.iter().copied().fold(f32::NEG_INFINITY, f32::max);
            let exact: Vec<f64> = logits.iter().map(|&logit| f64::from(logit - largest).exp()).collect();
            let bias: Vec<f32> = (0..length).map(|i| f32::from(i % 5)).collect();
            let mut ours: Vec<f32> = logits.iter().zip(&bias).map(|(logit, bias)| logit - bias).collect();
            let Softmax { largest: found, sum } = softmax(&mut ours, &bias);
            assert!(found.total_cmp(&largest).is_eq());
            assert!((f64::from(sum) / exact.iter().sum::<f64>() - 1.0).abs() < 1e-6);
            for (ours, exact) in ours.iter().zip(&exact) {
                assert!((f64::from(*ours) - exact).abs() < 2e-7 * exact + 1e-37, "{ours} {exact}");
            }
        }
    }
}
