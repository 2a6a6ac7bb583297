//! A cell with its number for each unit and step, as many as there is room for.

use crate::columns::Columns;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Modifier;

use super::legend::Scale;
use super::picture::Picture;
use crate::dashboard::numbers::signed;
use crate::dashboard::panels::drawing::{RenderContext, fit};
use crate::dashboard::panels::window::Window;

/// A number such as +0.98 and a space.
const NARROWEST_CELL: usize = 6;
/// Room for a word of this width is made before room for more steps.
const WORD: usize = 8;
const WIDEST_CELL: usize = 16;
const HIGHEST_CELL: usize = 5;

/// Where the cells are and which units and steps have one.
pub struct Grid {
    cell_width: usize,
    cell_height: usize,
    label_width: usize,
    pub steps: Window,
    pub units: Window,
}

impl Grid {
    pub fn new(area: Rect, words: &[String], (unit, units): (usize, usize), step: usize) -> Self {
        let label_width = units.to_string().len() + 1;
        let width = usize::from(area.width).saturating_sub(label_width);
        let rows = usize::from(area.height).saturating_sub(1); // the words
        let longest = words.iter().map(|word| word.columns()).max().unwrap_or(0) + 1;
        let narrowest = longest.clamp(NARROWEST_CELL, WORD);
        let steps = Window::around(step, words.len(), width / narrowest);
        let units = Window::around(unit, units, rows);
        Self {
            cell_width: (width / steps.shown.max(1)).clamp(narrowest, WIDEST_CELL),
            cell_height: (rows / units.shown.max(1)).clamp(1, HIGHEST_CELL),
            label_width,
            steps,
            units,
        }
    }
}

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
            if ctx.has_keys && picture.cursor == (unit, step) {
                style = style.add_modifier(Modifier::BOLD | Modifier::UNDERLINED);
                text = if grid.cell_width > text.len() + 1 { format!("[{text}]") } else { text };
            }
            let indent = grid.cell_width.saturating_sub(text.len()) / 2;
            let middle = y + ((grid.cell_height - 1) / 2) as u16;
            buffer.set_stringn(x + indent as u16, middle, text, grid.cell_width, style);
        }
    }
}

/// With as many digits after the point as there is room for, two at most; a number that has no room even without them as a
/// power of ten.
fn short(value: f32, room: usize) -> String {
    let forms = [signed(value), format!("{value:+.1}"), format!("{value:+.0}")];
    forms.into_iter().find(|text| text.len() <= room).unwrap_or_else(|| format!("{value:+.0e}"))
}

#[cfg(test)]
mod tests {
    use super::short;

    #[test]
    fn no_digit_of_a_large_number_is_cut_off() {
        let shown = [0.5, -9.994, 12.34, -123.4, 1_234_567.0, -3.4e38].map(|value| short(value, 5));
        assert_eq!(shown, ["+0.50", "-9.99", "+12.3", "-123", "+1e6", "-3e38"]);
    }
}
