use proptest::prelude::*;

use super::*;
use crate::model::trace::Part;

/// A loss that is linear in the state after the step, with these `weights`. `numbers` are sums, recurrent sums, h and c before the step.
fn loss<C: Cell>(numbers: &[f64], weights: State<f64>) -> f64 {
    let gates = gate_count::<C>();
    let mut sums = C::GateArray::filled(0.0);
    let mut recurrent = sums;
    sums.as_mut().copy_from_slice(&numbers[..gates]);
    recurrent.as_mut().copy_from_slice(&numbers[gates..2 * gates]);
    let (_, after) = C::forward(sums, recurrent, State { h: numbers[2 * gates], c: numbers[2 * gates + 1] });
    after.h * weights.h + if C::HAS_CELL_STATE { after.c * weights.c } else { 0.0 }
}

/// Compares the analytic gradient with central differences, for sums, recurrent sums, h and c.
fn check<C: Cell>(numbers: &[f64], weights: State<f64>) {
    const STEP: f64 = 1e-5;
    let gates = gate_count::<C>();
    let numbers = &numbers[..2 * gates + 2];
    let mut sums = C::GateArray::filled(0.0);
    let mut recurrent = sums;
    sums.as_mut().copy_from_slice(&numbers[..gates]);
    recurrent.as_mut().copy_from_slice(&numbers[gates..2 * gates]);
    let before = State { h: numbers[2 * gates], c: numbers[2 * gates + 1] };
    let (gate_values, after) = C::forward(sums, recurrent, before);
    let found = C::backward(Unit { gates: gate_values, recurrent, before, after }, weights);
    let recurrent = if C::SPLIT_RECURRENT_SUM { found.recurrent } else { C::GateArray::filled(0.0) };
    let states = [found.h, found.c].map(Option::unwrap_or_default);
    let found: Vec<f64> = found.sums.as_ref().iter().chain(recurrent.as_ref()).copied().chain(states).collect();
    for (index, found) in found.into_iter().enumerate() {
        let loss_at = |offset: f64| {
            let mut numbers = numbers.to_vec();
            numbers[index] += offset;
            loss::<C>(&numbers, weights)
        };
        let expected = (loss_at(STEP) - loss_at(-STEP)) / (2.0 * STEP);
        assert!(
            (found - expected).abs() < 1e-8,
            "{} {index}: {found} instead of {expected}",
            std::any::type_name::<C>()
        );
    }
}

proptest! {
    #[test]
    fn backward_every_cell_matches_finite_differences(
        numbers in prop::collection::vec(-3.0..3.0, 12..13), h in -2.0..2.0, c in -2.0..2.0,
    ) {
        for (_, name) in CellName::ALL {
            with_cell!(*name, C => check::<C>(&numbers, State { h, c }));
        }
    }
}

#[test]
fn equations_every_cell_use_only_traced_quantities() {
    for (_, name) in CellName::ALL {
        let (gates, separate, has_cell_state, equations) = with_cell!(*name, C => {
            (C::GATES.to_vec(), C::SPLIT_RECURRENT_SUM, C::HAS_CELL_STATE, C::EQUATIONS)
        });
        let mut terms: Vec<QuantityKind> = gates.into_iter().map(|(term, _)| term).collect();
        terms.push(QuantityKind::HiddenState);
        terms.extend(has_cell_state.then_some(QuantityKind::CellState));
        terms.extend(separate.then_some([QuantityKind::InputSum, QuantityKind::RecurrentSum]).into_iter().flatten());
        let used = equations
            .iter()
            .flat_map(|equation| equation.numbers.iter().filter_map(Part::term).chain([equation.result]));
        for term in used {
            assert!(terms.contains(&term), "{name:?}: {term:?}");
        }
    }
}
