use dfdx::prelude::Dim;

use super::{Backward, Cell, Forward};
use crate::model::dimensions::Gates;
use crate::model::kernels::{sigmoid, tanh};

/// Long short-term memory (Hochreiter & Schmidhuber 1997, with the forget gate of Gers et al. 2000), as PyTorch's
/// [`nn.LSTM`](https://docs.pytorch.org/docs/stable/generated/torch.nn.LSTM.html).
///
/// ```text
/// i = σ(W_ii x + b_ii + W_hi h₋₁ + b_hi)      input gate
/// f = σ(W_if x + b_if + W_hf h₋₁ + b_hf)      forget gate
/// g = tanh(W_ig x + b_ig + W_hg h₋₁ + b_hg)   candidate
/// o = σ(W_io x + b_io + W_ho h₋₁ + b_ho)      output gate
/// c = f ⊙ c₋₁ + i ⊙ g                         cell state
/// h = o ⊙ tanh(c)                             hidden state
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct Lstm;

impl Cell for Lstm {
    type Gates<H: Dim> = Gates<H, 4>;
    const GATES: &'static [&'static str] = &["i", "f", "g", "o"];
    const HAS_CELL_STATE: bool = true;
    const RECURRENT_SHARE_APART: bool = false;
    const FORGET_GATE: Option<usize> = Some(1);

    fn gates<H: Dim>(hidden: H) -> Gates<H, 4> {
        Gates(hidden)
    }

    #[inline(always)]
    fn forward(step: Forward<'_>) {
        let units = step.units;
        let rows = step.gates.chunks_exact_mut(4 * units).zip(step.cell_before.chunks_exact(units));
        let states = step.cell.chunks_exact_mut(units).zip(step.hidden.chunks_exact_mut(units));
        for ((gates, c_before), (c, h)) in rows.zip(states) {
            let [i, f, g, o] = quarters(gates, units);
            let (c_before, c, h) = (&c_before[..units], &mut c[..units], &mut h[..units]);
            for u in 0..units {
                (i[u], f[u], g[u], o[u]) = (sigmoid(i[u]), sigmoid(f[u]), tanh(g[u]), sigmoid(o[u]));
                c[u] = f[u] * c_before[u] + i[u] * g[u];
                h[u] = o[u] * tanh(c[u]);
            }
        }
    }

    #[inline(always)]
    fn backward(step: Backward<'_>) {
        let units = step.units;
        let rows = step.gates.chunks_exact_mut(4 * units).zip(step.d_hidden.chunks_exact(units));
        let cells = step.cell_before.chunks_exact(units).zip(step.cell.chunks_exact(units));
        for (((gates, d_h), (c_before, c)), d_c) in rows.zip(cells).zip(step.d_cell.chunks_exact_mut(units)) {
            let [i, f, g, o] = quarters(gates, units);
            let (d_h, c_before, c, d_c) = (&d_h[..units], &c_before[..units], &c[..units], &mut d_c[..units]);
            for u in 0..units {
                let tanh_c = tanh(c[u]);
                let d_c_now = d_c[u] + d_h[u] * o[u] * (1.0 - tanh_c * tanh_c);
                let (gate_i, gate_f, gate_g, gate_o) = (i[u], f[u], g[u], o[u]);
                i[u] = d_c_now * gate_g * gate_i * (1.0 - gate_i);
                f[u] = d_c_now * c_before[u] * gate_f * (1.0 - gate_f);
                g[u] = d_c_now * gate_i * (1.0 - gate_g * gate_g);
                o[u] = d_h[u] * tanh_c * gate_o * (1.0 - gate_o);
                d_c[u] = d_c_now * gate_f;
            }
        }
    }
}

/// The four gates of one row, each of all units.
#[inline(always)]
fn quarters(row: &mut [f32], units: usize) -> [&mut [f32]; 4] {
    let (i, rest) = row.split_at_mut(units);
    let (f, rest) = rest.split_at_mut(units);
    let (g, o) = rest.split_at_mut(units);
    [i, f, g, &mut o[..units]]
}
