//! The product of a few rows with a large matrix that stays the same for many products, as each time step has it with the
//! recurrent weights: the matrix is put in order once.
//!
//! A general product puts its operands in order each time, which for the 20 or 32 rows of a batch costs as much as the
//! multiplication. Here a panel of three vector registers' width is read from end to end for up to eight rows at a time,
//! whose sums never leave the registers.

use dfdx::prelude::Dim;
use pulp::{Simd, WithSimd};

use super::lanes::Lanes;
use super::loops::vectorized;
use super::prefetch::{LINE, prefetch};
use super::product::{Matrix, MatrixMut, Threads, product};

/// Vector registers per row of a panel.
const WIDTH: usize = 3;
/// A matrix of at most so many numbers stays in a core's own cache: then panels pay for any number of rows.
const NEAR: usize = 1 << 18;
/// A matrix of more numbers does not stay in a core's own cache from one product to the next.
const FAR: usize = 1 << 19;
/// With more rows than that at once, and a larger matrix, the library's way is better.
const FEW_ROWS: usize = 64;
/// With fewer rows in all, putting in order costs more than it saves.
const ENOUGH_ROWS: usize = 32;

/// A matrix `[K, N]` that many rows are multiplied with: put in order where that pays, else left as it is.
#[derive(Debug)]
pub struct Prepared<'a, K: Dim, N: Dim> {
    matrix: Matrix<'a, K, N>,
    /// Panels of a few columns each, one after the other, each row after row.
    panels: Option<&'a [f32]>,
    threads: Threads,
}

impl<'a, K: Dim, N: Dim> Prepared<'a, K, N> {
    /// `matrix`, for `products` products with `rows` rows each; `memory` is where it is put in order.
    pub fn new(
        matrix: Matrix<'a, K, N>,
        memory: &'a mut Vec<f32>,
        (products, rows): (usize, usize),
        threads: Threads,
    ) -> Self {
        let (shared, columns) = matrix.sizes();
        let is_alone = threads.for_work(rows * shared * columns) == Threads::ONE;
        let is_near = shared * columns <= NEAR;
        let pays =
            products * rows >= ENOUGH_ROWS && if rows <= FEW_ROWS { is_near || is_alone } else { is_near && is_alone };
        let panels = pays.then(|| &*vectorized(Pack { memory, matrix }));
        Self { matrix, panels, threads }
    }

    /// `out = keep · out + left · matrix` with `left` `[M, K]` and `out` `[M, N]`. The order of summation is fixed.
    ///
    /// # Panics
    /// If two dimensions of one type have different sizes, or `left` is transposed.
    pub fn product<M: Dim>(&self, mut out: MatrixMut<'_, M, N>, keep: bool, left: Matrix<'_, M, K>) {
        let Some(panels) = self.panels else {
            return product(out, f32::from(u8::from(keep)), left, self.matrix, self.threads);
        };
        let ((rows, shared), columns) = (left.sizes(), self.matrix.sizes().1);
        assert_eq!((shared, out.sizes()), (self.matrix.sizes().0, (rows, columns)), "sizes differ");
        assert_eq!(left.strides(), (shared, 1), "rows lie one after the other");
        vectorized(Product { out: out.numbers_mut(), keep, left: left.numbers(), panels, rows, shared, columns });
    }
}

/// The columns of each panel of `columns` columns: where it starts, and how many registers wide it is.
#[inline(always)]
fn panels<S: Simd>(columns: usize) -> impl Iterator<Item = (usize, usize)> {
    let width = WIDTH * S::F32_LANES;
    (0..columns).step_by(width).map(move |start| (start, (columns - start).min(width).div_ceil(S::F32_LANES)))
}

/// Copies a matrix into panels; what fills the last one up is zero.
struct Pack<'m, 'a, K: Dim, N: Dim> {
    memory: &'m mut Vec<f32>,
    matrix: Matrix<'a, K, N>,
}

impl<'m, K: Dim, N: Dim> WithSimd for Pack<'m, '_, K, N> {
    type Output = &'m mut [f32];
    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) -> &'m mut [f32] {
        let (rows, columns) = self.matrix.sizes();
        let width_of_all: usize = panels::<S>(columns).map(|(_, registers)| registers * S::F32_LANES).sum();
        if self.memory.len() < rows * width_of_all {
            self.memory.resize(rows * width_of_all, 0.0);
        }
        let all = &mut self.memory[..rows * width_of_all];
        let mut rest = &mut *all;
        for (start, registers) in panels::<S>(columns) {
            let width = registers * S::F32_LANES;
            let (panel, later) = rest.split_at_mut(rows * width);
            rest = later;
            let filled = width.min(columns - start);
            if filled < width {
                panel.chunks_exact_mut(width).for_each(|row| row[filled..].fill(0.0));
            }
            match self.matrix.strides() {
                (row, 1) => {
                    for (index, place) in panel.chunks_exact_mut(width).enumerate() {
                        place[..filled].copy_from_slice(&self.matrix.numbers()[index * row + start..][..filled]);
                    }
                }
                (_, column) => {
                    // the transpose of rows: in small squares, so that what is read stays near
                    for (block, places) in panel.chunks_mut(16 * width).enumerate() {
                        for at in 0..filled {
                            let numbers = &self.matrix.numbers()[(start + at) * column + 16 * block..];
                            for (place, number) in places.chunks_exact_mut(width).zip(numbers) {
                                place[at] = *number;
                            }
                        }
                    }
                }
            }
        }
        all
    }
}

struct Product<'a> {
    out: &'a mut [f32],
    keep: bool,
    left: &'a [f32],
    panels: &'a [f32],
    rows: usize,
    shared: usize,
    columns: usize,
}

impl WithSimd for Product<'_> {
    type Output = ();
    #[inline(always)]
    fn with_simd<S: Simd>(mut self, simd: S) {
        let mut rest = self.panels;
        for (start, registers) in panels::<S>(self.columns) {
            let (panel, later) = rest.split_at(self.shared * registers * S::F32_LANES);
            rest = later;
            let next = if self.panels.len() > FAR { &later[..panel.len().min(later.len())] } else { &[] };
            match registers {
                3 => self.panel::<S, 3>(simd, panel, next, start),
                2 => self.panel::<S, 2>(simd, panel, next, start),
                _ => self.panel::<S, 1>(simd, panel, next, start),
            }
        }
    }
}

impl Product<'_> {
    /// All rows with one panel, while the next one is fetched if that is far away.
    #[inline(always)]
    fn panel<S: Simd, const W: usize>(&mut self, simd: S, panel: &[f32], next: &[f32], start: usize) {
        // 24 sums of 32 registers where a register holds 16 numbers, 12 of 16 where it holds fewer
        let most = if S::F32_LANES >= 16 { 8 } else { 4 };
        // every block fetches its share
        let mut shares = next.chunks(next.len().div_ceil(self.rows.div_ceil(most)).max(1));
        let mut row = 0;
        while row < self.rows {
            // blocks as even as they can be: each reads the whole panel
            let left = self.rows - row;
            let ahead = shares.next().unwrap_or_default();
            match left.div_ceil(left.div_ceil(most)) {
                8 => row += self.block::<S, W, 8>(simd, (panel, ahead), start, row),
                7 => row += self.block::<S, W, 7>(simd, (panel, ahead), start, row),
                6 => row += self.block::<S, W, 6>(simd, (panel, ahead), start, row),
                5 => row += self.block::<S, W, 5>(simd, (panel, ahead), start, row),
                4 => row += self.block::<S, W, 4>(simd, (panel, ahead), start, row),
                3 => row += self.block::<S, W, 3>(simd, (panel, ahead), start, row),
                2 => row += self.block::<S, W, 2>(simd, (panel, ahead), start, row),
                _ => row += self.block::<S, W, 1>(simd, (panel, ahead), start, row),
            }
        }
    }

    /// `R` rows from `row` on with one panel of `W` registers' width, whose first column is `start`; fetches `ahead` on the
    /// way. Returns `R`.
    #[inline(always)]
    fn block<S: Simd, const W: usize, const R: usize>(
        &mut self,
        simd: S,
        (panel, ahead): (&[f32], &[f32]),
        start: usize,
        row: usize,
    ) -> usize {
        let (shared, lanes) = (self.shared, S::F32_LANES);
        let rows: [&[f32]; R] = std::array::from_fn(|r| &self.left[(row + r) * shared..][..shared]);
        let mut sums = [[Lanes::splat(simd, 0.0); W]; R];
        let fetched = ahead.len().div_ceil(shared.max(1));
        for (k, weights) in panel.chunks_exact(W * lanes).enumerate() {
            for at in (0..fetched).step_by(LINE) {
                prefetch(ahead, k * fetched + at);
            }
            let weights: [Lanes<S>; W] = std::array::from_fn(|w| Lanes::load(simd, &weights[w * lanes..][..lanes]));
            for r in 0..R {
                let x = Lanes::splat(simd, rows[r][k]);
                for w in 0..W {
                    sums[r][w] = x.mul_add(weights[w], sums[r][w]);
                }
            }
        }
        for (r, sums) in sums.into_iter().enumerate() {
            let out = &mut self.out[(row + r) * self.columns..][..self.columns];
            for (w, sum) in sums.into_iter().enumerate() {
                let first = start + w * lanes;
                let end = (first + lanes).min(self.columns);
                let place = &mut out[first..end];
                let before = if self.keep { Lanes::load(simd, place) } else { Lanes::splat(simd, 0.0) };
                (before + sum).store(place);
            }
        }
        R
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn it_is_the_product_that_the_library_finds(
            (m, k, n) in (1usize..40, 1usize..70, 1usize..130),
            keep in any::<bool>(),
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
            product(MatrixMut::new(&mut expected, m, n), f32::from(u8::from(keep)), left, right, Threads::ONE);

            // whatever was in the memory before leaves no trace
            let mut memory = vec![f32::NAN; 100];
            let mut out = before;
            Prepared::new(right, &mut memory, (1, 1000), Threads::ONE)
                .product(MatrixMut::new(&mut out, m, n), keep, left);
            prop_assert_eq!(out, expected);
        }
    }
}
