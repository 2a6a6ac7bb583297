//! How much of the loss reaches back to each step of a layer: to h, to c, and to the weights on the state before.

use dfdx::prelude::Dim;

use super::layer_workspace::LayerWorkspace;
use crate::model::cells::{Cell, GateArray, State, Unit, gate_count};
use crate::model::trace::{GradientFlow, QuantityKind, WeightGradientShares, norms};

/// The shares of a weight's gradient are computed for at most this number of steps, as each step is compared with each.
const MAX_SHARE_STEPS: usize = 256;

/// What of a pass forward the way back takes the place of, `[Steps, G·H]`.
pub(super) struct ForwardGates {
    gates: Vec<f32>,
    recurrent: Vec<f32>,
}

impl ForwardGates {
    pub fn of<C: Cell>(workspace: &LayerWorkspace<C>) -> Self {
        Self { gates: workspace.gates().to_vec(), recurrent: workspace.recurrent().to_vec() }
    }
}

/// Of a pass over one sequence, after the way back.
pub(super) fn flows<C: Cell>(layer: usize, workspace: &LayerWorkspace<C>, forward: &ForwardGates) -> Vec<GradientFlow> {
    let units = workspace.units.size();
    let flow = |term, norms, sum| GradientFlow { term, layer: Some(layer), norms, sum };
    let mut flows = vec![flow(QuantityKind::HiddenState, norms(workspace.d_hidden(), units), None)];
    if C::HAS_CELL_STATE {
        flows.push(flow(QuantityKind::CellState, norms(&cell_gradients(workspace, forward), units), None));
    }
    let (norms, sum) = recurrent_weight(workspace);
    flows.push(flow(QuantityKind::RecurrentWeight, norms, sum));
    flows
}

/// ∂loss/∂c after every step, `[Steps, H]`: training needs no more of it than that of one step.
#[allow(clippy::cast_possible_truncation)] // of f32
fn cell_gradients<C: Cell>(workspace: &LayerWorkspace<C>, forward: &ForwardGates) -> Vec<f32> {
    let (units, steps) = (workspace.units.size(), workspace.steps.0);
    let (hidden, cell) = (workspace.hidden.as_slice(), workspace.cell.as_slice());
    let mut gradients = vec![0.0; steps * units];
    for unit in 0..units {
        let number = |all: &[f32], row: usize| f64::from(all[row * units + unit]);
        let state = |moment: usize| State { h: number(hidden, moment), c: number(cell, moment) };
        let per_gate = |all: &[f32], step: usize| {
            let mut gates = C::GateArray::filled(0.0);
            for (gate, value) in gates.as_mut().iter_mut().enumerate() {
                *value = all.get((step * gate_count::<C>() + gate) * units + unit).map_or(0.0, |gate| f64::from(*gate));
            }
            gates
        };
        let mut d_c = 0.0;
        for step in (0..steps).rev() {
            let at = Unit::<C, f64> {
                gates: per_gate(&forward.gates, step),
                recurrent: per_gate(&forward.recurrent, step),
                before: state(step),
                after: state(step + 1),
            };
            let found = C::backward(at, State { h: number(workspace.d_hidden(), step), c: d_c });
            gradients[step * units + unit] = found.c_after.unwrap_or(0.0) as f32;
            d_c = found.c.unwrap_or(0.0);
        }
    }
    gradients
}

/// The gradient of the weights on the state before is a sum over steps (Werbos 1990): of each step the outer product of
/// ∂loss/∂sums and h₋₁, of which the norm is the product of theirs.
#[allow(clippy::cast_possible_truncation)] // of f32
fn recurrent_weight<C: Cell>(workspace: &LayerWorkspace<C>) -> (Vec<f32>, Option<WeightGradientShares>) {
    let d_sums = if C::SPLIT_RECURRENT_SUM { workspace.recurrent() } else { workspace.gates() };
    let (units, before) = (workspace.units.size(), workspace.hidden.before().as_slice());
    let width = gate_count::<C>() * units;
    let of_steps = norms(d_sums, width).into_iter().zip(norms(before, units)).map(|(d, h)| d * h).collect();
    let dot = |all: &[f32], width: usize, a: usize, b: usize| -> f64 {
        let row = |at: usize| &all[at * width..][..width];
        row(a).iter().zip(row(b)).map(|(a, b)| f64::from(*a) * f64::from(*b)).sum()
    };
    let steps = workspace.steps.0;
    if steps > MAX_SHARE_STEPS {
        return (of_steps, None);
    }
    // ⟨d ⊗ h, d′ ⊗ h′⟩ = ⟨d, d′⟩·⟨h, h′⟩
    let along = |a: usize| (0..steps).map(|b| dot(d_sums, width, a, b) * dot(before, units, a, b)).sum::<f64>();
    let along: Vec<f64> = (0..steps).map(along).collect();
    let square: f64 = along.iter().sum();
    let share = |along: &f64| if square > 0.0 { (along / square) as f32 } else { 0.0 };
    (
        of_steps,
        Some(WeightGradientShares { norm: square.max(0.0).sqrt() as f32, shares: along.iter().map(share).collect() }),
    )
}
