//! Transcendental functions of vector registers, without calls, branches or tables.
//!
//! All are based on eˣ = 2ⁿ · (1 + p(r)) with x = n · ln 2 + r and |r| ≤ ln 2 / 2, where p is the polynomial of degree 6 with the
//! least relative error for eʳ − 1 (1.3e-8, found by iteratively reweighted least squares). NaN inputs propagate.

use pulp::Simd;

use super::lanes::Lanes;

impl<S: Simd> Lanes<S> {
    /// 1 / (1 + e⁻ˣ) with an absolute error below 1.2e-7, and a relative error below 4e-7 for x ≥ −80; the value for x < −80 is e⁻⁸⁰.
    #[inline(always)]
    #[must_use]
    pub fn sigmoid(self) -> Self {
        let (p, scale) = (-self).clamp(-80.0, 80.0).scaled_exp();
        let one = self.constant(1.0);
        one / (scale.mul_add(p, scale) + one)
    }

    /// The hyperbolic tangent with a relative error below 4e-7, always within −1..=1.
    #[inline(always)]
    #[must_use]
    pub fn tanh(self) -> Self {
        // (e²ˣ − 1) / (e²ˣ + 1), with e²ˣ − 1 computed without cancellation
        let (p, scale) = (self + self).clamp(-20.0, 20.0).scaled_exp();
        let m = scale.mul_add(p, scale - self.constant(1.0));
        m / (m + self.constant(2.0))
    }

    /// The Gaussian error linear unit x·Φ(x) (Hendrycks & Gimpel 2016) and its derivative Φ(x) + x·φ(x), both with an error of at most
    /// 3e-7 · max(|x|, 1). There is no tanh approximation, as in the default of PyTorch's
    /// [`GELU`](https://docs.pytorch.org/docs/stable/generated/torch.nn.GELU.html).
    #[inline(always)]
    #[must_use]
    pub fn gelu(self) -> (Self, Self) {
        let magnitude = self.abs();
        let bell = (self * self * self.constant(-0.5)).exp_below_zero();
        // erfc(z)·e^(z²) with z = |x|/√2 is t·p(t), where p is a polynomial with a relative error of at most 1.4e-7 (found by iteratively
        // reweighted least squares; form of Abramowitz & Stegun 1964, 7.1.26)
        let one = self.constant(1.0);
        let t = one / magnitude.mul_add(self.constant(0.231_641_89), one);
        let mut p = self.constant(-0.140_647_67);
        for coefficient in
            [0.494_512_25, -0.401_783_2, 0.449_029_8, 0.027_925_875, 0.205_036_06, 0.180_885_74, 0.185_041_26]
        {
            p = p.mul_add(t, self.constant(coefficient));
        }
        let tail = self.constant(0.5) * bell * t * p; // Φ(−|x|)
        let value = self.relu() - magnitude * tail;
        let density = self.constant(0.398_942_3) * bell;
        let distribution = self.select_negative(tail, one - tail);
        (value, self.mul_add(density, distribution))
    }

    /// max(x, 0); NaN stays NaN.
    #[inline(always)]
    fn relu(self) -> Self {
        self.select_negative(self.constant(0.0), self)
    }

    /// eˣ for x ≤ 0 with a relative error below 2e-7; inputs are clamped to −87..=0, so that the smallest result is e⁻⁸⁷ ≈ 10⁻³⁸.
    #[inline(always)]
    #[must_use]
    pub fn exp_below_zero(self) -> Self {
        let (p, scale) = self.clamp(-87.0, 0.0).scaled_exp();
        scale.mul_add(p, scale)
    }

    /// Returns `(p, scale)` with eˣ = scale · (1 + p), for x in −87..=88.
    #[inline(always)]
    fn scaled_exp(self) -> (Self, Self) {
        // f32 numbers of this magnitude have no fraction bits: adding it rounds to an integer n, which the low bits hold
        let round = self.constant(12_582_912.0); // 1.5 · 2²³
        let shifted = self.mul_add(self.constant(std::f32::consts::LOG2_E), round);
        let n = shifted - round;
        // ln 2 in two parts, the first with few significant bits, so that its product with n is exact
        let r = n.mul_add(self.constant(2.121_944_4e-4), n.mul_add(self.constant(-0.693_359_4), self));
        let mut p = self.constant(0.001_388_251_7);
        for coefficient in [0.008_366_548, 0.041_667_2, 0.166_665_43, 0.499_999_97] {
            p = p.mul_add(r, self.constant(coefficient));
        }
        let simd = self.simd;
        let bits = simd.add_u32s(simd.transmute_u32s_f32s(shifted.values), simd.splat_u32s(127));
        let scale = simd.wrapping_dyn_shl_u32s(bits, simd.splat_u32s(23));
        ((r * r).mul_add(p, r), self.with(simd.transmute_f32s_u32s(scale)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::kernels::{simd_chunks, vectorized};
    use pulp::WithSimd;

    struct Apply<'a, F>(F, &'a mut [f32]);

    trait Function {
        fn apply<S: Simd>(&self, x: Lanes<S>) -> Lanes<S>;
    }

    impl<F: Function> WithSimd for Apply<'_, F> {
        type Output = ();
        fn with_simd<S: Simd>(self, simd: S) {
            for chunk in simd_chunks::<S>(self.1.len()) {
                self.0.apply(Lanes::load(simd, &self.1[chunk.clone()])).store(&mut self.1[chunk]);
            }
        }
    }

    macro_rules! function {
        ($name:ident, $method:ident) => {
            #[derive(Clone, Copy)]
            struct $name;
            impl Function for $name {
                fn apply<S: Simd>(&self, x: Lanes<S>) -> Lanes<S> {
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
        fn apply<S: Simd>(&self, x: Lanes<S>) -> Lanes<S> {
            x.gelu().0
        }
    }

    #[derive(Clone, Copy)]
    struct GeluDerivative;
    impl Function for GeluDerivative {
        fn apply<S: Simd>(&self, x: Lanes<S>) -> Lanes<S> {
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
    fn gelu_value_and_derivative_equal_f64_within_bounds() {
        let density = |x: f64| (-0.5 * x * x).exp() / (2.0 * std::f64::consts::PI).sqrt();
        let value = largest_errors(Gelu, |x| x * normal_distribution(x), -14.0, 14.0);
        let near = largest_errors(Gelu, |x| x * normal_distribution(x), -4.0, 4.0);
        let derivative = largest_errors(GeluDerivative, |x| normal_distribution(x) + x * density(x), -14.0, 14.0);
        assert!(near.0 < 5e-7 && value.0 < 1e-6 && derivative.0 < 5e-7, "{near:?} {value:?} {derivative:?}");
        // where the value is tiny, its relative error is still small
        let tail = largest_errors(Gelu, |x| x * normal_distribution(x), -9.0, -1.0);
        assert!(tail.1 < 5e-6, "{tail:?}");
        assert_eq!(apply_both(Gelu, &[0.0, 100.0, -100.0]).map(|results| [results[0], results[1]]), [[0.0, 100.0]; 2]);
        assert!(apply_both(Gelu, &[f32::NAN]).concat().iter().all(|y| y.is_nan()));
        assert!(apply_both(GeluDerivative, &[f32::NAN]).concat().iter().all(|y| y.is_nan()));
    }

    /// Applies the function to all numbers, once with the instruction set in use and once with plain instructions.
    fn apply_both(function: impl Function + Copy, numbers: &[f32]) -> [Vec<f32>; 2] {
        let (mut fast, mut plain) = (numbers.to_vec(), numbers.to_vec());
        vectorized(Apply(function, &mut fast));
        Apply(function, &mut plain).with_simd(pulp::Scalar::new());
        [fast, plain]
    }

    /// Numbers of both signs from 1.3⁻¹¹⁹ to 100, extremes and infinities.
    fn test_inputs() -> Vec<f32> {
        let dense = (-400_000..400_000).map(|i| i as f32 / 4000.0);
        let small = (1..120).flat_map(|power| [1.0, -1.0].map(|sign: f32| sign * 1.3_f32.powi(-power)));
        dense.chain(small).chain([88.0, -88.0, 1e30, -1e30, f32::INFINITY, f32::NEG_INFINITY]).collect()
    }

    /// Returns the largest absolute and the largest relative error against `exact` among the inputs in `from..=to`.
    fn largest_errors(function: impl Function + Copy, exact: impl Fn(f64) -> f64, from: f64, to: f64) -> (f64, f64) {
        let numbers: Vec<f32> =
            test_inputs().into_iter().filter(|x| f64::from(*x) >= from && f64::from(*x) <= to).collect();
        let mut largest = (0.0_f64, 0.0_f64);
        for ours in apply_both(function, &numbers) {
            for (x, ours) in numbers.iter().zip(ours) {
                let exact = exact(f64::from(*x));
                let error = (f64::from(ours) - exact).abs();
                let relative = if error == 0.0 { 0.0 } else { error / exact.abs() };
                largest = (largest.0.max(error), largest.1.max(relative));
            }
        }
        largest
    }

    #[test]
    fn sigmoid_tanh_exp_errors_stay_within_bounds() {
        let logistic = |x: f64| 1.0 / (1.0 + (-x).exp());
        let infinity = f64::INFINITY;
        let errors = [
            (largest_errors(Sigmoid, logistic, -infinity, infinity).0, 1.2e-7),
            (largest_errors(Sigmoid, logistic, -80.0, infinity).1, 4e-7),
            (largest_errors(Tanh, f64::tanh, -infinity, infinity).1, 4e-7),
            (largest_errors(Exp, f64::exp, -87.0, 0.0).1, 2e-7),
        ];
        assert!(errors.iter().all(|(error, bound)| error < bound), "{errors:?}");
    }

    #[test]
    fn tanh_any_input_stays_within_one_and_zero_is_exact() {
        for ours in apply_both(Tanh, &test_inputs()) {
            assert!(ours.iter().all(|y| y.abs() <= 1.0));
        }
        assert_eq!(apply_both(Tanh, &[0.0]), [[0.0], [0.0]]);
        assert_eq!(apply_both(Sigmoid, &[0.0]), [[0.5], [0.5]]);
    }

    #[test]
    fn functions_nan_input_returns_nan() {
        assert!(apply_both(Sigmoid, &[f32::NAN]).concat().iter().all(|y| y.is_nan()));
        assert!(apply_both(Tanh, &[f32::NAN]).concat().iter().all(|y| y.is_nan()));
        assert!(apply_both(Exp, &[f32::NAN]).concat().iter().all(|y| y.is_nan()));
    }
}
