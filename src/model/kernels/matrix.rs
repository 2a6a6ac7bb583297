//! Matrix views of slices, with their dimensions in their types.

use std::marker::PhantomData;
use std::ops::Range;

use dfdx::shapes::Dim;

/// A read-only matrix whose sizes are known only at run time.
#[derive(Clone, Copy, Debug)]
pub(super) struct View<'a> {
    pub numbers: &'a [f32],
    pub rows: usize,
    pub columns: usize,
    /// Distance in numbers from one row to the next.
    pub row_stride: usize,
    /// Distance in numbers from one column to the next.
    pub column_stride: usize,
}

impl<'a> View<'a> {
    /// The submatrix of these rows and columns.
    #[inline(always)]
    pub fn part(self, rows: Range<usize>, columns: Range<usize>) -> Self {
        let start = rows.start * self.row_stride + columns.start * self.column_stride;
        Self { numbers: &self.numbers[start..], rows: rows.len(), columns: columns.len(), ..self }
    }

    /// Whether each row is contiguous.
    pub fn has_contiguous_rows(self) -> bool {
        self.column_stride == 1
    }

    /// The row at `index`; rows must be contiguous.
    #[inline(always)]
    pub fn row(self, index: usize) -> &'a [f32] {
        &self.numbers[index * self.row_stride..][..self.columns]
    }

    /// The column at `index`; columns must be contiguous.
    #[inline(always)]
    pub fn column(self, index: usize) -> &'a [f32] {
        &self.numbers[index * self.column_stride..][..self.rows]
    }
}

/// A read-only matrix `[R, C]`.
#[derive(Clone, Copy, Debug)]
pub struct Matrix<'a, R: Dim, C: Dim> {
    view: View<'a>,
    dimensions: PhantomData<(R, C)>,
}

/// Returns the sizes of two dimensions; panics unless `data` has exactly that many numbers. Kernels use the returned sizes, so that
/// a `Dim` implementation whose size varies cannot lead them out of bounds.
fn sizes(data: &[f32], rows: impl Dim, columns: impl Dim) -> (usize, usize) {
    let (r, c) = (rows.size(), columns.size());
    assert_eq!(r.checked_mul(c), Some(data.len()), "{rows:?} × {columns:?}");
    (r, c)
}

impl<'a, R: Dim, C: Dim> Matrix<'a, R, C> {
    /// Interprets `data` as a matrix in row-major order.
    ///
    /// # Panics
    /// If `data` does not hold exactly `rows × columns` numbers.
    #[must_use]
    pub fn new(data: &'a [f32], rows: R, columns: C) -> Self {
        let (rows, columns) = sizes(data, rows, columns);
        let view = View { numbers: data, rows, columns, row_stride: columns, column_stride: 1 };
        Self { view, dimensions: PhantomData }
    }

    /// Interprets parts of `data` as a matrix whose row `i` starts at `data[i · stride]`.
    ///
    /// # Panics
    /// If rows would overlap or the last row would exceed `data`.
    #[must_use]
    pub fn strided(data: &'a [f32], rows: R, stride: usize, columns: C) -> Self {
        let (r, c) = (rows.size(), columns.size());
        assert!(c <= stride && (r == 0 || (r - 1) * stride + c <= data.len()), "{rows:?} × {columns:?} by {stride}");
        let view = View { numbers: data, rows: r, columns: c, row_stride: stride, column_stride: 1 };
        Self { view, dimensions: PhantomData }
    }

    /// The underlying numbers in memory order, including those between the rows of a strided matrix.
    #[must_use]
    pub fn as_slice(&self) -> &'a [f32] {
        self.view.numbers
    }

    /// The same matrix with another dimension of the same size for its rows.
    ///
    /// # Panics
    /// If the size differs.
    #[must_use]
    pub fn with_rows<D: Dim>(self, rows: D) -> Matrix<'a, D, C> {
        assert_eq!(self.view.rows, rows.size(), "{rows:?}");
        Matrix { view: self.view, dimensions: PhantomData }
    }

    /// The same matrix with another dimension of the same size for its columns.
    ///
    /// # Panics
    /// If the size differs.
    #[must_use]
    pub fn with_columns<D: Dim>(self, columns: D) -> Matrix<'a, R, D> {
        assert_eq!(self.view.columns, columns.size(), "{columns:?}");
        Matrix { view: self.view, dimensions: PhantomData }
    }

    pub(super) fn view(self) -> View<'a> {
        self.view
    }

    /// The transposed view; copies nothing.
    #[must_use]
    pub fn transposed(self) -> Matrix<'a, C, R> {
        let View { numbers, rows, columns, row_stride, column_stride } = self.view;
        let view = View { numbers, rows: columns, columns: rows, row_stride: column_stride, column_stride: row_stride };
        Matrix { view, dimensions: PhantomData }
    }
}

/// A mutable matrix `[R, C]`.
#[derive(Debug)]
pub struct MatrixMut<'a, R: Dim, C: Dim> {
    data: &'a mut [f32],
    rows: usize,
    columns: usize,
    dimensions: PhantomData<(R, C)>,
}

impl<'a, R: Dim, C: Dim> MatrixMut<'a, R, C> {
    /// Interprets `data` as a matrix in row-major order.
    ///
    /// # Panics
    /// If `data` does not hold exactly `rows × columns` numbers.
    #[must_use]
    pub fn new(data: &'a mut [f32], rows: R, columns: C) -> Self {
        let (rows, columns) = sizes(data, rows, columns);
        Self { data, rows, columns, dimensions: PhantomData }
    }

    /// The same matrix with another dimension of the same size for its rows.
    ///
    /// # Panics
    /// If the size differs.
    #[must_use]
    pub fn with_rows<D: Dim>(self, rows: D) -> MatrixMut<'a, D, C> {
        assert_eq!(self.rows, rows.size(), "{rows:?}");
        MatrixMut { data: self.data, rows: self.rows, columns: self.columns, dimensions: PhantomData }
    }

    /// The same matrix with another dimension of the same size for its columns.
    ///
    /// # Panics
    /// If the size differs.
    #[must_use]
    pub fn with_columns<D: Dim>(self, columns: D) -> MatrixMut<'a, R, D> {
        assert_eq!(self.columns, columns.size(), "{columns:?}");
        MatrixMut { data: self.data, rows: self.rows, columns: self.columns, dimensions: PhantomData }
    }

    pub(super) fn sizes(&self) -> (usize, usize) {
        (self.rows, self.columns)
    }

    /// The numbers in row-major order.
    #[must_use]
    pub fn as_mut_slice(&mut self) -> &mut [f32] {
        self.data
    }

    pub(super) fn into_numbers(self) -> &'a mut [f32] {
        self.data
    }
}
