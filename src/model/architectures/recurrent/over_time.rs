//! Views of the tensors of a layer by time step, for the sequences of one thread, with named axes.

use std::marker::PhantomData;
use std::ops::Range;

use dfdx::prelude::Dim;

use crate::model::dimensions::{Batch, Hidden, StepBoundaries, Steps};
use crate::model::kernels::{Matrix, MatrixMut, RowsMut};

/// The numbers `[Batch, W]` of one step, read-only; empty for a tensor that the cell does not use.
#[derive(Clone, Copy, Debug)]
pub(super) struct StepView<'a, W: Dim>(&'a [f32], PhantomData<W>);

/// The numbers `[Batch, W]` of one step, mutable; empty for a tensor that the cell does not use.
#[derive(Debug)]
pub(super) struct StepViewMut<'a, W: Dim>(&'a mut [f32], PhantomData<W>);

impl<'a, W: Dim> StepView<'a, W> {
    /// The numbers in row-major order.
    #[inline(always)]
    pub fn as_slice(self) -> &'a [f32] {
        self.0
    }

    /// The numbers as a matrix.
    #[inline(always)]
    pub fn matrix(self, count: Batch, width: W) -> Matrix<'a, Batch, W> {
        Matrix::new(self.0, count, width)
    }
}

impl<'a, W: Dim> StepViewMut<'a, W> {
    /// The numbers in row-major order.
    #[inline(always)]
    pub fn as_mut_slice(&mut self) -> &mut [f32] {
        self.0
    }

    /// A read-only view.
    #[inline(always)]
    pub fn view(&self) -> StepView<'_, W> {
        StepView(self.0, PhantomData)
    }

    /// A shorter mutable borrow.
    #[inline(always)]
    pub fn reborrow(&mut self) -> StepViewMut<'_, W> {
        StepViewMut(self.0, PhantomData)
    }

    /// The numbers as a mutable matrix.
    #[inline(always)]
    pub fn matrix_mut(self, count: Batch, width: W) -> MatrixMut<'a, Batch, W> {
        MatrixMut::new(self.0, count, width)
    }
}

/// Some sequences of a mutable tensor `[T, Batch, W]`; empty if the tensor is.
pub(super) struct OverTimeMut<'a, T: Dim, W: Dim> {
    rows: RowsMut<'a>,
    axes: PhantomData<(T, W)>,
}

impl<'a, T: Dim, W: Dim> OverTimeMut<'a, T, W> {
    /// Interprets each of `rows` as `count` sequences of `width` numbers.
    ///
    /// # Panics
    /// If the rows have another width.
    pub fn new(rows: RowsMut<'a>, count: Batch, width: W) -> Self {
        assert!([0, count.0 * width.size()].contains(&rows.width()), "{count:?} × {width:?}");
        Self { rows, axes: PhantomData }
    }
}

impl<W: Dim> OverTimeMut<'_, Steps, W> {
    /// The numbers of a step.
    #[inline(always)]
    pub fn at(&mut self, step: usize) -> StepViewMut<'_, W> {
        StepViewMut(self.rows.row(step), PhantomData)
    }
}

impl<W: Dim> OverTimeMut<'_, StepBoundaries, W> {
    /// The numbers at the boundaries before and after a step.
    #[inline(always)]
    pub fn around(&mut self, step: usize) -> [StepViewMut<'_, W>; 2] {
        let (before, after) = self.rows.row_and_next(step);
        [StepViewMut(before, PhantomData), StepViewMut(after, PhantomData)]
    }

    /// The numbers at the boundary before the first step.
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
