//! Shapes of the tensors of a training step of a transformer.

use super::{Transformer, TransformerWorkspace};
use crate::model::Model;
use crate::model::labels::{Axis, TensorName, TensorRole};
use crate::model::shapes::TensorShape;

/// Weight tensors per layer: two for each of four linear layers and two normalizations.
const WEIGHTS_PER_LAYER: usize = 12;

impl Transformer {
    /// As [`Model::shapes`].
    pub(super) fn shapes_of(&mut self, workspace: &TransformerWorkspace) -> Vec<TensorShape> {
        use Axis::{Batch, Embedding, Heads, Inner, Predictions, Steps};

        let (steps, batch) = (workspace.pass.steps(), workspace.pass.batch);
        if steps.0 == 0 {
            return Vec::new();
        }
        let mut weights = Vec::new();
        self.visit(&mut |weight| weights.push(weight.tensor_shape()));
        let mut weights = weights.into_iter();
        let stream = [Steps, Batch, Embedding];
        let size = workspace.stream.shape();
        let ids = TensorShape::new(TensorName::new("ids"), TensorRole::Ids, [Steps, Batch], &(steps, batch));
        let mut shapes = vec![ids];
        shapes.extend(weights.by_ref().take(2));
        for (index, layer) in workspace.blocks.iter().enumerate() {
            let named = |name| TensorName::of_layer(name, index, "");
            let layer_weights: Vec<_> = weights.by_ref().take(WEIGHTS_PER_LAYER).collect();
            let (attention, mlp) = layer_weights.split_at(4);
            let (mlp, norms) = mlp.split_at(4);
            shapes.push(TensorShape::new(named("residual."), TensorRole::Residual, stream, &size));
            shapes.extend_from_slice(&norms[..2]);
            shapes.extend_from_slice(&attention[..2]);
            let (name, axes) = (named("qkv."), [Steps, Batch, Axis::Times(3, &Embedding)]);
            let projections = layer.attention.projections.shape();
            shapes.push(TensorShape::new(name, TensorRole::QueriesKeysValues, axes, &projections));
            let (name, axes) = (named("attention."), [Batch, Heads, Steps, Steps]);
            let sizes = (batch, self.spec.heads, steps, steps);
            shapes.push(TensorShape::new(name, TensorRole::AttentionWeights, axes, &sizes));
            shapes.push(TensorShape::new(named("context."), TensorRole::AttentionResult, stream, &size));
            shapes.extend_from_slice(&attention[2..]);
            shapes.extend_from_slice(&norms[2..]);
            shapes.extend_from_slice(&mlp[..2]);
            let (name, units) = (named("mlp."), layer.units.shape());
            shapes.push(TensorShape::new(name, TensorRole::MlpUnits, [Steps, Batch, Inner], &units));
            shapes.extend_from_slice(&mlp[2..]);
        }
        let last = TensorName::of_layer("residual.", workspace.blocks.len(), "");
        shapes.push(TensorShape::new(last, TensorRole::Residual, stream, &size));
        shapes.extend(weights.by_ref().take(2));
        let logits = workspace.head.shape();
        let selected = workspace.selection.shape(logits.0);
        shapes.extend(selected.map(|shape| {
            TensorShape::new(TensorName::new("selected"), TensorRole::Selected, [Predictions, Embedding], &shape)
        }));
        shapes.extend(weights);
        shapes.extend(TensorShape::of_predictions(logits));
        shapes
    }
}
