//! Attention weights as maps: a large one of the selected head, with words, and small ones of all heads.

use crate::columns::Columns;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Modifier;

use crate::dashboard::panels::context::RenderContext;
use crate::dashboard::panels::drawing::fit;
use crate::dashboard::panels::heatmap::Scale;
use crate::dashboard::panels::window::Window;
use crate::model::{Role, Trace};

/// Largest width of a word beside the large map.
const WIDEST_WORD: usize = 8;
/// Columns of a number such as 100 and a space.
const NUMBER_WIDTH: usize = 4;
/// Largest number of columns of a cell.
const WIDEST_CELL: usize = 9;
/// Largest number of lines of a cell.
const HIGHEST_CELL: usize = 3;
/// Least width of a small map: columns for the number of its head.
const MIN_SMALL_WIDTH: usize = 3;
/// Largest width of a small map.
const MAX_SMALL_WIDTH: usize = 12;

/// The head that a viewer has selected.
#[derive(Clone, Copy)]
pub struct SelectedHead {
    /// Layer, counted from 0.
    pub layer: usize,
    /// Number of heads of the layer.
    pub heads: usize,
    /// Head, counted from 0; `None` for the mean of all heads.
    pub head: Option<usize>,
}

/// A range of positions.
#[derive(Clone, Copy)]
struct Positions {
    first: usize,
    count: usize,
}

/// The attention weights of a head: how much each position reads from each.
pub struct Weights {
    positions: usize,
    /// [positions × positions], a row for each position that reads.
    values: Vec<f32>,
}

impl Weights {
    /// The weights of the selected head, or the mean of all heads; `None` if the trace has no complete weights for it.
    pub fn for_head(trace: &Trace, selected: SelectedHead) -> Option<Self> {
        let quantity = |head| trace.with_role(Role::Attention { head }, selected.layer);
        let positions = trace.positions();
        let values = if let Some(quantity) = selected.head.and_then(quantity) {
            quantity.values.clone()
        } else {
            let all: Vec<_> = (0..selected.heads).filter_map(quantity).collect();
            let mean = |index| all.iter().filter_map(|head| head.values.get(index)).sum::<f32>() / all.len() as f32;
            (0..positions * positions).map(mean).collect()
        };
        (selected.heads > 0 && positions > 0 && values.len() == positions * positions)
            .then_some(Self { positions, values })
    }

    /// How much `position` reads from each position up to itself.
    pub fn row(&self, position: usize) -> &[f32] {
        &self.values[position * self.positions..][..=position]
    }

    /// The largest weight of a block of rows and columns, so that pooling hides no large weight; NaN if the block contains one.
    fn largest(&self, rows: Positions, columns: Positions) -> f32 {
        let within = |range: Positions| range.first..(range.first + range.count).min(self.positions);
        let block = within(rows).flat_map(|row| &self.values[row * self.positions..][within(columns)]);
        block.copied().fold(0.0, |largest, weight| if weight > largest || weight.is_nan() { weight } else { largest })
    }
}

/// Position of a weight on the colour scale: its square root, so that the largest of many small weights stays visible.
fn visible(weight: f32) -> f32 {
    weight.sqrt()
}

/// Draws the map of a head with words: a row for each position that reads, and a column for each that is read. If not all rows fit, those
/// around the cursor are drawn; if not all columns fit, several positions share one.
#[allow(clippy::cast_possible_truncation)] // everything is inside `area`
pub fn draw_large(
    buffer: &mut Buffer,
    area: Rect,
    words: &[String],
    weights: &Weights,
    position: usize,
    ctx: RenderContext<'_>,
) {
    let (theme, width) = (ctx.theme(), usize::from(area.width));
    let label = words.iter().map(|word| word.columns()).max().unwrap_or(0).min(WIDEST_WORD) + 1;
    if width <= label || area.height == 0 {
        return;
    }
    let shared = weights.positions.div_ceil(width - label);
    let columns = weights.positions.div_ceil(shared);
    let cell = ((width - label) / columns).min(WIDEST_CELL);
    let has_words = cell >= NUMBER_WIDTH && area.height > 1;
    let head = u16::from(has_words);
    let lines = usize::from(area.height - head);
    let rows = Window::around(position, weights.positions, lines);
    let cell_height = (lines / rows.shown.max(1)).clamp(1, HIGHEST_CELL);
    // a shared column is too narrow for a word
    for (column, word) in words.iter().enumerate().take(columns) {
        let x = area.x + (label + column * cell) as u16;
        if has_words {
            buffer.set_string(x, area.y, fit(word, cell - 1), theme.strong());
        }
        for row in 0..rows.shown {
            let (reader, y) = (rows.first + row, area.y + head + (row * cell_height) as u16);
            if column * shared > reader {
                continue; // later positions are not read
            }
            let read = Positions { first: column * shared, count: shared };
            let weight = weights.largest(Positions { first: reader, count: 1 }, read);
            let style = Scale::Gate.style(visible(weight), theme);
            let text = match (has_words, theme.is_colourless()) {
                (true, _) => format!("{:^cell$.0}", 100.0 * weight),
                (false, true) => Scale::Gate.shade(visible(weight)).repeat(cell),
                (false, false) => " ".repeat(cell),
            };
            buffer.set_style(Rect::new(x, y, cell as u16, cell_height as u16), style);
            buffer.set_stringn(x, y + (cell_height as u16 - 1) / 2, text, cell, style);
        }
    }
    for row in 0..rows.shown {
        let reader = rows.first + row;
        let word = fit(&words[reader], label - 1);
        let mut style = theme.strong();
        if reader == position {
            style = if ctx.has_keys { style.add_modifier(Modifier::REVERSED) } else { theme.best_bar() };
        }
        let y = area.y + head + (row * cell_height + (cell_height - 1) / 2) as u16;
        buffer.set_string(area.x + (label - 1 - word.columns()) as u16, y, word, style);
    }
}

/// Columns of a small map.
fn small_width(trace: &Trace) -> usize {
    trace.positions().clamp(MIN_SMALL_WIDTH, MAX_SMALL_WIDTH)
}

/// Columns of the small maps of as many heads as fit into `max_width` columns, and a gap after them.
pub fn small_maps_width(trace: &Trace, heads: usize, max_width: u16) -> u16 {
    let map = small_width(trace) + 1;
    let shown = heads.min((usize::from(max_width) - 1) / map);
    u16::try_from(shown * map + 1).unwrap_or(max_width)
}

/// Draws small maps of all heads, a line for each layer. The number of the selected head is marked, or all of its layer for the mean.
#[allow(clippy::cast_possible_truncation)] // everything is inside `area`
pub fn draw_small(buffer: &mut Buffer, area: Rect, trace: &Trace, selected: SelectedHead, ctx: RenderContext<'_>) {
    let (theme, side, layers) = (ctx.theme(), small_width(trace), trace.layers());
    let shown = usize::from(area.width) / (side + 1);
    // each layer needs a line for the numbers and at least one for the maps
    let window = Window::around(selected.layer, layers, usize::from(area.height / 2));
    if window.shown == 0 || shown == 0 {
        return;
    }
    let height = usize::from(area.height) / window.shown;
    let rows = (height - 1).min(side);
    let [shared, shared_rows] = [side, rows].map(|places| trace.positions().div_ceil(places.max(1)));
    for (line, layer) in (window.first..window.first + window.shown).enumerate() {
        let y = area.y + (line * height) as u16;
        for head in 0..selected.heads.min(shown) {
            let x = area.x + (head * (side + 1)) as u16;
            let is_selected = layer == selected.layer && selected.head.is_none_or(|selected| selected == head);
            let style = if is_selected { theme.key() } else { theme.quiet() };
            buffer.set_stringn(x, y, format!("{}.{}", layer + 1, head + 1), side, style);
            let Some(weights) = Weights::for_head(trace, SelectedHead { layer, head: Some(head), ..selected }) else {
                continue;
            };
            for row in 0..trace.positions().div_ceil(shared_rows) {
                for column in 0..trace.positions().div_ceil(shared) {
                    let reader = row * shared_rows;
                    if column * shared >= reader + shared_rows {
                        continue; // later positions are not read
                    }
                    let read = Positions { first: column * shared, count: shared };
                    let weight = weights.largest(Positions { first: reader, count: shared_rows }, read);
                    let text = if theme.is_colourless() { Scale::Gate.shade(visible(weight)) } else { " " };
                    let style = Scale::Gate.style(visible(weight), theme);
                    buffer.set_string(x + column as u16, y + 1 + row as u16, text, style);
                }
            }
        }
    }
}
