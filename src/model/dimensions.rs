//! Named dimensions of tensors.
//!
//! A name makes two dimensions of the same size different types, so that a weight with its dimensions in the wrong order,
//! or an embedding where a hidden state belongs, does not compile. The sizes are chosen at run time; [kernels](super::kernels) also take
//! sizes fixed at compile time (`dfdx::shapes::Const<7>`).
//!
//! The second layer of an LSTM reads hidden states. An embedding is not a hidden state, even if both have the same size:
//!
//! ```compile_fail,E0308
//! use rnn_tui::model::dimensions::{Embed, Hidden};
//! use rnn_tui::model::tensors::Rows;
//! use rnn_tui::model::{Layer, LayerWorkspace, Lstm, Threads};
//!
//! fn second_layer(layer: &Layer<Lstm, Hidden>, embedded: Rows<'_, Embed>, workspace: &mut LayerWorkspace<Lstm>) {
//!     layer.forward(embedded, workspace, Threads::ONE); // error: expected `Hidden`, found `Embed`
//! }
//! ```
//!
//! With hidden states it compiles:
//!
//! ```
//! # use rnn_tui::model::dimensions::{Embed, Hidden};
//! # use rnn_tui::model::tensors::Rows;
//! # use rnn_tui::model::{Layer, LayerWorkspace, Lstm, Threads};
//! fn second_layer(layer: &Layer<Lstm, Hidden>, hidden: Rows<'_, Hidden>, workspace: &mut LayerWorkspace<Lstm>) {
//!     layer.forward(hidden, workspace, Threads::ONE);
//! }
//! ```

use std::marker::PhantomData;

use dfdx::shapes::Dim;

use super::cells::{Cell, gate_count};

macro_rules! dimension {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub struct $name(pub usize);

        impl Dim for $name {
            fn size(&self) -> usize {
                self.0
            }
            fn from_size(size: usize) -> Option<Self> {
                Some(Self(size))
            }
        }
    };
}

dimension!(
    /// Batch: sequences in parallel.
    Batch
);
dimension!(
    /// Time steps, the first axis of every sequence.
    Steps
);
dimension!(
    /// Vocabulary size.
    Vocab
);
dimension!(
    /// Size of an embedding.
    Embed
);
dimension!(
    /// Units of a recurrent layer.
    Hidden
);
dimension!(
    /// Targets: one row of logits each.
    Predictions
);
dimension!(
    /// Context: positions of a model without recurrence.
    Positions
);
dimension!(
    /// Hidden units of a transformer's MLP.
    Inner
);
dimension!(
    /// Size of a query, key or value of one attention head.
    HeadUnits
);

/// The boundaries of time steps: one more than there are steps. A state belongs to a boundary, a gate to a step.
///
/// The states at all boundaries are not the states after the steps:
///
/// ```compile_fail,E0308
/// use rnn_tui::model::dimensions::{Batch, Hidden, StepBoundaries};
/// use rnn_tui::model::tensors::{Rows, Tensor};
///
/// fn output(states: &Tensor<(StepBoundaries, Batch, Hidden)>) -> Rows<'_, Hidden> {
///     states.rows() // error: expected `Steps`, found `StepBoundaries`
/// }
/// ```
///
/// The states after each step are a view of them:
///
/// ```
/// # use rnn_tui::model::dimensions::{Batch, Hidden, StepBoundaries};
/// # use rnn_tui::model::tensors::{Rows, Tensor};
/// fn output(states: &Tensor<(StepBoundaries, Batch, Hidden)>) -> Rows<'_, Hidden> {
///     states.after()
/// }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StepBoundaries(pub Steps);

impl Dim for StepBoundaries {
    fn size(&self) -> usize {
        self.0.0 + 1
    }
    fn from_size(size: usize) -> Option<Self> {
        size.checked_sub(1).map(|steps| Self(Steps(steps)))
    }
}

/// The stacked gates of a cell in PyTorch's order, each of as many units as a layer has: four for an LSTM, three for a GRU.
///
/// The gradient of an LSTM's four gates cannot be multiplied by a GRU's weight of three:
///
/// ```compile_fail,E0308
/// use rnn_tui::model::dimensions::{Batch, Gates, Hidden};
/// use rnn_tui::model::kernels::{Accumulate, Matrix, MatrixMut, Threads, product};
/// use rnn_tui::model::{Gru, Lstm};
///
/// let (d_gates, weight, mut d_hidden) = ([0.0; 8], [0.0; 12], [0.0; 2]);
/// let d_gates = Matrix::new(&d_gates, Batch(1), Gates::<Lstm>::for_units(Hidden(2)));
/// let weight = Matrix::new(&weight, Gates::<Gru>::for_units(Hidden(2)), Hidden(2));
/// product(MatrixMut::new(&mut d_hidden, Batch(1), Hidden(2)), Accumulate::Nothing, d_gates, weight, Threads::ONE); // error: expected `Lstm`, found `Gru`
/// ```
///
/// It can be multiplied by an LSTM's weight:
///
/// ```
/// # use rnn_tui::model::dimensions::{Batch, Gates, Hidden};
/// # use rnn_tui::model::kernels::{Accumulate, Matrix, MatrixMut, Threads, product};
/// # use rnn_tui::model::Lstm;
/// let (d_gates, weight, mut d_hidden) = ([0.0; 8], [0.0; 16], [0.0; 2]);
/// let d_gates = Matrix::new(&d_gates, Batch(1), Gates::<Lstm>::for_units(Hidden(2)));
/// let weight = Matrix::new(&weight, Gates::<Lstm>::for_units(Hidden(2)), Hidden(2));
/// product(MatrixMut::new(&mut d_hidden, Batch(1), Hidden(2)), Accumulate::Nothing, d_gates, weight, Threads::ONE);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Gates<C: Cell>(Hidden, PhantomData<C>);

impl<C: Cell> Gates<C> {
    /// The gates of this many units.
    #[must_use]
    pub fn for_units(units: Hidden) -> Self {
        Self(units, PhantomData)
    }
}

impl<C: Cell> Dim for Gates<C> {
    fn size(&self) -> usize {
        gate_count::<C>() * self.0.size()
    }
    fn from_size(size: usize) -> Option<Self> {
        let count = gate_count::<C>();
        size.is_multiple_of(count).then(|| Self::for_units(Hidden(size / count)))
    }
}

/// The stacked queries, keys and values of all attention heads, in PyTorch's order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct QueriesKeysValues(pub Embed);

impl Dim for QueriesKeysValues {
    fn size(&self) -> usize {
        3 * self.0.size()
    }
    fn from_size(size: usize) -> Option<Self> {
        size.is_multiple_of(3).then_some(Self(Embed(size / 3)))
    }
}

/// Two axes merged into one: `[Steps, Batch, …]` as the rows of a matrix.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Flattened<A: Dim, B: Dim>(pub A, pub B);

impl<A: Dim, B: Dim> Dim for Flattened<A, B> {
    fn size(&self) -> usize {
        self.0.size() * self.1.size()
    }
    /// Always `None`: the factors cannot be derived from the product.
    fn from_size(_: usize) -> Option<Self> {
        None
    }
}
