use dfdx::prelude::Dim;
use pulp::Simd;

use super::{Backward, Cell, Forward};
use crate::model::dimensions::Gates;
use crate::model::kernels::{Lanes, in_lanes};

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
    fn forward<S: Simd>(simd: S, step: Forward<'_>) {
        let units = step.units;
        let rows = step.gates.chunks_exact_mut(3 * units).zip(step.recurrent.chunks_exact(3 * units));
        let states = step.hidden_before.chunks_exact(units).zip(step.hidden.chunks_exact_mut(units));
        for ((gates, recurrent), (h_before, h)) in rows.zip(states) {
            let [gates_r, gates_z, gates_n] = thirds_mut(gates, units);
            let (recurrent_r, rest) = recurrent.split_at(units);
            let (recurrent_z, recurrent_n) = rest.split_at(units);
            for at in in_lanes::<S>(units) {
                let load = |numbers: &[f32]| Lanes::load(simd, &numbers[at.clone()]);
                let r = (load(gates_r) + load(recurrent_r)).sigmoid();
                let z = (load(gates_z) + load(recurrent_z)).sigmoid();
                let n = (load(gates_n) + r * load(recurrent_n)).tanh();
                let h_now = n + z * (load(h_before) - n);
                r.store(&mut gates_r[at.clone()]);
                z.store(&mut gates_z[at.clone()]);
                n.store(&mut gates_n[at.clone()]);
                h_now.store(&mut h[at]);
            }
        }
    }

    #[inline(always)]
    fn backward<S: Simd>(simd: S, step: Backward<'_>) {
        let (units, one) = (step.units, Lanes::splat(simd, 1.0));
        let rows = step.gates.chunks_exact_mut(3 * units).zip(step.recurrent.chunks_exact_mut(3 * units));
        let before = step.hidden_before.chunks_exact(units).zip(step.d_hidden_before.chunks_exact_mut(units));
        for (((gates, recurrent), (h_before, d_before)), d_h) in rows.zip(before).zip(step.d_hidden.chunks_exact(units))
        {
            let [gates_r, gates_z, gates_n] = thirds_mut(gates, units);
            let [recurrent_r, recurrent_z, recurrent_n] = thirds_mut(recurrent, units);
            for at in in_lanes::<S>(units) {
                let load = |numbers: &[f32]| Lanes::load(simd, &numbers[at.clone()]);
                let (r, z, n, d_h) = (load(gates_r), load(gates_z), load(gates_n), load(d_h));
                let d_n = d_h * (one - z) * (one - n * n);
                let d_r = d_n * load(recurrent_n) * r * (one - r);
                let d_z = d_h * (load(h_before) - n) * z * (one - z);
                let d_before_now = load(d_before) + d_h * z;
                for gate_r in [&mut *gates_r, &mut *recurrent_r] {
                    d_r.store(&mut gate_r[at.clone()]);
                }
                for gate_z in [&mut *gates_z, &mut *recurrent_z] {
                    d_z.store(&mut gate_z[at.clone()]);
                }
                d_n.store(&mut gates_n[at.clone()]);
                (d_n * r).store(&mut recurrent_n[at.clone()]);
                d_before_now.store(&mut d_before[at]);
            }
        }
    }
}

/// The three gates of one row, each of all units.
#[inline(always)]
fn thirds_mut(row: &mut [f32], units: usize) -> [&mut [f32]; 3] {
    let (r, rest) = row.split_at_mut(units);
    let (z, n) = rest.split_at_mut(units);
    [r, z, n]
}
