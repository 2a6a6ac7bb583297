use std::fmt::Debug;

use super::{Cell, CellName, Gradients, Scalar, State, Unit};
use crate::model::trace::Part::{Before, Now, Text};
use crate::model::trace::{Equation, QuantityKind, Role};

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
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Lstm;

#[allow(clippy::many_single_char_names)] // the letters of the equations
impl Cell for Lstm {
    const NAME: CellName = CellName::Lstm;

    type GateArray<T: Copy + Debug> = [T; 4];

    const GATES: [(QuantityKind, Role); 4] = [
        (QuantityKind::InputGate, Role::Gate),
        (QuantityKind::ForgetGate, Role::Gate),
        (QuantityKind::CellCandidate, Role::Candidate),
        (QuantityKind::OutputGate, Role::Gate),
    ];
    const HAS_CELL_STATE: bool = true;
    const SPLIT_RECURRENT_SUM: bool = false;
    const FORGET_GATE: Option<usize> = Some(1);
    const EQUATIONS: &'static [Equation] = &[
        Equation {
            letters: "c = f·c₋₁ + i·g",
            numbers: &[
                Now(QuantityKind::ForgetGate),
                Text("·"),
                Before(QuantityKind::CellState),
                Text(" + "),
                Now(QuantityKind::InputGate),
                Text("·"),
                Now(QuantityKind::CellCandidate),
            ],
            result: QuantityKind::CellState,
        },
        Equation {
            letters: "h = o·tanh c",
            numbers: &[Now(QuantityKind::OutputGate), Text("·tanh "), Now(QuantityKind::CellState)],
            result: QuantityKind::HiddenState,
        },
    ];

    #[inline(always)]
    fn forward<N: Scalar>([i, f, g, o]: [N; 4], _: [N; 4], before: State<N>) -> ([N; 4], State<N>) {
        let (i, f, g, o) = (i.sigmoid(), f.sigmoid(), g.tanh(), o.sigmoid());
        let c = f * before.c + i * g;
        ([i, f, g, o], State { h: o * c.tanh(), c })
    }

    #[inline(always)]
    fn backward<N: Scalar>(unit: Unit<Self, N>, d: State<N>) -> Gradients<Self, N> {
        let Unit { gates: [i, f, g, o], before, after, .. } = unit;
        let tanh_c = after.c.tanh();
        let d_c = d.c + d.h * o * (tanh_c * tanh_c).one_minus();
        let d_sums = [
            d_c * g * i * i.one_minus(),
            d_c * before.c * f * f.one_minus(),
            d_c * i * (g * g).one_minus(),
            d.h * tanh_c * o * o.one_minus(),
        ];
        Gradients { c: Some(d_c * f), c_after: Some(d_c), ..Gradients::through_sums(d_sums) }
    }
}
