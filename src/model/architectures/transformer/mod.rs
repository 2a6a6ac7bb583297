//! The transformer (Vaswani et al. 2017) as a language model: causal attention, learned positional embeddings, and pre-normalization, as in GPT-2
//! (Radford et al. 2019). No recurrence: all positions are computed in parallel, and each attends to itself and to earlier ones.
//!
//! ```text
//! ids [Steps, Batch] ─► Embedding + positions ─► [Steps, Batch, E] ─► Block ─► … ─► LayerNorm ─► Head ─► loss []
//! ```

mod block;
mod block_workspace;
mod elementwise;
mod shapes;
mod spec;
mod trace;
mod workspace;

use dfdx::prelude::Dim;
use rand::{Rng, RngCore};

use super::{Cost, Model, Start, Work};
use crate::model::dimensions::{Batch, Embed, Positions, Steps, Vocab};
use crate::model::kernels::{Accumulate, Matrix, Threads, add_rows, product};
use crate::model::labels::{Axis, TensorName, TensorRole};
use crate::model::layers::{Dropout, Embedding, Head, Ids, LayerNorm, Targets};
use crate::model::parameters::{Label, Parameter, ParameterMut, uniform};
use crate::model::shapes::TensorShape;
use crate::model::tensors::Result;
use crate::model::trace::Trace;
use crate::model::weights::{Mismatch, Tensors};

use block::{Block, DEVIATION, normal};
use block_workspace::Pass;
pub use spec::TransformerSpec;
pub use workspace::TransformerWorkspace;

/// A transformer language model over V words, with a residual stream of E units.
#[derive(Clone, Debug)]
pub struct Transformer {
    spec: TransformerSpec,
    embedding: Embedding,
    positions: Parameter<(Positions, Embed)>,
    blocks: Vec<Block>,
    norm: LayerNorm,
    head: Head<Embed>,
}

impl Transformer {
    /// Runs all layers over `ids`, from position 0 and without dropout, and stores their activations in `workspace`.
    ///
    /// # Panics
    /// If an id is outside the vocabulary, or there are more steps than positions.
    pub fn forward(&self, ids: Ids<'_>, workspace: &mut TransformerWorkspace) {
        self.forward_from_start(ids, workspace, &mut Dropout::none());
    }

    /// As [`forward`](Self::forward), with `dropout`. Clears the cache of keys and values.
    fn forward_from_start(&self, ids: Ids<'_>, workspace: &mut TransformerWorkspace, dropout: &mut Dropout<'_>) {
        workspace.cached_words.clear();
        self.forward_after(ids, 0, ids.steps().0, workspace, dropout);
    }

    /// Runs all layers over `ids`, the words after `cached` words whose keys and values are in `workspace`. Allocates keys and values for
    /// `capacity` words in all.
    ///
    /// # Panics
    /// If `cached` words and `ids` together are longer than the context.
    fn forward_after(
        &self,
        ids: Ids<'_>,
        cached: usize,
        capacity: usize,
        workspace: &mut TransformerWorkspace,
        dropout: &mut Dropout<'_>,
    ) {
        let computed = cached..cached + ids.steps().0;
        assert!(
            computed.end <= self.spec.context.0,
            "{} words at once, more than {:?}",
            computed.end,
            self.spec.context
        );
        workspace.pass = Pass { computed, capacity, batch: ids.batch(), threads: workspace.pass.threads };
        self.embed(ids, workspace, dropout);
        let TransformerWorkspace { pass, blocks, stream, normalized, statistics, block_gradients, .. } = workspace;
        for (index, block) in self.blocks.iter().enumerate() {
            let (upto, above) = blocks.split_at_mut(index + 1);
            let output = above.first_mut().map_or(&mut *stream, |above| &mut above.streams[0]);
            block.forward(pass, &mut upto[index], output, block_gradients, dropout);
        }
        normalized.reshape(stream.shape());
        self.norm.forward(stream.rows(), normalized.rows_mut(), statistics, pass.threads);
    }

    /// Writes the sum of word and positional embeddings, with `dropout`, to the input of the first layer.
    fn embed(&self, ids: Ids<'_>, workspace: &mut TransformerWorkspace, dropout: &mut Dropout<'_>) {
        let (width, first) = (self.spec.embedding.size(), workspace.pass.computed.start);
        let stream = &mut workspace.blocks[0].streams[0];
        self.embedding.forward(ids, stream);
        let positions = self.positions.value.as_slice()[first * width..].chunks_exact(width);
        let steps = stream.as_mut_slice().chunks_exact_mut(ids.batch().0 * width);
        for (step, position) in steps.zip(positions) {
            step.chunks_exact_mut(width).for_each(|vector| add_rows(position, vector));
        }
        workspace.dropout.draw(stream.as_slice().len(), dropout);
        workspace.dropout.apply(stream.as_mut_slice());
    }

    /// Computes the logits of every target into `workspace`, without the bias.
    fn logits_without_bias(&self, targets: Targets<'_>, workspace: &mut TransformerWorkspace) {
        let TransformerWorkspace { pass, normalized, selection, head, .. } = workspace;
        selection.select(normalized.rows(), targets);
        let rows = selection.rows(normalized.rows(), targets);
        self.head.forward(rows, self.head_weight(), targets, head, pass.threads);
    }

    /// ∂loss/∂logits → ∂loss/∂output of the last layer, in `d_stream`.
    fn backward_to_stream(&self, targets: Targets<'_>, workspace: &mut TransformerWorkspace) {
        let TransformerWorkspace { pass, stream, statistics, selection, head, d_stream, d_normalized, .. } = workspace;
        d_normalized.reshape(stream.shape());
        selection.gradient(targets, d_normalized.rows_mut(), |d_rows| {
            product(d_rows, Accumulate::Nothing, head.matrix(), self.head_weight(), pass.threads);
        });
        d_stream.reshape(stream.shape());
        d_stream.as_mut_slice().fill(0.0);
        let (input, d_output) = (stream.rows(), d_normalized.rows());
        self.norm.add_input_gradient(input, d_output, d_stream.rows_mut(), statistics, pass.threads);
    }

    /// Computes the gradients of all weights, except the output bias, from ∂loss/∂logits.
    fn backward(&mut self, ids: Ids<'_>, targets: Targets<'_>, workspace: &mut TransformerWorkspace) {
        self.backward_to_stream(targets, workspace);
        let TransformerWorkspace { pass, stream, statistics, d_stream, d_normalized, block_gradients, .. } = workspace;
        let threads = pass.threads;
        self.norm.weight_gradients(stream.rows(), d_normalized.rows(), statistics, threads);
        for (block, workspace) in self.blocks.iter_mut().zip(&mut workspace.blocks).rev() {
            block.backward_mlp(workspace, d_stream, block_gradients, threads);
            block.mlp_gradients(workspace, block_gradients, threads);
            block.backward_attention(workspace, d_stream, block_gradients, threads);
            block.attention_gradients(workspace, block_gradients, threads);
        }
        workspace.dropout.apply(d_stream.as_mut_slice());
        let d_positions = self.positions.gradient.as_mut_slice();
        d_positions.fill(0.0);
        let width = self.spec.embedding.size();
        let steps = d_stream.as_slice().chunks_exact(ids.batch().0 * width);
        steps.zip(d_positions.chunks_exact_mut(width)).for_each(|(step, sum)| add_rows(step, sum));

        let TransformerWorkspace { normalized, selection, head, .. } = workspace;
        let head_gradient = self.head.weight_gradient();
        let tied = head_gradient.is_none();
        let gradient = head_gradient.unwrap_or_else(|| self.embedding.as_head_gradient(self.spec.embedding));
        let rows = selection.rows(normalized.rows(), targets);
        product(gradient, Accumulate::Nothing, head.matrix().transposed(), rows, threads);
        self.embedding.backward(ids, &workspace.d_stream, tied, threads);
    }

    /// The output layer's weight, `[V, E]`: its own, or the embedding table.
    fn head_weight(&self) -> Matrix<'_, Vocab, Embed> {
        self.head.weight(|| self.embedding.as_head(self.spec.embedding))
    }
}

impl Model for Transformer {
    type Spec = TransformerSpec;
    type Workspace = TransformerWorkspace;
    /// Nothing: each window of a running text starts without context.
    type Carry = ();

    /// Weights are drawn from GPT-2's initial distribution, N(0, 0.02²), and biases are zero. The output layer, and a table tied to it, are drawn from
    /// PyTorch's default distribution.
    ///
    /// # Panics
    /// If the heads do not divide the embedding size.
    fn new(spec: &Self::Spec, random: &mut impl Rng) -> Result<Self> {
        let TransformerSpec { vocabulary, embedding, context, tied, .. } = *spec;
        let table = if tied {
            Embedding::drawn(vocabulary, embedding, uniform(embedding.size()), random)?
        } else {
            Embedding::drawn(vocabulary, embedding, normal(DEVIATION), random)?
        };
        let axes = [Axis::Positions, Axis::Embedding];
        let positions = Label::new(TensorName::new("pos.weight"), TensorRole::PositionTable, &axes);
        let positions = Parameter::drawn(positions, (context, embedding), normal(DEVIATION), random)?;
        Ok(Self {
            spec: *spec,
            embedding: table,
            positions,
            blocks: (0..spec.layers.max(1)).map(|index| Block::new(index, spec, random)).collect::<Result<_>>()?,
            norm: LayerNorm::new(["transformer.norm.weight", "transformer.norm.bias"].map(TensorName::new), embedding)?,
            head: Head::new(embedding, Axis::Embedding, vocabulary, tied, random)?,
        })
    }

    fn spec(&self) -> &Self::Spec {
        &self.spec
    }

    fn summary(spec: &Self::Spec) -> String {
        spec.summary()
    }

    fn cost(spec: &Self::Spec, work: Work) -> Cost {
        spec.cost(work)
    }

    fn max_steps(spec: &Self::Spec) -> Option<usize> {
        Some(spec.context.0)
    }

    fn workspace(&self, threads: Threads) -> Result<Self::Workspace> {
        TransformerWorkspace::new(&self.spec, threads)
    }

    /// Ignores the start: every pass but [`next_logits`](Self::next_logits) begins at position 0.
    fn loss(&self, ids: Ids<'_>, _: Start<'_, ()>, targets: Targets<'_>, workspace: &mut Self::Workspace) -> f32 {
        self.forward_from_start(ids, workspace, &mut Dropout::none());
        self.logits_without_bias(targets, workspace);
        self.head.cross_entropy(targets, &mut workspace.head, workspace.pass.threads)
    }

    fn loss_and_gradients(
        &mut self,
        ids: Ids<'_>,
        _: Start<'_, ()>,
        targets: Targets<'_>,
        workspace: &mut Self::Workspace,
        dropout: &mut dyn RngCore,
    ) -> f32 {
        self.forward_from_start(ids, workspace, &mut Dropout::new(self.spec.dropout, dropout));
        self.logits_without_bias(targets, workspace);
        let threads = workspace.pass.threads;
        let loss = self.head.cross_entropy_and_gradient(targets, &mut workspace.head, threads);
        self.backward(ids, targets, workspace);
        loss
    }

    /// Caches keys and values of the words before. Of a text longer than the context only the last words are used, and all of them are computed again
    /// for each word, as their positions change.
    fn next_logits<'w>(&self, ids: &[u32], start: Start<'_, ()>, workspace: &'w mut Self::Workspace) -> &'w mut [f32] {
        let context = self.spec.context.0;
        let mut text = std::mem::take(&mut workspace.cached_words);
        if !matches!(start, Start::Carried) {
            text.clear();
        }
        let mut cached = text.len();
        text.extend_from_slice(ids);
        if text.len() > context {
            text.drain(..text.len() - context);
            cached = 0;
        }
        let words = &text[cached..];
        let ids = Ids::new(words, Steps(words.len()), Batch(1));
        self.forward_after(ids, cached, context, workspace, &mut Dropout::none());
        self.logits_without_bias(Targets::at(&[words.len() - 1], &[0]), workspace);
        self.head.add_bias(&mut workspace.head);
        workspace.cached_words = text;
        workspace.head.logits_mut()
    }

    fn visit(&mut self, visitor: &mut dyn FnMut(ParameterMut<'_>)) {
        self.embedding.visit(visitor);
        self.positions.show(visitor);
        self.blocks.iter_mut().for_each(|block| block.visit(visitor));
        self.norm.visit(visitor);
        self.head.visit(visitor);
    }

    fn trace(&self, ids: &[u32], target: Option<u32>) -> Result<Trace> {
        self.traced(ids, target)
    }

    fn shapes(&mut self, workspace: &Self::Workspace) -> Vec<TensorShape> {
        self.shapes_of(workspace)
    }

    fn save_carry((): &(), _: &mut Tensors) {}

    fn load_carry(_: &Self::Spec, _: usize, tensors: &Tensors) -> std::result::Result<(), Mismatch> {
        Mismatch::check(&[], &tensors.descriptions())
    }
}
