//! The matrix product under every operation of the model, over the crate `gemm-f32`.
//!
//! Matrices are views of slices, row after row, with their dimensions in their type: the contraction `[M, K]·[K, N]` is
//! checked by the compiler.
//!
//! ```compile_fail,E0308
//! use rnn_tui::model::dimensions::{Batch, Embed, Hidden};
//! use rnn_tui::model::kernels::{Matrix, MatrixMut, Threads, product};
//!
//! let (input, weight, mut out) = ([0.0; 4], [0.0; 4], [0.0; 4]);
//! let input = Matrix::new(&input, Batch(2), Embed(2));
//! let weight = Matrix::new(&weight, Hidden(2), Embed(2)); // not transposed
//! product(MatrixMut::new(&mut out, Batch(2), Hidden(2)), 0.0, input, weight, Threads::ONE); // error: `Embed` against `Hidden`
//! ```
//!
//! with the weight transposed it does compile:
//!
//! ```
//! # use rnn_tui::model::dimensions::{Batch, Embed, Hidden};
//! # use rnn_tui::model::kernels::{Matrix, MatrixMut, Threads, product};
//! # let (input, weight, mut out) = ([0.0; 4], [0.0; 4], [0.0; 4]);
//! # let input = Matrix::new(&input, Batch(2), Embed(2));
//! # let weight = Matrix::new(&weight, Hidden(2), Embed(2));
//! product(MatrixMut::new(&mut out, Batch(2), Hidden(2)), 0.0, input, weight.transposed(), Threads::ONE);
//! ```

use std::marker::PhantomData;
use std::num::NonZeroUsize;

use dfdx::shapes::Dim;
use gemm_common::Parallelism;

/// With fewer multiplications, waking a thread takes longer than a core needs for all of them.
const WORTH_SHARING: usize = 1 << 22;
/// With fewer rows per thread each would put too much in order for too few of them.
const ROWS_WORTH_SHARING: usize = 64;

/// Among how many threads a large product is divided. The same number gives the same result, bit for bit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Threads(NonZeroUsize);

impl Threads {
    /// The thread that asks, and no other.
    pub const ONE: Self = Self(NonZeroUsize::MIN);

    /// So many threads, at least one.
    #[must_use]
    pub fn new(count: usize) -> Self {
        Self(NonZeroUsize::new(count).unwrap_or(NonZeroUsize::MIN))
    }

    /// This many for a product of so many multiplications, or one where sharing costs more than it saves.
    pub(super) fn for_work(self, multiplications: usize) -> Self {
        if multiplications < WORTH_SHARING { Self::ONE } else { self }
    }

    /// Among how many threads `rows` rows, each of which needs so many multiplications, are divided; 1 where the library
    /// divides better, by columns.
    fn parts(self, rows: usize, multiplications: usize) -> usize {
        let parts = self.for_work(rows * multiplications).0.get();
        if rows >= parts * ROWS_WORTH_SHARING { parts } else { 1 }
    }

    fn parallelism(self) -> Parallelism {
        if self == Self::ONE { Parallelism::None } else { Parallelism::Rayon(self.0.get()) }
    }
}

/// A matrix `[R, C]` that is read.
#[derive(Clone, Copy, Debug)]
pub struct Matrix<'a, R: Dim, C: Dim> {
    data: &'a [f32],
    rows: usize,
    columns: usize,
    row_stride: usize,
    column_stride: usize,
    dimensions: PhantomData<(R, C)>,
}

/// The sizes of two dimensions, asked for once: what a `Dim` answers later is of no matter to the kernel.
fn sizes(data: &[f32], rows: impl Dim, columns: impl Dim) -> (usize, usize) {
    let (r, c) = (rows.size(), columns.size());
    assert_eq!(r.checked_mul(c), Some(data.len()), "{rows:?} × {columns:?}");
    (r, c)
}

impl<'a, R: Dim, C: Dim> Matrix<'a, R, C> {
    /// Sees `data` as `rows` rows, one after the other.
    ///
    /// # Panics
    /// If `data` does not hold exactly `rows × columns` numbers.
    #[must_use]
    pub fn new(data: &'a [f32], rows: R, columns: C) -> Self {
        let (rows, columns) = sizes(data, rows, columns);
        Self { data, rows, columns, row_stride: columns, column_stride: 1, dimensions: PhantomData }
    }

    /// The numbers as they lie in memory.
    #[must_use]
    pub fn numbers(&self) -> &'a [f32] {
        self.data
    }

    pub(super) fn sizes(&self) -> (usize, usize) {
        (self.rows, self.columns)
    }

    /// How far it is to the next row, and to the next column.
    pub(super) fn strides(&self) -> (usize, usize) {
        (self.row_stride, self.column_stride)
    }

    /// The same numbers with rows and columns exchanged; nothing moves.
    #[must_use]
    pub fn transposed(self) -> Matrix<'a, C, R> {
        Matrix {
            data: self.data,
            rows: self.columns,
            columns: self.rows,
            row_stride: self.column_stride,
            column_stride: self.row_stride,
            dimensions: PhantomData,
        }
    }
}

/// A matrix `[R, C]` that is written.
#[derive(Debug)]
pub struct MatrixMut<'a, R: Dim, C: Dim> {
    data: &'a mut [f32],
    rows: usize,
    columns: usize,
    dimensions: PhantomData<(R, C)>,
}

impl<'a, R: Dim, C: Dim> MatrixMut<'a, R, C> {
    /// Sees `data` as `rows` rows, one after the other.
    ///
    /// # Panics
    /// If `data` does not hold exactly `rows × columns` numbers.
    #[must_use]
    pub fn new(data: &'a mut [f32], rows: R, columns: C) -> Self {
        let (rows, columns) = sizes(data, rows, columns);
        Self { data, rows, columns, dimensions: PhantomData }
    }

    pub(super) fn sizes(&self) -> (usize, usize) {
        (self.rows, self.columns)
    }

    /// The numbers, row after row.
    #[must_use]
    pub fn numbers_mut(&mut self) -> &mut [f32] {
        self.data
    }
}

/// `out = keep · out + left · right`, with `left` `[M, K]`, `right` `[K, N]` and `out` `[M, N]`.
///
/// The order of summation is fixed: the same numbers give the same result, bit for bit, on one machine.
/// `keep = 0` overwrites `out` whatever it held.
///
/// # Panics
/// If two dimensions of one type have different sizes.
#[allow(clippy::needless_pass_by_value)] // a view is like a reference: made for one call
pub fn product<M: Dim, K: Dim, N: Dim>(
    out: MatrixMut<'_, M, N>,
    keep: f32,
    left: Matrix<'_, M, K>,
    right: Matrix<'_, K, N>,
    threads: Threads,
) {
    assert!(
        (left.rows, left.columns, right.columns) == (out.rows, right.rows, out.columns),
        "[{}, {}] · [{}, {}] is not [{}, {}]",
        left.rows,
        left.columns,
        right.rows,
        right.columns,
        out.rows,
        out.columns
    );
    let parts = threads.parts(left.rows, left.columns * right.columns);
    let share = out.rows.div_ceil(parts);
    if parts == 1 {
        let threads = threads.for_work(left.rows * left.columns * right.columns);
        return multiply_rows(out.data, 0, keep, left, right, threads.parallelism());
    }
    rayon::scope(|scope| {
        for (part, rows) in out.data.chunks_mut((share * right.columns).max(1)).enumerate() {
            scope.spawn(move |_| multiply_rows(rows, part * share, keep, left, right, Parallelism::None));
        }
    });
}

/// How many rows of the result are found at once: what the library is fastest with on one thread.
fn strip<M: Dim, K: Dim, N: Dim>(left: Matrix<'_, M, K>, right: Matrix<'_, K, N>) -> usize {
    if left.column_stride > 4096 && right.columns >= 512 {
        256 // with the transpose of a wide matrix on the left a tenth faster, at 10,000 × 700 × 650
    } else {
        left.rows.max(1)
    }
}

/// The rows from `first` on of a product whose sizes agree, as many as `out` has room for.
fn multiply_rows<M: Dim, K: Dim, N: Dim>(
    out: &mut [f32],
    first: usize,
    keep: f32,
    left: Matrix<'_, M, K>,
    right: Matrix<'_, K, N>,
    parallelism: Parallelism,
) {
    let strip = if matches!(parallelism, Parallelism::None) { strip(left, right) } else { left.rows.max(1) };
    // A slice is never longer than isize::MAX bytes, so no stride of one overflows.
    let stride = usize::cast_signed;
    for (index, out) in out.chunks_mut((strip * right.columns).max(1)).enumerate() {
        let (first, rows) = (first + index * strip, out.len() / right.columns);
        assert!(first + rows <= left.rows, "{first} + {rows} of {} rows", left.rows);
        // SAFETY: each slice holds rows × columns numbers and the strides stay inside it (checked by the constructors, kept
        // by `transposed`); the sizes agree (checked by `product`), and the rows from `first` on are some of them (checked
        // above); `out` is borrowed mutably, so it overlaps neither operand.
        unsafe {
            gemm_f32::gemm::f32::get_gemm_fn()(
                rows,
                right.columns,
                left.columns,
                out.as_mut_ptr(),
                1,
                stride(right.columns),
                keep != 0.0,
                left.data.as_ptr().add(first * left.row_stride),
                stride(left.column_stride),
                stride(left.row_stride),
                right.data.as_ptr(),
                stride(right.column_stride),
                stride(right.row_stride),
                keep,
                1.0,
                false,
                false,
                false,
                parallelism,
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn by_hand(keep: f32, out: &[f32], left: &[f32], right: &[f32], (m, k, n): (usize, usize, usize)) -> Vec<f32> {
        let mut result = Vec::new();
        for row in 0..m {
            for column in 0..n {
                let sum: f32 = (0..k).map(|i| left[row * k + i] * right[i * n + column]).sum();
                result.push(if keep == 0.0 { sum } else { keep * out[row * n + column] + sum });
            }
        }
        result
    }

    fn transpose(data: &[f32], rows: usize, columns: usize) -> Vec<f32> {
        (0..columns).flat_map(|c| (0..rows).map(move |r| data[r * columns + c])).collect()
    }

    proptest! {
        #[test]
        fn product_is_the_sum_over_the_shared_dimension(
            (m, k, n) in (1usize..20, 1usize..40, 1usize..20),
            keep in prop::sample::select(vec![0.0f32, 1.0]),
            seed in any::<u32>(),
        ) {
            // small whole numbers: every order of summation gives the same f32
            let number = |i: usize| (seed.wrapping_mul(2_654_435_761).wrapping_add(i as u32 * 40_503) >> 7) % 9;
            let fill = |len: usize, from: usize| -> Vec<f32> { (0..len).map(|i| number(from + i) as f32 - 4.0).collect() };
            let (left, right, before) = (fill(m * k, 0), fill(k * n, 1000), fill(m * n, 2000));
            let expected = by_hand(keep, &before, &left, &right, (m, k, n));

            let mut plain = if keep == 0.0 { vec![f32::NAN; m * n] } else { before.clone() };
            product(MatrixMut::new(&mut plain, m, n), keep, Matrix::new(&left, m, k), Matrix::new(&right, k, n), Threads::ONE);
            prop_assert_eq!(&plain, &expected);

            let (left_t, right_t) = (transpose(&left, m, k), transpose(&right, k, n));
            let mut turned = before.clone();
            product(
                MatrixMut::new(&mut turned, m, n),
                keep,
                Matrix::new(&left_t, k, m).transposed(),
                Matrix::new(&right_t, n, k).transposed(),
                Threads::new(2),
            );
            prop_assert_eq!(&turned, &expected);
        }
    }

    /// A product large enough to be cut into strips and shared: with whole numbers the order is of no matter.
    fn check_strips((m, k, n): (usize, usize, usize), left_transposed: bool, right_transposed: bool) {
        let number = |i: usize| (i * 7919 % 13) as f32 - 6.0;
        let (left, right): (Vec<_>, Vec<_>) = ((0..k * m).map(number).collect(), (0..k * n).map(number).collect());
        let (left_t, right_t) = (transpose(&left, m, k), transpose(&right, k, n));
        let left = if left_transposed { Matrix::new(&left_t, k, m).transposed() } else { Matrix::new(&left, m, k) };
        let right = if right_transposed { Matrix::new(&right_t, n, k).transposed() } else { Matrix::new(&right, k, n) };
        let multiply = |threads| {
            let mut out = vec![1.0; m * n];
            product(MatrixMut::new(&mut out, m, n), 1.0, left, right, threads);
            out
        };
        let alone = multiply(Threads::ONE);
        for row in [0, 1, 95, 96, 97, m / 2, m - 1] {
            let by_hand = |column: usize| -> f32 {
                (0..k)
                    .map(|i| {
                        left.data[row * left.row_stride + i * left.column_stride]
                            * right.data[i * right.row_stride + column * right.column_stride]
                    })
                    .sum()
            };
            for column in [0, 1, n / 2, n - 1] {
                assert_eq!(alone[row * n + column], 1.0 + by_hand(column), "row {row}, column {column}");
            }
        }
        for count in 2..=5 {
            assert_eq!(multiply(Threads::new(count)), alone, "{count} threads");
        }
    }

    #[test]
    fn a_large_product_is_cut_into_strips_and_shared_among_threads_with_the_same_result() {
        check_strips((4100, 3, 512), true, false);
        check_strips((301, 4, 4100), false, true);
        check_strips((331, 129, 130), false, false);
    }

    #[test]
    #[should_panic(expected = "is not")]
    fn sizes_that_differ_are_refused() {
        let mut out = [0.0; 4];
        product(
            MatrixMut::new(&mut out, 2, 2),
            0.0,
            Matrix::new(&[0.0; 6], 2, 3),
            Matrix::new(&[0.0; 4], 2, 2),
            Threads::ONE,
        );
    }
}
