//! The memory of one pass through a transformer.

use super::TransformerSpec;
use super::block_workspace::{BlockGradients, BlockWorkspace, Pass};
use crate::model::architectures::Workspace;
use crate::model::dimensions::{Batch, Embed, Steps};
use crate::model::kernels::Threads;
use crate::model::layers::{Factors, HeadWorkspace, Statistics, TargetRows};
use crate::model::tensors::{Result, Tensor};

/// Activations and gradients of one pass. It grows to the size of the largest pass and does not shrink.
#[derive(Clone, Debug)]
pub struct TransformerWorkspace {
    pub(super) pass: Pass,
    /// The words whose keys and values are cached, for text generation; empty after other passes.
    pub(super) cached_words: Vec<u32>,
    /// Dropout factors of the embeddings.
    pub(super) dropout: Factors,
    pub(super) blocks: Vec<BlockWorkspace>,
    /// The residual stream after the last layer.
    pub(super) stream: Tensor<(Steps, Batch, Embed)>,
    /// The same, normalized: the input of the output layer.
    pub(super) normalized: Tensor<(Steps, Batch, Embed)>,
    pub(super) statistics: Statistics,
    pub(super) selection: TargetRows<Embed>,
    pub(super) head: HeadWorkspace,
    /// ∂loss/∂(residual stream), of one layer at a time.
    pub(super) d_stream: Tensor<(Steps, Batch, Embed)>,
    /// ∂loss/∂(input of the output layer).
    pub(super) d_normalized: Tensor<(Steps, Batch, Embed)>,
    pub(super) block_gradients: BlockGradients,
}

impl TransformerWorkspace {
    pub(super) fn new(spec: &TransformerSpec, threads: Threads) -> Result<Self> {
        let (units, inner) = (spec.embedding, spec.inner);
        let stream = || Tensor::zeros((Steps(0), Batch(0), units));
        Ok(Self {
            pass: Pass { computed: 0..0, capacity: 0, batch: Batch(0), threads },
            cached_words: Vec::new(),
            dropout: Factors::default(),
            blocks: (0..spec.layers.max(1)).map(|_| BlockWorkspace::new(units, inner)).collect::<Result<_>>()?,
            stream: stream()?,
            normalized: stream()?,
            statistics: Statistics::default(),
            selection: TargetRows::new(units)?,
            head: HeadWorkspace::new(spec.vocabulary)?,
            d_stream: stream()?,
            d_normalized: stream()?,
            block_gradients: BlockGradients::new(units, inner)?,
        })
    }

    /// The residual stream at the input of layer `layer`, `[Steps, Batch, E]`; with the number of layers as index, the output of the last.
    ///
    /// # Panics
    /// If the model has fewer layers.
    #[must_use]
    pub fn residual(&self, layer: usize) -> &[f32] {
        self.stream_at(layer).as_slice()
    }

    /// As [`residual`](Self::residual), as a tensor.
    pub(super) fn stream_at(&self, layer: usize) -> &Tensor<(Steps, Batch, Embed)> {
        if layer == self.blocks.len() { &self.stream } else { &self.blocks[layer].streams[0] }
    }
}

impl Workspace for TransformerWorkspace {
    /// Nothing: each window of a running text starts without context.
    type Carry = ();

    fn set_threads(&mut self, threads: Threads) {
        self.pass.threads = threads;
    }

    fn logits(&self) -> &[f32] {
        self.head.logits()
    }

    fn carry(&self) {}
}
