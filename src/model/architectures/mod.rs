//! Whole models, each from word ids to logits, loss, gradients and trace.
//!
//! A new architecture is one file with a [`Model`] in it; what it shares with others is in `layers/` and `kernels/`.

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

/// A language model of any architecture: word ids in, a score for every word as the next one out.
///
/// Nothing outside `model/` knows more of a model than this. Word ids are `[Steps, Batch]`, time first.
pub trait Model: Clone + Debug + Send + 'static {
    /// Its sizes and what else can be chosen about it.
    type Spec: Clone + Debug + Send;

    /// The memory of one pass, taken once and used for every step.
    type Workspace: Workspace<Carry = Self::Carry>;

    /// What the next window of a running text goes on from.
    type Carry: Clone + Debug + Send;

    /// A model with fresh weights, drawn from `random` in the order of [`visit`](Self::visit).
    ///
    /// # Errors
    /// When there is no memory for the weights.
    fn new(spec: &Self::Spec, random: &mut impl Rng) -> Result<Self>;

    /// What it was made of.
    fn spec(&self) -> &Self::Spec;

    /// The model in one line: `LSTM 7→2→2→7`.
    fn summary(spec: &Self::Spec) -> String;

    /// What such a model and a pass of it take.
    fn cost(spec: &Self::Spec, work: Work) -> Cost;

    /// The most words that it can read at once, if there is such a number.
    #[must_use]
    fn most_steps(_: &Self::Spec) -> Option<usize> {
        None
    }

    /// Room for passes of this model, which divide large products among `threads`.
    ///
    /// # Errors
    /// When there is no memory for it.
    fn workspace(&self, threads: Threads) -> Result<Self::Workspace>;

    /// Mean cross-entropy of `targets` in nats, without dropping anything: what validation wants. The logits are left in
    /// `workspace`.
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

    /// Mean cross-entropy of `targets` in nats; its gradient for every weight is left with the weights
    /// ([`visit`](Self::visit)). `dropout` draws what is dropped.
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

    /// Reads words of one sequence. The logits `[V]` of the word after the last of them.
    ///
    /// # Panics
    /// If there are none, or an id is outside the vocabulary.
    fn next_logits<'w>(
        &self,
        ids: &[u32],
        start: Start<'_, Self::Carry>,
        workspace: &'w mut Self::Workspace,
    ) -> &'w mut [f32];

    /// Shows every weight to `visitor`, always in the same order.
    fn visit(&mut self, visitor: &mut dyn FnMut(ParameterMut<'_>));

    /// Runs the model over one text without touching its training, and back from the loss of `target` at the last position (of
    /// the most probable word if there is no target).
    ///
    /// # Errors
    /// When there is no memory for the pass.
    ///
    /// # Panics
    /// If `ids` is empty or an id is outside the vocabulary.
    fn trace(&self, ids: &[u32], target: Option<u32>) -> Result<Trace>;

    /// Every tensor of the step that `workspace` was last used for, in the order in which the step comes to them, from the ids
    /// to the loss; none if it has not been used. Changes nothing: the weights are only shown to whoever may change them.
    fn shapes(&mut self, workspace: &Self::Workspace) -> Vec<TensorShape>;

    /// Adds a carry to `tensors`.
    fn save_carry(carry: &Self::Carry, tensors: &mut Tensors);

    /// The carry of this many streams that was [saved](Self::save_carry).
    ///
    /// # Errors
    /// When it is that of another model, or of another number of streams.
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

    /// Puts a copy of every weight into `tensors`, in place of what was there.
    fn save(&mut self, tensors: &mut Tensors) {
        tensors.clear();
        self.visit(&mut |weight| tensors.push(weight.label.name, weight.shape.as_slice(), weight.value));
    }

    /// Adds a copy of all weights to `numbers`, one tensor after the other in the order of [`visit`](Self::visit).
    fn copy_weights(&mut self, numbers: &mut Vec<f32>) {
        self.visit(&mut |weight| numbers.extend_from_slice(weight.value));
    }

    /// Takes all weights from such a copy.
    ///
    /// # Panics
    /// If there are too few.
    fn set_weights(&mut self, numbers: &[f32]) {
        let mut rest = numbers;
        self.visit(&mut |weight| {
            let (own, others) = rest.split_at(weight.value.len());
            weight.value.copy_from_slice(own);
            rest = others;
        });
    }

    /// Takes all weights from `tensors`.
    ///
    /// # Errors
    /// When they have other names or shapes; then the weights stay as they were.
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

/// The memory of one pass. It grows to that of the largest pass and stays.
pub trait Workspace: Debug + Send {
    /// What the next window of a running text goes on from.
    type Carry;

    /// From now on, divides large products among `threads`. What is found is the same, bit for bit.
    fn set_threads(&mut self, threads: Threads);

    /// The logits of the last predictions, `[Predictions, V]`.
    fn logits(&self) -> &[f32];

    /// What the last pass ended with.
    fn carry(&self) -> Self::Carry;
}

/// What a pass goes on from. No gradient flows into it.
#[derive(Debug)]
pub enum Start<'a, Carry> {
    /// Nothing: the text begins.
    Zeros,
    /// Where the last pass in this workspace ended: truncated backpropagation through time.
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

/// What a pass is over.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Work {
    /// Time steps.
    pub steps: usize,
    /// Sequences side by side.
    pub batch: usize,
    /// Words to be predicted.
    pub predictions: usize,
}

/// What a model and a pass of it take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cost {
    /// Weights, all tensors together.
    pub weights: u128,
    /// Numbers that a pass keeps for the way back.
    pub activations: u128,
    /// Multiplications of the matrix products of a training step: once forward, and twice as many on the way back.
    pub multiplications: u128,
    /// Matrix products on the way forward of which each needs the result of the one before: of a recurrent network as many as there are
    /// time steps.
    pub depth: u128,
}
