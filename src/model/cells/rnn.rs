use dfdx::prelude::Dim;
use pulp::Simd;

use super::{Backward, Cell, Forward};
use crate::model::dimensions::Gates;
use crate::model::kernels::{Lanes, in_lanes};

/// The simple recurrent network of Elman 1990, as PyTorch's
/// [`nn.RNN`](https://docs.pytorch.org/docs/stable/generated/torch.nn.RNN.html) with tanh.
///
/// ```text
/// h = tanh(W_ih x + b_ih + W_hh h₋₁ + b_hh)   hidden state
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct Rnn;

impl Cell for Rnn {
    type Gates<H: Dim> = Gates<H, 1>;
    const GATES: &'static [&'static str] = &[];
    const HAS_CELL_STATE: bool = false;
    const RECURRENT_SHARE_APART: bool = false;
    const FORGET_GATE: Option<usize> = None;

    fn gates<H: Dim>(hidden: H) -> Gates<H, 1> {
        Gates(hidden)
    }

    #[inline(always)]
    fn forward<S: Simd>(simd: S, step: Forward<'_>) {
        for at in in_lanes::<S>(step.gates.len()) {
            Lanes::load(simd, &step.gates[at.clone()]).tanh().store(&mut step.hidden[at]);
        }
    }

    #[inline(always)]
    fn backward<S: Simd>(simd: S, step: Backward<'_>) {
        let one = Lanes::splat(simd, 1.0);
        for at in in_lanes::<S>(step.gates.len()) {
            let (h, d_h) = (Lanes::load(simd, &step.hidden[at.clone()]), Lanes::load(simd, &step.d_hidden[at.clone()]));
            (d_h * (one - h * h)).store(&mut step.gates[at]);
        }
    }
}
