//! Renders a recording of the dashboard as an animated picture: `cargo run --example animate -- lesson.cast lesson.svg`.
//!
//! A recording is an [asciicast, version 2](https://docs.asciinema.org/manual/asciicast/v2/), as `rnn-tui --record FILE` writes it. The
//! picture plays wherever a page shows SVG; a viewer without animation shows the last frame.

use std::collections::BTreeMap;
use std::error::Error;
use std::fs;

use ratatui::buffer::{Buffer, Cell};
use ratatui::layout::{Rect, Size};
use ratatui::style::{Color, Modifier, Style};
use rnn_tui::dashboard::Background;
use rnn_tui::export::picture::{draw_cells, frame_picture};
use svg::node::element::{Animate, Group};
use vt100::{Parser, Screen};

/// Minimum time between frames in seconds; later screens replace earlier ones.
const MIN_FRAME_SECONDS: f64 = 0.3;
/// Duration of the last frame in seconds.
const LAST_FRAME_SECONDS: f64 = 3.0;
/// Sequence that the dashboard sends when it returns the screen to the shell.
const LEAVE_SEQUENCE: &str = "\u{1b}[999;1H";

#[allow(dead_code)] // tests/docs includes this file as a module
fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().collect();
    let [_, cast, picture] = &arguments[..] else {
        return Err("usage: cargo run --example animate -- FILE.cast FILE.svg".into());
    };
    fs::write(picture, animated(&fs::read_to_string(cast)?)?)?;
    Ok(())
}

/// Renders a recording as an animated SVG.
///
/// # Errors
/// Fails if `cast` is not an asciicast of version 2, or has no frames.
pub fn animated(cast: &str) -> Result<String, Box<dyn Error>> {
    let (size, frames) = frames(cast)?;
    let (Some((first, _)), Some((last, _))) = (frames.first(), frames.last()) else { return Err("no frame".into()) };
    let duration = last - first + LAST_FRAME_SECONDS;
    let time = |frame: usize| frames.get(frame).map_or(1.0, |(time, _)| (time - first) / duration);
    let mut inside = Group::new();
    for (ranges, cells) in cells_by_visibility(&frames, size) {
        let times: Vec<_> = ranges.into_iter().map(|(from, until)| (time(from), time(until))).collect();
        let group = draw_cells(&cells, Background::Dark);
        inside = inside.add(if times == [(0.0, 1.0)] { group } else { animated_group(group, &times, duration) });
    }
    Ok(frame_picture(size, Background::Dark, inside).to_string())
}

/// Half-open ranges of frames in which a cell is visible.
pub type FrameRanges = Vec<(usize, usize)>;

/// Groups cells by the frames in which they are visible, so that static content is drawn once.
#[must_use]
pub fn cells_by_visibility(frames: &[(f64, Screen)], size: Size) -> BTreeMap<FrameRanges, Buffer> {
    let mut cells = BTreeMap::new();
    for (row, column) in (0..size.height).flat_map(|row| (0..size.width).map(move |column| (row, column))) {
        let mut contents: Vec<(Cell, FrameRanges)> = Vec::new();
        for (frame, (_, screen)) in frames.iter().enumerate() {
            let cell = cell_of(screen, row, column);
            let Some((_, ranges)) = contents.iter_mut().find(|(content, _)| *content == cell) else {
                contents.push((cell, vec![(frame, frame + 1)]));
                continue;
            };
            match ranges.last_mut() {
                Some((_, end)) if *end == frame => *end = frame + 1,
                _ => ranges.push((frame, frame + 1)),
            }
        }
        for (cell, ranges) in contents.into_iter().filter(|(cell, _)| *cell != Cell::EMPTY) {
            let buffer = cells.entry(ranges).or_insert_with(|| Buffer::empty(Rect::from(size)));
            buffer[(column, row)] = cell;
        }
    }
    cells
}

/// Makes a group visible during these fractions of a repeated animation of `duration` seconds.
fn animated_group(group: Group, times: &[(f64, f64)], duration: f64) -> Group {
    let (mut values, mut key_times) = (Vec::new(), Vec::new());
    if times[0].0 > 0.0 {
        values.push("hidden");
        key_times.push("0".to_owned());
    }
    for (from, until) in times {
        values.push("visible");
        key_times.push(format!("{from:.3}"));
        if *until < 1.0 {
            values.push("hidden");
            key_times.push(format!("{until:.3}"));
        }
    }
    let is_last = times.last().is_some_and(|(_, until)| *until >= 1.0);
    let animation = Animate::new()
        .set("attributeName", "visibility")
        .set("calcMode", "discrete")
        .set("dur", format!("{duration:.2}s"))
        .set("repeatCount", "indefinite")
        .set("values", values.join(";"))
        .set("keyTimes", key_times.join(";"));
    group.set("visibility", if is_last { "visible" } else { "hidden" }).add(animation)
}

/// Screen size, and frames with their start times in seconds.
pub type Frames = (Size, Vec<(f64, Screen)>);

/// Frames of a recording up to the end of the dashboard.
///
/// # Errors
/// Fails if `cast` is not an asciicast of version 2.
pub fn frames(cast: &str) -> Result<Frames, Box<dyn Error>> {
    let mut lines = cast.lines();
    let header: serde_json::Value = serde_json::from_str(lines.next().ok_or("an empty file")?)?;
    let cells = |key: &str| header[key].as_u64().and_then(|cells| u16::try_from(cells).ok()).ok_or(format!("no {key}"));
    let size = Size::new(cells("width")?, cells("height")?);
    let mut terminal = Parser::new(size.height, size.width, 0);
    let mut frames: Vec<(f64, Screen)> = Vec::new();
    for line in lines {
        let (time, kind, sent): (f64, String, String) = serde_json::from_str(line)?;
        if kind != "o" {
            continue;
        }
        if sent.contains(LEAVE_SEQUENCE) {
            break;
        }
        terminal.process(sent.as_bytes());
        let screen = terminal.screen().clone();
        match frames.last_mut() {
            Some((before, shown)) if time - *before < MIN_FRAME_SECONDS => *shown = screen,
            // no frame is drawn yet
            None if screen.contents().trim().is_empty() => {}
            _ => frames.push((time, screen)),
        }
    }
    Ok((size, frames))
}

/// Converts a cell of the emulator to a ratatui cell.
fn cell_of(screen: &Screen, row: u16, column: u16) -> Cell {
    let mut drawn = Cell::EMPTY;
    let Some(cell) = screen.cell(row, column) else { return drawn };
    let modifiers =
        [(cell.bold(), Modifier::BOLD), (cell.underline(), Modifier::UNDERLINED), (cell.inverse(), Modifier::REVERSED)];
    let modifiers = modifiers.into_iter().filter(|(is_set, _)| *is_set).map(|(_, modifier)| modifier);
    let style = Style::new().fg(colour(cell.fgcolor())).bg(colour(cell.bgcolor()));
    drawn.set_style(style.add_modifier(modifiers.collect::<Modifier>()));
    let is_blank = cell.contents().trim().is_empty();
    if is_blank && drawn.bg == Color::Reset && !cell.inverse() && !cell.underline() {
        return Cell::EMPTY;
    }
    if !is_blank {
        drawn.set_symbol(cell.contents());
    }
    drawn
}

fn colour(colour: vt100::Color) -> Color {
    match colour {
        vt100::Color::Default => Color::Reset,
        vt100::Color::Idx(index) => Color::Indexed(index),
        vt100::Color::Rgb(red, green, blue) => Color::Rgb(red, green, blue),
    }
}
