//! The causal softmax over attention scores, forward and backward.

use std::ops::Range;

use pulp::{Simd, WithSimd};

use crate::model::kernels::{Lanes, simd_chunks};

/// Replaces scores by attention weights: row k, of position `first + k`, becomes the softmax of scale · score over the positions up to its own, and 0 at
/// later positions.
pub(super) struct CausalSoftmax<'a> {
    /// `[Rows, width]`
    pub scores: &'a mut [f32],
    /// The position of the first row.
    pub first: usize,
    /// Positions per row.
    pub width: usize,
    pub scale: f32,
}

impl WithSimd for CausalSoftmax<'_> {
    type Output = ();
    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let scale = Lanes::splat(simd, self.scale);
        for (step, row) in self.scores.chunks_exact_mut(self.width).enumerate() {
            let (row, later) = row.split_at_mut(self.first + step + 1);
            later.fill(0.0);
            let whole = row.len() - row.len() % S::F32_LANES;
            let largest = simd_chunks::<S>(whole).map(|at| Lanes::load(simd, &row[at]));
            let largest = largest.fold(Lanes::splat(simd, f32::NEG_INFINITY), Lanes::max).largest(S::F32_LANES);
            let rest = Lanes::load(simd, &row[whole..]).largest(row.len() - whole);
            // NaN must reach the loss
            let shift = Lanes::splat(simd, if rest > largest || rest.is_nan() { rest } else { largest });
            let mut sums = Lanes::splat(simd, 0.0);
            for at in simd_chunks::<S>(row.len()) {
                let weight = ((Lanes::load(simd, &row[at.clone()]) - shift) * scale).exp_below_zero();
                sums = sums + weight.first(at.len());
                weight.store(&mut row[at]);
            }
            let share = Lanes::splat(simd, 1.0 / sums.sum());
            for at in simd_chunks::<S>(row.len()) {
                (Lanes::load(simd, &row[at.clone()]) * share).store(&mut row[at]);
            }
        }
    }
}

/// ∂loss/∂weights → ∂loss/∂scores, in place in `d`, row by row of `width` positions.
pub(super) struct SoftmaxGradient<'a> {
    pub weights: &'a [f32],
    pub d: &'a mut [f32],
    pub width: usize,
    pub scale: f32,
}

impl WithSimd for SoftmaxGradient<'_> {
    type Output = ();
    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let scale = Lanes::splat(simd, self.scale);
        let rows = self.weights.chunks_exact(self.width).zip(self.d.chunks_exact_mut(self.width));
        for (weights, d) in rows {
            let load = |numbers: &[f32], at: &Range<usize>| Lanes::load(simd, &numbers[at.clone()]);
            let products = simd_chunks::<S>(self.width)
                .fold(Lanes::splat(simd, 0.0), |sums, at| load(weights, &at).mul_add(load(d, &at), sums));
            let mean = Lanes::splat(simd, products.sum());
            for at in simd_chunks::<S>(self.width) {
                (load(weights, &at) * (load(d, &at) - mean) * scale).store(&mut d[at]);
            }
        }
    }
}
