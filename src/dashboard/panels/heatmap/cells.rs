//! The cells of a heatmap with their numbers, as many units and steps as fit.

use crate::columns::Columns;
use crate::dashboard::words::model::ModelText;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Modifier;

use super::legend::Scale;
use super::picture::{Picture, UnitAndStep};
use crate::dashboard::numbers::signed;
use crate::dashboard::panels::context::RenderContext;
use crate::dashboard::panels::drawing::fit;
use crate::dashboard::panels::window::Window;

/// Columns of a number such as +0.98 and a space.
const NARROWEST_CELL: usize = 6;
/// Cells are as wide as the longest word, up to this width, even if fewer steps fit.
const WIDEST_WORD: usize = 8;
/// Largest number of columns of a cell.
const WIDEST_CELL: usize = 16;
/// Largest number of lines of a cell.
const HIGHEST_CELL: usize = 5;

/// The size of the cells, and the visible units and steps.
pub struct Grid {
    cell_width: usize,
    cell_height: usize,
    label_width: usize,
    pub steps: Window,
    pub units: Window,
}

impl Grid {
    /// A grid in `area` that contains the cursor of `picture`.
    pub fn new(area: Rect, picture: &Picture<'_>) -> Self {
        let (words, units, cursor) = (&picture.answer.words, picture.width, picture.cursor);
        let label_width = units.to_string().len() + 1;
        let width = usize::from(area.width).saturating_sub(label_width);
        let rows = usize::from(area.height).saturating_sub(1); // without the line of words
        let longest = words.iter().map(|word| word.columns()).max().unwrap_or(0) + 1;
        let narrowest = longest.clamp(NARROWEST_CELL, WIDEST_WORD);
        let steps = Window::around(cursor.step, words.len(), width / narrowest);
        let units = Window::around(cursor.unit, units, rows);
        Self {
            cell_width: (width / steps.shown.max(1)).clamp(narrowest, WIDEST_CELL),
            cell_height: (rows / units.shown.max(1)).clamp(1, HIGHEST_CELL),
            label_width,
            steps,
            units,
        }
    }
}

/// The title: the quantity, its layer, and the visible units and steps if not all are; a short form if it is wider than `width` columns.
pub fn title(picture: &Picture<'_>, grid: &Grid, ctx: RenderContext<'_>, width: usize) -> String {
    let words = ctx.words();
    let windows = [(ModelText::Units, grid.units), (ModelText::Steps, grid.steps)];
    let windows = windows.map(|(name, window)| window.label().map(|label| format!("{} {label}", words.say(&name))));
    let joined = |name: &str, layer: Option<String>, gap: &str| {
        let parts = [Some(name.to_owned()), layer].into_iter().chain(windows.clone()).flatten();
        parts.collect::<Vec<_>>().join(gap)
    };
    let layer = picture.layer.filter(|layer| layer.count > 1);
    let long = joined(
        &words.say(picture.term),
        layer.map(|layer| words.say(ModelText::Layer { layer: layer.number, layers: layer.count })),
        "  ",
    );
    let short = || joined(picture.term.symbol(), layer.map(|layer| format!("{}/{}", layer.number, layer.count)), " ");
    if long.columns() <= width { long } else { fit(&short(), width) }
}

/// Draws the cells of the grid, with words above and unit numbers at the left; the cell under the cursor is marked if the panel has the
/// focus.
#[allow(clippy::cast_possible_truncation)] // everything is inside `area`
pub fn draw(buffer: &mut Buffer, area: Rect, picture: &Picture<'_>, grid: &Grid, ctx: RenderContext<'_>) {
    if area.is_empty() {
        return;
    }
    let theme = ctx.theme();
    for row in 0..grid.units.shown {
        let y = area.y + 1 + (row * grid.cell_height + (grid.cell_height - 1) / 2) as u16;
        let label = format!("{:>1$}", grid.units.first + row + 1, grid.label_width - 1);
        buffer.set_stringn(area.x, y, label, area.width.into(), theme.quiet());
    }
    for column in 0..grid.steps.shown {
        let step = grid.steps.first + column;
        let x = area.x + (grid.label_width + column * grid.cell_width) as u16;
        let word = fit(&picture.answer.words[step], grid.cell_width - 1);
        let indent = (grid.cell_width - word.columns()) / 2;
        buffer.set_string(x + indent as u16, area.y, word, theme.strong());
        for row in 0..grid.units.shown {
            let unit = grid.units.first + row;
            let value = picture.values[step * picture.width + unit];
            let y = area.y + 1 + (row * grid.cell_height) as u16;
            let mut style = picture.scale.style(value, theme);
            buffer.set_style(Rect::new(x, y, grid.cell_width as u16, grid.cell_height as u16), style);
            let mut text = match picture.scale {
                Scale::Gate => format!("{value:.2}"), // never below zero
                Scale::Signed { .. } => short(value, grid.cell_width - 1),
            };
            if ctx.has_keys && picture.cursor == (UnitAndStep { unit, step }) {
                style = style.add_modifier(Modifier::BOLD | Modifier::UNDERLINED);
                text = if grid.cell_width > text.len() + 1 { format!("[{text}]") } else { text };
            }
            let indent = grid.cell_width.saturating_sub(text.len()) / 2;
            let middle = y + ((grid.cell_height - 1) / 2) as u16;
            buffer.set_stringn(x + indent as u16, middle, text, grid.cell_width, style);
        }
    }
}

/// Formats with up to two decimals, as many as fit into `room` columns; with an exponent if even the integer part does not fit.
fn short(value: f32, room: usize) -> String {
    let forms = [signed(value), format!("{value:+.1}"), format!("{value:+.0}")];
    forms.into_iter().find(|text| text.len() <= room).unwrap_or_else(|| format!("{value:+.0e}"))
}

#[cfg(test)]
mod tests {
    use super::short;

    #[test]
    fn short_large_number_drops_decimals_or_has_exponent() {
        let shown = [0.5, -9.994, 12.34, -123.4, 1_234_567.0, -3.4e38].map(|value| short(value, 5));
        assert_eq!(shown, ["+0.50", "-9.99", "+12.3", "-123", "+1e6", "-3e38"]);
    }
}
