//! The memory of a pass through a recurrent model, reused by every step.

use super::layer_workspace::{LayerState, LayerWorkspace};
use super::spec::Sizes;
use crate::model::architectures::{Start, Workspace};
use crate::model::cells::Cell;
use crate::model::dimensions::{Batch, Embed, Gates, Hidden, Steps, Vocab};
use crate::model::kernels::Threads;
use crate::model::layers::{DropoutBuffer, HeadWorkspace, Ids, TargetRows};
use crate::model::tensors::{Result, Rows, Tensor};

/// States, gates, logits and gradients of one pass. It grows to the size of the largest pass and does not shrink.
#[derive(Clone, Debug)]
pub struct RecurrentWorkspace<C: Cell> {
    pub(super) threads: Threads,
    /// The embeddings; unused if `is_per_word`.
    pub(super) vectors: Tensor<(Steps, Batch, Embed)>,
    pub(super) d_vectors: Tensor<(Steps, Batch, Embed)>,
    /// Whether the pass uses `per_word_projection` instead of `vectors`.
    pub(super) is_per_word: bool,
    /// The first layer's input sums for each word of the vocabulary; after the backward pass, their gradient.
    pub(super) per_word_projection: Tensor<(Vocab, Gates<C>)>,
    pub(super) layers: Vec<LayerWorkspace<C>>,
    pub(super) selection: TargetRows<Hidden>,
    pub(super) head: HeadWorkspace,
    /// Whether this pass applies dropout.
    pub(super) dropping: bool,
    /// The embeddings after dropout.
    pub(super) dropped_vectors: DropoutBuffer<Embed>,
    /// The output of each layer after dropout.
    pub(super) dropped: Vec<DropoutBuffer<Hidden>>,
}

impl<C: Cell> RecurrentWorkspace<C> {
    /// Creates the workspace of a model of these sizes; passes share large products among `threads`.
    ///
    /// # Errors
    /// If memory runs out.
    pub fn new(sizes: Sizes, threads: Threads) -> Result<Self> {
        let Sizes { vocabulary, embedding, hidden, layers } = sizes;
        let layers = 0..layers.max(1);
        let empty = (Steps(0), Batch(0), embedding);
        Ok(Self {
            threads,
            vectors: Tensor::zeros(empty)?,
            d_vectors: Tensor::zeros(empty)?,
            is_per_word: false,
            per_word_projection: Tensor::empty((vocabulary, Gates::for_units(hidden)))?,
            layers: layers.clone().map(|_| LayerWorkspace::new(hidden)).collect::<Result<_>>()?,
            selection: TargetRows::new(hidden)?,
            head: HeadWorkspace::new(vocabulary)?,
            dropping: false,
            dropped_vectors: DropoutBuffer::new(embedding)?,
            dropped: layers.map(|_| DropoutBuffer::new(hidden)).collect::<Result<_>>()?,
        })
    }

    /// The workspace of each layer, first layer first.
    #[must_use]
    pub fn layers(&self) -> &[LayerWorkspace<C>] {
        &self.layers
    }

    /// Resizes all layers for a pass over `ids` and sets their initial states.
    ///
    /// # Panics
    /// If a given state has another size.
    pub(super) fn begin(&mut self, ids: Ids<'_>, start: Start<'_, Vec<LayerState>>) {
        for (index, layer) in self.layers.iter_mut().enumerate() {
            if let Start::Carried = start {
                layer.carry_over();
            }
            layer.fit(ids.steps(), ids.batch());
            match start {
                Start::Zeros => layer.reset_state(),
                Start::Carried => {}
                Start::From(states) => layer.start_from(&states[index].hidden, &states[index].cell),
            }
        }
    }

    /// The input of the first layer: the word vectors, after dropout.
    pub(super) fn input(&self) -> Rows<'_, Embed> {
        input_of(&self.vectors, &self.dropped_vectors, self.dropping)
    }

    /// The output of the layer with this index, after dropout.
    pub(super) fn output(&self, layer: usize) -> Rows<'_, Hidden> {
        output_of(&self.layers[layer], &self.dropped[layer], self.dropping)
    }
}

impl<C: Cell> Workspace for RecurrentWorkspace<C> {
    /// One state per layer, the first layer first.
    type Carry = Vec<LayerState>;

    fn set_threads(&mut self, threads: Threads) {
        self.threads = threads;
    }

    fn logits(&self) -> &[f32] {
        self.head.logits()
    }

    fn carry(&self) -> Vec<LayerState> {
        self.layers.iter().map(LayerWorkspace::last_state).collect()
    }
}

/// The input of the first layer: `vectors`, or `dropped` if `dropping`.
pub(super) fn input_of<'a>(
    vectors: &'a Tensor<(Steps, Batch, Embed)>,
    dropped: &'a DropoutBuffer<Embed>,
    dropping: bool,
) -> Rows<'a, Embed> {
    if dropping { dropped.output() } else { vectors.rows() }
}

/// The output of a layer: its hidden states, or `dropped` if `dropping`.
pub(super) fn output_of<'a, C: Cell>(
    layer: &'a LayerWorkspace<C>,
    dropped: &'a DropoutBuffer<Hidden>,
    dropping: bool,
) -> Rows<'a, Hidden> {
    if dropping { dropped.output() } else { layer.output() }
}
