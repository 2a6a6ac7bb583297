//! The language model: word ids → embedding → recurrent layers → logits, loss, gradients and what one pass can show.
//!
//! ```text
//! ids [Steps, Batch] ─► Embedding ─► [Steps, Batch, E] ─► Layer ─► [Steps, Batch, H] ─► Head ─► loss []
//! ```
//!
//! Conventions are PyTorch's, time first; every dimension has a name ([`dimensions`]). A [`Pass`] is the memory that all of
//! this happens in. Nothing here knows of configurations or terminals.

#[forbid(unsafe_code)]
mod cells;
#[forbid(unsafe_code)]
pub mod dimensions;
#[forbid(unsafe_code)]
mod dropout;
#[forbid(unsafe_code)]
mod embedding;
#[forbid(unsafe_code)]
mod generation;
#[forbid(unsafe_code)]
mod head;
pub mod kernels;
#[forbid(unsafe_code)]
mod layer;
#[forbid(unsafe_code)]
mod layer_pass;
#[forbid(unsafe_code)]
mod optimizer;
#[forbid(unsafe_code)]
mod parameters;
#[forbid(unsafe_code)]
mod pass;
mod projection;
#[forbid(unsafe_code)]
mod shapes;
mod sizes;
#[forbid(unsafe_code)]
pub mod tensors;
#[forbid(unsafe_code)]
mod time_loop;
#[forbid(unsafe_code)]
mod trace;
#[forbid(unsafe_code)]
mod weights;

use dfdx::prelude::Dim;
use rand::{Rng, RngCore};

use kernels::{AddTo, Matrix};
use pass::{input_of, output_of};
use tensors::Result;

pub use cells::{Cell, Gru, Lstm, Rnn};
pub use embedding::{Embedding, Ids};
pub use generation::{Marks, Sampling};
pub use head::{Head, Targets};
pub use kernels::Threads;
pub use layer::Layer;
pub use layer_pass::{LayerPass, Rows};
pub use optimizer::{Optimizer, Rule, clip_factor, gradient_norm};
pub use parameters::{Axes, ParameterMut, ParameterName};
pub use pass::{Pass, Start, State};
pub use projection::{Projection, project};
pub use shapes::{Axis, TensorName, TensorShape};
pub use sizes::Sizes;
pub use trace::{LayerTrace, Quantity, Trace};
pub use weights::{LoadError, Mismatch, NamedTensor, Tensors, described};

/// An embedding, one or more recurrent layers of the cell `C` and a linear output layer, over `V` words with `E` numbers per
/// word and `H` units per layer.
#[derive(Clone, Debug)]
pub struct LanguageModel<C: Cell, V: Dim, E: Dim, H: Dim> {
    sizes: Sizes<V, E, H>,
    dropout: f32,
    embedding: Embedding<V, E>,
    first: Layer<C, E, H>,
    rest: Vec<Layer<C, H, H>>,
    head: Head<H, V>,
}

/// What can be chosen about a model beside its sizes. The default is PyTorch's.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Options {
    /// The probability with which a number is dropped on its way up, in training only (Zaremba et al. 2014): between
    /// embedding and first layer, between layers, between last layer and head. Below 1.
    pub dropout: f32,
    /// Added to the initial bias of an LSTM's forget gate (Jozefowicz et al. 2015 recommend 1).
    pub forget_bias: f32,
    /// Whether the embedding table is the output layer's weight, too (Press & Wolf 2017). Needs as many numbers per word as
    /// units per layer.
    pub tied: bool,
}

impl<C: Cell, V: Dim, E: Dim, H: Dim> LanguageModel<C, V, E, H> {
    /// A model with fresh weights from PyTorch's default distributions, drawn from `random` in the order of
    /// [`visit`](Self::visit).
    ///
    /// # Errors
    /// When there is no memory for the weights.
    ///
    /// # Panics
    /// If weights are tied and the sizes do not allow it.
    pub fn new(sizes: Sizes<V, E, H>, options: Options, random: &mut impl Rng) -> Result<Self> {
        let Sizes { vocabulary, embedding, hidden, layers } = sizes;
        let Options { dropout, forget_bias, tied } = options;
        assert!(!tied || embedding.size() == hidden.size(), "a shared table needs as many numbers per word as units");
        Ok(Self {
            sizes,
            dropout,
            embedding: Embedding::new(vocabulary, embedding, tied, random)?,
            first: Layer::new(embedding, hidden, forget_bias, random)?,
            rest: (1..layers).map(|_| Layer::new(hidden, hidden, forget_bias, random)).collect::<Result<_>>()?,
            head: Head::new(hidden, vocabulary, tied, random)?,
        })
    }

    /// How large the model is.
    #[must_use]
    pub fn sizes(&self) -> Sizes<V, E, H> {
        self.sizes
    }

    /// Runs all layers over `ids`; what they do is left in `pass`. Numbers are dropped if there is a source of `dropout`.
    ///
    /// # Panics
    /// If an id is outside the vocabulary, or the state to start from is not of this size.
    pub fn forward(
        &self,
        ids: Ids<'_>,
        start: Start<'_>,
        pass: &mut Pass<C, V, E, H>,
        dropout: Option<&mut dyn RngCore>,
    ) {
        pass.begin(ids, start);
        let (threads, size) = (pass.threads, (ids.steps(), ids.batch()));
        let mut dropout = dropout.filter(|_| self.dropout > 0.0);
        pass.dropping = dropout.is_some();

        pass.by_word = !pass.dropping && ids.words().len() > self.sizes.vocabulary.size();
        if pass.by_word {
            pass.shares.reshape((self.sizes.vocabulary, C::gates(self.sizes.hidden)));
        } else {
            self.embedding.forward(ids, &mut pass.vectors);
        }
        if let Some(random) = &mut dropout {
            pass.dropped_vectors.forward(pass.vectors.rows(), size, self.dropout, *random);
        }
        for index in 0..pass.layers.len() {
            let (below, above) = pass.layers.split_at_mut(index);
            match below.last() {
                None if pass.by_word => {
                    let (words, table) = (ids.words(), self.embedding.table());
                    self.first.forward_by_word(words, table, &mut pass.shares, &mut above[0], threads);
                }
                None => {
                    let input = input_of(&pass.vectors, &pass.dropped_vectors, pass.dropping);
                    self.first.forward(input, &mut above[0], threads);
                }
                Some(below) => {
                    let input = output_of(below, &pass.dropped[index - 1], pass.dropping);
                    self.rest[index - 1].forward(input, &mut above[0], threads);
                }
            }
            if let Some(random) = &mut dropout {
                pass.dropped[index].forward(above[0].output(), size, self.dropout, *random);
            }
        }
    }

    /// Mean cross-entropy of `targets` in nats, without dropping anything: what validation wants.
    ///
    /// # Panics
    /// If an id or a target is outside the vocabulary or the sequence, or the state to start from is not of this size.
    pub fn loss(&self, ids: Ids<'_>, start: Start<'_>, targets: Targets<'_>, pass: &mut Pass<C, V, E, H>) -> f32 {
        self.forward(ids, start, pass, None);
        self.multiply_out(targets, pass);
        self.head.cross_entropy(targets, &mut pass.head, pass.threads)
    }

    /// Mean cross-entropy of `targets` in nats; its gradient for every weight is left with the weights
    /// ([`visit`](Self::visit)).
    ///
    /// # Panics
    /// If an id or a target is outside the vocabulary or the sequence, or the state to start from is not of this size.
    pub fn loss_and_gradients(
        &mut self,
        ids: Ids<'_>,
        start: Start<'_>,
        targets: Targets<'_>,
        pass: &mut Pass<C, V, E, H>,
        dropout: &mut dyn RngCore,
    ) -> f32 {
        self.forward(ids, start, pass, Some(dropout));
        self.multiply_out(targets, pass);
        let loss = self.head.cross_entropy_and_gradient(targets, &mut pass.head, pass.threads);
        self.back_to_input(targets, pass);
        self.collect_gradients(ids, targets, pass);
        loss
    }

    /// Leaves the logits of every target in `pass`, after [`forward`](Self::forward).
    ///
    /// # Panics
    /// If a position is outside the sequence.
    pub fn predict(&self, targets: Targets<'_>, pass: &mut Pass<C, V, E, H>) {
        self.multiply_out(targets, pass);
        self.head.add_bias(&mut pass.head);
    }

    /// Leaves logits without the bias.
    fn multiply_out(&self, targets: Targets<'_>, pass: &mut Pass<C, V, E, H>) {
        let top = pass.layers.len() - 1;
        let hidden = output_of(&pass.layers[top], &pass.dropped[top], pass.dropping);
        self.head.forward(hidden, self.head_weight(), targets, &mut pass.head, pass.threads);
    }

    /// From the gradient of the logits to that of every state and of the first layer's input.
    fn back_to_input(&self, targets: Targets<'_>, pass: &mut Pass<C, V, E, H>) {
        let (threads, top) = (pass.threads, pass.layers.len() - 1);
        let d_output = pass.layers[top].d_output();
        Head::input_gradient(self.head_weight(), targets, &mut pass.head, d_output, threads);
        for index in (0..=top).rev() {
            let (below, above) = pass.layers.split_at_mut(index);
            if pass.dropping {
                pass.dropped[index].backward(above[0].d_output().numbers_mut());
            }
            if let Some(below) = below.last_mut() {
                let layer = &self.rest[index - 1];
                layer.through_time(&mut above[0], threads);
                layer.input_gradient(&above[0], below.d_output(), threads);
                continue;
            }
            self.first.through_time(&mut above[0], threads);
            if !pass.by_word {
                pass.d_vectors.reshape(pass.vectors.shape());
                self.first.input_gradient(&above[0], pass.d_vectors.rows_mut(), threads);
            }
        }
        if pass.dropping {
            pass.dropped_vectors.backward(pass.d_vectors.numbers_mut());
        }
    }

    /// From the gradients of logits and states to those of the weights.
    fn collect_gradients(&mut self, ids: Ids<'_>, targets: Targets<'_>, pass: &mut Pass<C, V, E, H>) {
        let (threads, top) = (pass.threads, pass.layers.len() - 1);
        let hidden = output_of(&pass.layers[top], &pass.dropped[top], pass.dropping);
        let own = self.head.weight_gradient();
        let tied = own.is_none();
        let gradient = own.unwrap_or_else(|| self.embedding.as_head_gradient(self.sizes.hidden));
        head::weight_gradient(gradient, hidden, targets, &pass.head, threads);
        for (index, layer) in self.rest.iter_mut().enumerate() {
            let input = output_of(&pass.layers[index], &pass.dropped[index], pass.dropping);
            layer.weight_gradients(input, &pass.layers[index + 1], threads);
        }
        let bottom = (&pass.layers[0], threads);
        if pass.by_word {
            let (table, d_table) = self.embedding.table_and_gradient();
            let d_table = (d_table, if tied { AddTo::Output } else { AddTo::Nothing });
            self.first.gradients_by_word(ids.words(), table, d_table, &mut pass.shares, bottom);
        } else {
            let input = input_of(&pass.vectors, &pass.dropped_vectors, pass.dropping);
            self.first.weight_gradients(input, &pass.layers[0], threads);
            self.embedding.backward(ids, &pass.d_vectors, tied, threads);
        }
    }

    fn head_weight(&self) -> Matrix<'_, V, H> {
        self.head.weight(|| self.embedding.as_head(self.sizes.hidden))
    }

    /// Shows every weight to `visitor`: embedding, layers from the first to the last, output layer.
    pub fn visit(&mut self, visitor: &mut dyn FnMut(ParameterMut<'_>)) {
        self.embedding.visit(visitor);
        self.first.visit(0, visitor);
        for (layer, weights) in self.rest.iter_mut().enumerate() {
            weights.visit(layer + 1, visitor);
        }
        self.head.visit(visitor);
    }
}
