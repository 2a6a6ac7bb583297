//! What one thread has of the tensors of a layer, step by step: some sequences of the batch, with names for the axes.

use std::marker::PhantomData;
use std::ops::Range;

use dfdx::prelude::Dim;

use crate::model::dimensions::{Batch, Hidden, StepBoundaries, Steps};
use crate::model::kernels::{Matrix, MatrixMut, RowsMut};

/// The numbers `[Batch, W]` of one step that are read: a slice that knows what it counts. Of a tensor that the cell has no use for, none.
#[derive(Clone, Copy, Debug)]
pub(super) struct StepView<'a, W: Dim>(&'a [f32], PhantomData<W>);

/// The same that are written.
#[derive(Debug)]
pub(super) struct StepViewMut<'a, W: Dim>(&'a mut [f32], PhantomData<W>);

impl<'a, W: Dim> StepView<'a, W> {
    /// Row after row.
    #[inline(always)]
    pub fn as_slice(self) -> &'a [f32] {
        self.0
    }

    /// The same as a matrix.
    #[inline(always)]
    pub fn matrix(self, count: Batch, width: W) -> Matrix<'a, Batch, W> {
        Matrix::new(self.0, count, width)
    }
}

impl<'a, W: Dim> StepViewMut<'a, W> {
    /// Row after row.
    #[inline(always)]
    pub fn as_mut_slice(&mut self) -> &mut [f32] {
        self.0
    }

    /// The same, to be read.
    #[inline(always)]
    pub fn view(&self) -> StepView<'_, W> {
        StepView(self.0, PhantomData)
    }

    /// The same, to be written for a while.
    #[inline(always)]
    pub fn reborrow(&mut self) -> StepViewMut<'_, W> {
        StepViewMut(self.0, PhantomData)
    }

    /// The same as a matrix to be written.
    #[inline(always)]
    pub fn matrix_mut(self, count: Batch, width: W) -> MatrixMut<'a, Batch, W> {
        MatrixMut::new(self.0, count, width)
    }
}

/// Some sequences of a tensor `[T, Batch, W]` that is written; of a tensor that the cell has no use for, and that is empty, none.
pub(super) struct OverTimeMut<'a, T: Dim, W: Dim> {
    rows: RowsMut<'a>,
    axes: PhantomData<(T, W)>,
}

impl<'a, T: Dim, W: Dim> OverTimeMut<'a, T, W> {
    /// Sees each of `rows` as `count` sequences of `width` numbers.
    ///
    /// # Panics
    /// If they have other widths.
    pub fn new(rows: RowsMut<'a>, count: Batch, width: W) -> Self {
        assert!([0, count.0 * width.size()].contains(&rows.width()), "{count:?} × {width:?}");
        Self { rows, axes: PhantomData }
    }
}

impl<W: Dim> OverTimeMut<'_, Steps, W> {
    /// What belongs to a step.
    #[inline(always)]
    pub fn at(&mut self, step: usize) -> StepViewMut<'_, W> {
        StepViewMut(self.rows.row(step), PhantomData)
    }
}

impl<W: Dim> OverTimeMut<'_, StepBoundaries, W> {
    /// What belongs to the moments before and after a step.
    #[inline(always)]
    pub fn around(&mut self, step: usize) -> [StepViewMut<'_, W>; 2] {
        let (before, after) = self.rows.row_and_next(step);
        [StepViewMut(before, PhantomData), StepViewMut(after, PhantomData)]
    }

    /// What belongs to the moment before the first step.
    #[inline(always)]
    pub fn first(&mut self) -> StepViewMut<'_, W> {
        StepViewMut(self.rows.row(0), PhantomData)
    }
}

/// The states `[StepBoundaries, Batch, Hidden]` of some sequences, read-only; empty if the cell has no such state.
#[derive(Clone, Copy)]
pub(super) struct States<'a> {
    /// All states from the first of the sequences on.
    numbers: &'a [f32],
    /// Numbers per step boundary, of the whole batch.
    stride: usize,
    /// Numbers per step boundary, of the sequences.
    length: usize,
}

impl<'a> States<'a> {
    /// The states of `sequences` out of `all`, which is `[StepBoundaries, batch, units]` or empty.
    pub fn new(all: &'a [f32], sequences: &Range<usize>, batch: Batch, units: Hidden) -> Self {
        let numbers_of = |count: usize| if all.is_empty() { 0 } else { count * units.0 };
        let first = numbers_of(sequences.start);
        Self { numbers: &all[first..], stride: numbers_of(batch.0), length: numbers_of(sequences.len()) }
    }

    /// The states before and after a step.
    #[inline(always)]
    pub fn around(self, step: usize) -> [StepView<'a, Hidden>; 2] {
        let state = |boundary: usize| StepView(&self.numbers[boundary * self.stride..][..self.length], PhantomData);
        [state(step), state(step + 1)]
    }
}
