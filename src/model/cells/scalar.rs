//! The scalars that a cell computes with.

use std::fmt::Debug;
use std::ops::{Add, Mul, Sub};

use pulp::Simd;

use crate::model::kernels::Lanes;

/// A number, or several numbers that are computed elementwise: vector lanes in training, whole tensors in dfdx, `f64` in traces and tests.
pub trait Scalar: Copy + Debug + Add<Output = Self> + Sub<Output = Self> + Mul<Output = Self> {
    /// 1 / (1 + e⁻ˣ)
    #[must_use]
    fn sigmoid(self) -> Self;

    /// The hyperbolic tangent.
    #[must_use]
    fn tanh(self) -> Self;

    /// 1 − x
    #[must_use]
    fn one_minus(self) -> Self;
}

impl<S: Simd> Scalar for Lanes<S> {
    #[inline(always)]
    fn sigmoid(self) -> Self {
        Self::sigmoid(self)
    }

    #[inline(always)]
    fn tanh(self) -> Self {
        Self::tanh(self)
    }

    #[inline(always)]
    fn one_minus(self) -> Self {
        Self::one_minus(self)
    }
}

impl Scalar for f64 {
    fn sigmoid(self) -> Self {
        1.0 / (1.0 + (-self).exp())
    }

    fn tanh(self) -> Self {
        Self::tanh(self)
    }

    fn one_minus(self) -> Self {
        1.0 - self
    }
}
