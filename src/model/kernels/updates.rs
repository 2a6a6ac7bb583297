//! Vectorized optimizer updates of a weight tensor.

use pulp::{Simd, WithSimd};

use super::instruction_set::vectorized;
use super::lanes::Lanes;

/// An optimizer's update rule with its coefficients for one step.
#[derive(Clone, Copy, Debug)]
pub enum Update {
    /// v = momentum · v + g, w −= rate · v; without momentum v = g, and v is not stored.
    Sgd {
        /// η
        rate: f32,
        /// μ; `None` without momentum.
        momentum: Option<f32>,
    },
    /// s = α s + (1 − α) g², d = g / (√s + ε); then as [`Sgd`](Self::Sgd) with d in place of g.
    RmsProp {
        /// η
        rate: f32,
        /// α and 1 − α; the second is rounded from the exact difference, which is more accurate than 1 − α of the rounded α.
        decay: [f32; 2],
        /// ε
        epsilon: f32,
        /// μ; `None` without momentum.
        momentum: Option<f32>,
    },
    /// m = β₁ m + (1 − β₁) g, v = β₂ v + (1 − β₂) g², w = shrink · w − rate · m / (√v / root + ε).
    Adam {
        /// η / (1 − β₁ᵗ)
        rate: f32,
        /// [β₁, 1 − β₁] and [β₂, 1 − β₂], rounded as in [`RmsProp`](Self::RmsProp)
        decays: [[f32; 2]; 2],
        /// √(1 − β₂ᵗ)
        root: f32,
        /// ε
        epsilon: f32,
        /// 1 − η λ
        shrink: f32,
    },
}

impl Update {
    /// Updates `weights` and the optimizer `state` with the gradient `factor · gradient`. The state is [v, s] or, for Adam, [m, v]; a
    /// vector that the rule does not use may be empty.
    pub fn apply(self, weights: &mut [f32], state: [&mut [f32]; 2], gradient: &[f32], factor: f32) {
        vectorized(Work { update: self, weights, state, gradient, factor });
    }
}

/// [`Update::apply`] with its arguments.
struct Work<'a> {
    update: Update,
    weights: &'a mut [f32],
    state: [&'a mut [f32]; 2],
    gradient: &'a [f32],
    factor: f32,
}

impl WithSimd for Work<'_> {
    type Output = ();
    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Self { update, weights, state: [first, second], gradient, factor } = self;
        let number = |number: f32| Lanes::splat(simd, number);
        let factor = number(factor);
        match update {
            Update::Sgd { rate, momentum: None } => {
                let rate = number(-rate);
                each(simd, gradient, [weights], |g, [w]| [rate.mul_add(factor * g, w)]);
            }
            Update::Sgd { rate, momentum: Some(momentum) } => {
                let (rate, momentum) = (number(-rate), number(momentum));
                each(simd, gradient, [weights, first], |g, [w, v]| {
                    let v = momentum.mul_add(v, factor * g);
                    [rate.mul_add(v, w), v]
                });
            }
            Update::RmsProp { rate, decay, epsilon, momentum } => {
                let (rate, [decay, rest], epsilon) = (number(-rate), decay.map(number), number(epsilon));
                let direction = |g: Lanes<S>, s: Lanes<S>| {
                    let g = factor * g;
                    let s = decay.mul_add(s, rest * g * g);
                    (g / (s.sqrt() + epsilon), s)
                };
                if let Some(momentum) = momentum.map(number) {
                    each(simd, gradient, [weights, first, second], |g, [w, v, s]| {
                        let (d, s) = direction(g, s);
                        let v = momentum.mul_add(v, d);
                        [rate.mul_add(v, w), v, s]
                    });
                } else {
                    each(simd, gradient, [weights, second], |g, [w, s]| {
                        let (d, s) = direction(g, s);
                        [rate.mul_add(d, w), s]
                    });
                }
            }
            Update::Adam { rate, decays, root, epsilon, shrink } => {
                let [[b1, rest1], [b2, rest2]] = decays.map(|decay| decay.map(number));
                let (rate, root, epsilon) = (number(-rate), number(1.0 / root), number(epsilon));
                let shrink = number(shrink);
                each(simd, gradient, [weights, first, second], |g, [w, m, v]| {
                    let g = factor * g;
                    let m = b1.mul_add(m, rest1 * g);
                    let v = b2.mul_add(v, rest2 * g * g);
                    let step = m / root.mul_add(v.sqrt(), epsilon);
                    [rate.mul_add(step, shrink * w), m, v]
                });
            }
        }
    }
}

/// Replaces the elements of all `changed` slices, chunk by chunk, by the result of `change` for the gradient and the old elements.
#[inline(always)]
fn each<S: Simd, const N: usize>(
    simd: S,
    gradient: &[f32],
    changed: [&mut [f32]; N],
    change: impl Fn(Lanes<S>, [Lanes<S>; N]) -> [Lanes<S>; N],
) {
    let count = gradient.len();
    let changed = changed.map(|numbers| &mut numbers[..count]);
    let mut start = 0;
    while start < count {
        let chunk = start..count.min(start + S::F32_LANES);
        let before = std::array::from_fn(|index| Lanes::load(simd, &changed[index][chunk.clone()]));
        let after = change(Lanes::load(simd, &gradient[chunk.clone()]), before);
        for index in 0..N {
            after[index].store(&mut changed[index][chunk.clone()]);
        }
        start = chunk.end;
    }
}
