use std::fmt::Debug;

use super::{Cell, CellName, Gradients, Scalar, State, Unit};
use crate::model::trace::Part::{Before, Now, Sum, Text};
use crate::model::trace::{Equation, QuantityKind, Role};

/// The gated recurrent unit (Cho et al. 2014), as PyTorch's [`nn.GRU`](https://docs.pytorch.org/docs/stable/generated/torch.nn.GRU.html): the reset gate
/// is applied after the product with the recurrent weight.
///
/// ```text
/// r = σ(W_ir x + b_ir + W_hr h₋₁ + b_hr)           reset gate
/// z = σ(W_iz x + b_iz + W_hz h₋₁ + b_hz)           update gate
/// n = tanh(W_in x + b_in + r ⊙ (W_hn h₋₁ + b_hn))  candidate
/// h = (1 − z) ⊙ n + z ⊙ h₋₁                        hidden state
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Gru;

impl Cell for Gru {
    const NAME: CellName = CellName::Gru;

    type GateArray<T: Copy + Debug> = [T; 3];

    const GATES: [(QuantityKind, Role); 3] = [
        (QuantityKind::ResetGate, Role::Gate),
        (QuantityKind::UpdateGate, Role::Gate),
        (QuantityKind::Candidate, Role::Candidate),
    ];
    const HAS_CELL_STATE: bool = false;
    const SPLIT_RECURRENT_SUM: bool = true;
    const EQUATIONS: &'static [Equation] = &[
        Equation {
            letters: "n = tanh(W·x + b + r·(U·h₋₁ + b′))",
            numbers: &[
                Text("tanh("),
                Sum(QuantityKind::InputSum),
                Text(" + "),
                Now(QuantityKind::ResetGate),
                Text("·"),
                Now(QuantityKind::RecurrentSum),
                Text(")"),
            ],
            result: QuantityKind::Candidate,
        },
        Equation {
            letters: "h = (1−z)·n + z·h₋₁",
            numbers: &[
                Text("(1−"),
                Now(QuantityKind::UpdateGate),
                Text(")·"),
                Now(QuantityKind::Candidate),
                Text(" + "),
                Now(QuantityKind::UpdateGate),
                Text("·"),
                Before(QuantityKind::HiddenState),
            ],
            result: QuantityKind::HiddenState,
        },
    ];

    #[inline(always)]
    fn forward<N: Scalar>([r, z, n]: [N; 3], recurrent: [N; 3], before: State<N>) -> ([N; 3], State<N>) {
        let r = (r + recurrent[0]).sigmoid();
        let z = (z + recurrent[1]).sigmoid();
        let n = (n + r * recurrent[2]).tanh();
        ([r, z, n], State { h: n + z * (before.h - n), ..before })
    }

    #[inline(always)]
    fn backward<N: Scalar>(unit: Unit<Self, N>, d: State<N>) -> Gradients<Self, N> {
        let Unit { gates: [r, z, n], recurrent, before, .. } = unit;
        let d_n = d.h * z.one_minus() * (n * n).one_minus();
        let d_r = d_n * recurrent[2] * r * r.one_minus();
        let d_z = d.h * (before.h - n) * z * z.one_minus();
        Gradients { recurrent: [d_r, d_z, d_n * r], h: Some(d.h * z), ..Gradients::through_sums([d_r, d_z, d_n]) }
    }
}
