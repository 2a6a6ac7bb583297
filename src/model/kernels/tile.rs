//! The innermost piece of a matrix product: some rows by some columns, whose sums never leave the registers.
//!
//! The left operand is read number by number, each of which is multiplied with several registers of the right one, which lies
//! in *panels*: a few registers' width of columns, row after row. The sizes leave room in the registers of each instruction
//! set for the sums, the panel's row and one number of the left operand.

use pulp::{Simd, WithSimd};

use super::lanes::Lanes;
use super::matrix::View;
use super::prefetch::{LINE, prefetch};
use super::rows::RowsMut;

/// The initial value of the output of a product.
#[derive(Clone, Copy, Debug)]
pub enum Accumulate<'a> {
    /// Zero: the output is overwritten.
    Nothing,
    /// The output itself: the product is added to it.
    Output,
    /// This row, such as a bias, for each row of the output, which is overwritten.
    Row(&'a [f32]),
}

/// Registers per row of a panel.
#[inline(always)]
pub(super) const fn panel_registers<S: Simd>() -> usize {
    match (S::F32_LANES, S::REGISTER_COUNT) {
        (1, _) => 4,
        (_, 32..) => 3,
        _ => 2,
    }
}

/// Rows of a tile.
#[inline(always)]
pub(super) const fn tile_rows<S: Simd>() -> usize {
    match (S::F32_LANES, S::REGISTER_COUNT) {
        (1, _) => 2,
        (_, 32..) => 8,
        _ => 6,
    }
}

/// Rows of the tile of `matrix` that begins at `row`.
#[inline(always)]
pub(super) fn tile_height<S: Simd>(matrix: View<'_>, row: usize) -> usize {
    let (rest, most) = (matrix.rows - row, tile_rows::<S>());
    // as even as they can be, for each reads the whole panel; where columns lie in one piece, whole tiles are copied faster
    if matrix.has_whole_rows() { rest.div_ceil(rest.div_ceil(most)) } else { rest.min(most) }
}

/// The panels of `columns` columns: where each starts, and how many registers wide it is.
#[inline(always)]
pub(super) fn panels<S: Simd>(columns: usize) -> impl Iterator<Item = (usize, usize)> {
    let width = panel_registers::<S>() * S::F32_LANES;
    (0..columns).step_by(width).map(move |start| (start, (columns - start).min(width).div_ceil(S::F32_LANES)))
}

/// The left operand of a tile.
#[derive(Clone, Copy)]
pub(super) enum Left<'a> {
    /// As it is, each row in one piece.
    Rows(View<'a>),
    /// Tiles one after the other, each column after column.
    Tiles(View<'a>, &'a [f32]),
    /// As it is, each column in one piece.
    Columns(View<'a>),
}

/// A panel, and where in the output its columns begin.
#[derive(Clone, Copy)]
pub(super) struct Panel<'a> {
    pub numbers: &'a [f32],
    /// Registers per row.
    pub registers: usize,
    pub column: usize,
    /// What is fetched on the way, because it is wanted next and far away.
    pub ahead: &'a [f32],
}

/// `out[first_row.., column..] = add_to + left · panel`
#[inline(always)]
pub(super) fn multiply_panel<S: Simd>(
    simd: S,
    (out, first_row): (&mut RowsMut<'_>, usize),
    add_to: Accumulate<'_>,
    left: Left<'_>,
    panel: Panel<'_>,
) {
    // a function of its own: among all the sizes of the product around it, the compiler finds no registers for the sums
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
            return; // never so: spares the compiler what this instruction set does not use
        }
        let Self { out, first_row, add_to, left, panel } = self;
        let (Left::Rows(view) | Left::Tiles(view, _) | Left::Columns(view)) = left;
        let tiles = view.rows.div_ceil(tile_rows::<S>());
        let mut aheads = panel.ahead.chunks(panel.ahead.len().div_ceil(tiles).max(1));
        let mut row = 0;
        while row < view.rows {
            let rows = tile_height::<S>(view, row);
            let ahead = aheads.next().unwrap_or_default();
            let tile = Tile { left, panel: panel.numbers, ahead, row, out_row: first_row + row, column: panel.column };
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

struct Tile<'a> {
    left: Left<'a>,
    panel: &'a [f32],
    ahead: &'a [f32],
    /// The first row, of the left operand and of the output.
    row: usize,
    out_row: usize,
    column: usize,
}

impl Tile<'_> {
    #[inline(always)]
    fn multiply<S: Simd, const W: usize, const R: usize>(self, simd: S, out: &mut RowsMut<'_>, add_to: Accumulate<'_>) {
        if R > tile_rows::<S>() {
            return; // never so
        }
        for r in 0..R {
            // what is written at the end is on its way meanwhile
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
                if self.ahead.is_empty() {
                    sums_of_tile::<S, W, R>(simd, panel, tile, || {})
                } else {
                    let mut lines = self.ahead.chunks(LINE);
                    let fetch = || lines.next().map_or((), |line| prefetch(line, 0));
                    sums_of_tile::<S, W, R>(simd, panel, tile, fetch)
                }
            }
        };
        self.write(simd, sums, out, add_to);
    }

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
            return write_part(simd, sums, out, add_to, (self.out_row, start));
        }
        // each case by itself: only loops of known numbers leave the sums in registers
        match add_to {
            Accumulate::Nothing => {
                for (r, sums) in sums.into_iter().enumerate() {
                    *places::<S, W>(out, self.out_row + r, start) = sums;
                }
            }
            Accumulate::Output => {
                for (r, sums) in sums.into_iter().enumerate() {
                    let places = places::<S, W>(out, self.out_row + r, start);
                    *places = add(simd, *places, sums);
                }
            }
            Accumulate::Row(row) => {
                let row = S::as_simd_f32s(&row[start..end]).0.as_chunks::<W>().0[0];
                for (r, sums) in sums.into_iter().enumerate() {
                    *places::<S, W>(out, self.out_row + r, start) = add(simd, row, sums);
                }
            }
        }
    }
}

#[inline(always)]
fn add<S: Simd, const W: usize>(simd: S, left: [S::f32s; W], right: [S::f32s; W]) -> [S::f32s; W] {
    std::array::from_fn(|w| simd.add_f32s(left[w], right[w]))
}

/// `W` registers' width of a row of the output.
#[inline(always)]
fn places<'o, S: Simd, const W: usize>(out: &'o mut RowsMut<'_>, row: usize, start: usize) -> &'o mut [S::f32s; W] {
    let places = &mut out.row(row)[start..start + W * S::F32_LANES];
    &mut S::as_mut_simd_f32s(places).0.as_chunks_mut::<W>().0[0]
}

/// Writes as many columns as there are; by itself, so that the sums of whole tiles need not be in memory.
#[inline(always)]
fn write_part<S: Simd, const W: usize, const R: usize>(
    simd: S,
    sums: [[S::f32s; W]; R],
    out: &mut RowsMut<'_>,
    add_to: Accumulate<'_>,
    (row, column): (usize, usize),
) {
    let in_memory = sums;
    for (r, sums) in in_memory.iter().enumerate() {
        for (w, sum) in sums.iter().enumerate() {
            let places = out.row(row + r);
            let start = (column + w * S::F32_LANES).min(places.len());
            let end = (start + S::F32_LANES).min(places.len());
            let places = &mut places[start..end];
            let before = match add_to {
                Accumulate::Nothing => Lanes::splat(simd, 0.0),
                Accumulate::Output => Lanes::load(simd, places),
                Accumulate::Row(row) => Lanes::load(simd, &row[start..end]),
            };
            (before + Lanes::new(simd, *sum)).store(places);
        }
    }
}

/// The product of `R` rows with a panel.
#[inline(always)]
fn sums_of_rows<S: Simd, const W: usize, const R: usize>(
    simd: S,
    panel: &[[S::f32s; W]],
    rows: [&[f32]; R],
) -> [[S::f32s; W]; R] {
    // as long as the panel, so that no number has to be checked for being there
    let rows = rows.map(|row| &row[..panel.len()]);
    let mut sums = [[simd.splat_f32s(0.0); W]; R];
    for k in 0..panel.len() {
        add_product(simd, panel[k], std::array::from_fn(|r| &rows[r][k]), &mut sums);
    }
    sums
}

/// The product of the first `R` numbers of each column with a panel.
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

/// The product of a tile of the left operand, column after column, with a panel; calls `on_the_way` for each column.
#[inline(always)]
fn sums_of_tile<S: Simd, const W: usize, const R: usize>(
    simd: S,
    panel: &[[S::f32s; W]],
    tile: &[[f32; R]],
    mut on_the_way: impl FnMut(),
) -> [[S::f32s; W]; R] {
    let mut sums = [[simd.splat_f32s(0.0); W]; R];
    for (columns, numbers) in panel.iter().zip(tile) {
        on_the_way();
        add_product(simd, *columns, numbers.each_ref(), &mut sums);
    }
    sums
}

/// Adds the product of `R` numbers with a row of a panel.
#[inline(always)]
fn add_product<S: Simd, const W: usize, const R: usize>(
    simd: S,
    columns: [S::f32s; W],
    numbers: [&f32; R],
    sums: &mut [[S::f32s; W]; R],
) {
    for r in 0..R {
        let number = simd.splat_f32s(*numbers[r]);
        for w in 0..W {
            sums[r][w] = simd.mul_add_e_f32s(number, columns[w], sums[r][w]);
        }
    }
}
