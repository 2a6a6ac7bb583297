//! dfdx's tape for tensors that are used more than once, and tensors as the scalars of a cell.

use std::cell::{Cell, RefCell};
use std::fmt;
use std::ops::{Add, Mul, Sub};

use dfdx::prelude::{Axis, BroadcastTo, Cpu, Dim, HasShape, OwnedTape, PutTape, Shape, SplitTape, SumTo, Tensor};

use crate::model::cells::Scalar;
use crate::model::dimensions::Batch;

/// A tensor of dfdx without a tape.
pub type Untaped<S> = Tensor<S, f32, Cpu>;

/// The tape of one pass. In dfdx a tensor owns its tape and can be used once; here the tape is passed from operation to operation, so any tensor
/// can be used more than once.
#[derive(Default)]
pub struct OneTape(pub Cell<OwnedTape<f32, Cpu>>);

impl OneTape {
    /// Applies `operation` to `input`, records it, and returns its output without a tape.
    pub fn record<S: Shape, R: Shape>(
        &self,
        input: &Untaped<S>,
        operation: impl FnOnce(Tensor<S, f32, Cpu, OwnedTape<f32, Cpu>>) -> Tensor<R, f32, Cpu, OwnedTape<f32, Cpu>>,
    ) -> Untaped<R> {
        let (output, tape) = operation(input.clone().put_tape(self.0.take())).split_tape();
        self.0.set(tape);
        output
    }

    /// x Wᵀ: `[B, I]` and `[O, I]` → `[B, O]`.
    pub fn product<I: Dim, O: Dim>(&self, x: &Untaped<(Batch, I)>, weight: &Untaped<(O, I)>) -> Untaped<(Batch, O)> {
        let ((batch, input), (output, _)) = (*x.shape(), *weight.shape());
        let products = (batch, output, input);
        let weight = self.record(weight, |weight| weight.broadcast_like::<_, Axis<0>>(&products));
        let x = self.record(x, |x| x.broadcast_like::<_, Axis<1>>(&products));
        self.record(&x, |x| (x * weight).sum::<_, Axis<2>>())
    }

    /// x Wᵀ + b: `[B, I]`, `[O, I]` and `[O]` → `[B, O]`.
    pub fn linear<I: Dim, O: Dim>(
        &self,
        x: &Untaped<(Batch, I)>,
        weight: &Untaped<(O, I)>,
        bias: &Untaped<(O,)>,
    ) -> Untaped<(Batch, O)> {
        let product = self.product(x, weight);
        let bias = self.record(bias, |bias| bias.broadcast_like::<_, Axis<0>>(&product));
        self.record(&product, |product| product + bias)
    }
}

/// A tensor as the scalar of a cell: each number is one unit of one sequence. [`Scalar`] is `Copy`, so the tensor itself is in `tensors`, at
/// `index`.
pub struct OnTape<'t, S: Shape> {
    tape: &'t OneTape,
    tensors: &'t RefCell<Vec<Untaped<S>>>,
    index: usize,
}

#[allow(clippy::expl_impl_clone_on_copy)] // `derive` would add the bound `S: Clone`
impl<S: Shape> Clone for OnTape<'_, S> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<S: Shape> Copy for OnTape<'_, S> {}

impl<S: Shape> fmt::Debug for OnTape<'_, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "tensor {}", self.index)
    }
}

impl<'t, S: Shape> OnTape<'t, S> {
    /// Appends `tensor` to `tensors`.
    pub fn new(tape: &'t OneTape, tensors: &'t RefCell<Vec<Untaped<S>>>, tensor: Untaped<S>) -> Self {
        tensors.borrow_mut().push(tensor);
        Self { tape, tensors, index: tensors.borrow().len() - 1 }
    }

    /// A copy of the tensor, without a tape.
    pub fn tensor(self) -> Untaped<S> {
        self.tensors.borrow()[self.index].clone()
    }

    /// Records `operation` on the tensor.
    fn map(
        self,
        operation: impl FnOnce(Tensor<S, f32, Cpu, OwnedTape<f32, Cpu>>) -> Tensor<S, f32, Cpu, OwnedTape<f32, Cpu>>,
    ) -> Self {
        Self::new(self.tape, self.tensors, self.tape.record(&self.tensor(), operation))
    }
}

impl<S: Shape> Add for OnTape<'_, S> {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        self.map(|tensor| tensor + other.tensor())
    }
}

impl<S: Shape> Sub for OnTape<'_, S> {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        self.map(|tensor| tensor - other.tensor())
    }
}

impl<S: Shape> Mul for OnTape<'_, S> {
    type Output = Self;
    fn mul(self, other: Self) -> Self {
        self.map(|tensor| tensor * other.tensor())
    }
}

impl<S: Shape> Scalar for OnTape<'_, S> {
    fn sigmoid(self) -> Self {
        self.map(Tensor::sigmoid)
    }

    fn tanh(self) -> Self {
        self.map(Tensor::tanh)
    }

    fn one_minus(self) -> Self {
        self.map(|tensor| -tensor + 1.0)
    }
}
