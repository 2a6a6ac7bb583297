//! The memory of one pass through the model, taken once and used for every step.

use dfdx::prelude::Dim;

use super::cells::Cell;
use super::dimensions::{Batch, Steps};
use super::dropout::Dropped;
use super::head::HeadPass;
use super::kernels::Threads;
use super::layer_pass::LayerPass;
use super::layer_pass::Rows;
use super::tensors::{Result, Tensor};
use super::{Ids, Sizes};

/// The state that one layer carries from step to step, for every sequence of a batch.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct State {
    /// h, `[Batch, H]`.
    pub hidden: Vec<f32>,
    /// c, `[Batch, H]`; empty if the cell has none.
    pub cell: Vec<f32>,
}

/// Where a pass starts. No gradient flows into the initial state.
#[derive(Clone, Copy, Debug)]
pub enum Start<'a> {
    /// From zeros.
    Zeros,
    /// From where the last pass ended: truncated backpropagation through time.
    Carried,
    /// From these states, one per layer, the first layer first.
    From(&'a [State]),
}

/// What one pass of the model leaves behind. Memory grows to that of the largest pass and stays.
#[derive(Clone, Debug)]
pub struct Pass<C: Cell, V: Dim, E: Dim, H: Dim> {
    pub(super) threads: Threads,
    pub(super) vectors: Tensor<(Steps, Batch, E)>,
    pub(super) d_vectors: Tensor<(Steps, Batch, E)>,
    /// Whether the first layer's input is looked up word by word, already multiplied: then there are no vectors.
    pub(super) by_word: bool,
    /// What each word of the vocabulary brings to the first layer's gates; on the way back, its gradient.
    pub(super) shares: Tensor<(V, C::Gates<H>)>,
    pub(super) layers: Vec<LayerPass<C, H>>,
    pub(super) head: HeadPass<H, V>,
    /// Whether this pass drops something.
    pub(super) dropping: bool,
    pub(super) dropped_vectors: Dropped<E>,
    /// What each layer gives to the one above.
    pub(super) dropped: Vec<Dropped<H>>,
}

impl<C: Cell, V: Dim, E: Dim, H: Dim> Pass<C, V, E, H> {
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
            by_word: false,
            shares: Tensor::empty((vocabulary, C::gates(hidden)))?,
            layers: layers.clone().map(|_| LayerPass::new(hidden)).collect::<Result<_>>()?,
            head: HeadPass::new(hidden, vocabulary)?,
            dropping: false,
            dropped_vectors: Dropped::new(embedding)?,
            dropped: layers.map(|_| Dropped::new(hidden)).collect::<Result<_>>()?,
        })
    }

    /// From now on, divides large products among `threads`. What is found is the same, bit for bit.
    pub fn share_among(&mut self, threads: Threads) {
        self.threads = threads;
    }

    /// What each layer did, first layer first.
    #[must_use]
    pub fn layers(&self) -> &[LayerPass<C, H>] {
        &self.layers
    }

    /// The logits of the last predictions, `[Predictions, V]`.
    #[must_use]
    pub fn logits(&self) -> &[f32] {
        self.head.logits()
    }

    /// The states after the last step, one per layer.
    #[must_use]
    pub fn states(&self) -> Vec<State> {
        self.layers.iter().map(LayerPass::last_state).collect()
    }

    pub(super) fn begin(&mut self, ids: Ids<'_>, start: Start<'_>) {
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
}

/// What the first layer reads.
pub(super) fn input_of<'a, E: Dim>(
    vectors: &'a Tensor<(Steps, Batch, E)>,
    dropped: &'a Dropped<E>,
    dropping: bool,
) -> Rows<'a, E> {
    if dropping { dropped.output() } else { vectors.rows() }
}

/// What a layer gives to the one above or to the head.
pub(super) fn output_of<'a, C: Cell, H: Dim>(
    layer: &'a LayerPass<C, H>,
    dropped: &'a Dropped<H>,
    dropping: bool,
) -> Rows<'a, H> {
    if dropping { dropped.output() } else { layer.output() }
}
