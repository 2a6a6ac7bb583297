//! The recurrent cells: what one step does with its gates. The loop over time is written once for all, in
//! `time_loop.rs`.
//!
//! A new cell is one file: its gates, its equations and their derivatives.

mod gru;
mod lstm;
mod rnn;

use std::fmt::Debug;

use dfdx::prelude::Dim;
use pulp::Simd;

pub use gru::Gru;
pub use lstm::Lstm;
pub use rnn::Rnn;

/// A recurrent cell. All its weights are in the sums
///
/// ```text
/// gates = W_ih x + b_ih + W_hh h₋₁ + b_hh      [G·H]
/// ```
///
/// which the layer computes; the cell makes the next state of them, unit by unit, and takes the gradient back.
pub trait Cell: Copy + Debug + Default + Send + Sync + 'static {
    /// The gates of `H` units, stacked in PyTorch's order.
    type Gates<H: Dim>: Dim;

    /// What each gate is called in the equations, in the order in which they are stacked.
    const GATES: &'static [&'static str];

    /// Whether there is a cell state c beside the hidden state h.
    const HAS_CELL_STATE: bool;

    /// Whether the cell must see `W_hh h₋₁ + b_hh` by itself, not only the sum with the input's share.
    const RECURRENT_SHARE_APART: bool;

    /// Which gate decides what is kept, if there is one: its bias may start higher (Jozefowicz et al. 2015).
    const FORGET_GATE: Option<usize>;

    /// The gates of `hidden` units.
    fn gates<H: Dim>(hidden: H) -> Self::Gates<H>;

    /// One step of all sequences of the batch: sums → gates, gates → state.
    fn forward<S: Simd>(simd: S, step: Forward<'_>);

    /// The same step backwards: derivatives with respect to the state → to the sums and to the state before.
    fn backward<S: Simd>(simd: S, step: Backward<'_>);
}

/// What a step forward reads and writes. Every slice holds a row for each sequence of the batch, one after the other.
#[derive(Debug)]
pub struct Forward<'a> {
    /// Units per row, H.
    pub units: usize,
    /// `[Batch, G·H]`: the sums, to be turned into gates. Without the recurrent share if that is apart.
    pub gates: &'a mut [f32],
    /// `[Batch, G·H]`: the recurrent share, if the cell sees it apart.
    pub recurrent: &'a [f32],
    /// `[Batch, H]`: h before the step.
    pub hidden_before: &'a [f32],
    /// `[Batch, H]`: h after the step, to be written.
    pub hidden: &'a mut [f32],
    /// `[Batch, H]`: c before the step, if there is one.
    pub cell_before: &'a [f32],
    /// `[Batch, H]`: c after the step, to be written.
    pub cell: &'a mut [f32],
}

/// What a step backward reads and writes.
#[derive(Debug)]
pub struct Backward<'a> {
    /// Units per row, H.
    pub units: usize,
    /// `[Batch, G·H]`: the gates as [`Cell::forward`] left them, to be replaced by ∂loss/∂sums.
    pub gates: &'a mut [f32],
    /// `[Batch, G·H]`: the recurrent share, to be replaced by the derivative with respect to it, if it is apart.
    pub recurrent: &'a mut [f32],
    /// `[Batch, H]`: h before the step.
    pub hidden_before: &'a [f32],
    /// `[Batch, H]`: h after the step.
    pub hidden: &'a [f32],
    /// `[Batch, H]`: c before the step, if there is one.
    pub cell_before: &'a [f32],
    /// `[Batch, H]`: c after the step.
    pub cell: &'a [f32],
    /// `[Batch, H]`: ∂loss/∂h, all of it.
    pub d_hidden: &'a [f32],
    /// `[Batch, H]`: ∂loss/∂h of the step before, to which is added what goes there not through the sums.
    pub d_hidden_before: &'a mut [f32],
    /// `[Batch, H]`: ∂loss/∂c through later steps, to be replaced by that for the step before.
    pub d_cell: &'a mut [f32],
}
