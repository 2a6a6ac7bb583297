//! The weights by name, one visit at a time: their shapes differ in type, so no list can hold them.

use std::fmt;

use dfdx::prelude::Shape;

use super::tensors::{Gradients, Result, Tensor};

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
    /// `head.weight` `[V, H]`
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

/// Sees every weight of a model in turn, always in the same order.
pub trait ParameterVisitor {
    /// Called once per weight tensor.
    ///
    /// # Errors
    /// Those of the visitor; the first one ends the visit.
    fn visit<S: Shape>(&mut self, name: ParameterName, parameter: &mut Tensor<S>) -> Result<()>;
}

/// The sum of squares over the gradients of all weights, in f64.
pub(super) struct SquaredNorm<'a> {
    pub gradients: &'a mut Gradients,
    pub sum: f64,
}

impl ParameterVisitor for SquaredNorm<'_> {
    fn visit<S: Shape>(&mut self, _: ParameterName, parameter: &mut Tensor<S>) -> Result<()> {
        let gradient = self.gradients.get_or_alloc_mut(parameter)?;
        self.sum += gradient.iter().map(|&g| f64::from(g) * f64::from(g)).sum::<f64>();
        Ok(())
    }
}
