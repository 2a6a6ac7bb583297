//! The memory of one pass through the model, taken once and used for every step.

use dfdx::prelude::Dim;

use super::layer_workspace::LayerWorkspace;
use super::spec::Sizes;
use crate::model::architectures::{Start, Workspace};
use crate::model::cells::Cell;
use crate::model::dimensions::{Batch, Gates, Steps};
use crate::model::kernels::Threads;
use crate::model::layers::{DropoutBuffer, HeadWorkspace, Ids, TargetRows};
use crate::model::tensors::{Result, Rows, Tensor};

/// The state that one layer carries from step to step, for every sequence of a batch.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct LayerState {
    /// h, `[Batch, H]`.
    pub hidden: Vec<f32>,
    /// c, `[Batch, H]`; empty if the cell has none.
    pub cell: Vec<f32>,
}

/// What one pass of the model leaves behind. Memory grows to that of the largest pass and stays.
#[derive(Clone, Debug)]
pub struct RecurrentWorkspace<C: Cell, V: Dim, E: Dim, H: Dim> {
    pub(super) threads: Threads,
    pub(super) vectors: Tensor<(Steps, Batch, E)>,
    pub(super) d_vectors: Tensor<(Steps, Batch, E)>,
    /// Whether the first layer's input is looked up word by word, already multiplied: then there are no vectors.
    pub(super) is_per_word: bool,
    /// What each word of the vocabulary brings to the first layer's gates; on the way back, its gradient.
    pub(super) per_word_projection: Tensor<(V, Gates<C, H>)>,
    pub(super) layers: Vec<LayerWorkspace<C, H>>,
    pub(super) selection: TargetRows<H>,
    pub(super) head: HeadWorkspace<V>,
    /// Whether this pass drops something.
    pub(super) dropping: bool,
    pub(super) dropped_vectors: DropoutBuffer<E>,
    /// What each layer gives to the one above.
    pub(super) dropped: Vec<DropoutBuffer<H>>,
}

impl<C: Cell, V: Dim, E: Dim, H: Dim> RecurrentWorkspace<C, V, E, H> {
    /// Room for passes of a model of these sizes, which divide large products among `threads`.
    ///
    /// # Errors
    /// When there is no memory for it.
    pub fn new(sizes: Sizes<V, E, H>, threads: Threads) -> Result<Self> {
        let Sizes { vocabulary, embedding, hidden, layers } = sizes;
        let layers = 0..layers.max(1);
        let none = (Steps(0), Batch(0), embedding);
        Ok(Self {
            threads,
            vectors: Tensor::zeros(none)?,
            d_vectors: Tensor::zeros(none)?,
            is_per_word: false,
            per_word_projection: Tensor::empty((vocabulary, Gates::of(hidden)))?,
            layers: layers.clone().map(|_| LayerWorkspace::new(hidden)).collect::<Result<_>>()?,
            selection: TargetRows::new(hidden)?,
            head: HeadWorkspace::new(vocabulary)?,
            dropping: false,
            dropped_vectors: DropoutBuffer::new(embedding)?,
            dropped: layers.map(|_| DropoutBuffer::new(hidden)).collect::<Result<_>>()?,
        })
    }

    /// What each layer did, first layer first.
    #[must_use]
    pub fn layers(&self) -> &[LayerWorkspace<C, H>] {
        &self.layers
    }

    pub(super) fn begin(&mut self, ids: Ids<'_>, start: Start<'_, Vec<LayerState>>) {
        for (index, layer) in self.layers.iter_mut().enumerate() {
            if let Start::Carried = start {
                layer.carry_over();
            }
            layer.fit(ids.steps(), ids.batch());
            match start {
                Start::Zeros => layer.forget(),
                Start::Carried => {}
                Start::From(states) => layer.start_from(&states[index].hidden, &states[index].cell),
            }
        }
    }

    /// What the first layer reads.
    pub(super) fn input(&self) -> Rows<'_, E> {
        input_of(&self.vectors, &self.dropped_vectors, self.dropping)
    }

    /// What the layer with this index gives to the one above or to the head.
    pub(super) fn output(&self, layer: usize) -> Rows<'_, H> {
        output_of(&self.layers[layer], &self.dropped[layer], self.dropping)
    }
}

impl<C: Cell, V: Dim, E: Dim, H: Dim> Workspace for RecurrentWorkspace<C, V, E, H> {
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

/// What the first layer reads.
pub(super) fn input_of<'a, E: Dim>(
    vectors: &'a Tensor<(Steps, Batch, E)>,
    dropped: &'a DropoutBuffer<E>,
    dropping: bool,
) -> Rows<'a, E> {
    if dropping { dropped.output() } else { vectors.rows() }
}

/// What a layer gives to the one above or to the head.
pub(super) fn output_of<'a, C: Cell, H: Dim>(
    layer: &'a LayerWorkspace<C, H>,
    dropped: &'a DropoutBuffer<H>,
    dropping: bool,
) -> Rows<'a, H> {
    if dropping { dropped.output() } else { layer.output() }
}
