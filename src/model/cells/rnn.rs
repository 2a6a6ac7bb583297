use dfdx::prelude::Dim;

use super::{Backward, Cell, Forward};
use crate::model::dimensions::Gates;
use crate::model::kernels::tanh;

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
    fn forward(step: Forward<'_>) {
        for (h, sum) in step.hidden.iter_mut().zip(step.gates) {
            *h = tanh(*sum);
        }
    }

    #[inline(always)]
    fn backward(step: Backward<'_>) {
        for ((d_sum, h), d_h) in step.gates.iter_mut().zip(step.hidden).zip(step.d_hidden) {
            *d_sum = d_h * (1.0 - h * h);
        }
    }
}
