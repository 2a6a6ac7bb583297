//! What is inside the model at every step of the prompt: a column per step, headed by its word, a row per unit. Of the unit and
//! the step under the cursor the arithmetic is written out.

use ratatui::Frame;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Modifier, Style};
use ratatui::text::Span;
use unicode_width::UnicodeWidthStr;

use super::microscope::{Equation, equations, is_gate, saturation};
use super::{Scene, fit};
use crate::dashboard::layout::Panel;
use crate::dashboard::numbers::{number, signed};
use crate::dashboard::theme::Theme;
use crate::model::Quantity;
use crate::training::Answer;

/// A number such as +0.98 and a space.
const NARROWEST_CELL: usize = 6;
/// Room for a word of this width is made before room for more steps.
const WORD: usize = 8;
const WIDEST_CELL: usize = 16;
const HIGHEST_CELL: usize = 5;
const LONG_LEGEND: u16 = 13;
const SHORT_LEGEND: u16 = 5;
/// With fewer lines the cells need them all.
const ROOM_FOR_ARITHMETIC: u16 = 7;

/// What the colours stand for.
#[derive(Clone, Copy)]
enum Scale {
    /// −limit…limit, zero in the middle.
    Signed { limit: f32 },
    /// 0…1, shut to open.
    Gate,
}

impl Scale {
    fn style(self, value: f32, theme: Theme) -> Style {
        match self {
            Self::Signed { limit } => theme.heat(value / limit),
            Self::Gate => theme.gate(value),
        }
    }

    /// What the ends of the legend say.
    fn ends(self) -> [String; 2] {
        match self {
            Self::Signed { limit } => {
                let limit = number(f64::from(limit));
                let limit = limit.strip_suffix(".00").unwrap_or(&limit);
                [format!("-{limit}"), format!("+{limit}")]
            }
            Self::Gate => ["0".to_owned(), "1".to_owned()],
        }
    }

    /// The value at this share of the legend.
    fn at(self, share: f32) -> f32 {
        match self {
            Self::Signed { limit } => (2.0 * share - 1.0) * limit,
            Self::Gate => share,
        }
    }
}

/// Those of so many that are to be seen.
#[derive(Clone, Copy)]
struct Window {
    first: usize,
    shown: usize,
    of: usize,
}

impl Window {
    /// As many as there is room for, `cursor` among them.
    fn around(cursor: usize, of: usize, room: usize) -> Self {
        let shown = of.min(room);
        Self { first: cursor.saturating_sub(shown / 2).min(of - shown), shown, of }
    }

    /// `3-7/12`, counted from 1; nothing to say of a whole.
    fn label(self) -> Option<String> {
        let (first, last) = (self.first + 1, self.first + self.shown);
        match self.shown {
            shown if shown == self.of => None,
            1 => Some(format!("{last}/{}", self.of)),
            _ => Some(format!("{first}-{last}/{}", self.of)),
        }
    }
}

/// Where the cells are and which units and steps have one.
struct Grid {
    cell_width: usize,
    cell_height: usize,
    label_width: usize,
    steps: Window,
    units: Window,
}

impl Grid {
    fn new(area: Rect, words: &[String], (unit, units): (usize, usize), step: usize) -> Self {
        let label_width = units.to_string().len() + 1;
        let width = usize::from(area.width).saturating_sub(label_width);
        let rows = usize::from(area.height).saturating_sub(1); // the words
        let longest = words.iter().map(|word| word.width()).max().unwrap_or(0) + 1;
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

/// What is looked at.
struct Picture<'a> {
    answer: &'a Answer,
    values: &'a [f32],
    /// Numbers per step.
    width: usize,
    scale: Scale,
    /// Unit and step under the cursor.
    cursor: (usize, usize),
    /// What is written below the cells: letters and numbers.
    arithmetic: Vec<Equation>,
    /// How many of a gate's values are nearly shut or open.
    saturation: Option<String>,
    symbol: &'static str,
    /// Which one of how many, if it belongs to one.
    layer: Option<(usize, usize)>,
}

impl<'a> Picture<'a> {
    fn new(answer: &'a Answer, scene: Scene<'_>) -> Self {
        let (trace, spot) = (&answer.trace, scene.view.spot);
        let (quantity, layer) = (spot.quantity(trace), spot.layer(trace));
        let values = trace.values(quantity, layer);
        let (unit, step) = (spot.unit(trace), spot.step(trace));
        let width = values.len() / trace.steps().max(1);
        let largest =
            values.iter().filter(|value| value.is_finite()).fold(1.0_f32, |most, value| most.max(value.abs()));
        let is_gate = is_gate(trace, quantity);
        // the embedding is below all layers, and may have other units
        let is_of_layer = quantity != Quantity::Embedding;
        Self {
            answer,
            values,
            width,
            scale: if is_gate { Scale::Gate } else { Scale::Signed { limit: largest } },
            cursor: (unit, step),
            arithmetic: if is_of_layer { equations(trace, layer, unit, step) } else { Vec::new() },
            saturation: is_gate.then(|| scene.words().saturation(saturation(values))),
            symbol: trace.symbol(quantity),
            layer: is_of_layer.then_some((layer + 1, trace.layers.len())),
        }
    }

    /// What is looked at, and which layer, units and steps are to be seen; in short where there are not `width` columns for
    /// all of it.
    fn title(&self, grid: &Grid, scene: Scene<'_>, width: usize) -> String {
        let words = scene.words();
        let windows = [(words.units(), grid.units), (words.steps(), grid.steps)];
        let windows = windows.map(|(name, window)| window.label().map(|label| format!("{name} {label}")));
        let joined = |name: &str, layer: Option<String>, gap: &str| {
            let parts = [Some(name.to_owned()), layer].into_iter().chain(windows.clone()).flatten();
            parts.collect::<Vec<_>>().join(gap)
        };
        let of_layers = self.layer.filter(|(_, of)| *of > 1);
        let long = joined(words.quantity(self.symbol), of_layers.map(|(layer, of)| words.layer(layer, of)), "  ");
        let short = || joined(self.symbol, of_layers.map(|(layer, of)| format!("{layer}/{of}")), " ");
        if long.width() <= width { long } else { fit(&short(), width) }
    }
}

/// Draws the quantity that is looked at, for the prompt that was answered.
pub fn render(frame: &mut Frame<'_>, area: Rect, scene: Scene<'_>) {
    let has_keys = scene.view.panel == Panel::Heatmap;
    let Some(answer) = &scene.snapshot.answer else {
        let block = scene.frame(scene.words().quantity("h"), has_keys);
        let inner = block.inner(area);
        frame.render_widget(block, area);
        frame.render_widget(Span::styled(scene.words().not_answered(), scene.theme().quiet()), inner);
        return;
    };
    let picture = Picture::new(answer, scene);
    let inner = scene.frame("", has_keys).inner(area);
    let [cells, arithmetic, legend] = split(inner, &picture, has_keys);
    let grid = Grid::new(cells, &answer.words, (picture.cursor.0, picture.width), picture.cursor.1);
    // without a line to spare the legend goes into the title's
    let in_title = legend.is_empty();
    let for_legend = if in_title { legend_width(SHORT_LEGEND, picture.scale) + 2 } else { 0 };
    let room = usize::from(area.width.saturating_sub(4 + for_legend));
    let title = picture.title(&grid, scene, room);
    frame.render_widget(scene.frame(&title, has_keys), area);
    draw_cells(frame.buffer_mut(), cells, &picture, &grid, scene);
    draw_arithmetic(frame.buffer_mut(), arithmetic, &picture, scene);
    if in_title {
        let width = (legend_width(SHORT_LEGEND, picture.scale) + 1).min(area.width);
        let right = Rect { x: area.right() - width, y: area.y, width, height: 1.min(area.height) };
        draw_legend(frame.buffer_mut(), right, SHORT_LEGEND, picture.scale, scene.theme());
    } else {
        draw_legend(frame.buffer_mut(), legend, LONG_LEGEND, picture.scale, scene.theme());
    }
}

/// The cells; below them the arithmetic if somebody looks at one of them, and the legend where there is a line to spare.
fn split(inner: Rect, picture: &Picture<'_>, has_keys: bool) -> [Rect; 3] {
    let wanted = arithmetic_lines(picture, inner.width.into()).len();
    let fits = has_keys && inner.height >= ROOM_FOR_ARITHMETIC;
    let arithmetic = if fits { u16::try_from(wanted).unwrap_or(0).min(inner.height - 4) } else { 0 };
    let legend = u16::from(inner.height >= 4);
    let cells = Rect { height: inner.height - legend - arithmetic, ..inner };
    let below = Rect { y: inner.y + cells.height, height: arithmetic, ..inner };
    [cells, below, Rect { y: below.y + arithmetic, height: legend, ..inner }]
}

/// An equation on one line if that is wide enough, else its letters and its numbers one below the other.
fn arithmetic_lines(picture: &Picture<'_>, width: usize) -> Vec<String> {
    let equation = |equation: &Equation| {
        let line = format!("{} = {}", equation.letters, equation.numbers);
        if line.width() <= width {
            vec![line]
        } else {
            vec![equation.letters.to_owned(), format!("  = {}", equation.numbers)]
        }
    };
    picture.saturation.iter().cloned().chain(picture.arithmetic.iter().flat_map(equation)).collect()
}

#[allow(clippy::cast_possible_truncation)] // everything is inside `area`
fn draw_arithmetic(buffer: &mut Buffer, area: Rect, picture: &Picture<'_>, scene: Scene<'_>) {
    let lines = arithmetic_lines(picture, area.width.into());
    for (row, line) in lines.iter().take(area.height.into()).enumerate() {
        buffer.set_string(area.x, area.y + row as u16, fit(line, area.width.into()), scene.theme().strong());
    }
}

#[allow(clippy::cast_possible_truncation)] // everything is inside `area`
fn draw_cells(buffer: &mut Buffer, area: Rect, picture: &Picture<'_>, grid: &Grid, scene: Scene<'_>) {
    if area.is_empty() {
        return;
    }
    let theme = scene.theme();
    for row in 0..grid.units.shown {
        let y = area.y + 1 + (row * grid.cell_height + (grid.cell_height - 1) / 2) as u16;
        let label = format!("{:>1$}", grid.units.first + row + 1, grid.label_width - 1);
        buffer.set_stringn(area.x, y, label, area.width.into(), theme.quiet());
    }
    for column in 0..grid.steps.shown {
        let step = grid.steps.first + column;
        let x = area.x + (grid.label_width + column * grid.cell_width) as u16;
        let word = fit(&picture.answer.words[step], grid.cell_width - 1);
        let indent = (grid.cell_width - word.width()) / 2;
        buffer.set_string(x + indent as u16, area.y, word, theme.strong());
        for row in 0..grid.units.shown {
            let unit = grid.units.first + row;
            let value = picture.values[step * picture.width + unit];
            let y = area.y + 1 + (row * grid.cell_height) as u16;
            let mut style = picture.scale.style(value, theme);
            buffer.set_style(Rect::new(x, y, grid.cell_width as u16, grid.cell_height as u16), style);
            let mut text = signed(value);
            if scene.view.panel == Panel::Heatmap && picture.cursor == (unit, step) {
                style = style.add_modifier(Modifier::BOLD | Modifier::UNDERLINED);
                text = if grid.cell_width > text.len() + 1 { format!("[{text}]") } else { text };
            }
            let indent = grid.cell_width.saturating_sub(text.len()) / 2;
            let middle = y + ((grid.cell_height - 1) / 2) as u16;
            buffer.set_stringn(x + indent as u16, middle, text, grid.cell_width, style);
        }
    }
}

/// The legend's columns: its ends, and a space beside each.
fn legend_width(steps: u16, scale: Scale) -> u16 {
    let ends: usize = scale.ends().iter().map(String::len).sum();
    steps + 2 + u16::try_from(ends).unwrap_or(0)
}

/// The scale in so many steps, in the middle of `area`.
fn draw_legend(buffer: &mut Buffer, area: Rect, steps: u16, scale: Scale, theme: Theme) {
    let width = legend_width(steps, scale);
    if area.is_empty() || area.width < width {
        return;
    }
    let (mut x, y) = (area.x + (area.width - width) / 2, area.y);
    let [low, high] = scale.ends();
    buffer.set_string(x, y, &low, theme.quiet());
    x += u16::try_from(low.len()).unwrap_or(0) + 1;
    for step in 0..steps {
        let value = scale.at(f32::from(step) / f32::from(steps - 1));
        let text = match (scale, step == steps / 2, theme.is_colourless()) {
            (Scale::Signed { .. }, true, _) => "0",
            (_, _, true) => ".",
            (_, _, false) => " ",
        };
        buffer.set_string(x + step, y, text, scale.style(value, theme));
    }
    buffer.set_string(x + steps + 1, y, high, theme.quiet());
}

#[cfg(test)]
mod tests {
    use super::Window;

    #[test]
    fn what_does_not_fit_scrolls_with_the_cursor() {
        let window = |cursor, of, room| Window::around(cursor, of, room).label();
        assert_eq!(window(0, 5, 5), None);
        assert_eq!(window(0, 12, 5), Some("1-5/12".to_owned()));
        assert_eq!(window(6, 12, 5), Some("5-9/12".to_owned()));
        assert_eq!(window(11, 12, 5), Some("8-12/12".to_owned()));
        assert_eq!(window(2, 12, 1), Some("3/12".to_owned()));
        assert_eq!(Window::around(3, 12, 0).shown, 0);
    }
}
