//! Weights with their gradients, and their names.

use std::fmt;

use dfdx::prelude::Shape;
use rand::Rng;
use rand::distributions::{Distribution, Uniform};

use super::tensors::{Numbers, Result, Tensor};

/// A weight tensor and the gradient of the loss with respect to it.
#[derive(Clone, Debug)]
pub(super) struct Parameter<S: Shape> {
    pub value: Tensor<S>,
    /// Of the last backward pass. Each pass overwrites it.
    pub gradient: Tensor<S>,
}

impl<S: Shape> Parameter<S> {
    pub fn drawn(shape: S, distribution: impl Distribution<f32>, random: &mut impl Rng) -> Result<Self> {
        Ok(Self { value: Tensor::drawn(shape, distribution, random)?, gradient: Tensor::zeros(shape)? })
    }

    /// Shows the tensor to a visitor under its name.
    pub fn show(&mut self, name: ParameterName, visitor: &mut dyn FnMut(ParameterMut<'_>)) {
        let shape = self.value.shape().concrete().into_iter().collect();
        visitor(ParameterMut { name, shape, value: self.value.storage_mut(), gradient: self.gradient.storage_mut() });
    }
}

/// U(−1/√H, 1/√H), from which PyTorch draws the weights of recurrent layers and of a linear layer over H units.
pub(super) fn uniform(hidden: usize) -> Uniform<f32> {
    let bound = 1.0 / (hidden as f32).sqrt();
    Uniform::new_inclusive(-bound, bound)
}

/// One weight tensor, its name and shape, and its gradient, as a visitor sees it.
#[derive(Debug)]
pub struct ParameterMut<'a> {
    /// Its name in PyTorch's `state_dict`.
    pub name: ParameterName,
    /// The size of each axis.
    pub shape: Axes,
    /// The weights.
    pub value: &'a mut Numbers,
    /// The gradient of the loss, of the last backward pass.
    pub gradient: &'a mut Numbers,
}

/// The sizes of one or two axes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Axes([usize; 2], usize);

impl Axes {
    /// The size of each axis.
    #[must_use]
    pub fn sizes(&self) -> &[usize] {
        &self.0[..self.1]
    }
}

impl FromIterator<usize> for Axes {
    fn from_iter<I: IntoIterator<Item = usize>>(sizes: I) -> Self {
        let mut axes = Self([1; 2], 0);
        for (place, size) in axes.0.iter_mut().zip(sizes) {
            *place = size;
            axes.1 += 1;
        }
        axes
    }
}

/// A weight's name in PyTorch's `state_dict`, so that weights travel both ways. Layers count from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ParameterName {
    /// `emb.weight` `[V, E]`
    Embedding,
    /// `rnn.weight_ih_l{layer}` `[G·H, E or H]`
    WeightIh(usize),
    /// `rnn.weight_hh_l{layer}` `[G·H, H]`
    WeightHh(usize),
    /// `rnn.bias_ih_l{layer}` `[G·H]`
    BiasIh(usize),
    /// `rnn.bias_hh_l{layer}` `[G·H]`
    BiasHh(usize),
    /// `head.weight` `[V, H]`; with tied weights there is none
    HeadWeight,
    /// `head.bias` `[V]`
    HeadBias,
}

impl fmt::Display for ParameterName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Embedding => write!(f, "emb.weight"),
            Self::WeightIh(layer) => write!(f, "rnn.weight_ih_l{layer}"),
            Self::WeightHh(layer) => write!(f, "rnn.weight_hh_l{layer}"),
            Self::BiasIh(layer) => write!(f, "rnn.bias_ih_l{layer}"),
            Self::BiasHh(layer) => write!(f, "rnn.bias_hh_l{layer}"),
            Self::HeadWeight => write!(f, "head.weight"),
            Self::HeadBias => write!(f, "head.bias"),
        }
    }
}
