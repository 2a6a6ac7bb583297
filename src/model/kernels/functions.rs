//! Functions of one number that a compiler can turn into vector instructions: no calls, no branches, no table.
//!
//! All stand on eˣ = 2ⁿ · (1 + p(r)) with x = n · ln 2 + r, |r| ≤ ln 2 / 2, where p is the polynomial of degree 6 with the
//! least relative error for eʳ − 1 (1.3e-8, found by iteratively reweighted least squares). Not-a-number goes through.

use super::vectorized;

/// e to the power `x` as `(p, scale)` with eˣ = scale · (1 + p), for x in −87…88.
#[inline(always)]
fn exponential(x: f32) -> (f32, f32) {
    // a number of this size has no room for digits behind the point: adding it rounds, and the low bits hold n
    const ROUND: f32 = 12_582_912.0; // 1.5 · 2²³
    const LN_2_HIGH: f32 = 0.693_359_4; // exact with few digits, so that n · LN_2_HIGH is exact, too
    const LN_2_LOW: f32 = -2.121_944_4e-4;
    let shifted = x * std::f32::consts::LOG2_E + ROUND;
    let n = shifted - ROUND;
    let r = (x - n * LN_2_HIGH) - n * LN_2_LOW;
    let tail = 0.041_667_2 + r * (0.008_366_548 + r * 0.001_388_251_7);
    let p = r + r * r * (0.499_999_97 + r * (0.166_665_43 + r * tail));
    (p, f32::from_bits(shifted.to_bits().wrapping_add(127) << 23))
}

/// `x` or the nearer end of `low..=high`; not-a-number stays what it is, unlike with `f32::max` and `f32::min`.
#[inline(always)]
fn limited(x: f32, low: f32, high: f32) -> f32 {
    let x = if x < low { low } else { x };
    if x > high { high } else { x }
}

/// 1 / (1 + e⁻ˣ), right to 1.2e-7 (and to 3 parts in 10⁷ of its value down to x = −80, where it stays at e⁻⁸⁰).
#[inline(always)]
#[must_use]
pub fn sigmoid(x: f32) -> f32 {
    let (p, scale) = exponential(limited(-x, -80.0, 80.0));
    1.0 / (1.0 + scale * (1.0 + p))
}

/// The hyperbolic tangent, right to 3 parts in 10⁷ of its value, and never beyond −1 or 1.
#[inline(always)]
#[must_use]
pub fn tanh(x: f32) -> f32 {
    // (e²ˣ − 1) / (e²ˣ + 1), with e²ˣ − 1 found without cancellation
    let (p, scale) = exponential(limited(2.0 * x, -20.0, 20.0));
    let m = scale * p + (scale - 1.0);
    m / (m + 2.0)
}

/// What is left of a row of logits once they are probabilities.
pub struct Softmax {
    /// The largest logit.
    pub largest: f32,
    /// Σ exp(logit − largest)
    pub sum: f32,
}

/// So many numbers are worked on side by side: sums of floats have an order, which the compiler must keep.
const LANES: usize = 16;

/// Turns a row of logits into exp(logit − largest) in place; divided by the sum, these are the probabilities. Shifted by
/// the largest logit no exponential overflows.
pub fn softmax(logits: &mut [f32]) -> Softmax {
    vectorized(
        #[inline(always)]
        || {
            let largest = across(
                &*logits,
                f32::NEG_INFINITY,
                #[inline(always)]
                // not-a-number wins, so that it is seen in the loss
                |a, b| if b > a || b.is_nan() { b } else { a },
            );
            let mut sums = [0.0; LANES];
            let (chunks, rest) = logits.as_chunks_mut::<LANES>();
            for chunk in chunks {
                for (logit, sum) in chunk.iter_mut().zip(&mut sums) {
                    *logit = exponential_below_zero(*logit - largest);
                    *sum += *logit;
                }
            }
            for (logit, sum) in rest.iter_mut().zip(&mut sums) {
                *logit = exponential_below_zero(*logit - largest);
                *sum += *logit;
            }
            Softmax { largest, sum: sums.iter().sum() }
        },
    )
}

/// eˣ for x ≤ 0, right to 2 parts in 10⁷; below −87 it stays at e⁻⁸⁷, some 10⁻³⁸.
#[inline(always)]
fn exponential_below_zero(x: f32) -> f32 {
    let (p, scale) = exponential(limited(x, -87.0, 0.0));
    scale + scale * p
}

#[inline(always)]
fn across(numbers: &[f32], start: f32, join: impl Fn(f32, f32) -> f32) -> f32 {
    let mut lanes = [start; LANES];
    let (chunks, rest) = numbers.as_chunks::<LANES>();
    for chunk in chunks {
        for (lane, number) in lanes.iter_mut().zip(chunk) {
            *lane = join(*lane, *number);
        }
    }
    for (lane, number) in lanes.iter_mut().zip(rest) {
        *lane = join(*lane, *number);
    }
    lanes.into_iter().fold(start, join)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Numbers from tiny to 100, of both signs, some of them neighbours.
    fn numbers() -> impl Iterator<Item = f32> {
        let dense = (-400_000..400_000).map(|i| i as f32 / 4000.0);
        let small = (1..120).flat_map(|power| [1.0, -1.0].map(|sign: f32| sign * 1.3_f32.powi(-power)));
        dense.chain(small).chain([0.0, -0.0, 88.0, -88.0, 1e30, -1e30, f32::INFINITY, f32::NEG_INFINITY])
    }

    /// The largest error relative to the function in f64.
    fn worst(from: f64, ours: impl Fn(f32) -> f32, exact: impl Fn(f64) -> f64) -> f64 {
        let error = |x: f32| ((f64::from(ours(x)) - exact(f64::from(x))) / exact(f64::from(x))).abs();
        numbers().filter(|x| *x != 0.0 && f64::from(*x) >= from).map(error).fold(0.0, f64::max)
    }

    #[test]
    fn errors_are_within_their_bounds() {
        let logistic = |x: f64| 1.0 / (1.0 + (-x).exp());
        let absolute = numbers().map(|x| (f64::from(sigmoid(x)) - logistic(f64::from(x))).abs()).fold(0.0, f64::max);
        assert!(absolute < 1.2e-7, "{absolute}");
        let relative = worst(-80.0, sigmoid, logistic);
        assert!(relative < 3e-7, "{relative}");
        let relative = worst(f64::NEG_INFINITY, tanh, f64::tanh);
        assert!(relative < 3e-7, "{relative}");
        let relative = worst(0.0, |x| exponential_below_zero(-x.min(87.0)), |x| (-x.min(87.0)).exp());
        assert!(relative < 2e-7, "{relative}");
    }

    #[test]
    fn tanh_stays_within_its_limits_and_zero_is_zero() {
        assert!(numbers().all(|x| tanh(x).abs() <= 1.0));
        assert_eq!((tanh(0.0), sigmoid(0.0)), (0.0, 0.5));
    }

    #[test]
    fn what_is_not_a_number_goes_through() {
        assert!(sigmoid(f32::NAN).is_nan() && tanh(f32::NAN).is_nan());
        for length in [1, 15, 16, 33] {
            for at in 0..length {
                let mut logits = vec![0.5; length];
                logits[at] = f32::NAN;
                assert!(softmax(&mut logits).sum.is_nan(), "{at} of {length}");
            }
        }
    }

    #[test]
    fn softmax_of_any_length_is_that_of_f64() {
        for length in 1..70_u16 {
            let logits: Vec<f32> = (0..length).map(|i| f32::from(i * 37 % 23) * 4.0 - 40.0).collect();
            let largest = logits.iter().copied().fold(f32::NEG_INFINITY, f32::max);
            let exact: Vec<f64> = logits.iter().map(|&logit| f64::from(logit - largest).exp()).collect();
            let mut ours = logits.clone();
            let Softmax { largest: found, sum } = softmax(&mut ours);
            assert!(found.total_cmp(&largest).is_eq());
            assert!((f64::from(sum) / exact.iter().sum::<f64>() - 1.0).abs() < 1e-6);
            for (ours, exact) in ours.iter().zip(&exact) {
                assert!((f64::from(*ours) - exact).abs() < 2e-7 * exact + 1e-37, "{ours} {exact}");
            }
        }
    }
}
