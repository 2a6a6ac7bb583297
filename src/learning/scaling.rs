//! How the time of a training step grows with the window length and the number of threads.

use super::step_cost::{LONGEST_STEP, StepCost, measure_step};
use crate::config::{Config, ConfigError};

/// The window lengths that are measured by default.
pub const WINDOWS: [usize; 8] = [8, 16, 32, 64, 128, 256, 512, 1024];

/// Costs of a training step of one model.
#[derive(Clone, Debug, PartialEq)]
pub struct Scaling {
    /// By window length, shortest first, up to the first window whose steps take too long or do not fit in memory.
    pub windows: Vec<StepCost>,
    /// By number of threads (1, 2, 4, …), at one window length.
    pub threads: Vec<StepCost>,
}

impl Scaling {
    /// Measures the model of a configuration on random words, `vocabulary` different ones: first with one thread at each of `windows`, then
    /// with 1, 2, 4, … up to `cores` threads at the longest measured window of at most 256 words. `continues` is called with each window's
    /// cost; if it returns false, measuring ends there and no threads are compared.
    ///
    /// # Errors
    /// If the model is invalid or does not fit in memory at the first window, or a measurement with several threads fails.
    pub fn measure(
        config: &Config,
        vocabulary: usize,
        windows: &[usize],
        cores: usize,
        continues: &mut dyn FnMut(StepCost) -> bool,
    ) -> Result<Self, ConfigError> {
        let mut scaling = Self { windows: Vec::new(), threads: Vec::new() };
        for &window in windows {
            let cost = match measure_step(config, vocabulary, window, 1) {
                Ok(cost) => cost,
                // only the shortest window must fit; a long one may need too much memory
                Err(error) if scaling.windows.is_empty() => return Err(error),
                Err(_) => break,
            };
            let is_continued = continues(cost);
            scaling.windows.push(cost);
            if !is_continued {
                return Ok(scaling);
            }
            if cost.seconds > LONGEST_STEP.as_secs_f64() / 4.0 {
                break; // the next one takes up to four times as long
            }
        }
        let longest = scaling.windows.last().map_or(1, |cost| cost.window).min(MAX_WINDOW_FOR_THREADS);
        for threads in
            std::iter::successors(Some(1), |threads| Some(2 * threads)).take_while(|threads| *threads <= cores)
        {
            scaling.threads.push(measure_step(config, vocabulary, longest, threads)?);
        }
        Ok(scaling)
    }

    /// Coefficients (a, b), not negative, of a·T + b·T² seconds for a window of T words: the least-squares fit of relative errors.
    #[must_use]
    pub fn fit(&self) -> (f64, f64) {
        // least squares of (a·T + b·T²)/t − 1
        let (mut tt, mut tq, mut qq, mut t1, mut q1) = (0.0, 0.0, 0.0, 0.0, 0.0);
        for cost in &self.windows {
            let (t, q) = (cost.window as f64 / cost.seconds, (cost.window as f64).powi(2) / cost.seconds);
            (tt, tq, qq, t1, q1) = (tt + t * t, tq + t * q, qq + q * q, t1 + t, q1 + q);
        }
        let determinant = tt * qq - tq * tq;
        let (a, b) = ((t1 * qq - q1 * tq) / determinant, (q1 * tt - t1 * tq) / determinant);
        match (a >= 0.0, b >= 0.0) {
            (true, true) => (a, b),
            (false, _) if qq > 0.0 => (0.0, q1 / qq),
            _ if tt > 0.0 => (t1 / tt, 0.0),
            _ => (0.0, 0.0),
        }
    }

    /// The window length from which on steps take longer than those of `other`, interpolated on logarithmic axes. `None` unless they are
    /// clearly (by 15 %) faster at the first common window and clearly slower at the last.
    #[must_use]
    pub fn overtakes(&self, other: &Self) -> Option<f64> {
        let pairs: Vec<_> =
            self.windows.iter().zip(&other.windows).map(|(a, b)| (a.window, a.seconds / b.seconds)).collect();
        let (first, last) = (pairs.first()?.1, pairs.last()?.1);
        if first * CLEAR_RATIO > 1.0 || last < CLEAR_RATIO {
            return None;
        }
        let crossing = pairs.windows(2).rev().find(|pair| pair[0].1 < 1.0 && pair[1].1 >= 1.0)?;
        let [(from, before), (to, after)] = [crossing[0], crossing[1]];
        let share = -before.ln() / (after.ln() - before.ln());
        Some((from as f64) * (to as f64 / from as f64).powf(share))
    }
}

/// Two times differ clearly if their ratio is above this: more than measurements vary.
const CLEAR_RATIO: f64 = 1.15;
/// Upper bound on the window length at which numbers of threads are compared: longer ones take longer and show no more.
const MAX_WINDOW_FOR_THREADS: usize = 256;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Origin, Override};

    fn cost(window: usize, seconds: f64) -> StepCost {
        StepCost { window, threads: 1, seconds, multiplications: 0, depth: 1, predicted_bytes: 0 }
    }

    fn scaling(seconds: impl Fn(f64) -> f64) -> Scaling {
        let windows = WINDOWS.iter().map(|window| cost(*window, seconds(*window as f64))).collect();
        Scaling { windows, threads: Vec::new() }
    }

    #[test]
    fn fit_separates_linear_from_quadratic_growth() {
        let close = |(a, b): (f64, f64), (c, d): (f64, f64)| (a - c).abs() < 1e-9 && (b - d).abs() < 1e-9;
        assert!(close(scaling(|t| 3e-4 * t).fit(), (3e-4, 0.0)));
        assert!(close(scaling(|t| 1e-4 * t + 2e-6 * t * t).fit(), (1e-4, 2e-6)));
        let (a, b) = scaling(|t| 1e-3 + 1e-4 * t).fit();
        assert!(a > 0.0 && b == 0.0, "a constant part must not become a negative square: {a} {b}");
    }

    #[test]
    fn overtakes_interpolates_between_windows() {
        let (linear, square) = (scaling(|t| 1e-4 * t), scaling(|t| 5e-7 * t * t));
        let crossing = square.overtakes(&linear).unwrap();
        assert!((crossing - 200.0).abs() < 1.0, "{crossing}");
        assert_eq!(linear.overtakes(&square), None, "slower at first only");
        assert_eq!(linear.overtakes(&linear), None);
        let nearly = scaling(|t| 1e-4 * t * if t > 100.0 { 1.05 } else { 0.98 });
        assert_eq!(nearly.overtakes(&linear), None, "differences of 5 % are not clear");
    }

    #[test]
    fn measure_every_architecture_only_attention_grows_quadratically() {
        for network in ["model.cell=lstm", "model.architecture=nplm", "model.architecture=transformer"] {
            let changes = [network, "model.embedding=8"].map(|change| Override::set(change).unwrap());
            let config = Config::read(&Origin::toy(), &changes).unwrap();
            let mut calls = 0;
            let scaling = Scaling::measure(&config, 30, &[4, 8, 16], 2, &mut |_| {
                calls += 1;
                true
            })
            .unwrap();
            assert_eq!((calls, scaling.windows.len(), scaling.threads.len()), (3, 3, 2), "{network}");
            assert!(scaling.windows.iter().all(|cost| cost.seconds > 0.0 && cost.seconds.is_finite()));
            let [a, b, c] = [0, 1, 2].map(|index| scaling.windows[index].multiplications.cast_signed());
            assert_eq!(
                c - 2 * b > 2 * (b - 2 * a) && b > 2 * a,
                network.ends_with("transformer"),
                "{network}: {a} {b} {c}"
            );
            let depth: Vec<_> = scaling.windows.iter().map(|cost| cost.depth).collect();
            assert_eq!(depth[0] < depth[2], network.ends_with("lstm"), "{network}: {depth:?}");
        }
    }
}
