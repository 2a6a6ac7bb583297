use std::fmt::Debug;

use super::{Cell, CellName, Gradients, Scalar, State, Unit};
use crate::model::trace::Part::{Now, Text};
use crate::model::trace::{Equation, QuantityKind, Role};

/// The simple recurrent network of Elman 1990, as PyTorch's
/// [`nn.RNN`](https://docs.pytorch.org/docs/stable/generated/torch.nn.RNN.html) with tanh.
///
/// ```text
/// h = tanh(W_ih x + b_ih + W_hh h₋₁ + b_hh)   hidden state
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Rnn;

impl Cell for Rnn {
    const NAME: CellName = CellName::Rnn;

    type GateArray<T: Copy + Debug> = [T; 1];

    const GATES: [(QuantityKind, Role); 1] = [(QuantityKind::PreActivation, Role::Sum)];
    const HAS_CELL_STATE: bool = false;
    const SPLIT_RECURRENT_SUM: bool = false;
    const EQUATIONS: &'static [Equation] = &[Equation {
        letters: "h = tanh(W·x + U·h₋₁ + b)",
        numbers: &[Text("tanh "), Now(QuantityKind::PreActivation)],
        result: QuantityKind::HiddenState,
    }];

    #[inline(always)]
    fn forward<N: Scalar>([sum]: [N; 1], _: [N; 1], before: State<N>) -> ([N; 1], State<N>) {
        ([sum], State { h: sum.tanh(), ..before })
    }

    #[inline(always)]
    fn backward<N: Scalar>(unit: Unit<Self, N>, d: State<N>) -> Gradients<Self, N> {
        let h = unit.after.h;
        Gradients::through_sums([d.h * (h * h).one_minus()])
    }
}
