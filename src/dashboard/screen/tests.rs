//! Snapshots and properties of the screen.

mod class;
mod colours;
mod curves;
mod forms;
mod header;
mod popups;
mod prompt;
mod runs;
mod sizes;
mod trace;

use crate::language::Message;
use std::fmt::Write;

use crate::columns::Columns;
use crossterm::event::{Event, KeyCode, KeyEvent, KeyModifiers};
use insta::assert_snapshot;
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::style::Color;

use super::*;
use crate::dashboard::language::Language;
use crate::dashboard::{Colours, Glyphs, Notice, Theme, Zoom, fixture};
use crate::learning::{Answer, Continuation, RunInfo, StepReport};
use crate::model::{QuantityKind, Trace};

/// The panels that a large screen shows in these tests, so that a new panel changes only `training_at_120x40`.
const PANELS: &[PanelName] = &[
    PanelName::Loss,
    PanelName::Heatmap,
    PanelName::GradientFlow,
    PanelName::Prompt,
    PanelName::StateSpace,
    PanelName::Shapes,
    PanelName::Attention,
    PanelName::Comparison,
];

fn dashboard_after(keys: &[KeyCode]) -> Dashboard {
    dashboard_of(keys, &fixture::running())
}

fn dashboard_of(keys: &[KeyCode], observed: &Observed) -> Dashboard {
    let mut dashboard = Dashboard::new(Theme::new(Colours::Indexed), Language::English, &["我 喜欢".to_owned()]);
    for code in keys {
        dashboard.handle(&Event::Key(KeyEvent::new(*code, KeyModifiers::NONE)), observed);
    }
    dashboard
}

fn typed(text: &str) -> Vec<KeyCode> {
    text.chars().map(KeyCode::Char).collect()
}

fn drawn(width: u16, height: u16, dashboard: &Dashboard, observed: &Observed) -> Terminal<TestBackend> {
    let mut terminal = Terminal::new(TestBackend::new(width, height)).unwrap();
    terminal.draw(|frame| render_among(frame, PANELS, dashboard, observed)).unwrap();
    terminal
}

fn screen(width: u16, height: u16, keys: &[KeyCode], observed: &Observed) -> String {
    text(&drawn(width, height, &dashboard_of(keys, observed), observed))
}

/// The background of a number in the heatmap.
fn background(terminal: &Terminal<TestBackend>, number: &str) -> Color {
    let buffer = terminal.backend().buffer();
    let text: Vec<&str> = buffer.content.iter().map(ratatui::buffer::Cell::symbol).collect();
    let position = (0..text.len() - 5).find(|at| text[*at..at + 5].concat() == number).unwrap();
    buffer.content[position].bg
}

/// The text of a part of the screen; a wide character covers the next cell.
fn text_of(terminal: &Terminal<TestBackend>, part: Rect) -> String {
    let buffer = terminal.backend().buffer();
    let mut text = String::new();
    for row in part.rows() {
        let mut covered = 0;
        for at in row.columns() {
            let symbol = buffer[(at.x, at.y)].symbol();
            if covered == 0 {
                text.push_str(symbol);
                covered = symbol.columns();
            }
            covered -= 1;
        }
        text.push('\n');
    }
    text
}

/// The text of the whole screen.
fn text(terminal: &Terminal<TestBackend>) -> String {
    text_of(terminal, terminal.backend().buffer().area)
}

/// The text of a panel; if it is not on the screen, that between header and footer.
fn panel_of(panel: PanelName, terminal: &Terminal<TestBackend>, dashboard: &Dashboard, observed: &Observed) -> String {
    let area = terminal.backend().buffer().area;
    let [_, body, _] = rows(area, observed);
    let places = arranged(body, density(area), PANELS, dashboard, observed);
    let place = places.into_iter().find(|(name, _)| *name == panel);
    text_of(terminal, place.map_or(body, |(_, place)| place))
}

/// The text of the focused panel after these keys.
fn focused(width: u16, height: u16, keys: &[KeyCode], observed: &Observed) -> String {
    let dashboard = dashboard_of(keys, observed);
    panel_of(dashboard.view.panel, &drawn(width, height, &dashboard, observed), &dashboard, observed)
}

/// The text of the help or the model editor after these keys, on an empty screen.
fn popup(width: u16, height: u16, keys: &[KeyCode], observed: &Observed) -> String {
    let dashboard = dashboard_of(keys, observed);
    let mut terminal = Terminal::new(TestBackend::new(width, height)).unwrap();
    let draw = |frame: &mut Frame<'_>| {
        let area = frame.area();
        let ctx = context(&dashboard, observed, density(area));
        dashboard.view.help.into_iter().for_each(|scroll| help::render(frame, area, scroll, ctx));
        dashboard.view.editor.iter().for_each(|editor| model::render(frame, area, editor, ctx));
    };
    terminal.draw(draw).unwrap();
    text(&terminal)
}

fn header(width: u16, height: u16, keys: &[KeyCode], observed: &Observed) -> String {
    let terminal = drawn(width, height, &dashboard_of(keys, observed), observed);
    let [header, ..] = rows(terminal.backend().buffer().area, observed);
    text_of(&terminal, header)
}
