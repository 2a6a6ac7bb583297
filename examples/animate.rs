//! Renders a recording of the dashboard as an animated picture: `cargo run --example animate -- lesson.cast lesson.svg`.
//!
//! A recording is an [asciicast, version 2](https://docs.asciinema.org/manual/asciicast/v2/), as `rnn-tui --record FILE` writes it. The
//! picture plays wherever a page shows SVG; a program that plays nothing shows its last frame.

use std::collections::BTreeMap;
use std::error::Error;
use std::fs;

use ratatui::buffer::{Buffer, Cell};
use ratatui::layout::{Rect, Size};
use ratatui::style::{Color, Modifier, Style};
use rnn_tui::dashboard::Background;
use rnn_tui::export::picture::{framed, group_of};
use svg::node::element::{Animate, Group};
use vt100::{Parser, Screen};

/// Frames do not follow each other faster.
const SHORTEST: f64 = 0.3;
/// How long the last frame stays, in seconds.
const LAST: f64 = 3.0;
/// What the dashboard sends when it leaves the screen to the shell.
const LEAVES: &str = "\u{1b}[999;1H";

#[allow(dead_code)] // a test has this file as a module
fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().collect();
    let [_, cast, picture] = &arguments[..] else {
        return Err("usage: cargo run --example animate -- FILE.cast FILE.svg".into());
    };
    fs::write(picture, animated(&fs::read_to_string(cast)?)?)?;
    Ok(())
}

/// A recording as an animated picture.
///
/// # Errors
/// When it is no asciicast of version 2, or has no frame.
pub fn animated(cast: &str) -> Result<String, Box<dyn Error>> {
    let (size, frames) = frames(cast)?;
    let (Some((first, _)), Some((last, _))) = (frames.first(), frames.last()) else { return Err("no frame".into()) };
    let whole = last - first + LAST;
    let time = |frame: usize| frames.get(frame).map_or(1.0, |(time, _)| (time - first) / whole);
    let mut inside = Group::new();
    for (stretches, seen) in seen_together(&frames, size) {
        let times: Vec<_> = stretches.into_iter().map(|(from, until)| (time(from), time(until))).collect();
        let group = group_of(&seen, Background::Dark);
        inside = inside.add(if times == [(0.0, 1.0)] { group } else { played(group, &times, whole) });
    }
    Ok(framed(size, Background::Dark, inside).to_string())
}

/// From which frame to which something is seen, each time that it is.
pub type Stretches = Vec<(usize, usize)>;

/// What is seen during the same frames, by these: what stands still between two numbers is drawn once.
#[must_use]
pub fn seen_together(frames: &[(f64, Screen)], size: Size) -> BTreeMap<Stretches, Buffer> {
    let mut seen = BTreeMap::new();
    for (row, column) in (0..size.height).flat_map(|row| (0..size.width).map(move |column| (row, column))) {
        let mut contents: Vec<(Cell, Stretches)> = Vec::new();
        for (at, (_, screen)) in frames.iter().enumerate() {
            let cell = cell_of(screen, row, column);
            let Some((_, stretches)) = contents.iter_mut().find(|(content, _)| *content == cell) else {
                contents.push((cell, vec![(at, at + 1)]));
                continue;
            };
            match stretches.last_mut() {
                Some((_, end)) if *end == at => *end = at + 1,
                _ => stretches.push((at, at + 1)),
            }
        }
        for (cell, stretches) in contents.into_iter().filter(|(cell, _)| *cell != Cell::EMPTY) {
            let buffer = seen.entry(stretches).or_insert_with(|| Buffer::empty(Rect::from(size)));
            buffer[(column, row)] = cell;
        }
    }
    seen
}

/// A group that is seen at these times of `whole` seconds, again and again.
fn played(group: Group, times: &[(f64, f64)], whole: f64) -> Group {
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
        .set("dur", format!("{whole:.2}s"))
        .set("repeatCount", "indefinite")
        .set("values", values.join(";"))
        .set("keyTimes", key_times.join(";"));
    group.set("visibility", if is_last { "visible" } else { "hidden" }).add(animation)
}

/// The size of the screen, and what it shows from each time in seconds on.
pub type Frames = (Size, Vec<(f64, Screen)>);

/// The frames of a recording until the dashboard leaves the screen.
///
/// # Errors
/// When it is no asciicast of version 2.
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
        if sent.contains(LEAVES) {
            break;
        }
        terminal.process(sent.as_bytes());
        let screen = terminal.screen().clone();
        match frames.last_mut() {
            Some((before, shown)) if time - *before < SHORTEST => *shown = screen,
            // nothing is drawn yet
            None if screen.contents().trim().is_empty() => {}
            _ => frames.push((time, screen)),
        }
    }
    Ok((size, frames))
}

/// A cell of a screen as ratatui draws it.
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
