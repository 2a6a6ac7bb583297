//! The blocked matrix product of Goto & van de Geijn 2008: operands are packed block by block, so that the micro-kernel reads
//! consecutive numbers from a near cache.

use pulp::{Simd, WithSimd};

use super::matrix::View;
use super::packing::{Scratch, aligned, left_is_packed, pack_left, pack_panels, packed_size};
use super::rows::RowsMut;
use super::tile::{Accumulate, multiply_panel};
use super::tiling::{Left, Panel, panel_registers, panels, tile_rows};

/// Approximate depth of a block, in columns of the left operand and rows of the right one: a panel of it stays in the nearest cache.
const BLOCK_DEPTH: usize = 384;
/// Approximate number of columns of the right operand per block.
const BLOCK_COLUMNS: usize = 768;
/// Approximate number of rows of the left operand per block, which with `BLOCK_DEPTH` columns fits into a core's own cache.
const BLOCK_ROWS: usize = 64;

/// Largest left operand, in numbers, that is packed as a whole.
const MAX_WHOLE_LEFT: usize = 1 << 20;

/// `out = add_to + left · right`
pub struct BlockedProduct<'a> {
    pub out: RowsMut<'a>,
    pub add_to: Accumulate<'a>,
    pub left: View<'a>,
    pub right: View<'a>,
    pub scratch: &'a mut Scratch,
}

impl WithSimd for BlockedProduct<'_> {
    type Output = ();
    #[inline(always)]
    fn with_simd<S: Simd>(mut self, simd: S) {
        let (rows, depth, columns) = (self.left.rows, self.left.columns, self.right.columns);
        let block_columns = block_size(columns, BLOCK_COLUMNS, panel_registers::<S>() * S::F32_LANES);
        let block_rows = block_size(rows, BLOCK_ROWS, tile_rows::<S>());
        let block_depth = block_size(depth, BLOCK_DEPTH, 1);
        let packed = aligned(&mut self.scratch.right, packed_size::<S>(block_depth, block_columns));
        // several blocks of columns read the whole left operand: packed once for all of them, if it is small enough
        let packs_whole_left = columns > block_columns && rows * depth <= MAX_WHOLE_LEFT;
        let tiles = match left_is_packed::<S>(self.left, columns) {
            true if packs_whole_left => rows * depth,
            true => block_rows * block_depth,
            false => 0,
        };
        let tiles = aligned(&mut self.scratch.left, tiles);
        for first_column in (0..columns).step_by(block_columns) {
            let column_range = first_column..columns.min(first_column + block_columns);
            for first in (0..depth).step_by(block_depth) {
                let depth_range = first..depth.min(first + block_depth);
                let right = self.right.part(depth_range.clone(), column_range.clone());
                pack_panels(simd, right, packed);
                let add_to = if first == 0 { self.add_to } else { Accumulate::Output };
                for first_row in (0..rows).step_by(block_rows) {
                    let row_range = first_row..rows.min(first_row + block_rows);
                    let left = self.left.part(row_range, depth_range.clone());
                    let start = if packs_whole_left { first * rows + first_row * depth_range.len() } else { 0 };
                    let left = match left_is_packed::<S>(left, columns) {
                        true if packs_whole_left && first_column > 0 => Left::Tiles(left, &tiles[start..]),
                        true => pack_left::<S>(left, &mut tiles[start..]),
                        false if left.has_contiguous_rows() => Left::Rows(left),
                        false => Left::Columns(left),
                    };
                    let mut remaining = &*packed;
                    for (start, registers) in panels::<S>(right.columns) {
                        let (numbers, later) = remaining.split_at(right.rows * registers * S::F32_LANES);
                        remaining = later;
                        let panel = Panel { numbers, registers, column: first_column + start, prefetched: &[] };
                        multiply_panel(simd, &mut self.out, first_row, add_to, left, panel);
                    }
                }
            }
        }
    }
}

/// Returns the size of the blocks, about `typical` and a multiple of `unit`, that divide `count` as evenly as possible.
#[inline(always)]
fn block_size(count: usize, typical: usize, unit: usize) -> usize {
    count.div_ceil(count.div_ceil(typical).max(1)).max(1).next_multiple_of(unit)
}
