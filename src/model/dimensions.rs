//! The dimensions of every tensor, by name.
//!
//! A name makes two dimensions of the same size different types, so that a weight with its dimensions in the wrong order,
//! or an embedding where a hidden state belongs, does not compile. The sizes are chosen at run time; code that is generic
//! over [`Dim`] also takes sizes fixed at compile time (`dfdx::shapes::Const<7>`).
//!
//! An embedding is no hidden state, even where both have two units:
//!
//! ```compile_fail,E0308
//! use dfdx::prelude::*;
//! use rnn_tui::model::dimensions::{Batch, Embed, Hidden};
//!
//! fn next(hidden: Tensor<(Batch, Hidden), f32, Cpu>) {}
//!
//! let embedded: Tensor<(Batch, Embed), f32, Cpu> = Cpu::default().zeros_like(&(Batch(2), Embed(2)));
//! next(embedded); // error: expected `(Batch, Hidden)`, found `(Batch, Embed)`
//! ```
//!
//! with the right name it does compile:
//!
//! ```
//! # use dfdx::prelude::*;
//! # use rnn_tui::model::dimensions::{Batch, Embed, Hidden};
//! fn next(hidden: Tensor<(Batch, Hidden), f32, Cpu>) {}
//!
//! let hidden: Tensor<(Batch, Hidden), f32, Cpu> = Cpu::default().zeros_like(&(Batch(2), Hidden(2)));
//! next(hidden);
//! ```

use dfdx::shapes::Dim;

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
    /// Sequences side by side.
    Batch
);
dimension!(
    /// Time steps, the first axis of every sequence.
    Steps
);
dimension!(
    /// Words the model knows.
    Vocab
);
dimension!(
    /// Numbers that stand for one word.
    Embed
);
dimension!(
    /// Units of a recurrent layer.
    Hidden
);
dimension!(
    /// Words to be predicted: one row of logits each.
    Predictions
);

/// `N` gates of `H` units each, one below the other as PyTorch stacks them: four for an LSTM, three for a GRU.
///
/// ```compile_fail,E0308
/// use dfdx::prelude::*;
/// use rnn_tui::model::dimensions::{Gates, Hidden};
///
/// fn lstm_bias(bias: Tensor<(Gates<Hidden, 4>,), f32, Cpu>) {}
///
/// let gru: Tensor<(Gates<Hidden, 3>,), f32, Cpu> = Cpu::default().zeros_like(&(Gates(Hidden(2)),));
/// lstm_bias(gru); // error: expected `4`, found `3`
/// ```
///
/// with four it does compile:
///
/// ```
/// # use dfdx::prelude::*;
/// # use rnn_tui::model::dimensions::{Gates, Hidden};
/// fn lstm_bias(bias: Tensor<(Gates<Hidden, 4>,), f32, Cpu>) {}
///
/// let lstm: Tensor<(Gates<Hidden, 4>,), f32, Cpu> = Cpu::default().zeros_like(&(Gates(Hidden(2)),));
/// lstm_bias(lstm);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Gates<H: Dim, const N: usize>(pub H);

impl<H: Dim, const N: usize> Dim for Gates<H, N> {
    fn size(&self) -> usize {
        N * self.0.size()
    }
    fn from_size(size: usize) -> Option<Self> {
        size.is_multiple_of(N).then(|| H::from_size(size / N))?.map(Self)
    }
}

/// Two axes seen as one: `[Steps, Batch, …]` as the rows of a matrix.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Both<A: Dim, B: Dim>(pub A, pub B);

impl<A: Dim, B: Dim> Dim for Both<A, B> {
    fn size(&self) -> usize {
        self.0.size() * self.1.size()
    }
    /// Always `None`: a product does not tell its factors.
    fn from_size(_: usize) -> Option<Self> {
        None
    }
}
