use std::fmt::Debug;

use super::{Cell, CellName, Gradients, Number, State, Unit};
use crate::model::trace::Part::{Before, Now, Sum, Text};
use crate::model::trace::{Equation, Role, Term};

/// The minimal gated unit (Zhou et al. 2016), a GRU whose one gate is both reset and update gate. As in PyTorch's GRU the gate
/// is multiplied with the product, not with the state before it.
///
/// ```text
/// f = σ(W_if x + b_if + W_hf h₋₁ + b_hf)           forget gate: what is let go
/// n = tanh(W_in x + b_in + f ⊙ (W_hn h₋₁ + b_hn))  candidate
/// h = (1 − f) ⊙ h₋₁ + f ⊙ n                        hidden state
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Mgu;

impl Cell for Mgu {
    const NAME: CellName = CellName::Mgu;

    type PerGate<T: Copy + Debug> = [T; 2];

    const GATES: [(Term, Role); 2] = [(Term::ForgetGate, Role::Gate), (Term::Candidate, Role::Candidate)];
    const HAS_CELL_STATE: bool = false;
    const SEPARATE_RECURRENT: bool = true;
    const EQUATIONS: &'static [Equation] = &[
        Equation {
            letters: "n = tanh(W·x + b + f·(U·h₋₁ + b′))",
            numbers: &[
                Text("tanh("),
                Sum(Term::InputSum),
                Text(" + "),
                Now(Term::ForgetGate),
                Text("·"),
                Now(Term::RecurrentSum),
                Text(")"),
            ],
            result: Term::Candidate,
        },
        Equation {
            letters: "h = (1−f)·h₋₁ + f·n",
            numbers: &[
                Text("(1−"),
                Now(Term::ForgetGate),
                Text(")·"),
                Before(Term::HiddenState),
                Text(" + "),
                Now(Term::ForgetGate),
                Text("·"),
                Now(Term::Candidate),
            ],
            result: Term::HiddenState,
        },
    ];

    #[inline(always)]
    fn forward<N: Number>([f, n]: [N; 2], recurrent: [N; 2], before: State<N>) -> ([N; 2], State<N>) {
        let f = (f + recurrent[0]).sigmoid();
        let n = (n + f * recurrent[1]).tanh();
        ([f, n], State { h: before.h + f * (n - before.h), ..before })
    }

    #[inline(always)]
    fn backward<N: Number>(unit: Unit<Self, N>, d: State<N>) -> Gradients<Self, N> {
        let Unit { gates: [f, n], recurrent, before, .. } = unit;
        let d_n = d.h * f * (n * n).one_minus();
        let d_f = (d.h * (n - before.h) + d_n * recurrent[1]) * f * f.one_minus();
        Gradients { recurrent: [d_f, d_n * f], h: Some(d.h * f.one_minus()), ..Gradients::of([d_f, d_n]) }
    }
}
