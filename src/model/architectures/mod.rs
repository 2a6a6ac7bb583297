//! Whole models, each from word ids to logits, loss, gradients and trace.
//!
//! A new architecture is a module with a type that implements [`Model`]; shared parts are in `layers/` and `kernels/`.

mod nplm;
mod recurrent;
mod recurrent_in_dfdx;
mod transformer;

use std::fmt::Debug;

use rand::{Rng, RngCore};

use super::kernels::Threads;
use super::labels::Axis;
use super::layers::{Ids, Targets};
use super::parameters::ParameterMut;
use super::shapes::TensorShape;
use super::tensors::Result;
use super::trace::Trace;
use super::weights::{Mismatch, Tensors, expected_tensors};

pub use nplm::{Nplm, NplmSpec, NplmWorkspace};
pub use recurrent::{Layer, LayerState, LayerWorkspace, Options, Recurrent, RecurrentSpec, RecurrentWorkspace, Sizes};
pub use recurrent_in_dfdx::{DfdxWorkspace, RecurrentInDfdx};
pub use transformer::{Transformer, TransformerSpec, TransformerWorkspace};

/// A language model of any architecture: from word ids to one logit per word for the next word.
///
/// The only interface to a model outside `model/`. Word ids are `[Steps, Batch]`, time first.
pub trait Model: Clone + Debug + Send + 'static {
    /// Sizes and options of the model.
    type Spec: Clone + Debug + Send;

    /// The memory of a pass, reused by every step.
    type Workspace: Workspace<Carry = Self::Carry>;

    /// The state that the next window of a running text continues from.
    type Carry: Clone + Debug + Send;

    /// A model with fresh weights, drawn from `random` in the order of [`visit`](Self::visit).
    ///
    /// # Errors
    /// When there is no memory for the weights.
    fn new(spec: &Self::Spec, random: &mut impl Rng) -> Result<Self>;

    /// The spec it was created from.
    fn spec(&self) -> &Self::Spec;

    /// The model in one line: `LSTM 7→2→2→7`.
    fn summary(spec: &Self::Spec) -> String;

    /// The number of weights of such a model, and work and memory of a pass.
    fn cost(spec: &Self::Spec, work: Work) -> Cost;

    /// Upper bound on the words of one pass; `None` if there is no bound.
    #[must_use]
    fn max_steps(_: &Self::Spec) -> Option<usize> {
        None
    }

    /// Creates the workspace of this model; its passes share large products among `threads`.
    ///
    /// # Errors
    /// When there is no memory for it.
    fn workspace(&self, threads: Threads) -> Result<Self::Workspace>;

    /// Mean cross-entropy of `targets` in nats, without dropout, as in validation.
    ///
    /// # Panics
    /// If an id or a target is outside the vocabulary or the sequence, or the carry is not of this batch.
    fn loss(
        &self,
        ids: Ids<'_>,
        start: Start<'_, Self::Carry>,
        targets: Targets<'_>,
        workspace: &mut Self::Workspace,
    ) -> f32;

    /// Mean cross-entropy of `targets` in nats, with dropout drawn from `dropout`. The gradient of every weight is stored beside the weight
    /// ([`visit`](Self::visit)).
    ///
    /// # Panics
    /// As [`loss`](Self::loss).
    fn loss_and_gradients(
        &mut self,
        ids: Ids<'_>,
        start: Start<'_, Self::Carry>,
        targets: Targets<'_>,
        workspace: &mut Self::Workspace,
        dropout: &mut dyn RngCore,
    ) -> f32;

    /// Runs one sequence of words and returns the logits `[V]` of the word after the last.
    ///
    /// # Panics
    /// If `ids` is empty or an id is outside the vocabulary.
    fn next_logits<'w>(
        &self,
        ids: &[u32],
        start: Start<'_, Self::Carry>,
        workspace: &'w mut Self::Workspace,
    ) -> &'w mut [f32];

    /// Calls `visitor` with every weight tensor, always in the same order.
    fn visit(&mut self, visitor: &mut dyn FnMut(ParameterMut<'_>));

    /// Runs the model over one text, and back from the loss of `target` at the last position; without a target, from the loss of the most
    /// probable word. Changes neither weights nor gradients.
    ///
    /// # Errors
    /// When there is no memory for the pass.
    ///
    /// # Panics
    /// If `ids` is empty or an id is outside the vocabulary.
    fn trace(&self, ids: &[u32], target: Option<u32>) -> Result<Trace>;

    /// Shapes of all tensors of the last step in `workspace`, from the ids to the loss in order of computation; empty if there was no step.
    /// Changes nothing; `&mut` is needed to visit the weights.
    fn shapes(&mut self, workspace: &Self::Workspace) -> Vec<TensorShape>;

    /// Appends the tensors of `carry` to `tensors`.
    fn save_carry(carry: &Self::Carry, tensors: &mut Tensors);

    /// Restores a [saved](Self::save_carry) carry of this many streams.
    ///
    /// # Errors
    /// If it belongs to another model or another number of streams.
    fn load_carry(spec: &Self::Spec, streams: usize, tensors: &Tensors) -> std::result::Result<Self::Carry, Mismatch>;

    /// The names of the weights that have a row for each word.
    fn per_word(&mut self) -> Vec<String> {
        let mut names = Vec::new();
        self.visit(&mut |weight| {
            names.extend(weight.label.axes.starts_with(&[Axis::Vocabulary]).then(|| weight.label.name.to_string()));
        });
        names
    }

    /// Name and shape of every weight, in the order of [`visit`](Self::visit).
    fn weight_shapes(&mut self) -> Vec<(String, Vec<usize>)> {
        let mut shapes = Vec::new();
        self.visit(&mut |weight| shapes.push((weight.label.name.to_string(), weight.shape.as_slice().to_vec())));
        shapes
    }

    /// Replaces `tensors` with copies of all weights.
    fn save(&mut self, tensors: &mut Tensors) {
        tensors.clear();
        self.visit(&mut |weight| tensors.push(weight.label.name, weight.shape.as_slice(), weight.value));
    }

    /// Appends all weights to `numbers`, tensor after tensor in the order of [`visit`](Self::visit).
    fn copy_weights(&mut self, numbers: &mut Vec<f32>) {
        self.visit(&mut |weight| numbers.extend_from_slice(weight.value));
    }

    /// Replaces all weights by those of such a copy.
    ///
    /// # Panics
    /// If `numbers` is too short.
    fn set_weights(&mut self, numbers: &[f32]) {
        let mut rest = numbers;
        self.visit(&mut |weight| {
            let (values, others) = rest.split_at(weight.value.len());
            weight.value.copy_from_slice(values);
            rest = others;
        });
    }

    /// Replaces all weights by the tensors of their names.
    ///
    /// # Errors
    /// If names or shapes differ; the weights are then unchanged.
    fn load(&mut self, tensors: &Tensors) -> std::result::Result<(), Mismatch> {
        Mismatch::check(&expected_tensors(|visitor| self.visit(visitor), &[String::new()]), &tensors.descriptions())?;
        self.visit(&mut |weight| {
            if let Some(tensor) = tensors.get(&weight.label.name.to_string()) {
                weight.value.copy_from_slice(&tensor.numbers);
            }
        });
        Ok(())
    }
}

/// The memory of a pass. It grows to the size of the largest pass and does not shrink.
pub trait Workspace: Debug + Send {
    /// The state that the next window of a running text continues from.
    type Carry;

    /// Shares large products of later passes among `threads`. Results are the same bit for bit.
    fn set_threads(&mut self, threads: Threads);

    /// One row per target of the last pass, `[Predictions, V]`: its logits, or after [`Model::loss`] numbers in the same order as the logits.
    /// Overwritten by [`Model::loss_and_gradients`].
    fn logits(&self) -> &[f32];

    /// The state at the end of the last pass.
    fn carry(&self) -> Self::Carry;
}

/// The initial state of a pass. No gradient flows into it.
#[derive(Debug)]
pub enum Start<'a, Carry> {
    /// Zeros: the beginning of a text.
    Zeros,
    /// The final state of the last pass in this workspace, as in truncated backpropagation through time.
    Carried,
    /// This carry.
    From(&'a Carry),
}

impl<Carry> Clone for Start<'_, Carry> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<Carry> Copy for Start<'_, Carry> {}

/// The size of a pass.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Work {
    /// Time steps.
    pub steps: usize,
    /// Sequences in parallel.
    pub batch: usize,
    /// The number of targets.
    pub predictions: usize,
}

/// The number of weights of a model, and work and memory of a pass.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cost {
    /// The total number of weights.
    pub weights: u128,
    /// Numbers stored for the backward pass.
    pub activations: u128,
    /// Multiplications in the matrix products of a training step: those of the forward pass, and twice as many backward.
    pub multiplications: u128,
    /// Matrix products of the forward pass that must run one after another; in a recurrent network it grows with the time steps.
    pub depth: u128,
}
