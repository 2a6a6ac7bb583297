//! One layer of a transformer, as in GPT-2: attention and an MLP, each of which reads the normalized residual stream and adds to it.
//!
//! ```text
//! y = x + Wₒ·attention(norm₁(x)) + bₒ
//! z = y + W₂·GELU(W₁·norm₂(y) + b₁) + b₂
//! ```

use dfdx::prelude::Dim;
use rand::Rng;
use rand_distr::Normal;

use super::TransformerSpec;
use super::block_workspace::{BlockGradients, BlockWorkspace, Pass};
use super::elementwise::{add_branch, copy, gelu, multiply};
use crate::model::dimensions::{Batch, Embed, Flattened, Inner, QueriesKeysValues, Steps};
use crate::model::kernels::{MatrixMut, Threads};
use crate::model::labels::{Axis, TensorName, TensorRole};
use crate::model::layers::{Dropout, Heads, LayerNorm, Linear};
use crate::model::parameters::{Label, ParameterMut};
use crate::model::tensors::{Result, Tensor};

/// Standard deviation of GPT-2's initial weights.
pub(super) const DEVIATION: f32 = 0.02;

/// The weights of one layer: four linear layers and two layer normalizations.
#[derive(Clone, Debug)]
pub(super) struct Block {
    pub heads: Heads,
    /// Input projection of attention.
    projections: Linear<Embed, QueriesKeysValues>,
    /// Output projection of attention.
    output: Linear<Embed, Embed>,
    /// First layer of the MLP.
    first: Linear<Embed, Inner>,
    /// Second layer of the MLP.
    second: Linear<Inner, Embed>,
    /// Before attention and before the MLP.
    norms: [LayerNorm; 2],
}

impl Block {
    /// Creates the layer with this 0-based index and draws its weights from GPT-2's initial distribution, N(0, 0.02²); biases are zero. The standard
    /// deviation of the weights that add to the residual stream is divided by √(2 · layers), so that the stream's variance does not grow with the
    /// number of layers.
    ///
    /// # Errors
    /// If there is no memory for the weights.
    ///
    /// # Panics
    /// If the heads do not divide the embedding size.
    pub fn new(index: usize, spec: &TransformerSpec, random: &mut impl Rng) -> Result<Self> {
        let TransformerSpec { embedding: units, heads, inner, .. } = *spec;
        let usual = normal(DEVIATION);
        let residual = normal(DEVIATION / (2.0 * spec.layers.max(1) as f32).sqrt());
        let named = |after| TensorName::of_layer("transformer.layers.", index, after);
        let linear = |[weight, bias]: [&'static str; 2], meaning, [output, input]: [Axis; 2]| {
            [Label::new(named(weight), meaning, &[output, input]), Label::new(named(bias), TensorRole::Bias, &[output])]
        };
        let (e, m) = (Axis::Embedding, Axis::Inner);
        let projections = [".self_attn.in_proj_weight", ".self_attn.in_proj_bias"];
        let projections = linear(projections, TensorRole::AttentionInput, [Axis::Times(3, &Axis::Embedding), e]);
        let output = [".self_attn.out_proj.weight", ".self_attn.out_proj.bias"];
        let output = linear(output, TensorRole::AttentionOutput, [e, e]);
        let first = linear([".linear1.weight", ".linear1.bias"], TensorRole::MlpInput, [m, e]);
        let second = linear([".linear2.weight", ".linear2.bias"], TensorRole::MlpOutput, [e, m]);
        Ok(Self {
            heads: Heads::new(heads, units),
            projections: Linear::new(projections, units, QueriesKeysValues(units), usual, random)?,
            output: Linear::new(output, units, units, residual, random)?,
            first: Linear::new(first, units, inner, usual, random)?,
            second: Linear::new(second, inner, units, residual, random)?,
            norms: [
                LayerNorm::new([named(".norm1.weight"), named(".norm1.bias")], units)?,
                LayerNorm::new([named(".norm2.weight"), named(".norm2.bias")], units)?,
            ],
        })
    }

    /// Runs the layer: from its input, `workspace.streams[0]`, to `output`. `gradients.branch` is scratch memory.
    pub fn forward(
        &self,
        pass: &Pass,
        workspace: &mut BlockWorkspace,
        output: &mut Tensor<(Steps, Batch, Embed)>,
        gradients: &mut BlockGradients,
        dropout: &mut Dropout<'_>,
    ) {
        self.attend(pass, workspace, dropout);
        self.add_attention(pass, workspace, gradients, dropout);
        self.add_mlp(pass, workspace, output, gradients, dropout);
    }

    /// The first part of [`forward`](Self::forward): from `streams[0]` to the context vectors of the heads.
    pub fn attend(&self, pass: &Pass, workspace: &mut BlockWorkspace, dropout: &mut Dropout<'_>) {
        let Pass { computed, capacity, batch, threads } = pass;
        let BlockWorkspace { streams: [stream, _], normalized: [normalized, _], statistics, attention, .. } = workspace;
        normalized.reshape(stream.shape());
        self.norms[0].forward(stream.rows(), normalized.rows_mut(), &mut statistics[0], *threads);
        let (.., width) = attention.projections.shape();
        attention.projections.reshape((Steps(*capacity), *batch, width));
        let position_size = batch.0 * width.size();
        let range = computed.start * position_size..computed.end * position_size;
        let projections = &mut attention.projections.as_mut_slice()[range];
        let projections = MatrixMut::new(projections, Flattened(pass.steps(), *batch), width);
        self.projections.forward(normalized.rows(), projections, *threads);
        self.heads.attend(attention, computed.clone(), dropout, *threads);
    }

    /// The second part of [`forward`](Self::forward): from the context vectors of the heads to `streams[1]`.
    pub fn add_attention(
        &self,
        pass: &Pass,
        workspace: &mut BlockWorkspace,
        BlockGradients { branch, .. }: &mut BlockGradients,
        dropout: &mut Dropout<'_>,
    ) {
        let BlockWorkspace { streams: [before, after], attention, dropout: [factors, _], .. } = workspace;
        branch.reshape(before.shape());
        self.output.forward(attention.context.rows(), branch.rows_mut(), pass.threads);
        add_branch(before, branch, after, factors, dropout);
    }

    /// The third part of [`forward`](Self::forward): from `streams[1]` to `output`.
    pub fn add_mlp(
        &self,
        pass: &Pass,
        workspace: &mut BlockWorkspace,
        output: &mut Tensor<(Steps, Batch, Embed)>,
        BlockGradients { branch, .. }: &mut BlockGradients,
        dropout: &mut Dropout<'_>,
    ) {
        let threads = pass.threads;
        let BlockWorkspace {
            streams: [_, stream],
            normalized: [_, normalized],
            statistics,
            units,
            slopes,
            dropout: [_, factors],
            ..
        } = workspace;
        normalized.reshape(stream.shape());
        self.norms[1].forward(stream.rows(), normalized.rows_mut(), &mut statistics[1], threads);
        let (.., inner) = units.shape();
        units.reshape((pass.steps(), pass.batch, inner));
        slopes.reshape(units.shape());
        self.first.forward(normalized.rows(), slopes.rows_mut(), threads);
        gelu(slopes.as_mut_slice(), units.as_mut_slice(), threads);
        branch.reshape(stream.shape());
        self.second.forward(units.rows(), branch.rows_mut(), threads);
        add_branch(stream, branch, output, factors, dropout);
    }

    /// ∂loss/∂output → ∂loss/∂`streams[1]`, in place in `d`. Leaves the gradients that [`mlp_gradients`](Self::mlp_gradients) needs in `gradients`.
    pub fn backward_mlp(
        &self,
        workspace: &BlockWorkspace,
        d: &mut Tensor<(Steps, Batch, Embed)>,
        gradients: &mut BlockGradients,
        threads: Threads,
    ) {
        let BlockGradients { branch, normalized, units, .. } = gradients;
        copy(d, branch);
        workspace.dropout[1].apply(branch.as_mut_slice());
        units.reshape(workspace.units.shape());
        self.second.input_gradient(branch.rows(), units.rows_mut(), threads);
        multiply(units.as_mut_slice(), workspace.slopes.as_slice(), threads);
        normalized.reshape(d.shape());
        self.first.input_gradient(units.rows(), normalized.rows_mut(), threads);
        let (input, statistics) = (workspace.streams[1].rows(), &workspace.statistics[1]);
        self.norms[1].add_input_gradient(input, normalized.rows(), d.rows_mut(), statistics, threads);
    }

    /// Computes the gradients of the weights of the MLP and its normalization, directly after [`backward_mlp`](Self::backward_mlp).
    pub fn mlp_gradients(&mut self, workspace: &mut BlockWorkspace, gradients: &BlockGradients, threads: Threads) {
        let BlockWorkspace { streams, normalized, statistics, units, .. } = workspace;
        self.second.weight_gradients(units.rows(), gradients.branch.rows(), threads);
        self.first.weight_gradients(normalized[1].rows(), gradients.units.rows(), threads);
        let d_normalized = gradients.normalized.rows();
        self.norms[1].weight_gradients(streams[1].rows(), d_normalized, &mut statistics[1], threads);
    }

    /// ∂loss/∂`streams[1]` → ∂loss/∂`streams[0]`, in place in `d`. Leaves the gradients that [`attention_gradients`](Self::attention_gradients)
    /// needs in `gradients`.
    pub fn backward_attention(
        &self,
        workspace: &BlockWorkspace,
        d: &mut Tensor<(Steps, Batch, Embed)>,
        gradients: &mut BlockGradients,
        threads: Threads,
    ) {
        let BlockGradients { branch, normalized, context, projections, .. } = gradients;
        copy(d, branch);
        workspace.dropout[0].apply(branch.as_mut_slice());
        context.reshape(d.shape());
        self.output.input_gradient(branch.rows(), context.rows_mut(), threads);
        self.heads.input_gradient(&workspace.attention, context, projections, threads);
        normalized.reshape(d.shape());
        self.projections.input_gradient(projections.rows(), normalized.rows_mut(), threads);
        let (input, statistics) = (workspace.streams[0].rows(), &workspace.statistics[0]);
        self.norms[0].add_input_gradient(input, normalized.rows(), d.rows_mut(), statistics, threads);
    }

    /// Computes the gradients of the weights of attention and its normalization, directly after [`backward_attention`](Self::backward_attention).
    pub fn attention_gradients(
        &mut self,
        workspace: &mut BlockWorkspace,
        gradients: &BlockGradients,
        threads: Threads,
    ) {
        let BlockWorkspace { streams, normalized, statistics, attention, .. } = workspace;
        self.output.weight_gradients(attention.context.rows(), gradients.branch.rows(), threads);
        self.projections.weight_gradients(normalized[0].rows(), gradients.projections.rows(), threads);
        let d_normalized = gradients.normalized.rows();
        self.norms[0].weight_gradients(streams[0].rows(), d_normalized, &mut statistics[0], threads);
    }

    /// Calls `visitor` with every weight tensor, in the order of PyTorch's `nn.TransformerEncoderLayer`.
    pub fn visit(&mut self, visitor: &mut dyn FnMut(ParameterMut<'_>)) {
        self.projections.visit(visitor);
        self.output.visit(visitor);
        self.first.visit(visitor);
        self.second.visit(visitor);
        self.norms.iter_mut().for_each(|norm| norm.visit(visitor));
    }
}

/// N(0, deviation²).
pub(super) fn normal(deviation: f32) -> Normal<f32> {
    Normal::new(0.0, deviation).expect("a deviation that is a number")
}
