//! The language model: word ids → embedding → LSTM layers → logits, loss, gradients and what one pass can show.
//!
//! ```text
//! ids [Steps, Batch] ─► Embedding ─► [Steps, Batch, E] ─► Lstm ─► [Steps, Batch, H] ─► Head ─► loss []
//! ```
//!
//! Each arrow is one operation on dfdx's tape. Conventions are PyTorch's, time first; every dimension has a name
//! ([`dimensions`]). Nothing here knows of configurations, threads or terminals.

#[forbid(unsafe_code)]
pub mod dimensions;
#[forbid(unsafe_code)]
mod embedding;
#[forbid(unsafe_code)]
mod head;
pub mod kernels;
#[forbid(unsafe_code)]
mod lstm;
#[forbid(unsafe_code)]
mod optimizer;
#[forbid(unsafe_code)]
mod parameters;
#[forbid(unsafe_code)]
pub mod tensors;
#[forbid(unsafe_code)]
mod trace;

use dfdx::prelude::{AsArray, Backward, Cpu, Dim, OwnedTape, Tape};
use rand::Rng;

use dimensions::{Batch, Steps};
use parameters::SquaredNorm;
use tensors::{Gradients, Result, Tensor};

pub use embedding::{Embedding, Ids};
pub use head::{Head, Targets};
pub use lstm::{Lstm, LstmState};
pub use optimizer::Adam;
pub use parameters::{ParameterName, ParameterVisitor};
pub use trace::Trace;

/// An embedding, one or more LSTM layers and a linear output layer, over `V` words with `E` numbers per word and `H` units
/// per layer.
#[derive(Clone, Debug)]
pub struct LanguageModel<V: Dim, E: Dim, H: Dim> {
    embedding: Embedding<V, E>,
    first: Lstm<E, H>,
    rest: Vec<Lstm<H, H>>,
    head: Head<H, V>,
}

/// How large a model is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sizes<V: Dim, E: Dim, H: Dim> {
    /// Words it knows.
    pub vocabulary: V,
    /// Numbers that stand for one word.
    pub embedding: E,
    /// Units per layer.
    pub hidden: H,
    /// LSTM layers, one above the other; 0 counts as 1.
    pub layers: usize,
}

impl<V: Dim, E: Dim, H: Dim> Sizes<V, E, H> {
    /// How many weights such a model has, all tensors together.
    #[must_use]
    pub fn weights(&self) -> u128 {
        let [v, e, h] = [self.vocabulary.size(), self.embedding.size(), self.hidden.size()].map(|size| size as u128);
        let layer = |input: u128| 4 * h * (input + h + 2); // two matrices and two biases of four gates
        v * e + layer(e) + self.layers.saturating_sub(1) as u128 * layer(h) + v * (h + 1)
    }

    /// How many numbers a pass over `steps` steps of `batch` sequences keeps for the backward pass: the vectors, for each
    /// layer four gates, hidden state and cell state, and the logits of one prediction per sequence.
    #[must_use]
    pub fn activations(&self, steps: usize, batch: usize) -> u128 {
        let [v, e, h] = [self.vocabulary.size(), self.embedding.size(), self.hidden.size()].map(|size| size as u128);
        let (steps, batch, layers) = (steps as u128, batch as u128, self.layers.max(1) as u128);
        batch * (steps * (e + layers * 6 * h) + v)
    }
}

/// The hidden states of the last layer `[Steps, Batch, H]`, and every layer's state after the last step, first layer first.
type Forward<H, T> = (Tensor<(Steps, Batch, H), T>, Vec<LstmState<H>>);

impl<V: Dim, E: Dim, H: Dim> LanguageModel<V, E, H> {
    /// A model with fresh weights from PyTorch's default distributions, drawn from `random` in the order of
    /// [`visit`](Self::visit).
    ///
    /// # Errors
    /// When there is no memory for the weights.
    pub fn new(sizes: Sizes<V, E, H>, random: &mut impl Rng) -> Result<Self> {
        let device = Cpu::default();
        let Sizes { vocabulary, embedding, hidden, layers } = sizes;
        Ok(Self {
            embedding: Embedding::new(&device, vocabulary, embedding, random)?,
            first: Lstm::new(&device, embedding, hidden, random)?,
            rest: (1..layers).map(|_| Lstm::new(&device, hidden, hidden, random)).collect::<Result<_>>()?,
            head: Head::new(&device, hidden, vocabulary, random)?,
        })
    }

    /// Hidden states of the last layer and the state of every layer after the last step, recorded on `tape`.
    ///
    /// `initial` has one state per layer; without it every layer starts from zeros.
    ///
    /// # Errors
    /// When there is no memory for them.
    ///
    /// # Panics
    /// If an id is outside the vocabulary, or `initial` has not one state of the right size per layer.
    pub fn forward<T: Tape<f32, Cpu>>(
        &self,
        ids: Ids<'_>,
        initial: Option<&[LstmState<H>]>,
        tape: T,
    ) -> Result<Forward<H, T>> {
        let of_layer = |layer: usize| initial.map(|states| &states[layer]);
        let (mut output, state) = self.first.forward(self.embedding.forward(ids, tape)?, of_layer(0))?;
        let mut states = vec![state];
        for (layer, lstm) in self.rest.iter().enumerate() {
            let (next, state) = lstm.forward(output, of_layer(layer + 1))?;
            output = next;
            states.push(state);
        }
        Ok((output, states))
    }

    /// Logits `[Steps, Batch, V]` for hidden states of the last layer.
    ///
    /// # Errors
    /// When there is no memory for them.
    pub fn logits(&self, hidden: &Tensor<(Steps, Batch, H)>) -> Result<Tensor<(Steps, Batch, V)>> {
        self.head.logits(hidden)
    }

    /// Mean cross-entropy of `targets` in nats and its gradient for every weight.
    ///
    /// # Errors
    /// When there is no memory for the pass.
    ///
    /// # Panics
    /// If an id or a target is outside the vocabulary or the sequence, or `initial` does not fit.
    pub fn loss_and_gradients(
        &self,
        ids: Ids<'_>,
        initial: Option<&[LstmState<H>]>,
        targets: Targets<'_>,
    ) -> Result<(f32, Gradients)> {
        let (hidden, _) = self.forward(ids, initial, OwnedTape::default())?;
        let loss = self.head.cross_entropy(hidden, targets)?;
        let value = loss.array();
        Ok((value, loss.try_backward()?))
    }

    /// The L2 norm of the gradients of all weights taken together (what gradient clipping compares with its threshold).
    ///
    /// # Errors
    /// When there is no memory for the gradient of a weight that had none.
    pub fn gradient_norm(&mut self, gradients: &mut Gradients) -> Result<f64> {
        let mut norm = SquaredNorm { gradients, sum: 0.0 };
        self.visit(&mut norm)?;
        Ok(norm.sum.sqrt())
    }

    /// Shows every weight to `visitor`: embedding, layers from the first to the last, output layer.
    ///
    /// # Errors
    /// The visitor's first one.
    pub fn visit(&mut self, visitor: &mut impl ParameterVisitor) -> Result<()> {
        self.embedding.visit(visitor)?;
        self.first.visit(0, visitor)?;
        for (layer, lstm) in self.rest.iter_mut().enumerate() {
            lstm.visit(layer + 1, visitor)?;
        }
        self.head.visit(visitor)
    }
}
