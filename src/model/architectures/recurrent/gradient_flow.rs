//! Gradient norms of a layer at each step: with respect to h, to c, and to the recurrent weight.

use dfdx::prelude::Dim;

use super::layer_workspace::LayerWorkspace;
use crate::model::cells::{Cell, GateArray, State, Unit, gate_count};
use crate::model::trace::{GradientFlow, QuantityKind, WeightGradientShares, norms};

/// Upper bound on the steps for which [`WeightGradientShares`] are computed, as the work grows with their square.
const MAX_SHARE_STEPS: usize = 256;

/// Gates and recurrent sums of a forward pass, `[Steps, G·H]`, which the backward pass overwrites.
pub(super) struct ForwardGates {
    gates: Vec<f32>,
    recurrent: Vec<f32>,
}

impl ForwardGates {
    /// Copies them out of `workspace`, before the backward pass.
    pub fn copied<C: Cell>(workspace: &LayerWorkspace<C>) -> Self {
        Self { gates: workspace.gates().to_vec(), recurrent: workspace.recurrent().to_vec() }
    }
}

/// Gradient norms of the layer with this 0-based index, after the backward pass over one sequence: of h, of c if the cell has one, and of the
/// recurrent weight.
pub(super) fn gradient_flow<C: Cell>(
    layer: usize,
    workspace: &LayerWorkspace<C>,
    forward: &ForwardGates,
) -> Vec<GradientFlow> {
    let units = workspace.units.size();
    let flow = |term, norms, sum| GradientFlow { term, layer: Some(layer), norms, sum };
    let mut flows = vec![flow(QuantityKind::HiddenState, norms(workspace.d_hidden(), units), None)];
    if C::HAS_CELL_STATE {
        flows.push(flow(QuantityKind::CellState, norms(&cell_gradients(workspace, forward), units), None));
    }
    let (norms, sum) = recurrent_weight_flow(workspace);
    flows.push(flow(QuantityKind::RecurrentWeight, norms, sum));
    flows
}

/// ∂loss/∂c after every step, `[Steps, H]`, computed again in f64, as the backward pass stores it for one step only.
#[allow(clippy::cast_possible_truncation)] // of f32
fn cell_gradients<C: Cell>(workspace: &LayerWorkspace<C>, forward: &ForwardGates) -> Vec<f32> {
    let (units, steps) = (workspace.units.size(), workspace.steps.0);
    let (hidden, cell) = (workspace.hidden.as_slice(), workspace.cell.as_slice());
    let mut gradients = vec![0.0; steps * units];
    for unit in 0..units {
        let number = |all: &[f32], row: usize| f64::from(all[row * units + unit]);
        let state = |boundary: usize| State { h: number(hidden, boundary), c: number(cell, boundary) };
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

/// The norm of each step's contribution to the gradient of the recurrent weight, `[Steps]`, and their shares in it; no shares beyond
/// [`MAX_SHARE_STEPS`]. The contribution of a step is the outer product of ∂loss/∂sums and h₋₁ (Werbos 1990), whose norm is the product of theirs.
#[allow(clippy::cast_possible_truncation)] // of f32
fn recurrent_weight_flow<C: Cell>(workspace: &LayerWorkspace<C>) -> (Vec<f32>, Option<WeightGradientShares>) {
    let d_sums = if C::SPLIT_RECURRENT_SUM { workspace.recurrent() } else { workspace.gates() };
    let (units, before) = (workspace.units.size(), workspace.hidden.before().as_slice());
    let width = gate_count::<C>() * units;
    let step_norms = norms(d_sums, width).into_iter().zip(norms(before, units)).map(|(d, h)| d * h).collect();
    let dot = |all: &[f32], width: usize, a: usize, b: usize| -> f64 {
        let row = |at: usize| &all[at * width..][..width];
        row(a).iter().zip(row(b)).map(|(a, b)| f64::from(*a) * f64::from(*b)).sum()
    };
    let steps = workspace.steps.0;
    if steps > MAX_SHARE_STEPS {
        return (step_norms, None);
    }
    // ⟨d ⊗ h, d′ ⊗ h′⟩ = ⟨d, d′⟩·⟨h, h′⟩
    let along = |a: usize| (0..steps).map(|b| dot(d_sums, width, a, b) * dot(before, units, a, b)).sum::<f64>();
    let along: Vec<f64> = (0..steps).map(along).collect();
    let square: f64 = along.iter().sum();
    let share = |along: &f64| if square > 0.0 { (along / square) as f32 } else { 0.0 };
    (
        step_norms,
        Some(WeightGradientShares { norm: square.max(0.0).sqrt() as f32, shares: along.iter().map(share).collect() }),
    )
}
