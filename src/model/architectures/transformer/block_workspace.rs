//! What a pass through a layer of a transformer works in and leaves behind.

use std::ops::Range;

use crate::model::dimensions::{Batch, Embed, Inner, QueriesKeysValues, Steps};
use crate::model::kernels::Threads;
use crate::model::layers::{Attention, Factors, Statistics};
use crate::model::tensors::{Result, Tensor};

/// What one pass through a layer leaves behind.
#[derive(Clone, Debug)]
pub(super) struct BlockWorkspace {
    /// The residual stream that attention and MLP read, and what it is when it is normalized.
    pub streams: [Tensor<(Steps, Batch, Embed)>; 2],
    pub normalized: [Tensor<(Steps, Batch, Embed)>; 2],
    pub statistics: [Statistics; 2],
    pub attention: Attention,
    /// The units of the MLP.
    pub units: Tensor<(Steps, Batch, Inner)>,
    /// Their sums, then the derivatives of GELU there.
    pub slopes: Tensor<(Steps, Batch, Inner)>,
    /// What of that which attention and MLP add is dropped.
    pub dropout: [Factors; 2],
}

/// Numbers on the way back, of one layer at a time; on the way up, what a layer adds to the residual stream.
#[derive(Clone, Debug)]
pub(super) struct BlockGradients {
    pub branch: Tensor<(Steps, Batch, Embed)>,
    pub normalized: Tensor<(Steps, Batch, Embed)>,
    pub context: Tensor<(Steps, Batch, Embed)>,
    pub projections: Tensor<(Steps, Batch, QueriesKeysValues)>,
    pub units: Tensor<(Steps, Batch, Inner)>,
}

/// Which positions a pass is over: those of `computed`, of texts that may have begun before.
#[derive(Clone, Debug)]
pub(super) struct Pass {
    /// The positions.
    pub computed: Range<usize>,
    /// How many positions there is to be room for.
    pub room: usize,
    pub batch: Batch,
    pub threads: Threads,
}

impl Pass {
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
