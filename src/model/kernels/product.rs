//! The matrix product of all models: chooses an algorithm by the sizes of the operands and divides the work among threads.
//!
//! Matrices are views of slices with their dimensions in their types, so that the compiler checks the contraction
//! `[M, K] · [K, N]`.
//!
//! ```compile_fail,E0308
//! use rnn_tui::model::dimensions::{Batch, Embed, Hidden};
//! use rnn_tui::model::kernels::{Accumulate, Matrix, MatrixMut, Threads, product};
//!
//! let (input, weight, mut out) = ([0.0; 4], [0.0; 4], [0.0; 4]);
//! let input = Matrix::new(&input, Batch(2), Embed(2));
//! let weight = Matrix::new(&weight, Hidden(2), Embed(2)); // not transposed
//! product(MatrixMut::new(&mut out, Batch(2), Hidden(2)), Accumulate::Nothing, input, weight, Threads::ONE); // error: expected `Embed`, found `Hidden`
//! ```
//!
//! With the weight transposed it compiles:
//!
//! ```
//! # use rnn_tui::model::dimensions::{Batch, Embed, Hidden};
//! # use rnn_tui::model::kernels::{Accumulate, Matrix, MatrixMut, Threads, product};
//! # let (input, weight, mut out) = ([0.0; 4], [0.0; 4], [0.0; 4]);
//! # let input = Matrix::new(&input, Batch(2), Embed(2));
//! # let weight = Matrix::new(&weight, Hidden(2), Embed(2));
//! product(MatrixMut::new(&mut out, Batch(2), Hidden(2)), Accumulate::Nothing, input, weight.transposed(), Threads::ONE);
//! ```

use std::ops::Range;

use dfdx::shapes::Dim;
use pulp::{Simd, WithSimd};

use super::blocked_product::BlockedProduct;
use super::instruction_set::vectorized;
use super::loops::dot;
use super::matrix::{Matrix, MatrixMut, View};
use super::packing::with_scratch;
use super::rows::{RowsMut, take};
use super::threads::Threads;
use super::tile::Accumulate;

/// Largest number of multiplications for which unpacked scalar loops are fastest.
const MAX_SCALAR_MULTIPLICATIONS: usize = 512;
/// Largest number of rows for which packing the right operand takes longer than multiplying.
const MAX_UNPACKED_ROWS: usize = 4;
/// Cost of packing one number, in multiplications.
const MULTIPLICATIONS_PER_PACKED: usize = 16;

/// Computes `out = add_to + left · right` with `left` `[M, K]`, `right` `[K, N]` and `out` `[M, N]`, on up to `threads` threads if the
/// product is large.
///
/// The order of summation is fixed: with the same instruction set the result is bit-identical for any number of threads.
///
/// # Panics
/// If two dimensions of one type have different sizes.
pub fn product<M: Dim, K: Dim, N: Dim>(
    out: MatrixMut<'_, M, N>,
    add_to: Accumulate<'_>,
    left: Matrix<'_, M, K>,
    right: Matrix<'_, K, N>,
    threads: Threads,
) {
    let (left, right, sizes) = (left.view(), right.view(), out.sizes());
    assert!(
        (left.rows, left.columns, right.columns) == (sizes.0, right.rows, sizes.1),
        "[{}, {}] · [{}, {}] is not [{}, {}]",
        left.rows,
        left.columns,
        right.rows,
        right.columns,
        sizes.0,
        sizes.1
    );
    multiply(out.into_numbers(), add_to, left, right, threads);
}

/// [`product`] of matrices whose sizes are known to agree.
pub(super) fn multiply(numbers: &mut [f32], add_to: Accumulate<'_>, left: View<'_>, right: View<'_>, threads: Threads) {
    let (rows, columns) = (left.rows, right.columns);
    let multiplications = rows * left.columns * columns;
    if multiplications <= MAX_SCALAR_MULTIPLICATIONS {
        return multiply_scalar(numbers, add_to, left, right);
    }
    let multiply = |(out, add_to, left, right): (RowsMut<'_>, Accumulate<'_>, View<'_>, View<'_>)| {
        if rows <= MAX_UNPACKED_ROWS && left.has_contiguous_rows() && !right.has_contiguous_rows() {
            vectorized(SmallRowProduct { out, add_to, left, right });
        } else {
            with_scratch(|scratch| vectorized(BlockedProduct { out, add_to, left, right, scratch }));
        }
    };
    let threads = threads.for_product(multiplications);
    if threads == Threads::ONE {
        return multiply((RowsMut::whole(numbers, columns), add_to, left, right));
    }
    let depth = 0..left.columns;
    match Division::fastest(left, right, threads) {
        Division::Rows(ranges) => {
            let mut unassigned = numbers;
            let part = |range: Range<usize>| {
                let out = take(&mut unassigned, range.len() * columns);
                (RowsMut::whole(out, columns), add_to, left.part(range, depth.clone()), right)
            };
            Threads::each(ranges.into_iter().map(part).collect(), multiply);
        }
        Division::Columns(ranges) => {
            let outs = RowsMut::columns(numbers, columns, &ranges).into_iter();
            let part = |(range, out): (Range<usize>, _)| {
                let add_to = match add_to {
                    Accumulate::Row(row) => Accumulate::Row(&row[range.clone()]),
                    other => other,
                };
                (out, add_to, left, right.part(depth.clone(), range))
            };
            Threads::each(ranges.iter().cloned().zip(outs).map(part).collect(), multiply);
        }
    }
}

/// How the output of a product is divided among threads.
enum Division {
    /// A range of rows per thread.
    Rows(Vec<Range<usize>>),
    /// A range of columns per thread.
    Columns(Vec<Range<usize>>),
}

impl Division {
    /// Returns the division with the lower estimated time of the slowest thread. Every thread packs the whole of the undivided operand.
    fn fastest(left: View<'_>, right: View<'_>, threads: Threads) -> Self {
        let rows: Vec<_> = threads.ranges(left.rows, 8).collect();
        let columns: Vec<_> = threads.ranges(right.columns, 48).collect();
        let longest = |ranges: &[Range<usize>]| ranges.iter().map(ExactSizeIterator::len).max().unwrap_or(0);
        let packed_left = if left.has_contiguous_rows() { 0 } else { MULTIPLICATIONS_PER_PACKED };
        let by_rows = right.columns * (longest(&rows) + MULTIPLICATIONS_PER_PACKED);
        let by_columns = left.rows * (longest(&columns) + packed_left);
        if by_rows < by_columns { Self::Rows(rows) } else { Self::Columns(columns) }
    }
}

/// [`multiply`] in three scalar loops, for small matrices.
fn multiply_scalar(out: &mut [f32], add_to: Accumulate<'_>, left: View<'_>, right: View<'_>) {
    if right.columns == 0 {
        return;
    }
    for (row, out) in out.chunks_exact_mut(right.columns).enumerate() {
        for (column, out) in out.iter_mut().enumerate() {
            let mut sum = match add_to {
                Accumulate::Nothing => 0.0,
                Accumulate::Output => *out,
                Accumulate::Row(row) => row[column],
            };
            for k in 0..left.columns {
                let (x, y) = (
                    row * left.row_stride + k * left.column_stride,
                    k * right.row_stride + column * right.column_stride,
                );
                sum += left.numbers[x] * right.numbers[y];
            }
            *out = sum;
        }
    }
}

/// The product of a few contiguous rows with a matrix of contiguous columns: one dot product per number of the output, without packing.
struct SmallRowProduct<'a> {
    out: RowsMut<'a>,
    add_to: Accumulate<'a>,
    left: View<'a>,
    right: View<'a>,
}

impl WithSimd for SmallRowProduct<'_> {
    type Output = ();
    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Self { mut out, add_to, left, right } = self;
        for column in 0..right.columns {
            let numbers = right.column(column);
            for row in 0..left.rows {
                let product = dot(simd, left.row(row), numbers);
                let output = &mut out.row(row)[column];
                let initial = match add_to {
                    Accumulate::Nothing => 0.0,
                    Accumulate::Output => *output,
                    Accumulate::Row(row) => row[column],
                };
                *output = initial + product;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Returns `beta · out + left · right`, one number after the other, with `left` `[m, k]` and `right` `[k, n]`.
    fn reference_product(
        beta: f32,
        out: &[f32],
        left: &[f32],
        right: &[f32],
        (m, k, n): (usize, usize, usize),
    ) -> Vec<f32> {
        let mut result = Vec::new();
        for row in 0..m {
            for column in 0..n {
                let sum: f32 = (0..k).map(|i| left[row * k + i] * right[i * n + column]).sum();
                result.push(if beta == 0.0 { sum } else { beta * out[row * n + column] + sum });
            }
        }
        result
    }

    fn accumulate(beta: f32) -> Accumulate<'static> {
        if beta == 0.0 { Accumulate::Nothing } else { Accumulate::Output }
    }

    fn transpose(data: &[f32], rows: usize, columns: usize) -> Vec<f32> {
        (0..columns).flat_map(|c| (0..rows).map(move |r| data[r * columns + c])).collect()
    }

    proptest! {
        #[test]
        fn product_small_or_transposed_operands_equals_reference(
            (m, k, n) in (1usize..20, 1usize..40, 1usize..20),
            beta in prop::sample::select(vec![0.0f32, 1.0]),
            seed in any::<u32>(),
        ) {
            // small integers: every order of summation gives the same f32
            let number = |i: usize| (seed.wrapping_mul(2_654_435_761).wrapping_add(i as u32 * 40_503) >> 7) % 9;
            let fill = |len: usize, from: usize| -> Vec<f32> { (0..len).map(|i| number(from + i) as f32 - 4.0).collect() };
            let (left, right, before) = (fill(m * k, 0), fill(k * n, 1000), fill(m * n, 2000));
            let expected = reference_product(beta, &before, &left, &right, (m, k, n));

            let mut plain = if beta == 0.0 { vec![f32::NAN; m * n] } else { before.clone() };
            product(MatrixMut::new(&mut plain, m, n), accumulate(beta), Matrix::new(&left, m, k), Matrix::new(&right, k, n), Threads::ONE);
            prop_assert_eq!(&plain, &expected);

            let (left_t, right_t) = (transpose(&left, m, k), transpose(&right, k, n));
            let mut transposed = before.clone();
            product(
                MatrixMut::new(&mut transposed, m, n),
                accumulate(beta),
                Matrix::new(&left_t, k, m).transposed(),
                Matrix::new(&right_t, n, k).transposed(),
                Threads::new(2),
            );
            prop_assert_eq!(&transposed, &expected);
        }
    }

    /// Checks a product that is large enough for blocks and several threads: exact for integers; for fractions, whose sum depends on
    /// the order, near the expected result. Both are identical for any number of threads.
    fn check_blocks((m, k, n): (usize, usize, usize), left_transposed: bool, right_transposed: bool) {
        for (is_exact, scale) in [(true, 1.0), (false, 0.1)] {
            let number = |i: usize| scale * ((i * 7919 % 13) as f32 - 6.0);
            let (left, right): (Vec<_>, Vec<_>) = ((0..k * m).map(number).collect(), (0..k * n).map(number).collect());
            let (left_t, right_t) = (transpose(&left, m, k), transpose(&right, k, n));
            let left = if left_transposed { Matrix::new(&left_t, k, m).transposed() } else { Matrix::new(&left, m, k) };
            let right =
                if right_transposed { Matrix::new(&right_t, n, k).transposed() } else { Matrix::new(&right, k, n) };
            check_operands(is_exact, left, right);
        }
    }

    fn check_operands(is_exact: bool, left: Matrix<'_, usize, usize>, right: Matrix<'_, usize, usize>) {
        let (m, k, n) = (left.view().rows, left.view().columns, right.view().columns);
        let multiply = |threads| {
            let mut out = vec![1.0; m * n];
            product(MatrixMut::new(&mut out, m, n), Accumulate::Output, left, right, threads);
            out
        };
        let single_threaded = multiply(Threads::ONE);
        for row in [0, 1, 63, 64, 65, m / 2, m - 1] {
            let reference = |column: usize| -> f32 {
                (0..k)
                    .map(|i| {
                        let (left, right) = (left.view(), right.view());
                        left.numbers[row * left.row_stride + i * left.column_stride]
                            * right.numbers[i * right.row_stride + column * right.column_stride]
                    })
                    .sum()
            };
            for column in [0, 1, n / 2, n - 1] {
                let (ours, expected) = (single_threaded[row * n + column], 1.0 + reference(column));
                let tolerance = if is_exact { 0.0 } else { 1e-3 };
                assert!((ours - expected).abs() <= tolerance, "row {row}, column {column}: {ours} and {expected}");
            }
        }
        for count in 2..=5 {
            assert_eq!(multiply(Threads::new(count)), single_threaded, "{count} threads");
        }
    }

    #[test]
    #[ignore = "minutes"]
    fn product_large_operands_equals_reference_for_any_thread_count() {
        check_blocks((4100, 3, 512), true, false);
        check_blocks((301, 4, 4100), false, true);
        check_blocks((331, 129, 130), false, false);
        for left_transposed in [false, true] {
            check_blocks((70, 800, 1600), left_transposed, true);
            check_blocks((2700, 400, 800), left_transposed, false);
        }
    }

    #[test]
    #[should_panic(expected = "is not")]
    fn product_mismatched_sizes_panics() {
        let mut out = [0.0; 4];
        product(
            MatrixMut::new(&mut out, 2, 2),
            Accumulate::Nothing,
            Matrix::new(&[0.0; 6], 2, 3),
            Matrix::new(&[0.0; 4], 2, 2),
            Threads::ONE,
        );
    }
}
