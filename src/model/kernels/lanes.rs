//! A vector register of f32 lanes and its elementwise arithmetic.

use std::ops::{Add, Div, Mul, Neg, Range, Sub};

use pulp::Simd;

/// A vector register of f32 numbers in the instruction set `S`.
#[derive(Clone, Copy, Debug)]
pub struct Lanes<S: Simd> {
    pub(super) simd: S,
    pub(super) values: S::f32s,
}

impl<S: Simd> Lanes<S> {
    /// Wraps a register of the instruction set `simd`.
    #[inline(always)]
    pub fn new(simd: S, values: S::f32s) -> Self {
        Self { simd, values }
    }

    /// The same number in all lanes.
    #[inline(always)]
    pub fn splat(simd: S, number: f32) -> Self {
        Self { simd, values: simd.splat_f32s(number) }
    }

    /// Loads the first `numbers`, one per lane; lanes without a number are zero.
    #[inline(always)]
    pub fn load(simd: S, numbers: &[f32]) -> Self {
        let values = match S::as_simd_f32s(numbers) {
            ([whole, ..], _) => *whole,
            _ => simd.partial_load_f32s(numbers),
        };
        Self { simd, values }
    }

    /// Stores the first lanes in `numbers`, one per element; elements beyond the last lane stay unchanged.
    #[inline(always)]
    pub fn store(self, numbers: &mut [f32]) {
        match S::as_mut_simd_f32s(numbers) {
            ([whole, ..], _) => *whole = self.values,
            (_, numbers) => self.simd.partial_store_f32s(numbers, self.values),
        }
    }

    /// Returns `self · factor + plus`, fused (rounded once) if the instruction set supports it.
    #[inline(always)]
    #[must_use]
    pub fn mul_add(self, factor: Self, plus: Self) -> Self {
        self.with(self.simd.mul_add_e_f32s(self.values, factor.values, plus.values))
    }

    /// The sum of all lanes, in a fixed order.
    #[inline(always)]
    pub fn sum(self) -> f32 {
        self.simd.reduce_sum_f32s(self.values)
    }

    /// The first `count` lanes; the others become zero.
    #[inline(always)]
    #[must_use]
    pub fn first(self, count: usize) -> Self {
        if count >= S::F32_LANES {
            return self;
        }
        let mut lanes = [0.0; 64]; // more than any register holds
        self.store(&mut lanes[..count]);
        Self::load(self.simd, &lanes[..count])
    }

    /// The square root of each lane.
    #[inline(always)]
    #[must_use]
    pub fn sqrt(self) -> Self {
        self.with(self.simd.sqrt_f32s(self.values))
    }

    /// 1 − x
    #[inline(always)]
    #[must_use]
    pub fn one_minus(self) -> Self {
        self.constant(1.0) - self
    }

    /// The larger number in each lane; NaN if either is NaN.
    #[inline(always)]
    #[must_use]
    pub fn max(self, other: Self) -> Self {
        // pulp has no comparison that is also true for NaN: `other` is selected unless other ≤ self
        let keeps_self = self.simd.less_than_or_equal_f32s(other.values, self.values);
        let larger = self.simd.select_f32s(keeps_self, self.values, other.values);
        let is_number = self.simd.equal_f32s(self.values, self.values);
        self.with(self.simd.select_f32s(is_number, larger, self.values))
    }

    /// The maximum of the first `count` lanes; NaN if one of them is NaN.
    #[inline(always)]
    pub fn largest(self, count: usize) -> f32 {
        let mut lanes = [f32::NEG_INFINITY; 64]; // more than any register holds
        let count = count.min(S::F32_LANES);
        self.store(&mut lanes[..count]);
        lanes[..count].iter().fold(f32::NEG_INFINITY, |a, &b| if b > a || b.is_nan() { b } else { a })
    }

    /// The absolute value of each lane.
    #[inline(always)]
    #[must_use]
    pub fn abs(self) -> Self {
        self.with(self.simd.abs_f32s(self.values))
    }

    /// Selects `then` in lanes in which `self` is below zero, `otherwise` in the others.
    #[inline(always)]
    pub(super) fn select_negative(self, then: Self, otherwise: Self) -> Self {
        let simd = self.simd;
        let is_negative = simd.less_than_f32s(self.values, simd.splat_f32s(0.0));
        self.with(simd.select_f32s(is_negative, then.values, otherwise.values))
    }

    /// Clamps each lane to `low..=high`; NaN stays NaN.
    #[inline(always)]
    pub(super) fn clamp(self, low: f32, high: f32) -> Self {
        let simd = self.simd;
        let (low, high) = (simd.splat_f32s(low), simd.splat_f32s(high));
        let raised = simd.select_f32s(simd.less_than_f32s(self.values, low), low, self.values);
        self.with(simd.select_f32s(simd.less_than_f32s(high, raised), high, raised))
    }

    /// The same number in all lanes.
    #[inline(always)]
    pub(super) fn constant(self, number: f32) -> Self {
        Self::splat(self.simd, number)
    }

    /// Wraps another register of the same instruction set.
    #[inline(always)]
    pub(super) fn with(self, values: S::f32s) -> Self {
        Self { simd: self.simd, values }
    }
}

macro_rules! operator {
    ($trait:ident, $method:ident, $function:ident) => {
        impl<S: Simd> $trait for Lanes<S> {
            type Output = Self;
            #[inline(always)]
            fn $method(self, other: Self) -> Self {
                self.with(self.simd.$function(self.values, other.values))
            }
        }
    };
}
operator!(Add, add, add_f32s);
operator!(Sub, sub, sub_f32s);
operator!(Mul, mul, mul_f32s);
operator!(Div, div, div_f32s);

impl<S: Simd> Neg for Lanes<S> {
    type Output = Self;
    #[inline(always)]
    fn neg(self) -> Self {
        self.with(self.simd.neg_f32s(self.values))
    }
}

/// The indices `0..count` in chunks of one register; the last chunk may be shorter.
#[inline(always)]
pub fn simd_chunks<S: Simd>(count: usize) -> impl Iterator<Item = Range<usize>> {
    (0..count).step_by(S::F32_LANES).map(move |start| start..(start + S::F32_LANES).min(count))
}
