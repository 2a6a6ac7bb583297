//! The gate microscope: the arithmetic of one unit at one step, written out with its numbers.

use crate::dashboard::numbers::signed;
use crate::model::{LayerTrace, Quantity, Trace};

/// Up to here two digits of atanh can be had from an f32.
const STEEP: f32 = 0.999_99;

/// One equation: with letters, and with numbers.
pub struct Equation {
    /// `c = f·c₋₁ + i·g`
    pub letters: &'static str,
    /// `0.98·0.52 + 0.99·(-0.97) ≈ -0.45`: factors are rounded, too
    pub numbers: String,
}

/// Of a factor: no plus sign, a negative one in brackets.
fn factor(value: f32) -> String {
    let text = signed(value);
    match text.strip_prefix('+') {
        Some(positive) => positive.to_owned(),
        None => format!("({text})"),
    }
}

/// The equations of `unit` at `step` in `layer`, in the order in which the cell computes them.
#[must_use]
#[allow(clippy::many_single_char_names)] // the letters of the equations
pub fn equations(trace: &Trace, layer: usize, unit: usize, step: usize) -> Vec<Equation> {
    let at = |quantity: Quantity, step: usize| {
        trace.values(quantity, layer).get(step * trace.units + unit).copied().unwrap_or_default()
    };
    let before = |quantity| if step == 0 { 0.0 } else { at(quantity, step - 1) };
    let gate = |index| at(Quantity::Gate(index), step);
    let h = at(Quantity::Hidden, step);
    let gates: Vec<&str> =
        trace.layers.get(layer).map(|layer| layer.gates.iter().map(|(name, _)| *name).collect()).unwrap_or_default();
    match gates[..] {
        ["i", "f", "g", "o"] => {
            let [i, f, g, o] = [0, 1, 2, 3].map(|index| factor(gate(index)));
            let (c, c_before) = (at(Quantity::Cell, step), factor(before(Quantity::Cell)));
            vec![
                Equation {
                    letters: "c = f·c₋₁ + i·g", numbers: format!("{f}·{c_before} + {i}·{g} ≈ {}", signed(c))
                },
                Equation { letters: "h = o·tanh c", numbers: format!("{o}·tanh {} ≈ {}", factor(c), signed(h)) },
            ]
        }
        ["r", "z", "n"] => {
            let (z, n, h_before) = (factor(gate(1)), factor(gate(2)), factor(before(Quantity::Hidden)));
            let reset = of(trace, layer, |layer| &layer.reset, unit, step);
            // where tanh is flat, nothing can be told of what it was taken of
            let unreset = (gate(2).abs() < STEEP).then(|| signed(gate(2).atanh() - gate(0) * reset));
            let sum = format!("{} + {}·{}", unreset.as_deref().unwrap_or("…"), factor(gate(0)), factor(reset));
            vec![
                Equation {
                    letters: "n = tanh(W·x + b + r·(U·h₋₁ + b′))",
                    numbers: format!("tanh({sum}) ≈ {}", signed(gate(2))),
                },
                Equation {
                    letters: "h = (1−z)·n + z·h₋₁",
                    numbers: format!("(1−{z})·{n} + {z}·{h_before} ≈ {}", signed(h)),
                },
            ]
        }
        _ => vec![Equation {
            letters: "h = tanh(W·x + U·h₋₁ + b)",
            numbers: format!(
                "tanh {} ≈ {}",
                factor(of(trace, layer, |layer| &layer.pre_activation, unit, step)),
                signed(h)
            ),
        }],
    }
}

/// A number of a layer at a unit and a step.
fn of(trace: &Trace, layer: usize, numbers: fn(&LayerTrace) -> &Vec<f32>, unit: usize, step: usize) -> f32 {
    let numbers = trace.layers.get(layer).map(numbers);
    numbers.and_then(|numbers| numbers.get(step * trace.units + unit)).copied().unwrap_or_default()
}

/// Which shares of a gate's values are nearly shut (below 0.1) and nearly open (above 0.9) (Karpathy et al. 2015).
#[must_use]
pub fn saturation(values: &[f32]) -> (f64, f64) {
    let share =
        |is: fn(f32) -> bool| values.iter().filter(|value| is(**value)).count() as f64 / values.len().max(1) as f64;
    (share(|value| value < 0.1), share(|value| value > 0.9))
}

/// Whether a quantity is a gate proper, between 0 and 1, and no candidate for a state.
#[must_use]
pub fn is_gate(trace: &Trace, quantity: Quantity) -> bool {
    matches!(quantity, Quantity::Gate(_)) && !["g", "n"].contains(&trace.symbol(quantity))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dashboard::fixture;

    fn written(trace: &Trace, step: usize) -> Vec<String> {
        equations(trace, 0, 0, step).into_iter().map(|e| format!("{} = {}", e.letters, e.numbers)).collect()
    }

    #[test]
    fn the_numbers_of_an_lstm_stand_in_its_equations() {
        let trace = fixture::lstm_of_one_unit();
        assert_eq!(
            written(&trace, 1),
            ["c = f·c₋₁ + i·g = 0.98·0.52 + 0.99·(-0.97) ≈ -0.45", "h = o·tanh c = 0.90·tanh (-0.45) ≈ -0.38"]
        );
        assert_eq!(
            written(&trace, 0)[0],
            "c = f·c₋₁ + i·g = 0.50·0.00 + 0.60·0.87 ≈ +0.52",
            "nothing before the first step"
        );
    }

    #[test]
    fn every_cell_has_its_equations() {
        let layer = |gates: Vec<(&'static str, Vec<f32>)>, h: f32| Trace {
            layers: vec![LayerTrace {
                hidden: vec![h],
                cell: vec![],
                pre_activation: vec![7.25],
                reset: vec![0.5],
                gates,
                gradient_norms: vec![1.0],
            }],
            units: 1,
            ..fixture::lstm_of_one_unit()
        };
        let gru = layer(vec![("r", vec![0.3]), ("z", vec![0.25]), ("n", vec![-0.8])], -0.6);
        assert_eq!(
            written(&gru, 0),
            [
                "n = tanh(W·x + b + r·(U·h₋₁ + b′)) = tanh(-1.25 + 0.30·0.50) ≈ -0.80",
                "h = (1−z)·n + z·h₋₁ = (1−0.25)·(-0.80) + 0.25·0.00 ≈ -0.60"
            ]
        );
        assert_eq!(written(&layer(vec![], 1.0), 0), ["h = tanh(W·x + U·h₋₁ + b) = tanh 7.25 ≈ +1.00"]);
    }

    #[test]
    fn gates_are_shut_below_a_tenth_and_open_above_nine() {
        assert_eq!(saturation(&[0.05, 0.1, 0.5, 0.95]), (0.25, 0.25));
        assert_eq!(saturation(&[]), (0.0, 0.0));
    }
}
