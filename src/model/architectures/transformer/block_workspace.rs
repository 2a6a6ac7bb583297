//! The memory of a pass through one layer of a transformer.

use std::ops::Range;

use crate::model::dimensions::{Batch, Embed, Inner, QueriesKeysValues, Steps};
use crate::model::kernels::Threads;
use crate::model::layers::{Attention, Factors, Statistics};
use crate::model::tensors::{Result, Tensor};

/// Activations of a pass through one layer, for the backward pass and for traces.
#[derive(Clone, Debug)]
pub(super) struct BlockWorkspace {
    /// The residual stream before attention and before the MLP.
    pub streams: [Tensor<(Steps, Batch, Embed)>; 2],
    /// Both normalized.
    pub normalized: [Tensor<(Steps, Batch, Embed)>; 2],
    pub statistics: [Statistics; 2],
    pub attention: Attention,
    /// The units of the MLP after GELU.
    pub units: Tensor<(Steps, Batch, Inner)>,
    /// The units before GELU, then the derivatives of GELU at them.
    pub slopes: Tensor<(Steps, Batch, Inner)>,
    /// Dropout factors of the outputs of attention and MLP.
    pub dropout: [Factors; 2],
}

/// Gradients of the activations of one layer, shared by all layers.
#[derive(Clone, Debug)]
pub(super) struct BlockGradients {
    /// In the forward pass the output of attention or MLP; in the backward pass its gradient.
    pub branch: Tensor<(Steps, Batch, Embed)>,
    pub normalized: Tensor<(Steps, Batch, Embed)>,
    pub context: Tensor<(Steps, Batch, Embed)>,
    pub projections: Tensor<(Steps, Batch, QueriesKeysValues)>,
    pub units: Tensor<(Steps, Batch, Inner)>,
}

/// The positions and the size of a pass.
#[derive(Clone, Debug)]
pub(super) struct Pass {
    /// The positions to compute. Keys and values of earlier positions are cached.
    pub computed: Range<usize>,
    /// Number of positions to allocate keys and values for.
    pub capacity: usize,
    pub batch: Batch,
    pub threads: Threads,
}

impl Pass {
    /// Number of positions to compute.
    pub fn steps(&self) -> Steps {
        Steps(self.computed.len())
    }
}

impl BlockWorkspace {
    pub fn new(units: Embed, inner: Inner) -> Result<Self> {
        let none = (Steps(0), Batch(0));
        let stream = || Tensor::zeros((none.0, none.1, units));
        Ok(Self {
            streams: [stream()?, stream()?],
            normalized: [stream()?, stream()?],
            statistics: Default::default(),
            attention: Attention::new(units)?,
            units: Tensor::zeros((none.0, none.1, inner))?,
            slopes: Tensor::zeros((none.0, none.1, inner))?,
            dropout: Default::default(),
        })
    }
}

impl BlockGradients {
    pub fn new(units: Embed, inner: Inner) -> Result<Self> {
        let none = (Steps(0), Batch(0));
        let stream = || Tensor::zeros((none.0, none.1, units));
        Ok(Self {
            branch: stream()?,
            normalized: stream()?,
            context: stream()?,
            projections: Tensor::zeros((none.0, none.1, QueriesKeysValues(units)))?,
            units: Tensor::zeros((none.0, none.1, inner))?,
        })
    }
}
