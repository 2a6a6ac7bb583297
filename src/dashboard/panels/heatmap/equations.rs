//! Equations with the numbers of one unit at one position.

use crate::dashboard::numbers::signed;
use crate::model::{Equation, Part, Quantity, QuantityKind, Trace};

/// An equation in symbols and in numbers.
pub struct Written {
    /// `c = f·c₋₁ + i·g`
    pub letters: &'static str,
    /// `0.98·0.52 + 0.99·(-0.97) ≈ -0.45`: factors are rounded, too
    pub numbers: String,
}

/// Formats a factor: without a plus sign, negative numbers in brackets.
fn factor(value: f32) -> String {
    let text = signed(value);
    match text.strip_prefix('+') {
        Some(positive) => positive.to_owned(),
        None => format!("({text})"),
    }
}

/// The equations of a quantity with the numbers of one unit at one position, in the order of computation. States before the first position
/// are 0.
#[must_use]
pub fn written(trace: &Trace, quantity: &Quantity, unit: usize, position: usize) -> Vec<Written> {
    let layer = quantity.layer.unwrap_or(0);
    let value_at =
        |term: QuantityKind, position: usize| trace.quantity(term, layer).and_then(|found| found.at(unit, position));
    let current = |term| value_at(term, position).unwrap_or_default();
    let before = |term| position.checked_sub(1).and_then(|before| value_at(term, before)).unwrap_or_default();
    let part = |part: &Part| match *part {
        Part::Text(text) => text.to_owned(),
        Part::Now(term) => factor(current(term)),
        Part::Before(term) => factor(before(term)),
        Part::Sum(term) => signed(current(term)),
    };
    let written = |equation: &Equation| {
        let numbers: String = equation.numbers.iter().map(part).collect();
        Written { letters: equation.letters, numbers: format!("{numbers} ≈ {}", signed(current(equation.result))) }
    };
    quantity.equations.iter().map(written).collect()
}

/// The shares of a gate's values that are nearly shut (below 0.1) and nearly open (above 0.9), after Karpathy et al. (2015); 0 for an empty
/// slice.
#[must_use]
pub fn saturation(values: &[f32]) -> (f64, f64) {
    let share = |counts: fn(f32) -> bool| {
        values.iter().filter(|value| counts(**value)).count() as f64 / values.len().max(1) as f64
    };
    (share(|value| value < 0.1), share(|value| value > 0.9))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dashboard::fixture;
    use crate::model::{Cell, Gru, Rnn, Role};

    fn shown(trace: &Trace, position: usize) -> Vec<String> {
        let written = written(trace, &trace.quantities[0], 0, position);
        written.into_iter().map(|equation| format!("{} = {}", equation.letters, equation.numbers)).collect()
    }

    #[test]
    fn written_lstm_equations_have_its_numbers() {
        let trace = fixture::lstm_of_one_unit();
        assert_eq!(
            shown(&trace, 1),
            ["c = f·c₋₁ + i·g = 0.98·0.52 + 0.99·(-0.97) ≈ -0.45", "h = o·tanh c = 0.90·tanh (-0.45) ≈ -0.38"]
        );
        assert_eq!(
            shown(&trace, 0)[0],
            "c = f·c₋₁ + i·g = 0.50·0.00 + 0.60·0.87 ≈ +0.52",
            "nothing before the first step"
        );
    }

    #[test]
    fn written_equations_exist_for_every_cell() {
        fn layer<C: Cell>(numbers: &[(QuantityKind, f32)]) -> Trace {
            let quantity = |(term, value): &(QuantityKind, f32)| Quantity {
                term: *term,
                role: Role::State,
                layer: Some(0),
                width: 1,
                values: vec![*value],
                equations: C::EQUATIONS,
            };
            Trace { quantities: numbers.iter().map(quantity).collect(), ..fixture::lstm_of_one_unit() }
        }
        let gru = layer::<Gru>(&[
            (QuantityKind::HiddenState, -0.6),
            (QuantityKind::ResetGate, 0.3),
            (QuantityKind::UpdateGate, 0.25),
            (QuantityKind::Candidate, -0.8),
            (QuantityKind::InputSum, -1.25),
            (QuantityKind::RecurrentSum, 0.5),
        ]);
        assert_eq!(
            shown(&gru, 0),
            [
                "n = tanh(W·x + b + r·(U·h₋₁ + b′)) = tanh(-1.25 + 0.30·0.50) ≈ -0.80",
                "h = (1−z)·n + z·h₋₁ = (1−0.25)·(-0.80) + 0.25·0.00 ≈ -0.60"
            ]
        );
        let rnn = layer::<Rnn>(&[(QuantityKind::HiddenState, 1.0), (QuantityKind::PreActivation, 7.25)]);
        assert_eq!(shown(&rnn, 0), ["h = tanh(W·x + U·h₋₁ + b) = tanh 7.25 ≈ +1.00"]);
    }

    #[test]
    fn saturation_counts_values_below_tenth_and_above_nine_tenths() {
        assert_eq!(saturation(&[0.05, 0.1, 0.5, 0.95]), (0.25, 0.25));
        assert_eq!(saturation(&[]), (0.0, 0.0));
    }
}
