//! The hidden state at every step of the prompt: a column per step, headed by its word, a row per unit.

use ratatui::Frame;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::Span;
use unicode_width::UnicodeWidthStr;

use super::{Space, fit, frame_of};
use crate::dashboard::text::{self, Part};
use crate::dashboard::theme::Theme;
use crate::training::{Answer, Snapshot};

/// A number such as +0.98 and a space.
const NARROWEST_CELL: usize = 6;
/// Room for a word of this width is made before room for more steps.
const WORD: usize = 8;
const WIDEST_CELL: usize = 16;
const HIGHEST_CELL: usize = 5;
const LONG_LEGEND: u16 = 13;
const SHORT_LEGEND: u16 = 5;

/// Where the cells are and which units and steps have one.
struct Grid {
    cell_width: usize,
    cell_height: usize,
    label_width: usize,
    first_step: usize,
    steps: usize,
    units: usize,
}

impl Grid {
    /// Later steps win where not all fit: they are nearer to the answer. Rows begin with the first unit.
    fn new(area: Rect, words: &[String], units: usize) -> Self {
        let label_width = units.to_string().len() + 1;
        let width = usize::from(area.width).saturating_sub(label_width);
        let rows = usize::from(area.height).saturating_sub(1); // the words
        let longest = words.iter().map(|word| word.width()).max().unwrap_or(0) + 1;
        let narrowest = longest.clamp(NARROWEST_CELL, WORD);
        let steps = words.len().min(width / narrowest);
        let shown = units.min(rows);
        Self {
            cell_width: (width / steps.max(1)).clamp(narrowest, WIDEST_CELL),
            cell_height: (rows / shown.max(1)).clamp(1, HIGHEST_CELL),
            label_width,
            first_step: words.len() - steps,
            steps,
            units: shown,
        }
    }
}

/// Draws the last layer's hidden state for the prompt that was answered.
pub fn render(frame: &mut Frame<'_>, area: Rect, snapshot: &Snapshot, theme: Theme, space: Space) {
    let Some(answer) = &snapshot.answer else {
        let block = frame_of(text::HIDDEN_TITLE, space, theme, false);
        let inner = block.inner(area);
        frame.render_widget(block, area);
        frame.render_widget(Span::styled(text::NOT_ANSWERED, theme.quiet()), inner);
        return;
    };
    let trace = &answer.trace;
    let inner = frame_of("", space, theme, false).inner(area);
    let [grid_area, legend_area] = split(inner);
    let grid = Grid::new(grid_area, &answer.words, trace.units);
    let layers = Part { first: trace.layers.len(), last: trace.layers.len(), of: trace.layers.len() };
    let units = Part { first: 1, last: grid.units, of: trace.units };
    let steps = Part { first: grid.first_step + 1, last: trace.steps(), of: trace.steps() };
    // without a line to spare the legend goes into the title's
    let in_title = legend_area.is_empty();
    let for_legend = if in_title { usize::from(SHORT_LEGEND) + 7 } else { 0 };
    let title = text::hidden_title(layers, units, steps, usize::from(area.width).saturating_sub(4 + for_legend));
    let block = frame_of(&title, space, theme, false);
    frame.render_widget(block, area);
    draw_cells(frame.buffer_mut(), grid_area, answer, &grid, theme);
    if in_title {
        let width = (SHORT_LEGEND + 6).min(area.width);
        let right = Rect { x: area.right() - width, y: area.y, width, height: 1.min(area.height) };
        draw_legend(frame.buffer_mut(), right, SHORT_LEGEND, theme);
    } else {
        draw_legend(frame.buffer_mut(), legend_area, LONG_LEGEND, theme);
    }
}

/// The cells, and below them the legend where there is a line to spare.
fn split(inner: Rect) -> [Rect; 2] {
    let legend = u16::from(inner.height >= 4);
    let cells = Rect { height: inner.height - legend, ..inner };
    [cells, Rect { y: inner.y + cells.height, height: legend, ..inner }]
}

#[allow(clippy::cast_possible_truncation)] // everything is inside `area`
fn draw_cells(buffer: &mut Buffer, area: Rect, answer: &Answer, grid: &Grid, theme: Theme) {
    let Some(hidden) = answer.trace.layers.last().map(|layer| &layer.hidden) else { return };
    if area.is_empty() {
        return;
    }
    for unit in 0..grid.units {
        let y = area.y + 1 + (unit * grid.cell_height + (grid.cell_height - 1) / 2) as u16;
        let label = format!("{:>1$}", unit + 1, grid.label_width - 1);
        buffer.set_stringn(area.x, y, label, area.width.into(), theme.quiet());
    }
    for column in 0..grid.steps {
        let step = grid.first_step + column;
        let x = area.x + (grid.label_width + column * grid.cell_width) as u16;
        let word = fit(&answer.words[step], grid.cell_width - 1);
        let indent = (grid.cell_width - word.width()) / 2;
        buffer.set_string(x + indent as u16, area.y, word, theme.strong());
        for unit in 0..grid.units {
            let value = hidden[step * answer.trace.units + unit];
            let y = area.y + 1 + (unit * grid.cell_height) as u16;
            let style = theme.heat(value);
            buffer.set_style(Rect::new(x, y, grid.cell_width as u16, grid.cell_height as u16), style);
            // no minus sign before a zero
            let number = format!("{:+.2}", if value.abs() < 0.005 { 0.0 } else { value });
            let indent = (grid.cell_width - number.len()) / 2;
            let middle = y + ((grid.cell_height - 1) / 2) as u16;
            buffer.set_stringn(x + indent as u16, middle, number, grid.cell_width, style);
        }
    }
}

/// The scale from −1 to 1 in so many steps, in the middle of `area`.
fn draw_legend(buffer: &mut Buffer, area: Rect, steps: u16, theme: Theme) {
    let width = steps + 6; // the two ends and a space around each
    if area.is_empty() || area.width < width {
        return;
    }
    let (x, y) = (area.x + (area.width - width) / 2, area.y);
    buffer.set_string(x, y, "-1 ", theme.quiet());
    for i in 0..steps {
        let value = f32::from(i) / f32::from(steps - 1) * 2.0 - 1.0;
        let text = match (i == steps / 2, theme.is_colourless()) {
            (true, _) => "0",
            (false, true) => ".",
            (false, false) => " ",
        };
        buffer.set_string(x + 3 + i, y, text, theme.heat(value));
    }
    buffer.set_string(x + 3 + steps, y, " +1", theme.quiet());
}
