//! Recurrent networks: an embedding, one or more layers of a cell, and a linear output layer.
//!
//! ```text
//! ids [Steps, Batch] ─► Embedding ─► [Steps, Batch, E] ─► Layer ─► [Steps, Batch, H] ─► Head ─► loss []
//! ```

mod gradient_flow;
mod layer;
mod layer_workspace;
mod over_time;
mod shapes;
mod spec;
mod time_loop;
mod trace;
mod unit_loop;
mod workspace;

use dfdx::prelude::Dim;
use rand::{Rng, RngCore};

use super::{Cost, Model, Start, Work};
use crate::model::cells::Cell;
use crate::model::dimensions::{Batch, Embed, Hidden, Steps, Vocab};
use crate::model::kernels::{Accumulate, Matrix, Threads, product};
use crate::model::labels::Axis;
use crate::model::layers::{Embedding, Head, Ids, Targets};
use crate::model::parameters::ParameterMut;
use crate::model::shapes::TensorShape;
use crate::model::tensors::Result;
use crate::model::trace::Trace;
use crate::model::weights::{Mismatch, Tensors, described};

pub use layer::Layer;
use layer::TableInput;
pub use layer_workspace::{LayerState, LayerWorkspace};
pub use spec::{Options, RecurrentSpec, Sizes};
pub use workspace::RecurrentWorkspace;
use workspace::{input_of, output_of};

/// A recurrent language model with the cell `C`.
#[derive(Clone, Debug)]
pub struct Recurrent<C: Cell> {
    spec: RecurrentSpec,
    embedding: Embedding,
    first: Layer<C, Embed>,
    rest: Vec<Layer<C, Hidden>>,
    head: Head<Hidden>,
}

impl<C: Cell> Recurrent<C> {
    /// Runs all layers over `ids` and stores their states and gates in `workspace`. Applies dropout if `dropout` is given and the model's rate is
    /// above 0. A pass without dropout and with more words than the vocabulary computes the first layer's input sums once per word of the vocabulary.
    ///
    /// # Panics
    /// If an id is outside the vocabulary, or the initial state has another size.
    pub fn forward(
        &self,
        ids: Ids<'_>,
        start: Start<'_, Vec<LayerState>>,
        workspace: &mut RecurrentWorkspace<C>,
        dropout: Option<&mut dyn RngCore>,
    ) {
        workspace.begin(ids, start);
        let (threads, size) = (workspace.threads, (ids.steps(), ids.batch()));
        let (rate, vocabulary) = (self.spec.options.dropout, self.spec.sizes.vocabulary);
        let mut dropout = dropout.filter(|_| rate > 0.0);
        workspace.dropping = dropout.is_some();

        workspace.is_per_word = !workspace.dropping && ids.words().len() > vocabulary.size();
        if workspace.is_per_word {
            let (_, gates) = workspace.per_word_projection.shape();
            workspace.per_word_projection.reshape((vocabulary, gates));
        } else {
            self.embedding.forward(ids, &mut workspace.vectors);
        }
        if let Some(random) = &mut dropout {
            workspace.dropped_vectors.forward(workspace.vectors.rows(), size, rate, *random);
        }
        for index in 0..workspace.layers.len() {
            let (below, above) = workspace.layers.split_at_mut(index);
            match below.last() {
                None if workspace.is_per_word => {
                    let table = self.embedding.table();
                    let projection = &mut workspace.per_word_projection;
                    self.first.forward_by_word(ids, table, projection, &mut above[0], threads);
                }
                None => {
                    let input = input_of(&workspace.vectors, &workspace.dropped_vectors, workspace.dropping);
                    self.first.forward(input, &mut above[0], threads);
                }
                Some(below) => {
                    let input = output_of(below, &workspace.dropped[index - 1], workspace.dropping);
                    self.rest[index - 1].forward(input, &mut above[0], threads);
                }
            }
            if let Some(random) = &mut dropout {
                workspace.dropped[index].forward(above[0].output(), size, rate, *random);
            }
        }
    }

    /// Computes the logits of every target into `workspace`, after [`forward`](Self::forward).
    ///
    /// # Panics
    /// If a position is outside the sequence.
    pub fn predict(&self, targets: Targets<'_>, workspace: &mut RecurrentWorkspace<C>) {
        self.logits_without_bias(targets, workspace);
        self.head.add_bias(&mut workspace.head);
    }

    /// Computes the logits of every target into `workspace`, without the bias.
    fn logits_without_bias(&self, targets: Targets<'_>, workspace: &mut RecurrentWorkspace<C>) {
        let top = workspace.layers.len() - 1;
        let RecurrentWorkspace { layers, dropped, dropping, selection, head, threads, .. } = workspace;
        let hidden = output_of(&layers[top], &dropped[top], *dropping);
        selection.select(hidden, targets);
        self.head.forward(selection.rows(hidden, targets), self.head_weight(), targets, head, *threads);
    }

    /// ∂loss/∂logits → ∂loss/∂h and ∂loss/∂sums of every layer, and of the embeddings unless the first
    /// layer's input sums are per word.
    fn backward_to_input(&self, targets: Targets<'_>, workspace: &mut RecurrentWorkspace<C>) {
        let (threads, top) = (workspace.threads, workspace.layers.len() - 1);
        let RecurrentWorkspace { layers, selection, head, .. } = workspace;
        selection.gradient(targets, layers[top].d_output(), |d_hidden| {
            product(d_hidden, Accumulate::Nothing, head.matrix(), self.head_weight(), threads);
        });
        for index in (0..=top).rev() {
            let (below, above) = workspace.layers.split_at_mut(index);
            if workspace.dropping {
                workspace.dropped[index].backward(above[0].d_output().as_mut_slice());
            }
            if let Some(below) = below.last_mut() {
                let layer = &self.rest[index - 1];
                layer.backward_through_time(&mut above[0], threads);
                layer.input_gradient(&above[0], below.d_output(), threads);
                continue;
            }
            self.first.backward_through_time(&mut above[0], threads);
            if !workspace.is_per_word {
                workspace.d_vectors.reshape(workspace.vectors.shape());
                self.first.input_gradient(&above[0], workspace.d_vectors.rows_mut(), threads);
            }
        }
        if workspace.dropping {
            workspace.dropped_vectors.backward(workspace.d_vectors.as_mut_slice());
        }
    }

    /// Computes the gradients of all weights except the output bias, after [`backward_to_input`](Self::backward_to_input).
    fn weight_gradients(&mut self, ids: Ids<'_>, targets: Targets<'_>, workspace: &mut RecurrentWorkspace<C>) {
        let (threads, top) = (workspace.threads, workspace.layers.len() - 1);
        let head_gradient = self.head.weight_gradient();
        let tied = head_gradient.is_none();
        let gradient = head_gradient.unwrap_or_else(|| self.embedding.as_head_gradient(self.spec.sizes.hidden));
        let hidden = workspace.selection.rows(workspace.output(top), targets);
        product(gradient, Accumulate::Nothing, workspace.head.matrix().transposed(), hidden, threads);
        for (index, layer) in self.rest.iter_mut().enumerate() {
            layer.weight_gradients(workspace.output(index), &workspace.layers[index + 1], threads);
        }
        if workspace.is_per_word {
            let (table, d_table) = self.embedding.table_and_gradient();
            // the gradient of a tied table already contains that of the output layer
            let accumulate = if tied { Accumulate::Output } else { Accumulate::Nothing };
            let (input, d_projections) =
                (TableInput { table, d_table, accumulate }, &mut workspace.per_word_projection);
            self.first.gradients_by_word(ids, input, d_projections, &workspace.layers[0], threads);
        } else {
            self.first.weight_gradients(workspace.input(), &workspace.layers[0], threads);
            self.embedding.backward(ids, &workspace.d_vectors, tied, threads);
        }
    }

    /// The output layer's weight, `[V, H]`: its own, or the embedding table.
    fn head_weight(&self) -> Matrix<'_, Vocab, Hidden> {
        self.head.weight(|| self.embedding.as_head(self.spec.sizes.hidden))
    }
}

impl<C: Cell> Model for Recurrent<C> {
    type Spec = RecurrentSpec;
    type Workspace = RecurrentWorkspace<C>;
    type Carry = Vec<LayerState>;

    /// Weights are drawn from PyTorch's default distributions.
    ///
    /// # Panics
    /// If weights are tied and the embedding size is not the number of units.
    fn new(spec: &Self::Spec, random: &mut impl Rng) -> Result<Self> {
        let Sizes { vocabulary, embedding, hidden, layers } = spec.sizes;
        let Options { forget_bias, tied, .. } = spec.options;
        assert!(!tied || embedding.size() == hidden.size(), "a shared table needs as many numbers per word as units");
        Ok(Self {
            spec: *spec,
            embedding: Embedding::new(vocabulary, embedding, tied, random)?,
            first: Layer::new(0, embedding, Axis::Embedding, hidden, forget_bias, random)?,
            rest: (1..layers)
                .map(|index| Layer::new(index, hidden, Axis::Hidden, hidden, forget_bias, random))
                .collect::<Result<_>>()?,
            head: Head::new(hidden, Axis::Hidden, vocabulary, tied, random)?,
        })
    }

    fn spec(&self) -> &Self::Spec {
        &self.spec
    }

    fn summary(spec: &Self::Spec) -> String {
        format!("{} {}", C::NAME.as_str().to_uppercase(), spec.chain())
    }

    fn cost(spec: &Self::Spec, work: Work) -> Cost {
        spec.cost::<C>(work)
    }

    fn workspace(&self, threads: Threads) -> Result<Self::Workspace> {
        RecurrentWorkspace::new(self.spec.sizes, threads)
    }

    fn loss(
        &self,
        ids: Ids<'_>,
        start: Start<'_, Self::Carry>,
        targets: Targets<'_>,
        workspace: &mut Self::Workspace,
    ) -> f32 {
        self.forward(ids, start, workspace, None);
        self.logits_without_bias(targets, workspace);
        self.head.cross_entropy(targets, &mut workspace.head, workspace.threads)
    }

    fn loss_and_gradients(
        &mut self,
        ids: Ids<'_>,
        start: Start<'_, Self::Carry>,
        targets: Targets<'_>,
        workspace: &mut Self::Workspace,
        dropout: &mut dyn RngCore,
    ) -> f32 {
        self.forward(ids, start, workspace, Some(dropout));
        self.logits_without_bias(targets, workspace);
        let loss = self.head.cross_entropy_and_gradient(targets, &mut workspace.head, workspace.threads);
        self.backward_to_input(targets, workspace);
        self.weight_gradients(ids, targets, workspace);
        loss
    }

    fn next_logits<'w>(
        &self,
        ids: &[u32],
        start: Start<'_, Self::Carry>,
        workspace: &'w mut Self::Workspace,
    ) -> &'w mut [f32] {
        self.forward(Ids::new(ids, Steps(ids.len()), Batch(1)), start, workspace, None);
        self.predict(Targets::at(&[ids.len() - 1], &[0]), workspace);
        workspace.head.logits_mut()
    }

    fn visit(&mut self, visitor: &mut dyn FnMut(ParameterMut<'_>)) {
        self.embedding.visit(visitor);
        self.first.visit(visitor);
        self.rest.iter_mut().for_each(|layer| layer.visit(visitor));
        self.head.visit(visitor);
    }

    fn trace(&self, ids: &[u32], target: Option<u32>) -> Result<Trace> {
        self.traced(ids, target)
    }

    fn shapes(&mut self, workspace: &Self::Workspace) -> Vec<TensorShape> {
        self.shapes_of(workspace)
    }

    /// h and c of every layer, `[Batch · H]`; c is empty if the cell has none.
    fn save_carry(carry: &Self::Carry, tensors: &mut Tensors) {
        for (layer, LayerState { hidden, cell }) in carry.iter().enumerate() {
            tensors.push(format_args!("h_l{layer}"), &[hidden.len()], hidden);
            tensors.push(format_args!("c_l{layer}"), &[cell.len()], cell);
        }
    }

    fn load_carry(spec: &Self::Spec, streams: usize, tensors: &Tensors) -> std::result::Result<Self::Carry, Mismatch> {
        let numbers = streams * spec.sizes.hidden.size();
        let tensor = |name: String, count: usize| (name, described("F32", &[count]));
        let cells = if C::HAS_CELL_STATE { numbers } else { 0 };
        let layer_tensors = |layer| [tensor(format!("h_l{layer}"), numbers), tensor(format!("c_l{layer}"), cells)];
        let expected: Vec<_> = (0..spec.sizes.layers.max(1)).flat_map(layer_tensors).collect();
        Mismatch::check(&expected, &tensors.descriptions())?;
        let numbers =
            |(name, _): &(String, String)| tensors.get(name).map(|tensor| tensor.numbers.clone()).unwrap_or_default();
        let states = expected.chunks(2);
        Ok(states.map(|pair| LayerState { hidden: numbers(&pair[0]), cell: numbers(&pair[1]) }).collect())
    }
}
