//! Shapes of the tensors of a training step of an NPLM.

use super::{Nplm, NplmWorkspace};
use crate::model::Model;
use crate::model::labels::{Axis, TensorName, TensorRole};
use crate::model::shapes::TensorShape;

impl Nplm {
    /// As [`Model::shapes`].
    pub(super) fn shapes_of(&mut self, workspace: &NplmWorkspace) -> Vec<TensorShape> {
        use Axis::{Batch, Embedding, Hidden, Predictions, Steps};

        let NplmWorkspace { size, context, hidden, head, .. } = workspace;
        if size.0.0 == 0 {
            return Vec::new();
        }
        let mut weights = Vec::new();
        self.visit(&mut |weight| weights.push(weight.tensor_shape()));
        let mut weights = weights.into_iter();
        let axis = Axis::Times(self.spec.context_words(), &Embedding);
        let named = TensorName::new;
        let mut shapes = vec![TensorShape::new(named("ids"), TensorRole::Ids, [Steps, Batch], size)];
        shapes.extend(weights.next());
        shapes.push(TensorShape::new(named("context"), TensorRole::Context, [Predictions, axis], &context.shape()));
        shapes.extend(weights.by_ref().take(2));
        shapes.push(TensorShape::new(named("hidden"), TensorRole::HiddenLayer, [Predictions, Hidden], &hidden.shape()));
        shapes.extend(weights);
        shapes.extend(TensorShape::of_predictions(head.shape()));
        shapes
    }
}
