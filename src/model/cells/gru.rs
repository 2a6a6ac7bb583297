use dfdx::prelude::Dim;

use super::{Backward, Cell, Forward};
use crate::model::dimensions::Gates;
use crate::model::kernels::{sigmoid, tanh};

/// The gated recurrent unit (Cho et al. 2014), with the reset gate where PyTorch's
/// [`nn.GRU`](https://docs.pytorch.org/docs/stable/generated/torch.nn.GRU.html) has it: after the product.
///
/// ```text
/// r = σ(W_ir x + b_ir + W_hr h₋₁ + b_hr)           reset gate
/// z = σ(W_iz x + b_iz + W_hz h₋₁ + b_hz)           update gate
/// n = tanh(W_in x + b_in + r ⊙ (W_hn h₋₁ + b_hn))  candidate
/// h = (1 − z) ⊙ n + z ⊙ h₋₁                        hidden state
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct Gru;

impl Cell for Gru {
    type Gates<H: Dim> = Gates<H, 3>;
    const GATES: &'static [&'static str] = &["r", "z", "n"];
    const HAS_CELL_STATE: bool = false;
    const RECURRENT_SHARE_APART: bool = true;
    const FORGET_GATE: Option<usize> = None;

    fn gates<H: Dim>(hidden: H) -> Gates<H, 3> {
        Gates(hidden)
    }

    #[inline(always)]
    fn forward(step: Forward<'_>) {
        let units = step.units;
        let rows = step.gates.chunks_exact_mut(3 * units).zip(step.recurrent.chunks_exact(3 * units));
        let states = step.hidden_before.chunks_exact(units).zip(step.hidden.chunks_exact_mut(units));
        for ((gates, recurrent), (h_before, h)) in rows.zip(states) {
            let [r, z, n] = thirds_mut(gates, units);
            let (recurrent_r, rest) = recurrent.split_at(units);
            let (recurrent_z, recurrent_n) = rest.split_at(units);
            let (recurrent_n, h_before, h) = (&recurrent_n[..units], &h_before[..units], &mut h[..units]);
            for u in 0..units {
                r[u] = sigmoid(r[u] + recurrent_r[u]);
                z[u] = sigmoid(z[u] + recurrent_z[u]);
                n[u] = tanh(n[u] + r[u] * recurrent_n[u]);
                h[u] = n[u] + z[u] * (h_before[u] - n[u]);
            }
        }
    }

    #[inline(always)]
    fn backward(step: Backward<'_>) {
        let units = step.units;
        let rows = step.gates.chunks_exact_mut(3 * units).zip(step.recurrent.chunks_exact_mut(3 * units));
        let before = step.hidden_before.chunks_exact(units).zip(step.d_hidden_before.chunks_exact_mut(units));
        for (((gates, recurrent), (h_before, d_before)), d_h) in rows.zip(before).zip(step.d_hidden.chunks_exact(units))
        {
            let [r, z, n] = thirds_mut(gates, units);
            let [recurrent_r, recurrent_z, recurrent_n] = thirds_mut(recurrent, units);
            let (h_before, d_before, d_h) = (&h_before[..units], &mut d_before[..units], &d_h[..units]);
            for u in 0..units {
                let (gate_r, gate_z, gate_n) = (r[u], z[u], n[u]);
                let d_n = d_h[u] * (1.0 - gate_z) * (1.0 - gate_n * gate_n);
                n[u] = d_n;
                z[u] = d_h[u] * (h_before[u] - gate_n) * gate_z * (1.0 - gate_z);
                r[u] = d_n * recurrent_n[u] * gate_r * (1.0 - gate_r);
                recurrent_r[u] = r[u];
                recurrent_z[u] = z[u];
                recurrent_n[u] = d_n * gate_r;
                d_before[u] += d_h[u] * gate_z;
            }
        }
    }
}

/// The three gates of one row, each of all units.
#[inline(always)]
fn thirds_mut(row: &mut [f32], units: usize) -> [&mut [f32]; 3] {
    let (r, rest) = row.split_at_mut(units);
    let (z, n) = rest.split_at_mut(units);
    [r, z, &mut n[..units]]
}
