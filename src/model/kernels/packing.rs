//! Operands of a product put in the order in which tiles read them.

use std::cell::RefCell;
use std::ops::Range;

use pulp::Simd;

use super::matrix::View;
use super::memory::resize;
use super::prefetch::{LINE, prefetch};
use super::tile::{Left, panels, tile_height, tile_rows};
use crate::memory::unwind_out_of_memory;

/// A matrix whose columns lie in one piece is turned in squares of this many rows and columns.
const SQUARE: usize = 8;

/// Columns that are fetched before they are copied.
const AHEAD: usize = 8;

/// With more columns of the right operand it pays to put the left one in order, too.
const MANY_COLUMNS: usize = 2048;
/// With more columns, a left operand whose columns lie in one piece does not stay near the core from one panel to the next.
const FEW_COLUMNS: usize = 128;

/// Memory in which a thread puts operands in order; it is taken once.
#[derive(Default)]
pub struct Scratch {
    pub left: Vec<f32>,
    pub right: Vec<f32>,
}

/// Runs `work` with this thread's memory.
pub fn with_scratch<T>(work: impl FnOnce(&mut Scratch) -> T) -> T {
    thread_local!(static SCRATCH: RefCell<Scratch> = RefCell::default());
    SCRATCH.with_borrow_mut(work)
}

/// `count` numbers of `memory` that begin where a cache line does; what they hold is left from before.
#[inline(always)]
pub fn aligned(memory: &mut Vec<f32>, count: usize) -> &mut [f32] {
    if memory.len() < count + LINE {
        resize(memory, count + LINE).unwrap_or_else(|_| unwind_out_of_memory());
    }
    let start = memory.as_ptr().align_offset(LINE * size_of::<f32>()).min(LINE);
    &mut memory[start..][..count]
}

/// How many numbers the panels of a matrix hold.
#[inline(always)]
pub fn packed_size<S: Simd>(rows: usize, columns: usize) -> usize {
    rows * columns.next_multiple_of(S::F32_LANES)
}

/// Copies the right operand of a product into panels; what fills the last one up is zero.
#[inline(always)]
pub fn pack_panels<S: Simd>(simd: S, matrix: View<'_>, memory: &mut [f32]) {
    if matrix.has_whole_rows() {
        return copy_rows(simd, matrix, memory);
    }
    for (start, registers) in panels::<S>(matrix.columns) {
        let width = registers * S::F32_LANES;
        let columns = start..matrix.columns.min(start + width);
        let panel = &mut memory[matrix.rows * start..][..matrix.rows * width];
        turn_columns(matrix.part(0..matrix.rows, columns), panel, width);
    }
}

#[inline(always)]
fn copy_rows<S: Simd>(simd: S, matrix: View<'_>, memory: &mut [f32]) {
    for index in 0..matrix.rows {
        let row = matrix.row(index);
        for (start, registers) in panels::<S>(matrix.columns) {
            let width = registers * S::F32_LANES;
            let (whole, rest) = S::as_simd_f32s(&row[start..matrix.columns.min(start + width)]);
            let place = &mut memory[matrix.rows * start + index * width..][..width];
            let (places, _) = S::as_mut_simd_f32s(place);
            places.iter_mut().zip(whole).for_each(|(place, numbers)| *place = *numbers);
            if !rest.is_empty() {
                places[whole.len()] = simd.partial_load_f32s(rest);
            }
        }
    }
}

#[inline(always)]
fn turn_columns(part: View<'_>, panel: &mut [f32], width: usize) {
    if part.columns < width {
        panel.chunks_exact_mut(width).for_each(|row| row[part.columns..].fill(0.0));
    }
    let whole = part.columns - part.columns % SQUARE;
    for start in (0..whole).step_by(SQUARE) {
        let columns: [&[f32]; SQUARE] = std::array::from_fn(|column| part.column(start + column));
        for (index, row) in panel.chunks_exact_mut(width).enumerate() {
            if index % LINE == 0 {
                fetch_rows(part.numbers, part.column_stride, start + SQUARE..start + 2 * SQUARE, index);
            }
            let numbers: [f32; SQUARE] = std::array::from_fn(|column| columns[column][index]);
            row[start..][..SQUARE].copy_from_slice(&numbers);
        }
    }
    for column in whole..part.columns {
        for (row, number) in panel.chunks_exact_mut(width).zip(part.column(column)) {
            row[column] = *number;
        }
    }
}

/// The left operand of a product, put in order in `memory`.
#[inline(always)]
pub fn pack_left<'a, S: Simd>(matrix: View<'a>, memory: &'a mut [f32]) -> Left<'a> {
    if matrix.has_whole_rows() {
        turn_rows::<S>(matrix, memory);
    } else {
        match tile_rows::<S>() {
            8 => copy_columns::<8>(matrix, memory),
            6 => copy_columns::<6>(matrix, memory),
            _ => copy_columns::<2>(matrix, memory),
        }
    }
    Left::Tiles(matrix, memory)
}

/// Whether the left operand of a product with `columns` columns is put in order. A number of it is used for a panel's width of
/// columns each time it is read: with wide registers it may come from far. Where rows lie in one piece, that is so with any, and
/// with many columns it pays to have the rows of a tile beside each other.
#[inline(always)]
pub fn left_is_packed<S: Simd>(matrix: View<'_>, columns: usize) -> bool {
    if matrix.has_whole_rows() { columns > MANY_COLUMNS } else { S::F32_LANES < 16 && matrix.columns > FEW_COLUMNS }
}

#[inline(always)]
fn turn_rows<S: Simd>(matrix: View<'_>, memory: &mut [f32]) {
    let mut row = 0;
    while row < matrix.rows {
        let height = tile_height::<S>(matrix, row);
        let memory = &mut memory[row * matrix.columns..];
        match height {
            8.. => turn_tile::<8>(matrix, row, memory),
            7 => turn_tile::<7>(matrix, row, memory),
            6 => turn_tile::<6>(matrix, row, memory),
            5 => turn_tile::<5>(matrix, row, memory),
            4 => turn_tile::<4>(matrix, row, memory),
            3 => turn_tile::<3>(matrix, row, memory),
            2 => turn_tile::<2>(matrix, row, memory),
            _ => turn_tile::<1>(matrix, row, memory),
        }
        row += height;
    }
}

#[inline(always)]
fn turn_tile<const R: usize>(matrix: View<'_>, first: usize, memory: &mut [f32]) {
    let rows: [&[f32]; R] = std::array::from_fn(|row| matrix.row(first + row));
    for (index, place) in memory.as_chunks_mut::<R>().0[..matrix.columns].iter_mut().enumerate() {
        if index % LINE == 0 {
            fetch_rows(matrix.numbers, matrix.row_stride, first + R..first + 2 * R, index);
        }
        *place = std::array::from_fn(|row| rows[row][index]);
    }
}

/// Fetches the line at `index` of each of these rows, which will be wanted next: they are too short for a machine to see that.
#[inline(always)]
fn fetch_rows(numbers: &[f32], stride: usize, rows: Range<usize>, index: usize) {
    for row in rows {
        prefetch(numbers, row * stride + index);
    }
}

#[inline(always)]
fn copy_columns<const R: usize>(matrix: View<'_>, memory: &mut [f32]) {
    for index in 0..matrix.columns {
        // the next columns are far from each other: no machine sees by itself that they will be wanted
        for at in (0..matrix.rows).step_by(LINE) {
            prefetch(matrix.numbers, (index + AHEAD) * matrix.column_stride + at);
        }
        let (tiles, rest) = matrix.column(index).as_chunks::<R>();
        let mut start = index * R;
        for tile in tiles {
            memory[start..][..R].copy_from_slice(tile);
            start += R * matrix.columns;
        }
        let start = R * tiles.len() * matrix.columns + index * rest.len();
        memory[start..][..rest.len()].copy_from_slice(rest);
    }
}
