//! The micro-kernel of the matrix product: a tile of rows times a panel of columns, with all sums in registers.
//!
//! Each number of the left operand is broadcast and multiplied with one row of the panel, a few registers wide.

use pulp::{Simd, WithSimd};

use super::lanes::Lanes;
use super::prefetch::{LINE, prefetch};
use super::rows::RowsMut;
use super::tiling::{Left, Panel, panel_registers, tile_height, tile_rows};

/// The initial value of the output of a product.
#[derive(Clone, Copy, Debug)]
pub enum Accumulate<'a> {
    /// Zero: the output is overwritten.
    Nothing,
    /// The output itself: the product is added to it.
    Output,
    /// This row, such as a bias, in each row of the output, which is overwritten.
    Row(&'a [f32]),
}

/// Computes `out = add_to + left · panel` for the rows of `out` from `first_row` on and the columns from `panel.column` on.
#[inline(always)]
pub(super) fn multiply_panel<S: Simd>(
    simd: S,
    out: &mut RowsMut<'_>,
    first_row: usize,
    add_to: Accumulate<'_>,
    left: Left<'_>,
    panel: Panel<'_>,
) {
    // compiled as a separate function: inlined into the loops over blocks, the sums would be spilled to the stack
    simd.vectorize(PanelProduct { out, first_row, add_to, left, panel });
}

struct PanelProduct<'o, 'w, 'a> {
    out: &'o mut RowsMut<'w>,
    first_row: usize,
    add_to: Accumulate<'a>,
    left: Left<'a>,
    panel: Panel<'a>,
}

impl WithSimd for PanelProduct<'_, '_, '_> {
    type Output = ();
    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        match self.panel.registers {
            4 => self.multiply::<S, 4>(simd),
            3 => self.multiply::<S, 3>(simd),
            2 => self.multiply::<S, 2>(simd),
            _ => self.multiply::<S, 1>(simd),
        }
    }
}

impl PanelProduct<'_, '_, '_> {
    #[inline(always)]
    fn multiply<S: Simd, const W: usize>(self, simd: S) {
        if W > panel_registers::<S>() {
            return; // unreachable: keeps the compiler from generating panels wider than this instruction set uses
        }
        let Self { out, first_row, add_to, left, panel } = self;
        let (Left::Rows(view) | Left::Tiles(view, _) | Left::Columns(view)) = left;
        let tiles = view.rows.div_ceil(tile_rows::<S>());
        let mut prefetched_per_tile = panel.prefetched.chunks(panel.prefetched.len().div_ceil(tiles).max(1));
        let mut row = 0;
        while row < view.rows {
            let rows = tile_height::<S>(view, row);
            let prefetched = prefetched_per_tile.next().unwrap_or_default();
            let (out_row, column) = (first_row + row, panel.column);
            let tile = Tile { left, panel: panel.numbers, prefetched, row, out_row, column };
            match rows {
                8.. => tile.multiply::<S, W, 8>(simd, out, add_to),
                7 => tile.multiply::<S, W, 7>(simd, out, add_to),
                6 => tile.multiply::<S, W, 6>(simd, out, add_to),
                5 => tile.multiply::<S, W, 5>(simd, out, add_to),
                4 => tile.multiply::<S, W, 4>(simd, out, add_to),
                3 => tile.multiply::<S, W, 3>(simd, out, add_to),
                2 => tile.multiply::<S, W, 2>(simd, out, add_to),
                _ => tile.multiply::<S, W, 1>(simd, out, add_to),
            }
            row += rows;
        }
    }
}

/// One tile of the left operand and the panel that it is multiplied with.
struct Tile<'a> {
    left: Left<'a>,
    panel: &'a [f32],
    /// Numbers that are prefetched during the product.
    prefetched: &'a [f32],
    /// First row of the tile in the left operand.
    row: usize,
    /// First row of the tile in the output.
    out_row: usize,
    /// First column of the panel in the output.
    column: usize,
}

impl Tile<'_> {
    #[inline(always)]
    fn multiply<S: Simd, const W: usize, const R: usize>(self, simd: S, out: &mut RowsMut<'_>, add_to: Accumulate<'_>) {
        if R > tile_rows::<S>() {
            return; // unreachable, as in `PanelProduct::multiply`
        }
        for r in 0..R {
            // the output is written after the sums are complete; its lines are fetched meanwhile
            let row = out.row(self.out_row + r);
            (0..W).for_each(|w| prefetch(row, self.column + w * S::F32_LANES));
        }
        let (Left::Rows(view) | Left::Tiles(view, _) | Left::Columns(view)) = self.left;
        let panel = &S::as_simd_f32s(self.panel).0.as_chunks::<W>().0[..view.columns];
        let sums = match self.left {
            Left::Rows(view) => {
                let rows = std::array::from_fn(|r| &view.numbers[(self.row + r) * view.row_stride..]);
                sums_of_rows::<S, W, R>(simd, panel, rows)
            }
            Left::Columns(view) => {
                let columns = view.numbers[self.row..].chunks(view.column_stride);
                sums_of_columns::<S, W, R>(simd, panel, columns)
            }
            Left::Tiles(_, numbers) => {
                let tile = numbers[self.row * panel.len()..].as_chunks().0;
                if self.prefetched.is_empty() {
                    sums_of_tile::<S, W, R>(simd, panel, tile, || {})
                } else {
                    let mut lines = self.prefetched.chunks(LINE);
                    let prefetch_next = || lines.next().map_or((), |line| prefetch(line, 0));
                    sums_of_tile::<S, W, R>(simd, panel, tile, prefetch_next)
                }
            }
        };
        self.write(simd, sums, out, add_to);
    }

    /// Writes `add_to + sums` to the output; columns beyond its width are dropped.
    #[inline(always)]
    fn write<S: Simd, const W: usize, const R: usize>(
        &self,
        simd: S,
        sums: [[S::f32s; W]; R],
        out: &mut RowsMut<'_>,
        add_to: Accumulate<'_>,
    ) {
        let (start, end) = (self.column, self.column + W * S::F32_LANES);
        if out.row(self.out_row).len() < end {
            return write_partial(simd, sums, out, add_to, self.out_row, start);
        }
        // one loop per case: only loops of constant length leave the sums in registers
        match add_to {
            Accumulate::Nothing => {
                for (r, sums) in sums.into_iter().enumerate() {
                    *registers_mut::<S, W>(out, self.out_row + r, start) = sums;
                }
            }
            Accumulate::Output => {
                for (r, sums) in sums.into_iter().enumerate() {
                    let output = registers_mut::<S, W>(out, self.out_row + r, start);
                    *output = add(simd, *output, sums);
                }
            }
            Accumulate::Row(row) => {
                let row = S::as_simd_f32s(&row[start..end]).0.as_chunks::<W>().0[0];
                for (r, sums) in sums.into_iter().enumerate() {
                    *registers_mut::<S, W>(out, self.out_row + r, start) = add(simd, row, sums);
                }
            }
        }
    }
}

#[inline(always)]
fn add<S: Simd, const W: usize>(simd: S, left: [S::f32s; W], right: [S::f32s; W]) -> [S::f32s; W] {
    std::array::from_fn(|w| simd.add_f32s(left[w], right[w]))
}

/// Returns the `W` registers of a row of the output that start at column `start`.
#[inline(always)]
fn registers_mut<'o, S: Simd, const W: usize>(
    out: &'o mut RowsMut<'_>,
    row: usize,
    start: usize,
) -> &'o mut [S::f32s; W] {
    let numbers = &mut out.row(row)[start..start + W * S::F32_LANES];
    &mut S::as_mut_simd_f32s(numbers).0.as_chunks_mut::<W>().0[0]
}

/// Writes `add_to + sums` to the output from `row` and `column` on, as far as it has columns. Separate from [`Tile::write`], so
/// that the sums of whole tiles stay in registers.
#[inline(always)]
fn write_partial<S: Simd, const W: usize, const R: usize>(
    simd: S,
    sums: [[S::f32s; W]; R],
    out: &mut RowsMut<'_>,
    add_to: Accumulate<'_>,
    row: usize,
    column: usize,
) {
    let in_memory = sums;
    for (r, sums) in in_memory.iter().enumerate() {
        for (w, sum) in sums.iter().enumerate() {
            let output = out.row(row + r);
            let start = (column + w * S::F32_LANES).min(output.len());
            let end = (start + S::F32_LANES).min(output.len());
            let output = &mut output[start..end];
            let initial = match add_to {
                Accumulate::Nothing => Lanes::splat(simd, 0.0),
                Accumulate::Output => Lanes::load(simd, output),
                Accumulate::Row(row) => Lanes::load(simd, &row[start..end]),
            };
            (initial + Lanes::new(simd, *sum)).store(output);
        }
    }
}

/// Returns the product of `R` rows with a panel.
#[inline(always)]
fn sums_of_rows<S: Simd, const W: usize, const R: usize>(
    simd: S,
    panel: &[[S::f32s; W]],
    rows: [&[f32]; R],
) -> [[S::f32s; W]; R] {
    // sliced to the length of the panel, so that indexing below needs no bounds checks
    let rows = rows.map(|row| &row[..panel.len()]);
    let mut sums = [[simd.splat_f32s(0.0); W]; R];
    for k in 0..panel.len() {
        add_product(simd, panel[k], std::array::from_fn(|r| &rows[r][k]), &mut sums);
    }
    sums
}

/// Returns the product of the first `R` numbers of each column with a panel.
#[inline(always)]
fn sums_of_columns<'a, S: Simd, const W: usize, const R: usize>(
    simd: S,
    panel: &[[S::f32s; W]],
    columns: impl Iterator<Item = &'a [f32]>,
) -> [[S::f32s; W]; R] {
    let mut sums = [[simd.splat_f32s(0.0); W]; R];
    for (row, column) in panel.iter().zip(columns) {
        add_product(simd, *row, column.as_chunks::<R>().0[0].each_ref(), &mut sums);
    }
    sums
}

/// Returns the product of a packed tile with a panel; calls `before_column` before each column of the tile.
#[inline(always)]
fn sums_of_tile<S: Simd, const W: usize, const R: usize>(
    simd: S,
    panel: &[[S::f32s; W]],
    tile: &[[f32; R]],
    mut before_column: impl FnMut(),
) -> [[S::f32s; W]; R] {
    let mut sums = [[simd.splat_f32s(0.0); W]; R];
    for (row, column) in panel.iter().zip(tile) {
        before_column();
        add_product(simd, *row, column.each_ref(), &mut sums);
    }
    sums
}

/// Adds the outer product of `R` numbers of the left operand with one row of a panel to `sums`.
#[inline(always)]
fn add_product<S: Simd, const W: usize, const R: usize>(
    simd: S,
    row: [S::f32s; W],
    numbers: [&f32; R],
    sums: &mut [[S::f32s; W]; R],
) {
    for r in 0..R {
        let number = simd.splat_f32s(*numbers[r]);
        for w in 0..W {
            sums[r][w] = simd.mul_add_e_f32s(number, row[w], sums[r][w]);
        }
    }
}
