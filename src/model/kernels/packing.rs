//! Packing: copies operands of a product into the order in which the micro-kernel reads them.

use std::cell::RefCell;
use std::ops::Range;

use pulp::Simd;

use super::matrix::View;
use super::memory::resize;
use super::prefetch::{LINE, prefetch};
use super::tiling::{Left, panels, tile_height, tile_rows};
use crate::memory::unwind_out_of_memory;

/// Columns that are transposed together when a matrix with contiguous columns is packed into panels.
const TRANSPOSED_COLUMNS: usize = 8;

/// Number of columns between the one being copied and the one being prefetched.
const PREFETCH_DISTANCE: usize = 8;

/// With more columns of the right operand, packing a left operand with contiguous rows saves time.
const MAX_COLUMNS_FOR_UNPACKED_ROWS: usize = 2048;
/// With more columns, a left operand with contiguous columns is evicted from the cache between two panels.
const MAX_CACHED_LEFT_COLUMNS: usize = 128;

/// A thread's memory for packed operands, reused by all its products.
#[derive(Default)]
pub struct Scratch {
    pub left: Vec<f32>,
    pub right: Vec<f32>,
}

/// Runs `work` with the [`Scratch`] of this thread.
///
/// # Panics
/// If `work` calls this function again.
pub fn with_scratch<T>(work: impl FnOnce(&mut Scratch) -> T) -> T {
    thread_local!(static SCRATCH: RefCell<Scratch> = RefCell::default());
    SCRATCH.with_borrow_mut(work)
}

/// Returns `count` numbers of `memory` that start at a cache line, with unspecified contents; grows `memory` if it is too small and
/// unwinds if the system has no more.
#[inline(always)]
pub fn aligned(memory: &mut Vec<f32>, count: usize) -> &mut [f32] {
    if memory.len() < count + LINE {
        resize(memory, count + LINE).unwrap_or_else(|_| unwind_out_of_memory());
    }
    let start = memory.as_ptr().align_offset(LINE * size_of::<f32>()).min(LINE);
    &mut memory[start..][..count]
}

/// Returns the count of numbers in all panels of a matrix, including padding.
#[inline(always)]
pub fn packed_size<S: Simd>(rows: usize, columns: usize) -> usize {
    rows * columns.next_multiple_of(S::F32_LANES)
}

/// Copies the right operand of a product into panels in `memory`. Columns that pad the last register are zero.
#[inline(always)]
pub fn pack_panels<S: Simd>(simd: S, matrix: View<'_>, memory: &mut [f32]) {
    if matrix.has_contiguous_rows() {
        return copy_rows(simd, matrix, memory);
    }
    for (start, registers) in panels::<S>(matrix.columns) {
        let width = registers * S::F32_LANES;
        let columns = start..matrix.columns.min(start + width);
        let panel = &mut memory[matrix.rows * start..][..matrix.rows * width];
        transpose_into_panel(matrix.part(0..matrix.rows, columns), panel, width);
    }
}

/// [`pack_panels`] of a matrix with contiguous rows.
#[inline(always)]
fn copy_rows<S: Simd>(simd: S, matrix: View<'_>, memory: &mut [f32]) {
    for index in 0..matrix.rows {
        let row = matrix.row(index);
        for (start, registers) in panels::<S>(matrix.columns) {
            let width = registers * S::F32_LANES;
            let (registers, remainder) = S::as_simd_f32s(&row[start..matrix.columns.min(start + width)]);
            let panel_row = &mut memory[matrix.rows * start + index * width..][..width];
            let (packed, _) = S::as_mut_simd_f32s(panel_row);
            packed.iter_mut().zip(registers).for_each(|(packed, register)| *packed = *register);
            if !remainder.is_empty() {
                packed[registers.len()] = simd.partial_load_f32s(remainder);
            }
        }
    }
}

/// Transposes a matrix with contiguous columns into the rows of a panel of `width` numbers per row; columns that `part` lacks are zero.
#[inline(always)]
fn transpose_into_panel(part: View<'_>, panel: &mut [f32], width: usize) {
    if part.columns < width {
        panel.chunks_exact_mut(width).for_each(|row| row[part.columns..].fill(0.0));
    }
    let grouped = part.columns - part.columns % TRANSPOSED_COLUMNS;
    for start in (0..grouped).step_by(TRANSPOSED_COLUMNS) {
        let columns: [&[f32]; TRANSPOSED_COLUMNS] = std::array::from_fn(|column| part.column(start + column));
        for (index, row) in panel.chunks_exact_mut(width).enumerate() {
            if index % LINE == 0 {
                let next = start + TRANSPOSED_COLUMNS..start + 2 * TRANSPOSED_COLUMNS;
                prefetch_lines(part.numbers, part.column_stride, next, index);
            }
            let numbers: [f32; TRANSPOSED_COLUMNS] = std::array::from_fn(|column| columns[column][index]);
            row[start..][..TRANSPOSED_COLUMNS].copy_from_slice(&numbers);
        }
    }
    for column in grouped..part.columns {
        for (row, number) in panel.chunks_exact_mut(width).zip(part.column(column)) {
            row[column] = *number;
        }
    }
}

/// Copies the left operand of a product into tiles in `memory` and returns it as [`Left::Tiles`].
#[inline(always)]
pub fn pack_left<'a, S: Simd>(matrix: View<'a>, memory: &'a mut [f32]) -> Left<'a> {
    if matrix.has_contiguous_rows() {
        transpose_rows::<S>(matrix, memory);
    } else {
        match tile_rows::<S>() {
            8 => copy_columns::<8>(matrix, memory),
            6 => copy_columns::<6>(matrix, memory),
            _ => copy_columns::<2>(matrix, memory),
        }
    }
    Left::Tiles(matrix, memory)
}

/// Whether the left operand of a product with `columns` columns is packed. Each number read is multiplied with a whole row of a
/// panel, which with wide registers hides the latency of reading it from outside the cache; contiguous rows hide it with any
/// registers, and are packed only where the tiles are read by many panels.
#[inline(always)]
pub fn left_is_packed<S: Simd>(matrix: View<'_>, columns: usize) -> bool {
    if matrix.has_contiguous_rows() {
        columns > MAX_COLUMNS_FOR_UNPACKED_ROWS
    } else {
        S::F32_LANES < 16 && matrix.columns > MAX_CACHED_LEFT_COLUMNS
    }
}

/// [`pack_left`] of a matrix with contiguous rows.
#[inline(always)]
fn transpose_rows<S: Simd>(matrix: View<'_>, memory: &mut [f32]) {
    let mut row = 0;
    while row < matrix.rows {
        let height = tile_height::<S>(matrix, row);
        let memory = &mut memory[row * matrix.columns..];
        match height {
            8.. => transpose_tile::<8>(matrix, row, memory),
            7 => transpose_tile::<7>(matrix, row, memory),
            6 => transpose_tile::<6>(matrix, row, memory),
            5 => transpose_tile::<5>(matrix, row, memory),
            4 => transpose_tile::<4>(matrix, row, memory),
            3 => transpose_tile::<3>(matrix, row, memory),
            2 => transpose_tile::<2>(matrix, row, memory),
            _ => transpose_tile::<1>(matrix, row, memory),
        }
        row += height;
    }
}

/// Transposes the `R` rows from `first` on into a tile, column after column.
#[inline(always)]
fn transpose_tile<const R: usize>(matrix: View<'_>, first: usize, memory: &mut [f32]) {
    let rows: [&[f32]; R] = std::array::from_fn(|row| matrix.row(first + row));
    for (index, column) in memory.as_chunks_mut::<R>().0[..matrix.columns].iter_mut().enumerate() {
        if index % LINE == 0 {
            prefetch_lines(matrix.numbers, matrix.row_stride, first + R..first + 2 * R, index);
        }
        *column = std::array::from_fn(|row| rows[row][index]);
    }
}

/// Prefetches the cache line at `index` of each vector (row or column) in `vectors`, `stride` numbers apart: they are too short for
/// hardware prefetchers to predict.
#[inline(always)]
fn prefetch_lines(numbers: &[f32], stride: usize, vectors: Range<usize>, index: usize) {
    for vector in vectors {
        prefetch(numbers, vector * stride + index);
    }
}

/// [`pack_left`] of a matrix with contiguous columns, into tiles of `R` rows and a last one of fewer.
#[inline(always)]
fn copy_columns<const R: usize>(matrix: View<'_>, memory: &mut [f32]) {
    for index in 0..matrix.columns {
        // columns are too far apart for hardware prefetchers to predict the next one
        for row in (0..matrix.rows).step_by(LINE) {
            prefetch(matrix.numbers, (index + PREFETCH_DISTANCE) * matrix.column_stride + row);
        }
        let (tiles, remainder) = matrix.column(index).as_chunks::<R>();
        let mut start = index * R;
        for tile in tiles {
            memory[start..][..R].copy_from_slice(tile);
            start += R * matrix.columns;
        }
        let start = R * tiles.len() * matrix.columns + index * remainder.len();
        memory[start..][..remainder.len()].copy_from_slice(remainder);
    }
}
