//! One step of a recurrent layer, unit by unit: loads the numbers of the cell, calls it, and stores its results.

use std::ops::Range;
use std::slice::ChunksExact;

use dfdx::prelude::Dim;
use pulp::{Simd, WithSimd};

use super::over_time::{StepView, StepViewMut};
use crate::model::cells::{Cell, GateArray, State, Unit, gate_count};
use crate::model::dimensions::{Gates, Hidden};
use crate::model::kernels::{Lanes, simd_chunks, vectorized};

/// The operands of a forward step.
#[derive(Debug)]
pub(super) struct Forward<'a, C: Cell> {
    /// Units per row, H.
    pub units: Hidden,
    /// `[Batch, G·H]`: the sums, replaced by the gates. Without the recurrent sums if the cell splits the sum.
    pub gates: StepViewMut<'a, Gates<C>>,
    /// `[Batch, G·H]`: the recurrent sums, if the cell splits the sum.
    pub recurrent: StepViewMut<'a, Gates<C>>,
    /// `[Batch, H]`: h before the step.
    pub hidden_before: StepViewMut<'a, Hidden>,
    /// `[Batch, H]`: h after the step; output.
    pub hidden: StepViewMut<'a, Hidden>,
    /// `[Batch, H]`: c before the step; empty without a cell state.
    pub cell_before: StepViewMut<'a, Hidden>,
    /// `[Batch, H]`: c after the step; output; empty without a cell state.
    pub cell: StepViewMut<'a, Hidden>,
}

/// The operands of a backward step.
#[derive(Debug)]
pub(super) struct Backward<'a, C: Cell> {
    /// Units per row, H.
    pub units: Hidden,
    /// `[Batch, G·H]`: the gates of the forward step, replaced by ∂loss/∂sums.
    pub gates: StepViewMut<'a, Gates<C>>,
    /// `[Batch, G·H]`: the recurrent sums, replaced by their gradient, if the cell splits the sum.
    pub recurrent: StepViewMut<'a, Gates<C>>,
    /// `[Batch, H]`: h before the step.
    pub hidden_before: StepView<'a, Hidden>,
    /// `[Batch, H]`: h after the step.
    pub hidden: StepView<'a, Hidden>,
    /// `[Batch, H]`: c before the step; empty without a cell state.
    pub cell_before: StepView<'a, Hidden>,
    /// `[Batch, H]`: c after the step; empty without a cell state.
    pub cell: StepView<'a, Hidden>,
    /// `[Batch, H]`: ∂loss/∂h, complete.
    pub d_hidden: StepView<'a, Hidden>,
    /// `[Batch, H]`: ∂loss/∂h before the step; the part that does not go through the sums is added to it.
    pub d_hidden_before: StepViewMut<'a, Hidden>,
    /// `[Batch, H]`: ∂loss/∂c after the step, replaced by ∂loss/∂c before it.
    pub d_cell: StepViewMut<'a, Hidden>,
}

/// Computes gates and states of one step of all sequences.
pub(super) fn forward<C: Cell>(step: Forward<'_, C>) {
    vectorized(CellForward(step));
}

/// Computes the gradients of one step of all sequences.
pub(super) fn backward<C: Cell>(step: Backward<'_, C>) {
    vectorized(CellBackward(step));
}

/// Units per row of the loop. With one gate, gates and states have the same layout, so all `all` units of a batch are one long row.
#[inline(always)]
fn units_in_row<C: Cell>(units: usize, all: usize) -> usize {
    if gate_count::<C>() == 1 { all.max(1) } else { units }
}

/// The states sequence by sequence, each a row of `units` numbers.
#[inline(always)]
fn rows_of(states: StepView<'_, Hidden>, units: usize) -> ChunksExact<'_, f32> {
    states.as_slice().chunks_exact(units)
}

/// The indices of the units `at` of a gate in a row `[G·H]`.
#[inline(always)]
fn in_gate(gate: usize, units: usize, at: &Range<usize>) -> Range<usize> {
    gate * units + at.start..gate * units + at.end
}

/// Loads the units `at` of every gate from a row `[G·H]`.
#[inline(always)]
fn load_gates<C: Cell, S: Simd>(simd: S, row: &[f32], units: usize, at: &Range<usize>) -> C::GateArray<Lanes<S>> {
    let mut gates = C::GateArray::filled(Lanes::splat(simd, 0.0));
    for (gate, value) in gates.as_mut().iter_mut().enumerate() {
        *value = Lanes::load(simd, &row[in_gate(gate, units, at)]);
    }
    gates
}

/// Stores the units `at` of every gate in a row `[G·H]`.
#[inline(always)]
fn store_gates<C: Cell, S: Simd>(gates: C::GateArray<Lanes<S>>, row: &mut [f32], units: usize, at: &Range<usize>) {
    for (gate, value) in gates.as_ref().iter().enumerate() {
        value.store(&mut row[in_gate(gate, units, at)]);
    }
}

struct CellForward<'a, C: Cell>(Forward<'a, C>);

impl<C: Cell> WithSimd for CellForward<'_, C> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Forward { units, mut gates, recurrent, hidden_before, mut hidden, cell_before, mut cell } = self.0;
        let units = units_in_row::<C>(units.size(), hidden_before.view().as_slice().len());
        let zero = Lanes::splat(simd, 0.0);
        let width = units * gate_count::<C>();
        let mut recurrent_rows = recurrent.view().as_slice().chunks_exact(width);
        let mut cells = rows_of(cell_before.view(), units).zip(cell.as_mut_slice().chunks_exact_mut(units));
        let states = rows_of(hidden_before.view(), units).zip(hidden.as_mut_slice().chunks_exact_mut(units));
        for (gates, (h_before, h)) in gates.as_mut_slice().chunks_exact_mut(width).zip(states) {
            let recurrent = if C::SPLIT_RECURRENT_SUM { recurrent_rows.next().unwrap_or_default() } else { &[] };
            let (c_before, c) = if C::HAS_CELL_STATE { cells.next().unwrap_or_default() } else { Default::default() };
            for at in simd_chunks::<S>(units) {
                let sums = load_gates::<C, S>(simd, gates, units, &at);
                let recurrent = if C::SPLIT_RECURRENT_SUM {
                    load_gates::<C, S>(simd, recurrent, units, &at)
                } else {
                    C::GateArray::filled(zero)
                };
                let before = State {
                    h: Lanes::load(simd, &h_before[at.clone()]),
                    c: if C::HAS_CELL_STATE { Lanes::load(simd, &c_before[at.clone()]) } else { zero },
                };
                let (gate_values, after) = C::forward(sums, recurrent, before);
                store_gates::<C, S>(gate_values, gates, units, &at);
                if C::HAS_CELL_STATE {
                    after.c.store(&mut c[at.clone()]);
                }
                after.h.store(&mut h[at]);
            }
        }
    }
}

struct CellBackward<'a, C: Cell>(Backward<'a, C>);

impl<C: Cell> WithSimd for CellBackward<'_, C> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let mut step = self.0;
        let units = units_in_row::<C>(step.units.size(), step.hidden.as_slice().len());
        let zero = Lanes::splat(simd, 0.0);
        let width = units * gate_count::<C>();
        let rows_of = |states| rows_of(states, units);
        let mut recurrent_rows = step.recurrent.as_mut_slice().chunks_exact_mut(width);
        let cells = rows_of(step.cell_before).zip(rows_of(step.cell));
        let mut cells = cells.zip(step.d_cell.as_mut_slice().chunks_exact_mut(units));
        let states = rows_of(step.hidden_before).zip(rows_of(step.hidden));
        let d_states_before = step.d_hidden_before.as_mut_slice().chunks_exact_mut(units);
        let gradients = rows_of(step.d_hidden).zip(d_states_before);
        let rows = step.gates.as_mut_slice().chunks_exact_mut(width).zip(states.zip(gradients));
        for (gates, ((h_before, h), (d_h, d_h_before))) in rows {
            let recurrent = if C::SPLIT_RECURRENT_SUM { recurrent_rows.next().unwrap_or_default() } else { &mut [] };
            let ((c_before, c), d_c) =
                if C::HAS_CELL_STATE { cells.next().unwrap_or_default() } else { Default::default() };
            for at in simd_chunks::<S>(units) {
                let load = |numbers: &[f32]| Lanes::load(simd, &numbers[at.clone()]);
                let load_cell = |numbers: &[f32]| if C::HAS_CELL_STATE { load(numbers) } else { zero };
                let unit = Unit {
                    gates: load_gates::<C, S>(simd, gates, units, &at),
                    recurrent: if C::SPLIT_RECURRENT_SUM {
                        load_gates::<C, S>(simd, recurrent, units, &at)
                    } else {
                        C::GateArray::filled(zero)
                    },
                    before: State { h: load(h_before), c: load_cell(c_before) },
                    after: State { h: load(h), c: load_cell(c) },
                };
                let found = C::backward(unit, State { h: load(d_h), c: load_cell(d_c) });
                store_gates::<C, S>(found.sums, gates, units, &at);
                if C::SPLIT_RECURRENT_SUM {
                    store_gates::<C, S>(found.recurrent, recurrent, units, &at);
                }
                if let Some(through_state) = found.h {
                    (load(d_h_before) + through_state).store(&mut d_h_before[at.clone()]);
                }
                if let Some(d_before) = found.c {
                    d_before.store(&mut d_c[at]);
                }
            }
        }
    }
}
