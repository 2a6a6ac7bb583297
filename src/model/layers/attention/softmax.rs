//! From scores to weights and back: the softmax of each position over those up to its own.

use std::ops::Range;

use pulp::{Simd, WithSimd};

use crate::model::kernels::{Lanes, simd_chunks};

/// From scores to weights, in place: the row of position `first + k` becomes the softmax of scale · score over the positions up
/// to its own, and zero behind them.
pub(super) struct CausalSoftmax<'a> {
    pub scores: &'a mut [f32],
    pub first: usize,
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
            let most = simd_chunks::<S>(whole).map(|at| Lanes::load(simd, &row[at]));
            let most = most.fold(Lanes::splat(simd, f32::NEG_INFINITY), Lanes::max).largest(S::F32_LANES);
            let rest = Lanes::load(simd, &row[whole..]).largest(row.len() - whole);
            // not-a-number wins, so that it is seen in the loss
            let shift = Lanes::splat(simd, if rest > most || rest.is_nan() { rest } else { most });
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

/// From the gradient of the weights to that of the scores, in place.
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
