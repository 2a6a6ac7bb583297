//! The trace of a transformer.

use dfdx::prelude::Dim;

use super::{Transformer, TransformerWorkspace};
use crate::model::Model;
use crate::model::dimensions::{Batch, Steps};
use crate::model::kernels::Threads;
use crate::model::layers::{Dropout, Ids, Targets};
use crate::model::tensors::Result;
use crate::model::trace::{GradientFlow, HeadAblation, Quantity, QuantityKind, Role, Trace, norms};

/// Upper bound on the multiplications of all head ablations of a trace: a fraction of a second.
const MAX_ABLATION_MULTIPLICATIONS: u128 = 2_000_000_000;

impl Transformer {
    /// As [`Model::trace`]; of a text longer than the context, only the last words are traced.
    pub(super) fn traced(&self, text: &[u32], target: Option<u32>) -> Result<Trace> {
        assert!(!text.is_empty(), "a text of no words has no next word");
        let words = &text[text.len().saturating_sub(self.spec.context.0)..];
        let mut workspace = self.workspace(Threads::ONE)?;
        self.forward(Ids::new(words, Steps(words.len()), Batch(1)), &mut workspace);
        self.logits_without_bias(Targets::everywhere(words), &mut workspace); // only the positions matter
        let mut trace = Trace {
            ids: words.to_vec(),
            target: 0,
            surprisals: self.head.surprisals(&words[1..], &workspace.head),
            distribution: self.head.last_distribution(&mut workspace.head).to_vec(),
            input_gradient_norms: Vec::new(),
            context: Some(self.spec.context.0),
            quantities: self.quantities(words, &workspace),
            gradient_flow: Vec::new(),
            logit_lens: self.logit_lens(words.len(), &mut workspace),
            head_ablations: Vec::new(),
        };
        trace.target = target.unwrap_or_else(|| trace.most_probable());

        let (position, word) = ([words.len() - 1], [trace.target]);
        let last = Targets::at(&position, &word);
        self.normalize_last_stream(&mut workspace);
        self.logits_without_bias(last, &mut workspace);
        self.head.logit_gradient(last, &mut workspace.head);
        self.backward_to_stream(last, &mut workspace);
        let mut flows = Vec::new();
        for (layer, block) in self.blocks.iter().enumerate().rev() {
            let TransformerWorkspace { blocks, d_stream, block_gradients, .. } = &mut workspace;
            block.backward_mlp(&blocks[layer], d_stream, block_gradients, Threads::ONE);
            block.backward_attention(&blocks[layer], d_stream, block_gradients, Threads::ONE);
            // of the layer's input: the output of the last layer has a gradient at the last position only
            let norms = norms(d_stream.as_slice(), self.spec.embedding.size());
            flows.push(GradientFlow { term: QuantityKind::Residual, layer: Some(layer), norms, sum: None });
        }
        flows.reverse();
        trace.gradient_flow = flows;
        trace.input_gradient_norms = norms(workspace.d_stream.as_slice(), self.spec.embedding.size());
        trace.head_ablations = self.head_ablations(last, &mut workspace);
        Ok(trace)
    }

    /// The output, the MLP units and the attention weights of every layer, and the word embeddings, after a forward pass over `words`.
    fn quantities(&self, words: &[u32], workspace: &TransformerWorkspace) -> Vec<Quantity> {
        let (width, table) = (self.spec.embedding.size(), self.embedding.table());
        let quantity = |term, role, layer, width, values| Quantity { term, role, layer, width, values, equations: &[] };
        let mut all = Vec::new();
        for (layer, block) in workspace.blocks.iter().enumerate() {
            let (stream, units) = (workspace.residual(layer + 1).to_vec(), block.units.as_slice().to_vec());
            all.push(quantity(QuantityKind::Residual, Role::Activation, Some(layer), width, stream));
            all.push(quantity(QuantityKind::MlpUnit, Role::Activation, Some(layer), self.spec.inner.0, units));
            for head in 0..self.spec.heads {
                let weights = block.attention.head_weights(self.blocks[layer].heads, head);
                all.push(quantity(
                    QuantityKind::Attention,
                    Role::Attention { head },
                    Some(layer),
                    words.len(),
                    weights,
                ));
            }
        }
        let vectors = words.iter().flat_map(|word| &table.as_slice()[*word as usize * width..][..width]);
        all.push(quantity(QuantityKind::Embedding, Role::Embedding, None, width, vectors.copied().collect()));
        all
    }

    /// The output layer's distribution from the residual stream at the last position, before each layer and after the last, `[layers + 1][V]`.
    /// Overwrites the logits and the normalized stream in `workspace`.
    fn logit_lens(&self, positions: usize, workspace: &mut TransformerWorkspace) -> Vec<Vec<f32>> {
        let (last, word) = ([positions - 1], [0]);
        let last = Targets::at(&last, &word);
        let layers = 0..=self.blocks.len();
        let distribution_at = |layer| {
            let stream = workspace.stream_at(layer).clone();
            self.norm.forward(stream.rows(), workspace.normalized.rows_mut(), &mut workspace.statistics, Threads::ONE);
            self.logits_without_bias(last, workspace);
            self.head.last_distribution(&mut workspace.head).to_vec()
        };
        layers.map(distribution_at).collect()
    }

    /// Normalizes the output of the last layer for the output layer.
    fn normalize_last_stream(&self, workspace: &mut TransformerWorkspace) {
        let TransformerWorkspace { stream, normalized, statistics, .. } = workspace;
        self.norm.forward(stream.rows(), normalized.rows_mut(), statistics, Threads::ONE);
    }

    /// The loss of `target` without each head, the last layer first; empty if that took more than [`MAX_ABLATION_MULTIPLICATIONS`]. Overwrites
    /// activations in `workspace`.
    fn head_ablations(&self, target: Targets<'_>, workspace: &mut TransformerWorkspace) -> Vec<HeadAblation> {
        let (layers, width) = (self.blocks.len() as u128, self.spec.embedding.size() as u128);
        let positions = workspace.pass.steps().0 as u128;
        let per_layer = positions * width * (4 * width + 2 * self.spec.inner.0 as u128 + 2 * positions);
        if layers * layers * self.spec.heads as u128 * per_layer / 2 > MAX_ABLATION_MULTIPLICATIONS {
            return Vec::new();
        }
        let mut losses = Vec::new();
        // from the last layer down, so that the layers below are unchanged
        for (layer, block) in self.blocks.iter().enumerate().rev() {
            for head in 0..self.spec.heads {
                let context = workspace.blocks[layer].attention.context.clone();
                block.heads.ablate(head, workspace.blocks[layer].attention.context.as_mut_slice());
                let loss = self.loss_from(layer, target, workspace);
                workspace.blocks[layer].attention.context = context;
                losses.push(HeadAblation { layer, head, loss });
            }
        }
        losses
    }

    /// The loss of `target` when the layers from `layer` on run with the heads' outputs of `layer` that are in `workspace`.
    fn loss_from(&self, layer: usize, target: Targets<'_>, workspace: &mut TransformerWorkspace) -> f32 {
        let pass = workspace.pass.clone();
        let TransformerWorkspace { blocks, stream, block_gradients, .. } = &mut *workspace;
        for index in layer..blocks.len() {
            let (upto, above) = blocks.split_at_mut(index + 1);
            let output = above.first_mut().map_or(&mut *stream, |above| &mut above.streams[0]);
            let block = &self.blocks[index];
            if index > layer {
                block.attend(&pass, &mut upto[index], &mut Dropout::none());
            }
            block.add_attention(&pass, &mut upto[index], block_gradients, &mut Dropout::none());
            block.add_mlp(&pass, &mut upto[index], output, block_gradients, &mut Dropout::none());
        }
        self.normalize_last_stream(workspace);
        self.logits_without_bias(target, workspace);
        self.head.cross_entropy(target, &mut workspace.head, Threads::ONE)
    }
}
