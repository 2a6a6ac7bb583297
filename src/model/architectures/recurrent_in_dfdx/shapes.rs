//! Shapes of the tensors of a training step as dfdx computes it.

use super::RecurrentInDfdx;
use crate::model::architectures::Model;
use crate::model::cells::Cell;
use crate::model::labels::{Axis, TensorName, TensorRole};
use crate::model::layers::Ids;
use crate::model::shapes::TensorShape;

/// Weight tensors per layer: two matrices and two biases.
const WEIGHTS_PER_LAYER: usize = 4;

impl<C: Cell> RecurrentInDfdx<C> {
    /// The ids of a pass, the tensors of one of its time steps, and the loss, with the weights in order of use.
    pub(super) fn shapes_of(&self, ids: Ids<'_>) -> Vec<TensorShape> {
        let (spec, batch) = (self.weights.spec(), ids.batch());
        let sizes = spec.sizes;
        let mut weights = Vec::new();
        self.weights.clone().visit(&mut |weight| weights.push(weight.tensor_shape()));
        let head_weights = if spec.options.tied { 1 } else { 2 };
        let (head, mut weights) = (weights.split_off(weights.len() - head_weights), weights.into_iter());
        let named = TensorName::new;
        let id_shape = (ids.steps(), batch);
        let mut shapes = vec![TensorShape::new(named("ids"), TensorRole::Ids, [Axis::Steps, Axis::Batch], &id_shape)];
        shapes.extend(weights.next());
        let vectors = (batch, sizes.embedding);
        let axes = [Axis::Batch, Axis::Embedding];
        shapes.push(TensorShape::new(named("input"), TensorRole::WordVectors, axes, &vectors));
        for layer in 0..sizes.layers.max(1) {
            shapes.extend(weights.by_ref().take(WEIGHTS_PER_LAYER));
            let (name, state) = (TensorName::of_layer("h_l", layer, ""), (batch, sizes.hidden));
            shapes.push(TensorShape::new(name, TensorRole::Hidden, [Axis::Batch, Axis::Hidden], &state));
        }
        shapes.extend(head);
        let logits = (batch, sizes.vocabulary);
        let axes = [Axis::Batch, Axis::Vocabulary];
        shapes.push(TensorShape::new(named("logits"), TensorRole::Logits, axes, &logits));
        shapes.push(TensorShape::new(named("loss"), TensorRole::Loss, [], &()));
        shapes
    }
}
