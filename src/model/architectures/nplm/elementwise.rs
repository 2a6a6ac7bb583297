//! tanh of the hidden layer and its derivative, number by number.

use pulp::{Simd, WithSimd};

use crate::model::kernels::{Lanes, simd_chunks, vectorized};

/// `hidden = tanh(sums)`
pub(super) fn tanh(sums: &[f32], hidden: &mut [f32]) {
    vectorized(Tanh { sums, hidden });
}

/// ∂loss/∂tanh(x) → ∂loss/∂x, in place in `d`; `hidden` = tanh(x).
pub(super) fn tanh_gradient(hidden: &[f32], d: &mut [f32]) {
    vectorized(TanhGradient { hidden, d });
}

struct Tanh<'a> {
    sums: &'a [f32],
    hidden: &'a mut [f32],
}

impl WithSimd for Tanh<'_> {
    type Output = ();
    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        for at in simd_chunks::<S>(self.sums.len()) {
            Lanes::load(simd, &self.sums[at.clone()]).tanh().store(&mut self.hidden[at]);
        }
    }
}

struct TanhGradient<'a> {
    hidden: &'a [f32],
    d: &'a mut [f32],
}

impl WithSimd for TanhGradient<'_> {
    type Output = ();
    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        for at in simd_chunks::<S>(self.hidden.len()) {
            let (h, d) = (Lanes::load(simd, &self.hidden[at.clone()]), Lanes::load(simd, &self.d[at.clone()]));
            (d * (h * h).one_minus()).store(&mut self.d[at]);
        }
    }
}
