//! Weights as pictures: one head large, with words, and all of them small.

use crate::columns::Columns;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Modifier;

use crate::dashboard::panels::drawing::{RenderContext, fit};
use crate::dashboard::panels::heatmap::Scale;
use crate::dashboard::panels::window::Window;
use crate::model::{Role, Trace};

const WIDEST_WORD: usize = 8;
/// A number such as 100 and a space.
const ROOM_FOR_NUMBER: usize = 4;
const WIDEST_CELL: usize = 9;
const HIGHEST_CELL: usize = 3;
/// Columns for the number of a head.
const MIN_SMALL_WIDTH: usize = 3;
const LARGEST_SMALL: usize = 12;

/// How much each position reads from each other one.
pub struct Weights {
    positions: usize,
    /// `[positions, positions]`
    values: Vec<f32>,
}

impl Weights {
    /// Those of a head; of all `heads` together their mean, if it is none of them.
    pub fn of_head(trace: &Trace, layer: usize, head: usize, heads: usize) -> Option<Self> {
        let of = |head| trace.with_role(Role::Attention { head }, layer);
        let positions = trace.positions();
        let values = if let Some(quantity) = of(head) {
            quantity.values.clone()
        } else {
            let all: Vec<_> = (0..heads).filter_map(of).collect();
            let mean = |at| all.iter().filter_map(|head| head.values.get(at)).sum::<f32>() / all.len() as f32;
            (0..positions * positions).map(mean).collect()
        };
        (heads > 0 && positions > 0 && values.len() == positions * positions).then_some(Self { positions, values })
    }

    /// What a position reads from each up to itself.
    pub fn row(&self, position: usize) -> &[f32] {
        &self.values[position * self.positions..][..=position]
    }

    /// The largest weight of a block that begins at `row` and `column`: what is large anywhere is to be seen.
    fn largest(&self, (row, rows): (usize, usize), (column, columns): (usize, usize)) -> f32 {
        let within = |first: usize, count: usize| first..(first + count).min(self.positions);
        let all = within(row, rows).flat_map(|row| &self.values[row * self.positions..][within(column, columns)]);
        all.copied().fold(0.0, |most, weight| if weight > most || weight.is_nan() { weight } else { most })
    }
}

/// Colours go with the root of a share: among many words the largest one may be a tenth, and is to be seen.
fn visible(weight: f32) -> f32 {
    weight.sqrt()
}

/// Draws a head: a row for each position that reads, those around the cursor where not all have room; a column for each that is
/// read, several of which share one where not all have room.
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
    let has_words = cell >= ROOM_FOR_NUMBER && area.height > 1;
    let head = u16::from(has_words);
    let lines = usize::from(area.height - head);
    let rows = Window::around(position, weights.positions, lines);
    let high = (lines / rows.shown.max(1)).clamp(1, HIGHEST_CELL);
    // a column that several share has no word: it is too narrow for one
    for (column, word) in words.iter().enumerate().take(columns) {
        let x = area.x + (label + column * cell) as u16;
        if has_words {
            buffer.set_string(x, area.y, fit(word, cell - 1), theme.strong());
        }
        for row in 0..rows.shown {
            let (reader, y) = (rows.first + row, area.y + head + (row * high) as u16);
            if column * shared > reader {
                continue; // what comes later is not read
            }
            let weight = weights.largest((reader, 1), (column * shared, shared));
            let style = Scale::Gate.style(visible(weight), theme);
            let text = match (has_words, theme.is_colourless()) {
                (true, _) => format!("{:^cell$.0}", 100.0 * weight),
                (false, true) => Scale::Gate.shade(visible(weight)).repeat(cell),
                (false, false) => " ".repeat(cell),
            };
            buffer.set_style(Rect::new(x, y, cell as u16, high as u16), style);
            buffer.set_stringn(x, y + (high as u16 - 1) / 2, text, cell, style);
        }
    }
    for row in 0..rows.shown {
        let reader = rows.first + row;
        let word = fit(&words[reader], label - 1);
        let mut style = theme.strong();
        if reader == position {
            style = if ctx.has_keys { style.add_modifier(Modifier::REVERSED) } else { theme.best_bar() };
        }
        let y = area.y + head + (row * high + (high - 1) / 2) as u16;
        buffer.set_string(area.x + (label - 1 - word.columns()) as u16, y, word, style);
    }
}

/// How many positions each small map is wide.
fn small_side(trace: &Trace) -> usize {
    trace.positions().clamp(MIN_SMALL_WIDTH, LARGEST_SMALL)
}

/// Columns for the small maps of as many heads as there is room for, and a gap behind them.
pub fn small_width(trace: &Trace, heads: usize, most: u16) -> u16 {
    let one = small_side(trace) + 1;
    let shown = heads.min((usize::from(most) - 1) / one);
    u16::try_from(shown * one + 1).unwrap_or(most)
}

/// Draws all heads: a line of maps for each layer. The chosen one has its number marked.
#[allow(clippy::cast_possible_truncation)] // everything is inside `area`
pub fn draw_small(
    buffer: &mut Buffer,
    area: Rect,
    trace: &Trace,
    (heads, (layer, head)): (usize, (usize, Option<usize>)),
    ctx: RenderContext<'_>,
) {
    let (theme, side, layers) = (ctx.theme(), small_side(trace), trace.layers());
    let shown = usize::from(area.width) / (side + 1);
    // a line for the number, one at least for the map; those around the chosen layer where not all have room
    let window = Window::around(layer, layers, usize::from(area.height / 2));
    if window.shown == 0 || shown == 0 {
        return;
    }
    let height = usize::from(area.height) / window.shown;
    let rows = (height - 1).min(side);
    let [shared, shared_rows] = [side, rows].map(|places| trace.positions().div_ceil(places.max(1)));
    for (line, of_layer) in (window.first..window.first + window.shown).enumerate() {
        let y = area.y + (line * height) as u16;
        for of_head in 0..heads.min(shown) {
            let x = area.x + (of_head * (side + 1)) as u16;
            let is_chosen = of_layer == layer && head.is_none_or(|head| head == of_head);
            let style = if is_chosen { theme.key() } else { theme.quiet() };
            buffer.set_stringn(x, y, format!("{}.{}", of_layer + 1, of_head + 1), side, style);
            let Some(weights) = Weights::of_head(trace, of_layer, of_head, heads) else { continue };
            for row in 0..trace.positions().div_ceil(shared_rows) {
                for column in 0..trace.positions().div_ceil(shared) {
                    let reader = row * shared_rows;
                    if column * shared >= reader + shared_rows {
                        continue; // what comes later is not read
                    }
                    let weight = weights.largest((reader, shared_rows), (column * shared, shared));
                    let text = if theme.is_colourless() { Scale::Gate.shade(visible(weight)) } else { " " };
                    let style = Scale::Gate.style(visible(weight), theme);
                    buffer.set_string(x + column as u16, y + 1 + row as u16, text, style);
                }
            }
        }
    }
}
