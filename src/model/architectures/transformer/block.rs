//! One layer of a transformer, as GPT-2 has it: attention and an MLP, each of which reads the normalized residual stream and adds
//! to it.
//!
//! ```text
//! y = x + Wₒ·attention(norm₁(x)) + bₒ
//! z = y + W₂·GELU(W₁·norm₂(y) + b₁) + b₂
//! ```

use dfdx::prelude::Dim;
use rand::Rng;
use rand_distr::Normal;

use super::block_workspace::{BlockGradients, BlockWorkspace, Pass};
use super::elementwise::{add_branch, copy, gelu, multiply};
use crate::model::dimensions::{Batch, Embed, Flattened, Inner, QueriesKeysValues, Steps};
use crate::model::kernels::{MatrixMut, Threads};
use crate::model::labels::{Axis, TensorName, TensorRole};
use crate::model::layers::{Dropout, Heads, LayerNorm, Linear};
use crate::model::parameters::{Label, ParameterMut};
use crate::model::tensors::{Result, Tensor};

/// The standard deviation of GPT-2's weights before training.
pub(super) const DEVIATION: f32 = 0.02;

/// One layer.
#[derive(Clone, Debug)]
pub(super) struct Block {
    pub heads: Heads,
    projections: Linear<Embed, QueriesKeysValues>,
    output: Linear<Embed, Embed>,
    first: Linear<Embed, Inner>,
    second: Linear<Inner, Embed>,
    norms: [LayerNorm; 2],
}

impl Block {
    /// The layer at `index` of `layers`, with weights as GPT-2's before training: N(0, 0.02²), and the weights that add to the
    /// residual stream smaller by √(2 · layers), so that its size does not grow with their number.
    pub fn new(
        (index, layers): (usize, usize),
        (units, heads, inner): (Embed, usize, Inner),
        random: &mut impl Rng,
    ) -> Result<Self> {
        let usual = normal(DEVIATION);
        let adding = normal(DEVIATION / (2.0 * layers as f32).sqrt());
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
            projections: Linear::new(projections, (units, QueriesKeysValues(units)), usual, random)?,
            output: Linear::new(output, (units, units), adding, random)?,
            first: Linear::new(first, (units, inner), usual, random)?,
            second: Linear::new(second, (inner, units), adding, random)?,
            norms: [
                LayerNorm::new([named(".norm1.weight"), named(".norm1.bias")], units)?,
                LayerNorm::new([named(".norm2.weight"), named(".norm2.bias")], units)?,
            ],
        })
    }

    /// From the first of the streams in `workspace` to what leaves the layer.
    pub fn forward(
        &self,
        pass: &Pass,
        workspace: &mut BlockWorkspace,
        leaving: &mut Tensor<(Steps, Batch, Embed)>,
        branch: &mut BlockGradients,
        dropout: &mut Dropout<'_>,
    ) {
        self.attend(pass, workspace, dropout);
        self.add_attention(pass, workspace, branch, dropout);
        self.add_mlp(pass, workspace, leaving, branch, dropout);
    }

    /// From the first of the streams to what the heads have read.
    pub fn attend(&self, pass: &Pass, workspace: &mut BlockWorkspace, dropout: &mut Dropout<'_>) {
        let Pass { computed, room, batch, threads } = pass;
        let BlockWorkspace { streams: [stream, _], normalized: [normalized, _], statistics, attention, .. } = workspace;
        normalized.reshape(stream.shape());
        self.norms[0].forward(stream.rows(), normalized.rows_mut(), &mut statistics[0], *threads);
        let (.., width) = attention.projections.shape();
        attention.projections.reshape((Steps(*room), *batch, width));
        let of_position = batch.0 * width.size();
        let own = computed.start * of_position..computed.end * of_position;
        let own = &mut attention.projections.as_mut_slice()[own];
        let own = MatrixMut::new(own, Flattened(pass.steps(), *batch), width);
        self.projections.forward(normalized.rows(), own, *threads);
        self.heads.attend(attention, computed.clone(), dropout, *threads);
    }

    /// From what the heads have read to the second of the streams.
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

    /// From the second of the streams to what leaves the layer.
    pub fn add_mlp(
        &self,
        pass: &Pass,
        workspace: &mut BlockWorkspace,
        leaving: &mut Tensor<(Steps, Batch, Embed)>,
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
        add_branch(stream, branch, leaving, factors, dropout);
    }

    /// From the gradient `d` of what leaves the layer to that of the second of the streams.
    pub fn back_through_mlp(
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

    /// The gradients of the MLP's weights, after [`back_through_mlp`](Self::back_through_mlp).
    pub fn mlp_gradients(&mut self, workspace: &mut BlockWorkspace, gradients: &BlockGradients, threads: Threads) {
        let BlockWorkspace { streams, normalized, statistics, units, .. } = workspace;
        self.second.weight_gradients(units.rows(), gradients.branch.rows(), threads);
        self.first.weight_gradients(normalized[1].rows(), gradients.units.rows(), threads);
        let d_normalized = gradients.normalized.rows();
        self.norms[1].weight_gradients(streams[1].rows(), d_normalized, &mut statistics[1], threads);
    }

    /// From the gradient `d` of the second of the streams to that of the first.
    pub fn back_through_attention(
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

    /// The gradients of attention's weights, after [`back_through_attention`](Self::back_through_attention).
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

    /// In the order of PyTorch's `nn.TransformerEncoderLayer`.
    pub fn visit(&mut self, visitor: &mut dyn FnMut(ParameterMut<'_>)) {
        self.projections.visit(visitor);
        self.output.visit(visitor);
        self.first.visit(visitor);
        self.second.visit(visitor);
        self.norms.iter_mut().for_each(|norm| norm.visit(visitor));
    }
}

/// N(0, deviation²)
pub(super) fn normal(deviation: f32) -> Normal<f32> {
    Normal::new(0.0, deviation).expect("a deviation that is a number")
}
