//! The f32 lanes of a vector register, and elementwise functions of them.
//!
//! All functions stand on eˣ = 2ⁿ · (1 + p(r)) with x = n · ln 2 + r, |r| ≤ ln 2 / 2, where p is the polynomial of degree 6
//! with the least relative error for eʳ − 1 (1.3e-8, found by iteratively reweighted least squares): no calls, no branches, no
//! table. NaN inputs propagate.

use std::ops::{Add, Div, Mul, Neg, Range, Sub};

use pulp::Simd;

/// A vector register of f32 numbers in the instruction set `S`.
#[derive(Clone, Copy, Debug)]
pub struct Lanes<S: Simd> {
    simd: S,
    values: S::f32s,
}

impl<S: Simd> Lanes<S> {
    /// Wraps a register.
    #[inline(always)]
    pub fn new(simd: S, values: S::f32s) -> Self {
        Self { simd, values }
    }

    /// The same number in all lanes.
    #[inline(always)]
    pub fn splat(simd: S, number: f32) -> Self {
        Self { simd, values: simd.splat_f32s(number) }
    }

    /// Loads `numbers`, at most one per lane; further lanes are zero.
    #[inline(always)]
    pub fn load(simd: S, numbers: &[f32]) -> Self {
        let values = match S::as_simd_f32s(numbers) {
            ([whole, ..], _) => *whole,
            _ => simd.partial_load_f32s(numbers),
        };
        Self { simd, values }
    }

    /// Writes the first lanes to `places`, one per place.
    #[inline(always)]
    pub fn store(self, places: &mut [f32]) {
        match S::as_mut_simd_f32s(places) {
            ([whole, ..], _) => *whole = self.values,
            (_, places) => self.simd.partial_store_f32s(places, self.values),
        }
    }

    /// `self · factor + plus`, fused (rounded once) if the instruction set supports it.
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
        self.number(1.0) - self
    }

    /// The larger number in each lane; NaN if either is NaN.
    #[inline(always)]
    #[must_use]
    pub fn max(self, other: Self) -> Self {
        // `greater or not comparable`, for which there is no instruction set's name: not (other ≤ self)
        let keep = self.simd.less_than_or_equal_f32s(other.values, self.values);
        let larger = self.simd.select_f32s(keep, self.values, other.values);
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

    /// 1 / (1 + e⁻ˣ), right to 1.2e-7, and to 4 parts in 10⁷ of its value down to x = −80, where it stays at e⁻⁸⁰.
    #[inline(always)]
    #[must_use]
    pub fn sigmoid(self) -> Self {
        let (p, scale) = (-self).limited(-80.0, 80.0).exponential();
        let one = self.number(1.0);
        one / (scale.mul_add(p, scale) + one)
    }

    /// The hyperbolic tangent, right to 4 parts in 10⁷ of its value, and never beyond −1 or 1.
    #[inline(always)]
    #[must_use]
    pub fn tanh(self) -> Self {
        // (e²ˣ − 1) / (e²ˣ + 1), with e²ˣ − 1 found without cancellation
        let (p, scale) = (self + self).limited(-20.0, 20.0).exponential();
        let m = scale.mul_add(p, scale - self.number(1.0));
        m / (m + self.number(2.0))
    }

    /// The Gaussian error linear unit x·Φ(x) (Hendrycks & Gimpel 2016), exact as PyTorch's
    /// [`GELU`](https://docs.pytorch.org/docs/stable/generated/torch.nn.GELU.html) is, and its derivative Φ(x) + x·φ(x); both
    /// right to 3 parts in 10⁷ of max(|x|, 1).
    #[inline(always)]
    #[must_use]
    pub fn gelu(self) -> (Self, Self) {
        let size = self.abs();
        let bell = (self * self * self.number(-0.5)).exp_below_zero();
        // erfc(z)·e^(z²) with z = |x|/√2 is t·p(t): a polynomial with a relative error of at most 1.4e-7 (found by iteratively
        // reweighted least squares; the form is that of Abramowitz & Stegun 1964, 7.1.26)
        let one = self.number(1.0);
        let t = one / size.mul_add(self.number(0.231_641_89), one);
        let mut p = self.number(-0.140_647_67);
        for coefficient in
            [0.494_512_25, -0.401_783_2, 0.449_029_8, 0.027_925_875, 0.205_036_06, 0.180_885_74, 0.185_041_26]
        {
            p = p.mul_add(t, self.number(coefficient));
        }
        let tail = self.number(0.5) * bell * t * p; // Φ(−|x|)
        let value = self.not_below_zero() - size * tail;
        let density = self.number(0.398_942_3) * bell;
        let share = self.where_negative(tail, one - tail);
        (value, self.mul_add(density, share))
    }

    /// The absolute value of each lane.
    #[inline(always)]
    #[must_use]
    pub fn abs(self) -> Self {
        self.with(self.simd.abs_f32s(self.values))
    }

    /// max(x, 0); NaN stays NaN.
    #[inline(always)]
    fn not_below_zero(self) -> Self {
        self.where_negative(self.number(0.0), self)
    }

    /// Selects `then` in lanes below zero, `otherwise` in the others.
    #[inline(always)]
    fn where_negative(self, then: Self, otherwise: Self) -> Self {
        let simd = self.simd;
        let is_negative = simd.less_than_f32s(self.values, simd.splat_f32s(0.0));
        self.with(simd.select_f32s(is_negative, then.values, otherwise.values))
    }

    /// eˣ for x ≤ 0, right to 2 parts in 10⁷; below −87 it stays at e⁻⁸⁷, some 10⁻³⁸.
    #[inline(always)]
    #[must_use]
    pub fn exp_below_zero(self) -> Self {
        let (p, scale) = self.limited(-87.0, 0.0).exponential();
        scale.mul_add(p, scale)
    }

    /// e to the power `self` as `(p, scale)` with eˣ = scale · (1 + p), for x in −87…88.
    #[inline(always)]
    fn exponential(self) -> (Self, Self) {
        // a number of this size has no room for digits behind the point: adding it rounds, and the low bits hold n
        let round = self.number(12_582_912.0); // 1.5 · 2²³
        let shifted = self.mul_add(self.number(std::f32::consts::LOG2_E), round);
        let n = shifted - round;
        // ln 2 in two parts, the first with few digits, so that its product with n is exact
        let r = n.mul_add(self.number(2.121_944_4e-4), n.mul_add(self.number(-0.693_359_4), self));
        let mut p = self.number(0.001_388_251_7);
        for coefficient in [0.008_366_548, 0.041_667_2, 0.166_665_43, 0.499_999_97] {
            p = p.mul_add(r, self.number(coefficient));
        }
        let simd = self.simd;
        let bits = simd.add_u32s(simd.transmute_u32s_f32s(shifted.values), simd.splat_u32s(127));
        let scale = simd.wrapping_dyn_shl_u32s(bits, simd.splat_u32s(23));
        ((r * r).mul_add(p, r), self.with(simd.transmute_f32s_u32s(scale)))
    }

    /// Clamps each lane to `low..=high`.
    #[inline(always)]
    fn limited(self, low: f32, high: f32) -> Self {
        let simd = self.simd;
        let (low, high) = (simd.splat_f32s(low), simd.splat_f32s(high));
        let raised = simd.select_f32s(simd.less_than_f32s(self.values, low), low, self.values);
        self.with(simd.select_f32s(simd.less_than_f32s(high, raised), high, raised))
    }

    #[inline(always)]
    fn number(self, number: f32) -> Self {
        Self::splat(self.simd, number)
    }

    #[inline(always)]
    fn with(self, values: S::f32s) -> Self {
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
    (0..count).step_by(S::F32_LANES).map(move |at| at..(at + S::F32_LANES).min(count))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::kernels::vectorized;
    use pulp::WithSimd;

    struct Apply<'a, F>(F, &'a mut [f32]);

    trait Function {
        fn of<S: Simd>(&self, x: Lanes<S>) -> Lanes<S>;
    }

    impl<F: Function> WithSimd for Apply<'_, F> {
        type Output = ();
        fn with_simd<S: Simd>(self, simd: S) {
            for at in simd_chunks::<S>(self.1.len()) {
                self.0.of(Lanes::load(simd, &self.1[at.clone()])).store(&mut self.1[at]);
            }
        }
    }

    macro_rules! function {
        ($name:ident, $method:ident) => {
            #[derive(Clone, Copy)]
            struct $name;
            impl Function for $name {
                fn of<S: Simd>(&self, x: Lanes<S>) -> Lanes<S> {
                    x.$method()
                }
            }
        };
    }
    function!(Sigmoid, sigmoid);
    function!(Tanh, tanh);
    function!(Exp, exp_below_zero);

    #[derive(Clone, Copy)]
    struct Gelu;
    impl Function for Gelu {
        fn of<S: Simd>(&self, x: Lanes<S>) -> Lanes<S> {
            x.gelu().0
        }
    }

    #[derive(Clone, Copy)]
    struct GeluSlope;
    impl Function for GeluSlope {
        fn of<S: Simd>(&self, x: Lanes<S>) -> Lanes<S> {
            x.gelu().1
        }
    }

    /// Φ(x), from the series of erf near zero and the continued fraction of erfc elsewhere.
    fn normal_distribution(x: f64) -> f64 {
        let z = x.abs() / std::f64::consts::SQRT_2;
        let tail = if z < 2.5 {
            let mut term = z;
            let mut sum = z;
            for n in 1..200 {
                term *= -z * z / f64::from(n);
                sum += term / f64::from(2 * n + 1);
            }
            0.5 - sum / std::f64::consts::PI.sqrt()
        } else {
            let fraction = (1..300).rev().fold(z, |below, k| z + f64::from(k) / 2.0 / below);
            0.5 * (-z * z).exp() / (fraction * std::f64::consts::PI.sqrt())
        };
        if x < 0.0 { tail } else { 1.0 - tail }
    }

    #[test]
    fn gelu_and_its_slope_are_those_of_f64() {
        let density = |x: f64| (-0.5 * x * x).exp() / (2.0 * std::f64::consts::PI).sqrt();
        let value = worst(Gelu, |x| x * normal_distribution(x), -14.0, 14.0);
        let near = worst(Gelu, |x| x * normal_distribution(x), -4.0, 4.0);
        let slope = worst(GeluSlope, |x| normal_distribution(x) + x * density(x), -14.0, 14.0);
        assert!(near.0 < 5e-7 && value.0 < 1e-6 && slope.0 < 5e-7, "{near:?} {value:?} {slope:?}");
        // far below zero nothing is left, also of the digits
        let tail = worst(Gelu, |x| x * normal_distribution(x), -9.0, -1.0);
        assert!(tail.1 < 5e-6, "{tail:?}");
        assert_eq!(all(Gelu, &[0.0, 100.0, -100.0]).map(|all| [all[0], all[1]]), [[0.0, 100.0]; 2]);
        assert!(all(Gelu, &[f32::NAN]).concat().iter().all(|y| y.is_nan()));
        assert!(all(GeluSlope, &[f32::NAN]).concat().iter().all(|y| y.is_nan()));
    }

    /// The function of all numbers, once with the instruction set in use and once with none.
    fn all(function: impl Function + Copy, numbers: &[f32]) -> [Vec<f32>; 2] {
        let (mut fast, mut plain) = (numbers.to_vec(), numbers.to_vec());
        vectorized(Apply(function, &mut fast));
        Apply(function, &mut plain).with_simd(pulp::Scalar::new());
        [fast, plain]
    }

    /// Numbers from tiny to 100, of both signs, some of them neighbours.
    fn numbers() -> Vec<f32> {
        let dense = (-400_000..400_000).map(|i| i as f32 / 4000.0);
        let small = (1..120).flat_map(|power| [1.0, -1.0].map(|sign: f32| sign * 1.3_f32.powi(-power)));
        dense.chain(small).chain([88.0, -88.0, 1e30, -1e30, f32::INFINITY, f32::NEG_INFINITY]).collect()
    }

    /// The largest errors, absolute and relative to the function in f64, among the numbers in `from..=to`.
    fn worst(function: impl Function + Copy, exact: impl Fn(f64) -> f64, from: f64, to: f64) -> (f64, f64) {
        let numbers: Vec<f32> =
            numbers().into_iter().filter(|x| f64::from(*x) >= from && f64::from(*x) <= to).collect();
        let mut worst = (0.0_f64, 0.0_f64);
        for ours in all(function, &numbers) {
            for (x, ours) in numbers.iter().zip(ours) {
                let exact = exact(f64::from(*x));
                let error = (f64::from(ours) - exact).abs();
                worst = (worst.0.max(error), if error == 0.0 { worst.1 } else { worst.1.max(error / exact.abs()) });
            }
        }
        worst
    }

    #[test]
    fn errors_are_within_their_bounds() {
        let logistic = |x: f64| 1.0 / (1.0 + (-x).exp());
        let infinity = f64::INFINITY;
        let errors = [
            (worst(Sigmoid, logistic, -infinity, infinity).0, 1.2e-7),
            (worst(Sigmoid, logistic, -80.0, infinity).1, 4e-7),
            (worst(Tanh, f64::tanh, -infinity, infinity).1, 4e-7),
            (worst(Exp, f64::exp, -87.0, 0.0).1, 2e-7),
        ];
        assert!(errors.iter().all(|(error, bound)| error < bound), "{errors:?}");
    }

    #[test]
    fn tanh_stays_within_its_limits_and_zero_is_zero() {
        for ours in all(Tanh, &numbers()) {
            assert!(ours.iter().all(|y| y.abs() <= 1.0));
        }
        assert_eq!(all(Tanh, &[0.0]), [[0.0], [0.0]]);
        assert_eq!(all(Sigmoid, &[0.0]), [[0.5], [0.5]]);
    }

    #[test]
    fn what_is_not_a_number_goes_through() {
        assert!(all(Sigmoid, &[f32::NAN]).concat().iter().all(|y| y.is_nan()));
        assert!(all(Tanh, &[f32::NAN]).concat().iter().all(|y| y.is_nan()));
        assert!(all(Exp, &[f32::NAN]).concat().iter().all(|y| y.is_nan()));
    }
}
