//! Shapes of the tensors of a training step.

use dfdx::prelude::Shape;

use super::dimensions::{Predictions, Vocab};
use super::labels::{Axis, TensorName, TensorRole};

/// Name, role, axes and sizes of a tensor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TensorShape {
    /// Its name.
    pub name: TensorName,
    /// Its role.
    pub meaning: TensorRole,
    /// Its axes with their sizes.
    pub axes: Vec<(Axis, usize)>,
}

impl TensorShape {
    /// Creates a tensor of `shape`, whose axes have the names `axes`.
    pub(super) fn new<const N: usize>(
        name: TensorName,
        meaning: TensorRole,
        axes: [Axis; N],
        shape: &impl Shape,
    ) -> Self {
        Self { name, meaning, axes: axes.into_iter().zip(shape.concrete()).collect() }
    }

    /// The tensors that end every step, given the shape of the logits: logits, targets and loss.
    pub(super) fn of_predictions((predictions, vocabulary): (Predictions, Vocab)) -> [Self; 3] {
        let named =
            |name, meaning, axes: &[(Axis, usize)]| Self { name: TensorName::new(name), meaning, axes: axes.to_vec() };
        let count = (Axis::Predictions, predictions.0);
        [
            named("logits", TensorRole::Logits, &[count, (Axis::Vocabulary, vocabulary.0)]),
            named("targets", TensorRole::Targets, &[count]),
            named("loss", TensorRole::Loss, &[]),
        ]
    }

    /// Its sizes as PyTorch writes them: `[5, 3, 20]`.
    #[must_use]
    pub fn sizes(&self) -> String {
        format!("{:?}", self.axes.iter().map(|(_, size)| *size).collect::<Vec<_>>())
    }

    /// Its axes as letters: `T·B·H`.
    #[must_use]
    pub fn letters(&self) -> String {
        self.axes.iter().map(|(axis, _)| axis.to_string()).collect::<Vec<_>>().join("·")
    }
}
