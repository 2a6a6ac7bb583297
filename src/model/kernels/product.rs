//! The matrix product under every operation of the model, in the manner of Goto & van de Geijn 2008: operands are put in
//! order block by block, so that the innermost loop reads from near memory, one number after the other.
//!
//! Matrices are views of slices, row after row, with their dimensions in their type: the contraction `[M, K]·[K, N]` is
//! checked by the compiler.
//!
//! ```compile_fail,E0308
//! use rnn_tui::model::dimensions::{Batch, Embed, Hidden};
//! use rnn_tui::model::kernels::{Accumulate, Matrix, MatrixMut, Threads, product};
//!
//! let (input, weight, mut out) = ([0.0; 4], [0.0; 4], [0.0; 4]);
//! let input = Matrix::new(&input, Batch(2), Embed(2));
//! let weight = Matrix::new(&weight, Hidden(2), Embed(2)); // not transposed
//! product(MatrixMut::new(&mut out, Batch(2), Hidden(2)), Accumulate::Nothing, input, weight, Threads::ONE); // error: `Embed` against `Hidden`
//! ```
//!
//! with the weight transposed it does compile:
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

use super::instruction_set::vectorized;
use super::loops::dot;
use super::matrix::{Matrix, MatrixMut, View};
use super::packing::{Scratch, aligned, left_is_packed, pack_left, pack_panels, packed_size, with_scratch};
use super::rows::{RowsMut, take};
use super::threads::Threads;
use super::tile::{Accumulate, Left, Panel, multiply_panel, panel_registers, panels, tile_rows};

/// Columns of the left operand, rows of the right one, that are multiplied at once: a panel stays near the core.
const SHARED: usize = 384;
/// Columns of the right operand that are put in order at once.
const COLUMNS: usize = 768;
/// Rows of the left operand that are put in order at once: with `SHARED` columns they fit into a core's own cache.
const ROWS: usize = 64;

/// A left operand of at most this many numbers is put in order as a whole.
const MOST_KEPT: usize = 1 << 20;

/// With at most this many multiplications plain loops are done before anything is put in order.
const FEW_MULTIPLICATIONS: usize = 512;
/// With at most this many rows, putting the right operand in order takes longer than multiplying.
const FEW_ROWS: usize = 4;
/// How many multiplications are done in the time in which one number is put in order.
const MULTIPLICATIONS_PER_PACKED: usize = 16;

/// `out = add_to + left · right`, with `left` `[M, K]`, `right` `[K, N]` and `out` `[M, N]`.
///
/// The order of summation is fixed: the same numbers give the same result, bit for bit, with the same instruction set,
/// whatever the number of threads.
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

/// [`product`] of matrices whose sizes agree.
pub(super) fn multiply(numbers: &mut [f32], add_to: Accumulate<'_>, left: View<'_>, right: View<'_>, threads: Threads) {
    let (rows, columns) = (left.rows, right.columns);
    let multiplications = rows * left.columns * columns;
    if multiplications <= FEW_MULTIPLICATIONS {
        return multiply_plainly(numbers, add_to, left, right);
    }
    let multiply = |(out, add_to, left, right): (RowsMut<'_>, Accumulate<'_>, View<'_>, View<'_>)| {
        if rows <= FEW_ROWS && left.has_whole_rows() && !right.has_whole_rows() {
            vectorized(SmallRowProduct { out, add_to, left, right });
        } else {
            with_scratch(|scratch| vectorized(Product { out, add_to, left, right, scratch }));
        }
    };
    let threads = threads.for_product(multiplications);
    if threads == Threads::ONE {
        return multiply((RowsMut::whole(numbers, columns), add_to, left, right));
    }
    let shared = 0..left.columns;
    match Division::of(left, right, threads) {
        Division::Rows(ranges) => {
            let mut rest = numbers;
            let part = |range: Range<usize>| {
                let out = take(&mut rest, range.len() * columns);
                (RowsMut::whole(out, columns), add_to, left.part(range, shared.clone()), right)
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
                (out, add_to, left, right.part(shared.clone(), range))
            };
            Threads::each(ranges.iter().cloned().zip(outs).map(part).collect(), multiply);
        }
    }
}

/// What each thread does of a product.
enum Division {
    Rows(Vec<Range<usize>>),
    Columns(Vec<Range<usize>>),
}

impl Division {
    /// The one with which the slowest thread has done soonest: each puts all of the operand in order that is not divided.
    fn of(left: View<'_>, right: View<'_>, threads: Threads) -> Self {
        let rows: Vec<_> = threads.ranges(left.rows, 8).collect();
        let columns: Vec<_> = threads.ranges(right.columns, 48).collect();
        let longest = |ranges: &[Range<usize>]| ranges.iter().map(ExactSizeIterator::len).max().unwrap_or(0);
        let packed_left = if left.has_whole_rows() { 0 } else { MULTIPLICATIONS_PER_PACKED };
        let by_rows = right.columns * (longest(&rows) + MULTIPLICATIONS_PER_PACKED);
        let by_columns = left.rows * (longest(&columns) + packed_left);
        if by_rows < by_columns { Self::Rows(rows) } else { Self::Columns(columns) }
    }
}

/// Three loops, for matrices so small that anything else takes longer.
fn multiply_plainly(out: &mut [f32], add_to: Accumulate<'_>, left: View<'_>, right: View<'_>) {
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

struct Product<'a> {
    out: RowsMut<'a>,
    add_to: Accumulate<'a>,
    left: View<'a>,
    right: View<'a>,
    scratch: &'a mut Scratch,
}

impl WithSimd for Product<'_> {
    type Output = ();
    #[inline(always)]
    fn with_simd<S: Simd>(mut self, simd: S) {
        let (rows, shared, columns) = (self.left.rows, self.left.columns, self.right.columns);
        let columns_at_once = at_once(columns, COLUMNS, panel_registers::<S>() * S::F32_LANES);
        let rows_at_once = at_once(rows, ROWS, tile_rows::<S>());
        let shared_at_once = at_once(shared, SHARED, 1);
        let packed = aligned(&mut self.scratch.right, packed_size::<S>(shared_at_once, columns_at_once));
        // put in order once for all columns, if they are more than are done at once and it is not too large
        let is_kept = columns > columns_at_once && rows * shared <= MOST_KEPT;
        let tiles = match left_is_packed::<S>(self.left, columns) {
            true if is_kept => rows * shared,
            true => rows_at_once * shared_at_once,
            false => 0,
        };
        let tiles = aligned(&mut self.scratch.left, tiles);
        for first_column in (0..columns).step_by(columns_at_once) {
            let these_columns = first_column..columns.min(first_column + columns_at_once);
            for first in (0..shared).step_by(shared_at_once) {
                let these = first..shared.min(first + shared_at_once);
                let right = self.right.part(these.clone(), these_columns.clone());
                pack_panels(simd, right, packed);
                let add_to = if first == 0 { self.add_to } else { Accumulate::Output };
                for first_row in (0..rows).step_by(rows_at_once) {
                    let left = self.left.part(first_row..rows.min(first_row + rows_at_once), these.clone());
                    let start = if is_kept { first * rows + first_row * these.len() } else { 0 };
                    let left = match left_is_packed::<S>(left, columns) {
                        true if is_kept && first_column > 0 => Left::Tiles(left, &tiles[start..]),
                        true => pack_left::<S>(left, &mut tiles[start..]),
                        false if left.has_whole_rows() => Left::Rows(left),
                        false => Left::Columns(left),
                    };
                    let mut rest = &*packed;
                    for (start, registers) in panels::<S>(right.columns) {
                        let (numbers, later) = rest.split_at(right.rows * registers * S::F32_LANES);
                        rest = later;
                        let panel = Panel { numbers, registers, column: first_column + start, ahead: &[] };
                        multiply_panel(simd, (&mut self.out, first_row), add_to, left, panel);
                    }
                }
            }
        }
    }
}

/// How many of `count` are done at once, about `most`: parts as even as they can be, of whole units.
#[inline(always)]
fn at_once(count: usize, most: usize, unit: usize) -> usize {
    count.div_ceil(count.div_ceil(most).max(1)).max(1).next_multiple_of(unit)
}

/// A product of a few rows with a matrix whose columns lie in one piece: each is read once and not put in order.
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
                let place = &mut out.row(row)[column];
                let before = match add_to {
                    Accumulate::Nothing => 0.0,
                    Accumulate::Output => *place,
                    Accumulate::Row(row) => row[column],
                };
                *place = before + product;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn by_hand(beta: f32, out: &[f32], left: &[f32], right: &[f32], (m, k, n): (usize, usize, usize)) -> Vec<f32> {
        let mut result = Vec::new();
        for row in 0..m {
            for column in 0..n {
                let sum: f32 = (0..k).map(|i| left[row * k + i] * right[i * n + column]).sum();
                result.push(if beta == 0.0 { sum } else { beta * out[row * n + column] + sum });
            }
        }
        result
    }

    fn add_to(beta: f32) -> Accumulate<'static> {
        if beta == 0.0 { Accumulate::Nothing } else { Accumulate::Output }
    }

    fn transpose(data: &[f32], rows: usize, columns: usize) -> Vec<f32> {
        (0..columns).flat_map(|c| (0..rows).map(move |r| data[r * columns + c])).collect()
    }

    proptest! {
        #[test]
        fn product_is_the_sum_over_the_shared_dimension(
            (m, k, n) in (1usize..20, 1usize..40, 1usize..20),
            beta in prop::sample::select(vec![0.0f32, 1.0]),
            seed in any::<u32>(),
        ) {
            // small whole numbers: every order of summation gives the same f32
            let number = |i: usize| (seed.wrapping_mul(2_654_435_761).wrapping_add(i as u32 * 40_503) >> 7) % 9;
            let fill = |len: usize, from: usize| -> Vec<f32> { (0..len).map(|i| number(from + i) as f32 - 4.0).collect() };
            let (left, right, before) = (fill(m * k, 0), fill(k * n, 1000), fill(m * n, 2000));
            let expected = by_hand(beta, &before, &left, &right, (m, k, n));

            let mut plain = if beta == 0.0 { vec![f32::NAN; m * n] } else { before.clone() };
            product(MatrixMut::new(&mut plain, m, n), add_to(beta), Matrix::new(&left, m, k), Matrix::new(&right, k, n), Threads::ONE);
            prop_assert_eq!(&plain, &expected);

            let (left_t, right_t) = (transpose(&left, m, k), transpose(&right, k, n));
            let mut turned = before.clone();
            product(
                MatrixMut::new(&mut turned, m, n),
                add_to(beta),
                Matrix::new(&left_t, k, m).transposed(),
                Matrix::new(&right_t, n, k).transposed(),
                Threads::new(2),
            );
            prop_assert_eq!(&turned, &expected);
        }
    }

    /// A product large enough to be done in blocks and shared. The result is exact with whole numbers; with others, whose sum
    /// depends on the order, it is the same for any number of threads.
    fn check_blocks((m, k, n): (usize, usize, usize), left_transposed: bool, right_transposed: bool) {
        for (is_exact, scale) in [(true, 1.0), (false, 0.1)] {
            let number = |i: usize| scale * ((i * 7919 % 13) as f32 - 6.0);
            let (left, right): (Vec<_>, Vec<_>) = ((0..k * m).map(number).collect(), (0..k * n).map(number).collect());
            check_numbers(is_exact, (m, k, n), (&left, left_transposed), (&right, right_transposed));
        }
    }

    fn check_numbers(
        is_exact: bool,
        (m, k, n): (usize, usize, usize),
        (left, left_transposed): (&[f32], bool),
        (right, right_transposed): (&[f32], bool),
    ) {
        let (left_t, right_t) = (transpose(left, m, k), transpose(right, k, n));
        let left = if left_transposed { Matrix::new(&left_t, k, m).transposed() } else { Matrix::new(left, m, k) };
        let right = if right_transposed { Matrix::new(&right_t, n, k).transposed() } else { Matrix::new(right, k, n) };
        let multiply = |threads| {
            let mut out = vec![1.0; m * n];
            product(MatrixMut::new(&mut out, m, n), Accumulate::Output, left, right, threads);
            out
        };
        let alone = multiply(Threads::ONE);
        for row in [0, 1, 63, 64, 65, m / 2, m - 1] {
            let by_hand = |column: usize| -> f32 {
                (0..k)
                    .map(|i| {
                        let (left, right) = (left.view(), right.view());
                        left.numbers[row * left.row_stride + i * left.column_stride]
                            * right.numbers[i * right.row_stride + column * right.column_stride]
                    })
                    .sum()
            };
            for column in [0, 1, n / 2, n - 1] {
                let (ours, expected) = (alone[row * n + column], 1.0 + by_hand(column));
                let most = if is_exact { 0.0 } else { 1e-3 };
                assert!((ours - expected).abs() <= most, "row {row}, column {column}: {ours} and {expected}");
            }
        }
        for count in 2..=5 {
            assert_eq!(multiply(Threads::new(count)), alone, "{count} threads");
        }
    }

    #[test]
    #[ignore = "minutes"]
    fn a_large_product_is_done_in_blocks_and_shared_among_threads_with_the_same_result() {
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
    fn sizes_that_differ_are_refused() {
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
