//! How the operands of a product are divided: the left one into tiles of a few rows, the right one into panels of a few columns.
//!
//! The sizes leave room in the registers of each instruction set for the sums of a tile, one row of a panel and one number of the
//! left operand.

use pulp::Simd;

use super::matrix::View;

/// Returns the largest number of registers per row of a panel.
#[inline(always)]
pub const fn panel_registers<S: Simd>() -> usize {
    match (S::F32_LANES, S::REGISTER_COUNT) {
        (1, _) => 4,
        (_, 32..) => 3,
        _ => 2,
    }
}

/// Returns the largest number of rows of a tile.
#[inline(always)]
pub const fn tile_rows<S: Simd>() -> usize {
    match (S::F32_LANES, S::REGISTER_COUNT) {
        (1, _) => 2,
        (_, 32..) => 8,
        _ => 6,
    }
}

/// Returns the number of rows of the tile of `matrix` that starts at `row`, at most [`tile_rows`].
#[inline(always)]
pub fn tile_height<S: Simd>(matrix: View<'_>, row: usize) -> usize {
    let (remaining, largest) = (matrix.rows - row, tile_rows::<S>());
    // contiguous rows: tiles of even heights, because each reads the whole panel; contiguous columns: full tiles are copied faster
    if matrix.has_contiguous_rows() { remaining.div_ceil(remaining.div_ceil(largest)) } else { remaining.min(largest) }
}

/// Divides `0..columns` into panels: the first column and the number of registers per row of each.
#[inline(always)]
pub fn panels<S: Simd>(columns: usize) -> impl Iterator<Item = (usize, usize)> {
    let width = panel_registers::<S>() * S::F32_LANES;
    (0..columns).step_by(width).map(move |start| (start, (columns - start).min(width).div_ceil(S::F32_LANES)))
}

/// The left operand of a panel product.
#[derive(Clone, Copy)]
pub enum Left<'a> {
    /// Unpacked, with contiguous rows.
    Rows(View<'a>),
    /// The matrix, and its numbers packed into consecutive tiles, column-major within a tile.
    Tiles(View<'a>, &'a [f32]),
    /// Unpacked, with contiguous columns.
    Columns(View<'a>),
}

/// A packed panel of the right operand.
#[derive(Clone, Copy)]
pub struct Panel<'a> {
    /// The numbers in row-major order, in whole registers.
    pub numbers: &'a [f32],
    /// Registers per row.
    pub registers: usize,
    /// Column of the output that the first column of the panel contributes to.
    pub column: usize,
    /// Numbers that are prefetched during the product, because the next product needs them; empty if they are near.
    pub prefetched: &'a [f32],
}
