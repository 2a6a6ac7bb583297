//! Tensors: dfdx's shapes over dfdx's memory.
//!
//! dfdx's own `Tensor` hides its numbers and allocates memory for each result; a training step here reuses memory. So shapes and memory are dfdx's, and
//! the numbers of a tensor are accessible as a slice.

use dfdx::prelude::{Cpu, CpuError, Dim, Shape, Storage};
use rand::Rng;
use rand::distributions::Distribution;

use super::dimensions::{Batch, Flattened, StepBoundaries, Steps};
use super::kernels::{Matrix, MatrixMut, resize};
use crate::memory::unwind_out_of_memory;

/// f32 numbers in dfdx's memory.
pub type Numbers = <Cpu as Storage<f32>>::Vec;

/// A result that fails if there is no memory for a tensor.
pub type Result<T> = std::result::Result<T, CpuError>;

/// All steps of all sequences as the rows of a matrix with `I` columns: row `t · batch + b`.
pub type Rows<'a, I> = Matrix<'a, Flattened<Steps, Batch>, I>;

/// A vector of `count` zeros.
///
/// # Errors
/// If there is no memory for it.
pub fn zeros(count: usize) -> Result<Numbers> {
    let mut numbers = Storage::<f32>::try_alloc_len(&Cpu::default(), 0)?;
    resize(&mut numbers, count).map_err(|_| CpuError::OutOfMemory)?;
    Ok(numbers)
}

/// A tensor of shape `S` in row-major order.
#[derive(Clone, Debug)]
pub struct Tensor<S: Shape> {
    shape: S,
    numbers: Numbers,
}

impl<S: Shape> Tensor<S> {
    /// Creates a tensor of zeros.
    ///
    /// # Errors
    /// If there is no memory for it.
    pub fn zeros(shape: S) -> Result<Self> {
        Ok(Self { shape, numbers: zeros(shape.num_elements())? })
    }

    /// Creates a tensor without memory; the first [`reshape`](Self::reshape) allocates it.
    pub(super) fn empty(shape: S) -> Result<Self> {
        Ok(Self { shape, numbers: zeros(0)? })
    }

    /// Creates a tensor of numbers drawn in order from `distribution`.
    ///
    /// # Errors
    /// If there is no memory for it.
    pub fn drawn(shape: S, distribution: impl Distribution<f32>, random: &mut impl Rng) -> Result<Self> {
        let mut tensor = Self::zeros(shape)?;
        tensor.numbers.iter_mut().for_each(|number| *number = distribution.sample(random));
        Ok(tensor)
    }

    /// Changes the shape, allocating only if it has never been so large. The contents are unspecified (old numbers or zero).
    ///
    /// # Panics
    /// Unwinds with [`OutOfMemory`](crate::memory::OutOfMemory) if there is no memory for it.
    pub fn reshape(&mut self, shape: S) {
        if shape.num_elements() != self.numbers.len() {
            resize(&mut self.numbers, shape.num_elements()).unwrap_or_else(|_| unwind_out_of_memory());
        }
        self.shape = shape;
    }

    /// The size of each axis.
    #[must_use]
    pub fn shape(&self) -> S {
        self.shape
    }

    /// The numbers in row-major order.
    #[must_use]
    pub fn as_slice(&self) -> &[f32] {
        &self.numbers
    }

    /// The numbers in row-major order, mutable.
    #[must_use]
    pub fn as_mut_slice(&mut self) -> &mut [f32] {
        &mut self.numbers
    }

    /// The numbers as dfdx's vector, mutable.
    pub(super) fn storage_mut(&mut self) -> &mut Numbers {
        &mut self.numbers
    }
}

impl<R: Dim, C: Dim> Tensor<(R, C)> {
    /// The tensor as a matrix.
    #[must_use]
    pub fn matrix(&self) -> Matrix<'_, R, C> {
        Matrix::new(&self.numbers, self.shape.0, self.shape.1)
    }

    /// The tensor as a mutable matrix.
    #[must_use]
    pub fn matrix_mut(&mut self) -> MatrixMut<'_, R, C> {
        MatrixMut::new(&mut self.numbers, self.shape.0, self.shape.1)
    }
}

impl<A: Dim, B: Dim, C: Dim> Tensor<(A, B, C)> {
    /// The first two axes as the rows of one matrix.
    #[must_use]
    pub fn rows(&self) -> Matrix<'_, Flattened<A, B>, C> {
        let (a, b, c) = self.shape;
        Matrix::new(&self.numbers, Flattened(a, b), c)
    }

    /// The first two axes as the rows of one mutable matrix.
    #[must_use]
    pub fn rows_mut(&mut self) -> MatrixMut<'_, Flattened<A, B>, C> {
        let (a, b, c) = self.shape;
        MatrixMut::new(&mut self.numbers, Flattened(a, b), c)
    }
}

impl<C: Dim> Tensor<(StepBoundaries, Batch, C)> {
    /// Numbers per step boundary.
    fn per_boundary(&self) -> usize {
        let (_, batch, width) = self.shape;
        batch.0 * width.size()
    }

    /// The states before each step.
    #[must_use]
    pub fn before(&self) -> Rows<'_, C> {
        let (StepBoundaries(steps), batch, width) = self.shape;
        Matrix::new(&self.numbers[..steps.0 * self.per_boundary()], Flattened(steps, batch), width)
    }

    /// The states after each step.
    #[must_use]
    pub fn after(&self) -> Rows<'_, C> {
        let (StepBoundaries(steps), batch, width) = self.shape;
        Matrix::new(&self.numbers[self.per_boundary()..], Flattened(steps, batch), width)
    }

    /// The states after each step, mutable.
    #[must_use]
    pub fn after_mut(&mut self) -> MatrixMut<'_, Flattened<Steps, Batch>, C> {
        let ((StepBoundaries(steps), batch, width), first) = (self.shape, self.per_boundary());
        MatrixMut::new(&mut self.numbers[first..], Flattened(steps, batch), width)
    }

    /// The state before the first step, `[Batch, C]`, mutable.
    #[must_use]
    pub fn first_mut(&mut self) -> &mut [f32] {
        let count = self.per_boundary();
        &mut self.numbers[..count]
    }

    /// The state after the last step, `[Batch, C]`.
    #[must_use]
    pub fn last(&self) -> &[f32] {
        &self.numbers[self.numbers.len() - self.per_boundary()..]
    }
}
