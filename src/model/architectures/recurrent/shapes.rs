//! Shapes of the tensors of a training step of a recurrent model.

use super::{Recurrent, RecurrentWorkspace};
use crate::model::Model;
use crate::model::cells::{Cell, gate_count};
use crate::model::labels::{Axis, TensorName, TensorRole};
use crate::model::shapes::TensorShape;

/// Weight tensors per layer: two matrices and two biases.
const WEIGHTS_PER_LAYER: usize = 4;

impl<C: Cell> Recurrent<C> {
    /// As [`Model::shapes`].
    pub(super) fn shapes_of(&mut self, workspace: &RecurrentWorkspace<C>) -> Vec<TensorShape> {
        use Axis::{Batch, Embedding, Hidden, Layers, Predictions, Steps, Vocabulary};

        let Some(first) = workspace.layers.first().filter(|layer| layer.steps.0 > 0) else { return Vec::new() };
        let mut weights = Vec::new();
        self.visit(&mut |weight| weights.push(weight.tensor_shape()));
        let (embedding, mut rest) = (weights.remove(0), weights.into_iter());

        let gates = Axis::Times(gate_count::<C>(), &Hidden);
        let (units, count) = (self.spec.sizes.hidden, workspace.layers.len());
        let states = |name, meaning| {
            TensorShape::new(TensorName::new(name), meaning, [Layers, Batch, Hidden], &(count, first.batch, units))
        };
        let cells = |name, meaning| C::HAS_CELL_STATE.then(|| states(name, meaning));
        let step_states = (first.steps, first.batch, units);

        let ids = (first.steps, first.batch);
        let mut shapes =
            vec![TensorShape::new(TensorName::new("ids"), TensorRole::Ids, [Steps, Batch], &ids), embedding];
        shapes.push(if workspace.is_per_word {
            let (name, shape) = (TensorName::new("shares"), workspace.per_word_projection.shape());
            TensorShape::new(name, TensorRole::PerWordProjection, [Vocabulary, gates], &shape)
        } else {
            let (name, shape) = (TensorName::new("input"), workspace.vectors.shape());
            TensorShape::new(name, TensorRole::WordVectors, [Steps, Batch, Embedding], &shape)
        });
        shapes.push(states("h_0", TensorRole::InitialHidden));
        shapes.extend(cells("c_0", TensorRole::InitialCell));
        for (index, layer) in workspace.layers.iter().enumerate() {
            shapes.extend(rest.by_ref().take(WEIGHTS_PER_LAYER));
            let named = |name| TensorName::of_layer(name, index, "");
            if gate_count::<C>() > 1 {
                let shape = layer.gates.shape();
                shapes.push(TensorShape::new(named("gates_l"), TensorRole::Gates, [Steps, Batch, gates], &shape));
            }
            // without the initial state, which is listed above
            if C::HAS_CELL_STATE {
                shapes.push(TensorShape::new(named("c_l"), TensorRole::Cell, [Steps, Batch, Hidden], &step_states));
            }
            shapes.push(TensorShape::new(named("h_l"), TensorRole::Hidden, [Steps, Batch, Hidden], &step_states));
        }
        let output = TensorName::new("output");
        shapes.push(TensorShape::new(output, TensorRole::Output, [Steps, Batch, Hidden], &step_states));
        shapes.push(states("h_n", TensorRole::LastHidden));
        shapes.extend(cells("c_n", TensorRole::LastCell));
        let logits = workspace.head.shape();
        let selected = workspace.selection.shape(logits.0);
        shapes.extend(selected.map(|shape| {
            TensorShape::new(TensorName::new("selected"), TensorRole::Selected, [Predictions, Hidden], &shape)
        }));
        shapes.extend(rest);
        shapes.extend(TensorShape::of_predictions(logits));
        shapes
    }
}
