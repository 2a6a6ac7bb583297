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

/// Pixels of a cell.
const CELL: (f64, f64) = (9.0, 19.0);
/// Distance of the baseline from the top of a cell, in pixels.
const BASELINE: f64 = 14.5;
const MARGIN: f64 = 10.0;
pub(super) const FONT: &str = "'DejaVu Sans Mono','Noto Sans Mono CJK SC','Noto Sans Mono',Menlo,Consolas,monospace";

/// Draws a screen of this many columns and rows with `draw`, as an SVG document.
#[must_use]
pub fn svg_of(columns: u16, rows: u16, background: Background, draw: impl FnOnce(&mut Frame<'_>)) -> String {
    let Ok(mut terminal) = Terminal::new(TestBackend::new(columns, rows)); // cannot fail
    let Ok(_) = terminal.draw(draw);
    svg(terminal.backend().buffer(), background)
}

/// A buffer as an SVG document.
fn svg(buffer: &Buffer, background: Background) -> String {
    framed(buffer.area.as_size(), background, group_of(buffer, background)).to_string()
}

/// An SVG document of this size in cells, with margins around `inside`.
#[must_use]
pub fn framed(size: Size, background: Background, inside: Group) -> Document {
    let (width, height) = (f64::from(size.width) * CELL.0, f64::from(size.height) * CELL.1);
    let (whole, high) = (width + 2.0 * MARGIN, height + 2.0 * MARGIN);
    let ground = Palette::on(background).ground;
    let ground = Rectangle::new().set("width", whole).set("height", high).set("rx", 6).set("fill", ground);
    let inside = inside.set("transform", format!("translate({MARGIN} {MARGIN})"));
    let inside = inside.set("font-family", FONT).set("font-size", 15);
    Document::new().set("viewBox", (0, 0, whole, high)).add(ground).add(inside)
}

/// The cells of a buffer as an SVG group, the first one at the origin.
#[must_use]
pub fn group_of(buffer: &Buffer, background: Background) -> Group {
    let colours = Palette::on(background);
    let (mut whole, mut letters) = (Group::new(), Vec::new());
    for row in 0..buffer.area.height {
        let y = f64::from(row) * CELL.1;
        let mut column = 0;
        while column < buffer.area.width {
            let cell = &buffer[(column, row)];
            let run = run_length(buffer, column, row);
            let x = f64::from(column) * CELL.0;
            let wide = f64::from(run) * CELL.0;
            let (front, ground) = colours.of(cell);
            if let Some(ground) = ground {
                let rectangle = Rectangle::new().set("x", x).set("y", y).set("width", wide).set("height", CELL.1);
                whole = whole.add(rectangle.set("fill", ground));
            }
            let symbols: Vec<&str> = symbols(buffer, column, row, run).collect();
            if let Some(shape) = shape_of(cell.symbol()) {
                let moved = |at: u16| {
                    let x = x + f64::from(at) * CELL.0;
                    shape.iter().map(move |[left, top, width, height]| [x + left, y + top, *width, *height])
                };
                letters.push(Box::<dyn Node>::from(
                    Path::new().set("d", path_of((0..run).flat_map(moved))).set("fill", front),
                ));
            } else if symbols.iter().any(|symbol| !symbol.trim().is_empty()) {
                // spaces at the ends are no part of a text
                let (whole, first) =
                    (symbols.concat(), symbols.iter().take_while(|symbol| symbol.trim().is_empty()).count());
                let last = symbols.iter().rev().take_while(|symbol| symbol.trim().is_empty()).count();
                let (x, wide) = (x + first as f64 * CELL.0, wide - (first + last) as f64 * CELL.0);
                // a line break stands on either side of the text, which would count where spaces are preserved
                let mut text = Text::new(whole.trim().replace(' ', "\u{a0}"))
                    .set("x", x)
                    .set("y", y + BASELINE)
                    .set("fill", front);
                if wide > CELL.0 {
                    text = text.set("textLength", wide).set("lengthAdjust", "spacingAndGlyphs");
                }
                if cell.modifier.contains(Modifier::BOLD) {
                    text = text.set("font-weight", "bold");
                }
                if cell.modifier.contains(Modifier::UNDERLINED) {
                    text = text.set("text-decoration", "underline");
                }
                letters.push(text.into());
            }
            column += run;
        }
    }
    // letters reach beyond their cells: all of them stand before all grounds
    letters.into_iter().fold(whole, Group::add)
}

/// The number of cells from this one on that are drawn as one: of the same style and kind of character.
fn run_length(buffer: &Buffer, column: u16, row: u16) -> u16 {
    let first = &buffer[(column, row)];
    if first.symbol().columns() > 1 {
        return 2.min(buffer.area.width - column);
    }
    let is_shape = shape_of(first.symbol()).is_some();
    let alike = |cell: &Cell| {
        let same = (cell.fg, cell.bg, cell.modifier) == (first.fg, first.bg, first.modifier);
        let kind = if is_shape { cell.symbol() == first.symbol() } else { shape_of(cell.symbol()).is_none() };
        same && kind && cell.symbol().columns() == 1
    };
    let run = (column..buffer.area.width).take_while(|column| alike(&buffer[(*column, row)])).count();
    u16::try_from(run).unwrap_or(1).max(1)
}

fn symbols(buffer: &Buffer, column: u16, row: u16, run: u16) -> impl Iterator<Item = &str> {
    let is_wide = buffer[(column, row)].symbol().columns() > 1;
    (column..column + if is_wide { 1 } else { run }).map(move |column| buffer[(column, row)].symbol())
}

/// Where the lines of a box go from the middle of its cell: left, right, up, down.
fn arms_of(c: char) -> Option<[bool; 4]> {
    let arms = [
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
    let (_, arms) = arms.into_iter().find(|(box_character, _)| *box_character == c)?;
    Some(['l', 'r', 'u', 'd'].map(|arm| arms.contains(arm)))
}

/// Left, top, width and height of a rectangle.
type Place = [f64; 4];

/// Braille dots, parts of blocks and lines of boxes look the same in every font, and meet, when they are drawn: the rectangles of one
/// in its cell.
fn shape_of(symbol: &str) -> Option<Vec<Place>> {
    const LEFT: [char; 8] = ['▏', '▎', '▍', '▌', '▋', '▊', '▉', '█'];
    const LOWER: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
    let mut characters = symbol.chars();
    let c = characters.next().filter(|_| characters.next().is_none())?;
    let eighths = |of: [char; 8]| of.iter().position(|block| *block == c).map(|at| (at + 1) as f64 / 8.0);
    Some(if let Some(share) = eighths(LEFT) {
        vec![[0.0, 0.0, share * CELL.0, CELL.1]]
    } else if let Some(share) = eighths(LOWER) {
        vec![[0.0, (1.0 - share) * CELL.1, CELL.0, share * CELL.1]]
    } else if ('\u{2801}'..='\u{28ff}').contains(&c) {
        // the bits of a braille character, by column and row
        const BITS: [[u32; 4]; 2] = [[0, 1, 2, 6], [3, 4, 5, 7]];
        let bits = c as u32 - 0x2800;
        let places = (0..2_usize).flat_map(|column| (0..4_usize).map(move |row| (column, row)));
        let there = places.filter(|(column, row)| bits >> BITS[*column][*row] & 1 == 1);
        let dot = |(column, row): (usize, usize)| {
            [(column as f64 + 0.5) * CELL.0 / 2.0 - 1.1, (row as f64 + 0.5) * CELL.1 / 4.0 - 1.1, 2.2, 2.2]
        };
        there.map(dot).collect()
    } else if let Some(arms) = arms_of(c) {
        const LINE: f64 = 1.0;
        let (x, y) = ((CELL.0 - LINE) / 2.0, (CELL.1 - LINE) / 2.0);
        let lines =
            [[0.0, y, x + LINE, LINE], [x, y, CELL.0 - x, LINE], [x, 0.0, LINE, y + LINE], [x, y, LINE, CELL.1 - y]];
        lines.into_iter().zip(arms).filter(|(_, there)| *there).map(|(line, _)| line).collect()
    } else {
        return None;
    })
}

/// The path of rectangles; those that go on to the right of the one before are one with it.
fn path_of(rectangles: impl Iterator<Item = Place>) -> String {
    #[allow(clippy::float_cmp)] // the same sums
    let is_in_line = |left: Place, right: Place| (left[1], left[3]) == (right[1], right[3]);
    let mut whole: Vec<Place> = Vec::new();
    for rectangle in rectangles {
        match whole.last_mut() {
            Some(last) if is_in_line(*last, rectangle) && rectangle[0] - last[0] <= last[2] => {
                last[2] = rectangle[0] + rectangle[2] - last[0];
            }
            _ => whole.push(rectangle),
        }
    }
    let path = |[left, top, width, height]: Place| {
        let [left, top, width, height] = [left, top, width, height].map(short);
        format!("M{left} {top}h{width}v{height}h-{width}z")
    };
    whole.into_iter().map(path).collect()
}

/// A number of pixels, to the hundredth.
fn short(pixels: f64) -> String {
    format!("{pixels:.2}").trim_end_matches('0').trim_end_matches('.').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dashboard::{Colours, Language, Theme, View, fixture, screen};

    #[test]
    fn a_screen_as_a_picture() {
        let view = View::new(Theme::new(Colours::True), Language::English, &[]);
        let observed = fixture::running();
        let picture = svg_of(60, 18, Background::Dark, |frame| screen::render(frame, &view, &observed));
        insta::assert_snapshot!(picture);
    }

    #[test]
    fn what_is_markup_stays_text() {
        let picture = svg_of(12, 1, Background::Light, |frame| {
            frame.buffer_mut().set_string(0, 0, "<b> & \"c\"", ratatui::style::Style::new());
        });
        assert!(picture.contains("&lt;b&gt;\u{a0}&amp;\u{a0}") && !picture.contains("<b>"), "{picture}");
    }
}
