//! A matrix that is packed once for many products, such as the recurrent weights, which every time step multiplies with.

use std::ops::Range;

use dfdx::prelude::Dim;
use pulp::{Simd, WithSimd};

use super::instruction_set::vectorized;
use super::matrix::{Matrix, MatrixMut, View};
use super::packing::{Scratch, aligned, left_is_packed, pack_left, pack_panels, packed_size, with_scratch};
use super::product::multiply;
use super::rows::{RowsMut, take};
use super::threads::Threads;
use super::tile::{Accumulate, Left, Panel, multiply_panel, panel_registers, panels};

/// A matrix of more numbers does not stay in a core's cache between products.
const FAR: usize = 1 << 17;
/// With fewer multiplications in all products together, packing costs more than it saves.
const MIN_PACKED_MULTIPLICATIONS: usize = 1 << 12;

/// A right operand `[K, N]` of many products, packed into panels if that saves time.
#[derive(Clone, Copy, Debug)]
pub struct PackedMatrix<'a, K: Dim, N: Dim> {
    matrix: Matrix<'a, K, N>,
    /// Panels of a few columns each, one after the other, each row after row.
    panels: Option<&'a [f32]>,
    threads: Threads,
}

impl<'a, K: Dim, N: Dim> PackedMatrix<'a, K, N> {
    /// Prepares `matrix` for `products` products with `rows` rows each; `memory` holds the packed copy.
    pub fn new(
        matrix: Matrix<'a, K, N>,
        memory: &'a mut Vec<f32>,
        (products, rows): (usize, usize),
        threads: Threads,
    ) -> Self {
        let view = matrix.view();
        let pays = products > 1 && products * rows * view.rows * view.columns > MIN_PACKED_MULTIPLICATIONS;
        Self { matrix, threads, panels: pays.then(|| &*vectorized(Pack { memory, view, threads })) }
    }

    /// `threads` if the matrix is packed, else one thread: only with a packed matrix does the order of summation not depend on the number of
    /// rows per thread.
    #[must_use]
    pub fn threads_for_rows(&self, threads: Threads) -> Threads {
        if self.panels.is_some() { threads } else { Threads::ONE }
    }

    /// Computes `out = add_to + left · matrix` with `left` `[M, K]` and `out` `[M, N]`.
    ///
    /// # Panics
    /// If two dimensions of one type have different sizes, or `left` is transposed.
    pub fn product<M: Dim>(&self, out: MatrixMut<'_, M, N>, add_to: Accumulate<'_>, left: Matrix<'_, M, K>) {
        let (view, left) = (self.matrix.view(), left.view());
        assert_eq!((left.rows, left.columns, view.columns), (out.sizes().0, view.rows, out.sizes().1), "sizes differ");
        assert!(left.has_whole_rows(), "rows lie one after the other");
        if left.rows == 0 {
            return;
        }
        let (out, columns) = (out.into_numbers(), view.columns);
        match self.panels {
            Some(panels) => with_scratch(|scratch| {
                let out = RowsMut::whole(out, columns);
                vectorized(Product { out, add_to, left, panels, columns, scratch });
            }),
            None => multiply(out, add_to, left, view, self.threads),
        }
    }
}

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
        let mut rest = &mut *memory;
        let part = |columns: Range<usize>| {
            let view = view.part(0..view.rows, columns);
            (view, take(&mut rest, packed_size::<S>(view.rows, view.columns)))
        };
        let threads = threads.for_numbers(size);
        let parts = threads.ranges(view.columns, panel_registers::<S>() * S::F32_LANES).map(part).collect();
        Threads::each(parts, |(view, panels)| vectorized(PackPart { view, panels }));
        memory
    }
}

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

struct Product<'a> {
    out: RowsMut<'a>,
    add_to: Accumulate<'a>,
    left: View<'a>,
    panels: &'a [f32],
    columns: usize,
    scratch: &'a mut Scratch,
}

impl WithSimd for Product<'_> {
    type Output = ();
    #[inline(always)]
    fn with_simd<S: Simd>(mut self, simd: S) {
        let left = if left_is_packed::<S>(self.left, self.columns) {
            pack_left::<S>(self.left, aligned(&mut self.scratch.left, self.left.rows * self.left.columns))
        } else {
            Left::Rows(self.left)
        };
        let mut rest = self.panels;
        for (column, registers) in panels::<S>(self.columns) {
            let (numbers, later) = rest.split_at(self.left.columns * registers * S::F32_LANES);
            rest = later;
            let ahead = if self.panels.len() > FAR { &later[..numbers.len().min(later.len())] } else { &[] };
            let panel = Panel { numbers, registers, column, ahead };
            multiply_panel(simd, (&mut self.out, 0), self.add_to, left, panel);
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
        fn it_is_the_product_that_the_library_finds(
            (m, k, n) in (1usize..40, 1usize..70, 1usize..130),
            adds in any::<bool>(),
            transposed in any::<bool>(),
            seed in any::<u32>(),
        ) {
            // small whole numbers: every order of summation gives the same f32
            let number = |i: usize| (seed.wrapping_mul(2_654_435_761).wrapping_add(i as u32 * 40_503) >> 7) % 9;
            let fill = |len: usize, from: usize| -> Vec<f32> { (0..len).map(|i| number(from + i) as f32 - 4.0).collect() };
            let (left, right, before) = (fill(m * k, 0), fill(k * n, 1000), fill(m * n, 2000));
            let right = if transposed { Matrix::new(&right, n, k).transposed() } else { Matrix::new(&right, k, n) };
            let left = Matrix::new(&left, m, k);
            let mut expected = before.clone();
            let add_to = if adds { Accumulate::Output } else { Accumulate::Nothing };
            product(MatrixMut::new(&mut expected, m, n), add_to, left, right, Threads::ONE);

            // whatever was in the memory before leaves no trace
            let mut memory = vec![f32::NAN; 100];
            let mut out = before;
            let packed = PackedMatrix::new(right, &mut memory, (1000, m), Threads::new(2));
            packed.product(MatrixMut::new(&mut out, m, n), add_to, left);
            prop_assert_eq!(out, expected);
        }
    }
}
