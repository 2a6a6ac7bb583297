//! Weights with their gradients and labels.

use dfdx::prelude::Shape;
use rand::Rng;
use rand::distributions::{Distribution, Uniform};

use super::labels::{Axis, TensorName, TensorRole};
use super::shapes::TensorShape;
use super::tensors::{Numbers, Result, Tensor};

/// Name, role and axes of a weight tensor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Label {
    /// Its name in PyTorch's `state_dict`, so that weights can be exchanged with PyTorch.
    pub name: TensorName,
    /// Its role.
    pub meaning: TensorRole,
    /// Its axes.
    pub axes: Vec<Axis>,
}

impl Label {
    pub(super) fn new(name: TensorName, meaning: TensorRole, axes: &[Axis]) -> Self {
        Self { name, meaning, axes: axes.to_vec() }
    }
}

/// A weight tensor and the gradient of the loss with respect to it.
#[derive(Clone, Debug)]
pub(super) struct Parameter<S: Shape> {
    label: Label,
    pub value: Tensor<S>,
    /// The gradient of the last backward pass; overwritten by each pass.
    pub gradient: Tensor<S>,
}

impl<S: Shape> Parameter<S> {
    /// Creates a weight drawn from `distribution`, with a gradient of zeros.
    ///
    /// # Errors
    /// If there is no memory for it.
    pub fn drawn(label: Label, shape: S, distribution: impl Distribution<f32>, random: &mut impl Rng) -> Result<Self> {
        Ok(Self { label, value: Tensor::drawn(shape, distribution, random)?, gradient: Tensor::zeros(shape)? })
    }

    /// Creates a weight and a gradient of zeros.
    ///
    /// # Errors
    /// If there is no memory for it.
    pub fn zeros(label: Label, shape: S) -> Result<Self> {
        Ok(Self { label, value: Tensor::zeros(shape)?, gradient: Tensor::zeros(shape)? })
    }

    /// Calls `visitor` with weight and gradient.
    pub fn show(&mut self, visitor: &mut dyn FnMut(ParameterMut<'_>)) {
        let sizes = self.value.shape().concrete().into_iter().collect();
        let (value, gradient) = (self.value.storage_mut(), self.gradient.storage_mut());
        visitor(ParameterMut { label: &self.label, shape: sizes, value, gradient });
    }
}

/// U(−1/√H, 1/√H), from which PyTorch draws the weights of recurrent layers and of a linear layer over H units.
pub(super) fn uniform(hidden: usize) -> Uniform<f32> {
    let bound = 1.0 / (hidden as f32).sqrt();
    Uniform::new_inclusive(-bound, bound)
}

/// A weight tensor with its gradient, as passed to a visitor.
#[derive(Debug)]
pub struct ParameterMut<'a> {
    /// Its label.
    pub label: &'a Label,
    /// The size of each axis.
    pub shape: AxisSizes,
    /// The weights.
    pub value: &'a mut Numbers,
    /// The gradient of the loss, of the last backward pass.
    pub gradient: &'a mut Numbers,
}

impl ParameterMut<'_> {
    /// Its name, axes and sizes.
    #[must_use]
    pub fn tensor_shape(&self) -> TensorShape {
        let Label { name, meaning, axes } = self.label;
        let axes = axes.iter().copied().zip(self.shape.as_slice().iter().copied()).collect();
        TensorShape { name: *name, meaning: *meaning, axes }
    }
}

/// The sizes of one or two axes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AxisSizes([usize; 2], usize);

impl AxisSizes {
    /// The size of each axis.
    #[must_use]
    pub fn as_slice(&self) -> &[usize] {
        &self.0[..self.1]
    }
}

impl FromIterator<usize> for AxisSizes {
    /// Collects at most two sizes; others are ignored.
    fn from_iter<I: IntoIterator<Item = usize>>(sizes: I) -> Self {
        let mut axes = Self([1; 2], 0);
        for (place, size) in axes.0.iter_mut().zip(sizes) {
            *place = size;
            axes.1 += 1;
        }
        axes
    }
}
