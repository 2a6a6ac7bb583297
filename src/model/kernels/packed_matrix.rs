//! A right operand that is packed once for many products, such as the recurrent weights, which every time step uses.

use std::ops::Range;

use dfdx::prelude::Dim;
use pulp::{Simd, WithSimd};

use super::instruction_set::vectorized;
use super::matrix::{Matrix, MatrixMut, View};
use super::packing::{Scratch, aligned, left_is_packed, pack_left, pack_panels, packed_size, with_scratch};
use super::product::multiply;
use super::rows::{RowsMut, take};
use super::threads::Threads;
use super::tile::{Accumulate, multiply_panel};
use super::tiling::{Left, Panel, panel_registers, panels};

/// Largest packed matrix, in numbers, that stays in a core's cache between products; panels of larger ones are prefetched.
const MAX_CACHED_NUMBERS: usize = 1 << 17;
/// With at most this many multiplications in all products together, packing costs more than it saves.
const MAX_UNPACKED_MULTIPLICATIONS: usize = 1 << 12;

/// A right operand `[K, N]` of many products, packed into panels if that saves time.
#[derive(Clone, Copy, Debug)]
pub struct PackedMatrix<'a, K: Dim, N: Dim> {
    matrix: Matrix<'a, K, N>,
    /// Consecutive panels of a few columns each, row-major within a panel; `None` if the matrix is not packed.
    panels: Option<&'a [f32]>,
    threads: Threads,
}

impl<'a, K: Dim, N: Dim> PackedMatrix<'a, K, N> {
    /// Prepares `matrix` for `products` products whose left operands have `rows` rows each. The matrix is packed into `memory` if
    /// there is more than one product and they are large enough in total; otherwise `memory` is not used.
    pub fn new(
        matrix: Matrix<'a, K, N>,
        memory: &'a mut Vec<f32>,
        products: usize,
        rows: usize,
        threads: Threads,
    ) -> Self {
        let view = matrix.view();
        let is_packed = products > 1 && products * rows * view.rows * view.columns > MAX_UNPACKED_MULTIPLICATIONS;
        Self { matrix, threads, panels: is_packed.then(|| &*vectorized(Pack { memory, view, threads })) }
    }

    /// Returns the threads among which the rows of the left operand may be divided: `threads` if the matrix is packed, otherwise
    /// one, because the order of summation then depends on the number of rows per thread.
    #[must_use]
    pub fn threads_for_rows(&self, threads: Threads) -> Threads {
        if self.panels.is_some() { threads } else { Threads::ONE }
    }

    /// Computes `out = add_to + left · matrix` with `left` `[M, K]` and `out` `[M, N]`: on the calling thread if the matrix is
    /// packed, otherwise on the threads given to [`new`](Self::new).
    ///
    /// # Panics
    /// If two dimensions of one type have different sizes, or the rows of `left` are not contiguous.
    pub fn product<M: Dim>(&self, out: MatrixMut<'_, M, N>, add_to: Accumulate<'_>, left: Matrix<'_, M, K>) {
        let (view, left) = (self.matrix.view(), left.view());
        assert_eq!((left.rows, left.columns, view.columns), (out.sizes().0, view.rows, out.sizes().1), "sizes differ");
        assert!(left.has_contiguous_rows(), "rows of the left operand are contiguous");
        if left.rows == 0 {
            return;
        }
        let (out, columns) = (out.into_numbers(), view.columns);
        match self.panels {
            Some(panels) => with_scratch(|scratch| {
                let out = RowsMut::whole(out, columns);
                vectorized(PackedProduct { out, add_to, left, panels, columns, scratch });
            }),
            None => multiply(out, add_to, left, view, self.threads),
        }
    }
}

/// Packs a matrix into panels in `memory`, by several threads if it is large, and returns them.
struct Pack<'m, 'a> {
    memory: &'m mut Vec<f32>,
    view: View<'a>,
    threads: Threads,
}

impl<'m> WithSimd for Pack<'m, '_> {
    type Output = &'m mut [f32];
    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) -> &'m mut [f32] {
        let Self { memory, view, threads } = self;
        let size = packed_size::<S>(view.rows, view.columns);
        let memory = aligned(memory, size);
        let mut unassigned = &mut *memory;
        let part = |columns: Range<usize>| {
            let view = view.part(0..view.rows, columns);
            (view, take(&mut unassigned, packed_size::<S>(view.rows, view.columns)))
        };
        let threads = threads.for_numbers(size);
        let parts = threads.ranges(view.columns, panel_registers::<S>() * S::F32_LANES).map(part).collect();
        Threads::each(parts, |(view, panels)| vectorized(PackPart { view, panels }));
        memory
    }
}

/// Packs the columns of one thread.
struct PackPart<'m, 'a> {
    view: View<'a>,
    panels: &'m mut [f32],
}

impl WithSimd for PackPart<'_, '_> {
    type Output = ();
    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        pack_panels(simd, self.view, self.panels);
    }
}

/// The product of `left` with a matrix packed into `panels`.
struct PackedProduct<'a> {
    out: RowsMut<'a>,
    add_to: Accumulate<'a>,
    left: View<'a>,
    panels: &'a [f32],
    /// Columns of the packed matrix and of `out`.
    columns: usize,
    scratch: &'a mut Scratch,
}

impl WithSimd for PackedProduct<'_> {
    type Output = ();
    #[inline(always)]
    fn with_simd<S: Simd>(mut self, simd: S) {
        let left = if left_is_packed::<S>(self.left, self.columns) {
            pack_left::<S>(self.left, aligned(&mut self.scratch.left, self.left.rows * self.left.columns))
        } else {
            Left::Rows(self.left)
        };
        let mut remaining = self.panels;
        for (column, registers) in panels::<S>(self.columns) {
            let (numbers, later) = remaining.split_at(self.left.columns * registers * S::F32_LANES);
            remaining = later;
            let is_cached = self.panels.len() <= MAX_CACHED_NUMBERS;
            let prefetched = if is_cached { &[] } else { &later[..numbers.len().min(later.len())] };
            let panel = Panel { numbers, registers, column, prefetched };
            multiply_panel(simd, &mut self.out, 0, self.add_to, left, panel);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::kernels::product;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn packed_matrix_product_equals_unpacked_product(
            (m, k, n) in (1usize..40, 1usize..70, 1usize..130),
            adds in any::<bool>(),
            transposed in any::<bool>(),
            seed in any::<u32>(),
        ) {
            // small integers: every order of summation gives the same f32
            let number = |i: usize| (seed.wrapping_mul(2_654_435_761).wrapping_add(i as u32 * 40_503) >> 7) % 9;
            let fill = |len: usize, from: usize| -> Vec<f32> { (0..len).map(|i| number(from + i) as f32 - 4.0).collect() };
            let (left, right, before) = (fill(m * k, 0), fill(k * n, 1000), fill(m * n, 2000));
            let right = if transposed { Matrix::new(&right, n, k).transposed() } else { Matrix::new(&right, k, n) };
            let left = Matrix::new(&left, m, k);
            let mut expected = before.clone();
            let add_to = if adds { Accumulate::Output } else { Accumulate::Nothing };
            product(MatrixMut::new(&mut expected, m, n), add_to, left, right, Threads::ONE);

            // earlier contents of the memory must not matter
            let mut memory = vec![f32::NAN; 100];
            let mut out = before;
            let packed = PackedMatrix::new(right, &mut memory, 1000, m, Threads::new(2));
            packed.product(MatrixMut::new(&mut out, m, n), add_to, left);
            prop_assert_eq!(out, expected);
        }
    }
}
