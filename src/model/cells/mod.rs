//! The recurrent cells: the equations of one unit at one time step. Loads, stores and loops are shared by all cells, in `unit_loop.rs` and
//! `time_loop.rs`.
//!
//! A new cell is one file that implements [`Cell`] and one line in the list below: configuration, dispatch and tests are generated from that list.

mod scalar;

use std::fmt::Debug;

use super::trace::{Equation, QuantityKind, Role};
use crate::choice::choice;

pub use scalar::Scalar;

/// Calls the macro `$then` with its arguments in brackets, followed by the list of all cells.
#[macro_export]
#[doc(hidden)]
macro_rules! every_cell {
    ($then:ident $($arguments:tt)*) => {
        $crate::$then! { [$($arguments)*]
            /// Long short-term memory (Hochreiter & Schmidhuber 1997).
            lstm::Lstm = "lstm",
            /// The gated recurrent unit (Cho et al. 2014).
            gru::Gru = "gru",
            /// The simple recurrent network (Elman 1990).
            rnn::Rnn = "rnn",
            /// The minimal gated unit (Zhou et al. 2016).
            mgu::Mgu = "mgu",
        }
    };
}

/// Declares the module of every cell and [`CellName`], the names in configurations.
#[macro_export]
#[doc(hidden)]
macro_rules! declare_cells {
    ([] $($(#[$doc:meta])* $module:ident::$cell:ident = $name:literal,)+) => {
        $(mod $module; pub use $module::$cell;)+

        choice! {
            /// The recurrent cell.
            CellName { $($(#[$doc])* $cell = $name,)+ }
        }
    };
}

/// `with_cell!(name, C => work)` evaluates `work` with `C` as the type of the named cell.
#[macro_export]
macro_rules! with_cell {
    ($name:expr, $C:ident => $work:expr) => {
        $crate::every_cell! { match_cell $name, $C, $work }
    };
}

/// The `match` of [`with_cell!`].
#[macro_export]
#[doc(hidden)]
macro_rules! match_cell {
    ([$name:expr, $C:ident, $work:expr] $($(#[$doc:meta])* $module:ident::$cell:ident = $text:literal,)+) => {
        match $name {
            $($crate::model::CellName::$cell => {
                type $C = $crate::model::$cell;
                $work
            })+
        }
    };
}

every_cell! { declare_cells }

/// A recurrent cell: a pure function of one unit, and its derivative. All weights are in the sums
///
/// ```text
/// sums = W x + b + U h₋₁ + b′      one for each gate of the unit
/// ```
///
/// which the layer computes for all units at once.
///
/// PyTorch's cells are of this form, but not every recurrence is. A peephole (a weight on c₋₁ in a sum) and a reset gate that is multiplied with h₋₁
/// *before* the product with U (Cho et al. 2014) need another matrix product between two gates of one step; a cell here gets all its sums at once.
pub trait Cell: Copy + Debug + Default + Eq + Send + Sync + 'static {
    /// Its name in configurations.
    const NAME: CellName;

    /// One value for each gate of a unit, `[T; G]`, in PyTorch's order of the gates.
    type GateArray<T: Copy + Debug>: GateArray<T>;

    /// Kind and role of each gate, in order.
    const GATES: Self::GateArray<(QuantityKind, Role)>;

    /// Whether there is a cell state c beside the hidden state h.
    const HAS_CELL_STATE: bool;

    /// Whether the cell needs `U h₋₁ + b′` separately; `sums` is then only `W x + b`. The gate with a split sum must be the last.
    const SPLIT_RECURRENT_SUM: bool;

    /// Index of the forget gate whose initial bias can be raised (Jozefowicz et al. 2015); `None` if the cell has none.
    const FORGET_GATE: Option<usize> = None;

    /// The equations of a unit, for display.
    const EQUATIONS: &'static [Equation];

    /// Forward step: from the sums and the state before to the gates and the state after. `recurrent` is `U h₋₁ + b′` if the sum is split, else
    /// unused.
    fn forward<N: Scalar>(
        sums: Self::GateArray<N>,
        recurrent: Self::GateArray<N>,
        before: State<N>,
    ) -> (Self::GateArray<N>, State<N>);

    /// Backward step: from ∂loss/∂state after the step to ∂loss/∂sums and the part of ∂loss/∂state before it that does not go through the sums.
    /// `d_state.h` is complete; `d_state.c` is the part through later steps.
    fn backward<N: Scalar>(unit: Unit<Self, N>, d_state: State<N>) -> Gradients<Self, N>;
}

/// An array with one value for each gate.
pub trait GateArray<T>: Copy + Debug + AsRef<[T]> + AsMut<[T]> {
    /// The number of gates.
    const COUNT: usize;

    /// The same value for all gates.
    fn filled(value: T) -> Self;
}

impl<T: Copy + Debug, const G: usize> GateArray<T> for [T; G] {
    const COUNT: usize = G;

    #[inline(always)]
    fn filled(value: T) -> Self {
        [value; G]
    }
}

/// The number of gates of a cell.
#[must_use]
pub const fn gate_count<C: Cell>() -> usize {
    <C::GateArray<(QuantityKind, Role)> as GateArray<(QuantityKind, Role)>>::COUNT
}

/// The state of a unit, or ∂loss/∂state.
#[derive(Clone, Copy, Debug)]
pub struct State<N> {
    /// The hidden state h.
    pub h: N,
    /// The cell state c; unused by cells without one.
    pub c: N,
}

/// A unit at one step, after [`Cell::forward`].
#[derive(Clone, Copy, Debug)]
pub struct Unit<C: Cell, N: Scalar> {
    /// The gates that `forward` returned.
    pub gates: C::GateArray<N>,
    /// `U h₋₁ + b′`, if the sum is split.
    pub recurrent: C::GateArray<N>,
    /// The state before.
    pub before: State<N>,
    /// The state after.
    pub after: State<N>,
}

/// The result of [`Cell::backward`].
#[derive(Clone, Copy, Debug)]
pub struct Gradients<C: Cell, N: Scalar> {
    /// ∂loss/∂sums.
    pub sums: C::GateArray<N>,
    /// ∂loss/∂(U h₋₁ + b′), if the sum is split; else a copy of `sums`.
    pub recurrent: C::GateArray<N>,
    /// The part of ∂loss/∂h₋₁ that does not go through the sums; `None` if it is 0.
    pub h: Option<N>,
    /// ∂loss/∂c₋₁; `None` without a cell state.
    pub c: Option<N>,
    /// The complete ∂loss/∂c, including the part through h of the same step; `None` without a cell state.
    pub c_after: Option<N>,
}

impl<C: Cell, N: Scalar> Gradients<C, N> {
    /// Gradients through the sums alone: no other part reaches the state before.
    #[inline(always)]
    pub fn through_sums(sums: C::GateArray<N>) -> Self {
        Self { sums, recurrent: sums, h: None, c: None, c_after: None }
    }
}

#[cfg(test)]
mod tests;
