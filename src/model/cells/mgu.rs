use std::fmt::Debug;

use super::{Cell, CellName, Gradients, Scalar, State, Unit};
use crate::model::trace::Part::{Before, Now, Sum, Text};
use crate::model::trace::{Equation, QuantityKind, Role};

/// The minimal gated unit (Zhou et al. 2016): a GRU with one gate, which is both reset and update gate. As in PyTorch's GRU, the gate is applied after the
/// product with the recurrent weight.
///
/// ```text
/// f = σ(W_if x + b_if + W_hf h₋₁ + b_hf)           forget gate: the share of n
/// n = tanh(W_in x + b_in + f ⊙ (W_hn h₋₁ + b_hn))  candidate
/// h = (1 − f) ⊙ h₋₁ + f ⊙ n                        hidden state
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Mgu;

impl Cell for Mgu {
    const NAME: CellName = CellName::Mgu;

    type GateArray<T: Copy + Debug> = [T; 2];

    const GATES: [(QuantityKind, Role); 2] =
        [(QuantityKind::ForgetGate, Role::Gate), (QuantityKind::Candidate, Role::Candidate)];
    const HAS_CELL_STATE: bool = false;
    const SPLIT_RECURRENT_SUM: bool = true;
    const EQUATIONS: &'static [Equation] = &[
        Equation {
            letters: "n = tanh(W·x + b + f·(U·h₋₁ + b′))",
            numbers: &[
                Text("tanh("),
                Sum(QuantityKind::InputSum),
                Text(" + "),
                Now(QuantityKind::ForgetGate),
                Text("·"),
                Now(QuantityKind::RecurrentSum),
                Text(")"),
            ],
            result: QuantityKind::Candidate,
        },
        Equation {
            letters: "h = (1−f)·h₋₁ + f·n",
            numbers: &[
                Text("(1−"),
                Now(QuantityKind::ForgetGate),
                Text(")·"),
                Before(QuantityKind::HiddenState),
                Text(" + "),
                Now(QuantityKind::ForgetGate),
                Text("·"),
                Now(QuantityKind::Candidate),
            ],
            result: QuantityKind::HiddenState,
        },
    ];

    #[inline(always)]
    fn forward<N: Scalar>([f, n]: [N; 2], recurrent: [N; 2], before: State<N>) -> ([N; 2], State<N>) {
        let f = (f + recurrent[0]).sigmoid();
        let n = (n + f * recurrent[1]).tanh();
        ([f, n], State { h: before.h + f * (n - before.h), ..before })
    }

    #[inline(always)]
    fn backward<N: Scalar>(unit: Unit<Self, N>, d: State<N>) -> Gradients<Self, N> {
        let Unit { gates: [f, n], recurrent, before, .. } = unit;
        let d_n = d.h * f * (n * n).one_minus();
        let d_f = (d.h * (n - before.h) + d_n * recurrent[1]) * f * f.one_minus();
        Gradients { recurrent: [d_f, d_n * f], h: Some(d.h * f.one_minus()), ..Gradients::through_sums([d_f, d_n]) }
    }
}
