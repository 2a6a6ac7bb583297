//! A terminal screen as an SVG document.

use crate::columns::Columns;
use ratatui::backend::TestBackend;
use ratatui::buffer::{Buffer, Cell};
use ratatui::layout::Size;
use ratatui::style::Modifier;
use ratatui::{Frame, Terminal};
use svg::node::element::{Group, Path, Rectangle, Text};
use svg::{Document, Node};

use super::colours::Palette;
use crate::dashboard::Background;

/// Width and height of a cell in pixels.
const CELL: (f64, f64) = (9.0, 19.0);
/// Distance of the baseline from the top of a cell, in pixels.
const BASELINE: f64 = 14.5;
/// Width of the margins in pixels.
const MARGIN: f64 = 10.0;
pub(super) const FONT: &str = "'DejaVu Sans Mono','Noto Sans Mono CJK SC','Noto Sans Mono',Menlo,Consolas,monospace";

/// Draws a screen of this many columns and rows with `draw`, as an SVG document.
#[must_use]
pub fn draw_svg(columns: u16, rows: u16, background: Background, draw: impl FnOnce(&mut Frame<'_>)) -> String {
    let Ok(mut terminal) = Terminal::new(TestBackend::new(columns, rows)); // cannot fail
    let Ok(_) = terminal.draw(draw);
    let buffer = terminal.backend().buffer();
    frame_picture(buffer.area.as_size(), background, draw_cells(buffer, background)).to_string()
}

/// Returns an SVG document of this size in cells, with margins around `inside`.
#[must_use]
pub fn frame_picture(size: Size, background: Background, inside: Group) -> Document {
    let (width, height) = (f64::from(size.width) * CELL.0, f64::from(size.height) * CELL.1);
    let (whole, high) = (width + 2.0 * MARGIN, height + 2.0 * MARGIN);
    let ground = Palette::on(background).ground;
    let ground = Rectangle::new().set("width", whole).set("height", high).set("rx", 6).set("fill", ground);
    let inside = inside.set("transform", format!("translate({MARGIN} {MARGIN})"));
    let inside = inside.set("font-family", FONT).set("font-size", 15);
    Document::new().set("viewBox", (0, 0, whole, high)).add(ground).add(inside)
}

/// Draws the cells of a buffer as an SVG group, the first one at the origin.
#[must_use]
pub fn draw_cells(buffer: &Buffer, background: Background) -> Group {
    let palette = Palette::on(background);
    let (mut group, mut characters) = (Group::new(), Vec::new());
    for row in 0..buffer.area.height {
        let y = f64::from(row) * CELL.1;
        let mut column = 0;
        while column < buffer.area.width {
            let cell = &buffer[(column, row)];
            let run = run_length(buffer, column, row);
            let x = f64::from(column) * CELL.0;
            let width = f64::from(run) * CELL.0;
            let (front, ground) = palette.cell_colours(cell);
            if let Some(ground) = ground {
                let rectangle = Rectangle::new().set("x", x).set("y", y).set("width", width).set("height", CELL.1);
                group = group.add(rectangle.set("fill", ground));
            }
            let symbols: Vec<&str> = symbols(buffer, column, row, run).collect();
            if let Some(rectangles) = rectangles_of(cell.symbol()) {
                let in_cell = |index: u16| {
                    let x = x + f64::from(index) * CELL.0;
                    rectangles.iter().map(move |[left, top, width, height]| [x + left, y + top, *width, *height])
                };
                characters.push(Box::<dyn Node>::from(
                    Path::new().set("d", svg_path((0..run).flat_map(in_cell))).set("fill", front),
                ));
            } else if symbols.iter().any(|symbol| !symbol.trim().is_empty()) {
                // spaces at the ends are left out
                let leading = symbols.iter().take_while(|symbol| symbol.trim().is_empty()).count();
                let trailing = symbols.iter().rev().take_while(|symbol| symbol.trim().is_empty()).count();
                let (x, width) = (x + leading as f64 * CELL.0, width - (leading + trailing) as f64 * CELL.0);
                // not with `xml:space="preserve"`: the document has a line break on either side of the text
                let mut text = Text::new(symbols.concat().trim().replace(' ', "\u{a0}"))
                    .set("x", x)
                    .set("y", y + BASELINE)
                    .set("fill", front);
                if width > CELL.0 {
                    text = text.set("textLength", width).set("lengthAdjust", "spacingAndGlyphs");
                }
                if cell.modifier.contains(Modifier::BOLD) {
                    text = text.set("font-weight", "bold");
                }
                if cell.modifier.contains(Modifier::UNDERLINED) {
                    text = text.set("text-decoration", "underline");
                }
                characters.push(text.into());
            }
            column += run;
        }
    }
    // after all backgrounds, since characters reach beyond their cells
    characters.into_iter().fold(group, Group::add)
}

/// Number of cells, from this one to the right, that are drawn as one element: cells of the same style and kind of character; both cells of
/// a wide character. At least 1.
fn run_length(buffer: &Buffer, column: u16, row: u16) -> u16 {
    let first = &buffer[(column, row)];
    if first.symbol().columns() > 1 {
        return 2.min(buffer.area.width - column);
    }
    let has_rectangles = rectangles_of(first.symbol()).is_some();
    let is_alike = |cell: &Cell| {
        let is_same_style = (cell.fg, cell.bg, cell.modifier) == (first.fg, first.bg, first.modifier);
        let is_same_kind =
            if has_rectangles { cell.symbol() == first.symbol() } else { rectangles_of(cell.symbol()).is_none() };
        is_same_style && is_same_kind && cell.symbol().columns() == 1
    };
    let run = (column..buffer.area.width).take_while(|column| is_alike(&buffer[(*column, row)])).count();
    u16::try_from(run).unwrap_or(1).max(1)
}

/// The characters of `run` cells from this one on; a wide character once.
fn symbols(buffer: &Buffer, column: u16, row: u16, run: u16) -> impl Iterator<Item = &str> {
    let is_wide = buffer[(column, row)].symbol().columns() > 1;
    (column..column + if is_wide { 1 } else { run }).map(move |column| buffer[(column, row)].symbol())
}

/// Whether a box-drawing character has a line from the middle of its cell to the left, right, top and bottom; `None` for other characters.
fn box_lines(c: char) -> Option<[bool; 4]> {
    let characters = [
        ('─', "lr"),
        ('│', "ud"),
        ('┌', "rd"),
        ('┐', "ld"),
        ('└', "ru"),
        ('┘', "lu"),
        ('├', "rud"),
        ('┤', "lud"),
        ('┬', "lrd"),
        ('┴', "lru"),
        ('┼', "lrud"),
    ];
    let (_, lines) = characters.into_iter().find(|(character, _)| *character == c)?;
    Some(['l', 'r', 'u', 'd'].map(|direction| lines.contains(direction)))
}

/// Left, top, width and height in pixels.
type Rect = [f64; 4];

/// Returns the rectangles, in its cell, of a braille, block or box-drawing character; `None` for others. Drawn as rectangles, these
/// characters look the same in every font and join without gaps.
fn rectangles_of(symbol: &str) -> Option<Vec<Rect>> {
    const LEFT: [char; 8] = ['▏', '▎', '▍', '▌', '▋', '▊', '▉', '█'];
    const LOWER: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
    let mut characters = symbol.chars();
    let c = characters.next().filter(|_| characters.next().is_none())?;
    let filled = |blocks: [char; 8]| blocks.iter().position(|block| *block == c).map(|index| (index + 1) as f64 / 8.0);
    Some(if let Some(share) = filled(LEFT) {
        vec![[0.0, 0.0, share * CELL.0, CELL.1]]
    } else if let Some(share) = filled(LOWER) {
        vec![[0.0, (1.0 - share) * CELL.1, CELL.0, share * CELL.1]]
    } else if ('\u{2801}'..='\u{28ff}').contains(&c) {
        // the bits of a braille character, by column and row
        const BITS: [[u32; 4]; 2] = [[0, 1, 2, 6], [3, 4, 5, 7]];
        let bits = c as u32 - 0x2800;
        let positions = (0..2_usize).flat_map(|column| (0..4_usize).map(move |row| (column, row)));
        let dots = positions.filter(|(column, row)| bits >> BITS[*column][*row] & 1 == 1);
        let dot = |(column, row): (usize, usize)| {
            [(column as f64 + 0.5) * CELL.0 / 2.0 - 1.1, (row as f64 + 0.5) * CELL.1 / 4.0 - 1.1, 2.2, 2.2]
        };
        dots.map(dot).collect()
    } else if let Some(is_drawn) = box_lines(c) {
        const LINE_WIDTH: f64 = 1.0;
        let (x, y) = ((CELL.0 - LINE_WIDTH) / 2.0, (CELL.1 - LINE_WIDTH) / 2.0);
        let lines = [
            [0.0, y, x + LINE_WIDTH, LINE_WIDTH],
            [x, y, CELL.0 - x, LINE_WIDTH],
            [x, 0.0, LINE_WIDTH, y + LINE_WIDTH],
            [x, y, LINE_WIDTH, CELL.1 - y],
        ];
        lines.into_iter().zip(is_drawn).filter(|(_, is_drawn)| *is_drawn).map(|(line, _)| line).collect()
    } else {
        return None;
    })
}

/// Returns the data of an SVG path of these rectangles. A rectangle that touches the previous one on its right, at the same height, is
/// merged with it.
fn svg_path(rectangles: impl Iterator<Item = Rect>) -> String {
    #[allow(clippy::float_cmp)] // computed alike
    let is_same_row = |left: Rect, right: Rect| (left[1], left[3]) == (right[1], right[3]);
    let mut whole: Vec<Rect> = Vec::new();
    for rectangle in rectangles {
        match whole.last_mut() {
            Some(last) if is_same_row(*last, rectangle) && rectangle[0] - last[0] <= last[2] => {
                last[2] = rectangle[0] + rectangle[2] - last[0];
            }
            _ => whole.push(rectangle),
        }
    }
    let path = |[left, top, width, height]: Rect| {
        let [left, top, width, height] = [left, top, width, height].map(pixels_text);
        format!("M{left} {top}h{width}v{height}h-{width}z")
    };
    whole.into_iter().map(path).collect()
}

/// A number of pixels with at most two decimals.
fn pixels_text(pixels: f64) -> String {
    format!("{pixels:.2}").trim_end_matches('0').trim_end_matches('.').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dashboard::{Colours, Dashboard, Language, Theme, fixture, screen};

    #[test]
    fn svg_whole_screen_matches_snapshot() {
        let dashboard = Dashboard::new(Theme::new(Colours::True), Language::English, &[]);
        let observed = fixture::running();
        let picture = draw_svg(60, 18, Background::Dark, |frame| screen::render(frame, &dashboard, &observed));
        insta::assert_snapshot!(picture);
    }

    #[test]
    fn svg_markup_in_text_is_escaped() {
        let picture = draw_svg(12, 1, Background::Light, |frame| {
            frame.buffer_mut().set_string(0, 0, "<b> & \"c\"", ratatui::style::Style::new());
        });
        assert!(picture.contains("&lt;b&gt;\u{a0}&amp;\u{a0}") && !picture.contains("<b>"), "{picture}");
    }
}
