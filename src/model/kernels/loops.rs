//! Vectorized loops over slices.

use std::ops::Range;

use pulp::{Simd, WithSimd};

use super::instruction_set::vectorized;
use super::lanes::{Lanes, simd_chunks};
use super::rows::{for_columns, take};
use super::threads::Threads;

/// Numbers per partial sum of squares; the unit in which they are divided among threads.
const SQUARES_PER_SUM: usize = 1 << 15;

/// Largest logit and normalization sum of a softmax.
pub struct Softmax {
    /// The largest logit.
    pub largest: f32,
    /// Σ exp(logit − largest)
    pub sum: f32,
}

/// Adds `bias` to a row of logits and replaces each by exp(logit − largest), which cannot overflow. Divided by the returned sum, these
/// are the probabilities. `bias` is at least as long as `logits`. A NaN among the logits makes the sum NaN.
pub fn softmax(logits: &mut [f32], bias: &[f32]) -> Softmax {
    struct Work<'a>(&'a mut [f32], &'a [f32]);
    impl WithSimd for Work<'_> {
        type Output = Softmax;
        #[inline(always)]
        fn with_simd<S: Simd>(self, simd: S) -> Softmax {
            let bias = &self.1[..self.0.len()];
            let logits = self.0;
            let vectorized_length = logits.len() - logits.len() % S::F32_LANES;
            let biased = |logits: &[f32], bias: &[f32]| Lanes::load(simd, logits) + Lanes::load(simd, bias);
            let mut largest = Lanes::splat(simd, f32::NEG_INFINITY);
            for chunk in simd_chunks::<S>(vectorized_length) {
                largest = largest.max(biased(&logits[chunk.clone()], &bias[chunk]));
            }
            let remainder = biased(&logits[vectorized_length..], &bias[vectorized_length..]);
            let remainder = remainder.largest(logits.len() - vectorized_length);
            let largest = largest.largest(S::F32_LANES);
            // NaN must reach the loss
            let largest = if remainder > largest || remainder.is_nan() { remainder } else { largest };
            let shift = Lanes::splat(simd, largest);
            let mut sum = 0.0;
            let mut sums = Lanes::splat(simd, 0.0);
            for chunk in simd_chunks::<S>(logits.len()) {
                let fills_register = chunk.len() == S::F32_LANES;
                let exponential = (biased(&logits[chunk.clone()], &bias[chunk.clone()]) - shift).exp_below_zero();
                let output = &mut logits[chunk];
                exponential.store(output);
                if fills_register {
                    sums = sums + exponential;
                } else {
                    sum = output.iter().sum();
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

/// Returns the dot product of two slices of the same length, summed in a fixed order.
#[inline(always)]
pub fn dot<S: Simd>(simd: S, left: &[f32], right: &[f32]) -> f32 {
    let chunk_length = 4 * S::F32_LANES; // four sums, so that no addition waits for the previous one
    let mut sums = [Lanes::splat(simd, 0.0); 4];
    let (left_chunks, right_chunks) = (left.chunks_exact(chunk_length), right.chunks_exact(chunk_length));
    let (left_rest, right_rest) = (left_chunks.remainder(), right_chunks.remainder());
    for (left, right) in left_chunks.zip(right_chunks) {
        for (index, sum) in sums.iter_mut().enumerate() {
            let lanes = index * S::F32_LANES..(index + 1) * S::F32_LANES;
            *sum = Lanes::load(simd, &left[lanes.clone()]).mul_add(Lanes::load(simd, &right[lanes]), *sum);
        }
    }
    let [a, b, c, d] = sums;
    let mut sum = (a + b) + (c + d);
    for lanes in simd_chunks::<S>(left_rest.len()) {
        sum = Lanes::load(simd, &left_rest[lanes.clone()]).mul_add(Lanes::load(simd, &right_rest[lanes]), sum);
    }
    sum.sum()
}

/// Returns the sum of squares: summed in f32 within pieces of 4,096 numbers and in f64 over the pieces. The order, and so the result, is
/// the same for any number of threads.
pub fn sum_of_squares(numbers: &[f32], threads: Threads) -> f64 {
    struct Work<'a>(&'a [f32], &'a mut f64);
    impl WithSimd for Work<'_> {
        type Output = ();
        #[inline(always)]
        fn with_simd<S: Simd>(self, simd: S) {
            *self.1 = self.0.chunks(4096).map(|piece| f64::from(dot(simd, piece, piece))).sum();
        }
    }
    if numbers.len() <= SQUARES_PER_SUM {
        let mut sum = 0.0;
        vectorized(Work(numbers, &mut sum));
        return sum;
    }
    let mut sums = vec![0.0; numbers.len().div_ceil(SQUARES_PER_SUM)];
    let ranges = threads.for_numbers(numbers.len()).ranges(sums.len(), 1);
    let mut unassigned = &mut *sums;
    let part = |range: Range<usize>| {
        let sums = take(&mut unassigned, range.len());
        (&numbers[range.start * SQUARES_PER_SUM..numbers.len().min(range.end * SQUARES_PER_SUM)], sums)
    };
    Threads::each(ranges.map(part).collect(), |(numbers, sums)| {
        numbers.chunks(SQUARES_PER_SUM).zip(sums).for_each(|(numbers, sum)| vectorized(Work(numbers, sum)));
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

/// Adds every row of `rows` to `sum`, elementwise. The length of `sum` is that of a row.
pub fn add_rows(rows: &[f32], sum: &mut [f32]) {
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

/// Writes the elementwise sum of all rows of `rows` to `sum`, whose length is that of a row. Columns are divided among threads.
pub fn sum_rows(rows: &[f32], sum: &mut [f32], threads: Threads) {
    let width = sum.len();
    for_columns(threads.for_numbers(rows.len()), width, [(sum, 1)], |columns, [mut sum]| {
        let sum = sum.row(0);
        sum.fill(0.0);
        rows.chunks_exact(width).for_each(|row| add_rows(&row[columns.clone()], sum));
    });
}

/// Adds each row `i` of `rows` to row `words[i]` of `sums`, which is zeroed first unless `adds`. The rows of `sums` are divided among
/// threads.
///
/// # Panics
/// If `words` is empty.
pub fn add_rows_by_word(sums: &mut [f32], adds: bool, words: &[u32], rows: &[f32], threads: Threads) {
    let width = rows.len() / words.len();
    let threads = threads.for_numbers(sums.len().max(rows.len()));
    let vocabulary = sums.len() / width;
    let mut unassigned = sums;
    let part = |range: Range<usize>| (take(&mut unassigned, range.len() * width), range);
    Threads::each(threads.ranges(vocabulary, 1).map(part).collect(), |(sums, range)| {
        if !adds {
            sums.fill(0.0);
        }
        for (row, word) in rows.chunks_exact(width).zip(words) {
            if range.contains(&(*word as usize)) {
                add_rows(row, &mut sums[(*word as usize - range.start) * width..][..width]);
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
        fn sum_of_squares_any_numbers_equals_f64_sum(numbers in prop::collection::vec(-10.0_f32..10.0, 0..10_000)) {
            let exact: f64 = numbers.iter().map(|&x| f64::from(x) * f64::from(x)).sum();
            prop_assert!((sum_of_squares(&numbers, Threads::ONE) - exact).abs() <= 1e-5 * exact);
        }
    }

    #[test]
    fn add_rows_two_rows_sums_columns() {
        let mut sum = [1.0, 2.0];
        add_rows(&[10.0, 20.0, 100.0, 200.0], &mut sum);
        assert_eq!(sum.map(f32::to_bits), [111.0_f32, 222.0].map(f32::to_bits));
    }

    #[test]
    fn softmax_nan_logit_makes_sum_nan() {
        for length in [1, 15, 16, 33] {
            for at in 0..length {
                let mut logits = vec![0.5; length];
                logits[at] = f32::NAN;
                assert!(softmax(&mut logits, &[0.0; 33]).sum.is_nan(), "{at} of {length}");
            }
        }
    }

    #[test]
    fn softmax_any_length_equals_f64_softmax() {
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
