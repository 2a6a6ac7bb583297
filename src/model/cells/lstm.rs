use dfdx::prelude::Dim;
use pulp::Simd;

use super::{Backward, Cell, Forward};
use crate::model::dimensions::Gates;
use crate::model::kernels::{Lanes, in_lanes};

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
    fn forward<S: Simd>(simd: S, step: Forward<'_>) {
        let units = step.units;
        let rows = step.gates.chunks_exact_mut(4 * units).zip(step.cell_before.chunks_exact(units));
        let states = step.cell.chunks_exact_mut(units).zip(step.hidden.chunks_exact_mut(units));
        for ((gates, c_before), (c, h)) in rows.zip(states) {
            let [gates_i, gates_f, gates_g, gates_o] = quarters(gates, units);
            for at in in_lanes::<S>(units) {
                let i = Lanes::load(simd, &gates_i[at.clone()]).sigmoid();
                let f = Lanes::load(simd, &gates_f[at.clone()]).sigmoid();
                let g = Lanes::load(simd, &gates_g[at.clone()]).tanh();
                let o = Lanes::load(simd, &gates_o[at.clone()]).sigmoid();
                let c_now = f * Lanes::load(simd, &c_before[at.clone()]) + i * g;
                i.store(&mut gates_i[at.clone()]);
                f.store(&mut gates_f[at.clone()]);
                g.store(&mut gates_g[at.clone()]);
                o.store(&mut gates_o[at.clone()]);
                c_now.store(&mut c[at.clone()]);
                (o * c_now.tanh()).store(&mut h[at]);
            }
        }
    }

    #[inline(always)]
    fn backward<S: Simd>(simd: S, step: Backward<'_>) {
        let (units, one) = (step.units, Lanes::splat(simd, 1.0));
        let rows = step.gates.chunks_exact_mut(4 * units).zip(step.d_hidden.chunks_exact(units));
        let cells = step.cell_before.chunks_exact(units).zip(step.cell.chunks_exact(units));
        for (((gates, d_h), (c_before, c)), d_c) in rows.zip(cells).zip(step.d_cell.chunks_exact_mut(units)) {
            let [gates_i, gates_f, gates_g, gates_o] = quarters(gates, units);
            for at in in_lanes::<S>(units) {
                let i = Lanes::load(simd, &gates_i[at.clone()]);
                let f = Lanes::load(simd, &gates_f[at.clone()]);
                let g = Lanes::load(simd, &gates_g[at.clone()]);
                let o = Lanes::load(simd, &gates_o[at.clone()]);
                let d_h = Lanes::load(simd, &d_h[at.clone()]);
                let tanh_c = Lanes::load(simd, &c[at.clone()]).tanh();
                let d_c_now = Lanes::load(simd, &d_c[at.clone()]) + d_h * o * (one - tanh_c * tanh_c);
                (d_c_now * g * i * (one - i)).store(&mut gates_i[at.clone()]);
                (d_c_now * Lanes::load(simd, &c_before[at.clone()]) * f * (one - f)).store(&mut gates_f[at.clone()]);
                (d_c_now * i * (one - g * g)).store(&mut gates_g[at.clone()]);
                (d_h * tanh_c * o * (one - o)).store(&mut gates_o[at.clone()]);
                (d_c_now * f).store(&mut d_c[at]);
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
    [i, f, g, o]
}
