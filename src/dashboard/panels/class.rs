//! Who is in the class, what they look at and what they asked last.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Style;
use unicode_width::UnicodeWidthStr;

use super::drawing::{RenderContext, fit, nothing_but};
use super::window::Window;
use super::{Panel, PanelKey};
use crate::dashboard::class_view::MemberView;
use crate::dashboard::language::{Bilingual, Language, text};
use crate::dashboard::motion::{Direction, Motion};
use crate::dashboard::trace_cursor::TraceCursor;
use crate::session::{Observed, Snapshot};

/// Columns of a name.
const LONGEST_NAME: usize = 16;

/// The panel: the row that is looked at.
#[derive(Clone, Debug, Default)]
pub struct ClassPanel {
    row: usize,
}

impl Panel for ClassPanel {
    const TITLE: Bilingual = text("class", "课堂");

    const KEYS: &'static [PanelKey] =
        &[PanelKey::Moves(Motion::Towards(Direction::Down)), PanelKey::Moves(Motion::Towards(Direction::Up))];

    fn has_place(_: &Snapshot) -> bool {
        false
    }

    fn moves(&mut self, motion: Motion, _: &Observed, _: &mut TraceCursor) {
        match motion {
            Motion::Towards(Direction::Down) => self.row = self.row.saturating_add(1),
            Motion::Towards(Direction::Up) => self.row = self.row.saturating_sub(1),
            _ => {}
        }
    }

    fn render(&self, frame: &mut Frame<'_>, area: Rect, ctx: RenderContext<'_>) {
        draw(frame, area, self.row, ctx);
    }
}

fn draw(frame: &mut Frame<'_>, area: Rect, row: usize, ctx: RenderContext<'_>) {
    let (theme, words) = (ctx.theme(), ctx.words());
    let Some(class) = &ctx.view.class else {
        return nothing_but(frame, area, words.text(ClassPanel::TITLE), words.no_class(), ctx);
    };
    let members = &class.members;
    let block = ctx.frame("");
    let inner = block.inner(area);
    let room = usize::from(inner.height).saturating_sub(1 + class.doors.len());
    let window = Window::around(row.min(members.len().saturating_sub(1)), members.len(), room);
    let title = [Some(words.class(class)), window.label()].into_iter().flatten().collect::<Vec<_>>().join("  ");
    frame.render_widget(ctx.frame(&fit(&title, usize::from(area.width).saturating_sub(4))), area);

    let mut lines: Vec<(String, Style)> = class.doors.iter().map(|door| (door.clone(), theme.quiet())).collect();
    if !members.is_empty() {
        let cells: Vec<_> = members.iter().map(|member| cells(member, words)).collect();
        let titles = words.class_columns().map(str::to_owned);
        let width = |column: usize| {
            let widest = cells.iter().chain([&titles]).map(|row| row[column].width()).max().unwrap_or(0);
            if column == 1 { widest.min(LONGEST_NAME) } else { widest }
        };
        let line = |row: &[String; 5]| {
            let cells = row.iter().enumerate().map(|(column, cell)| {
                let cell = fit(cell, width(column));
                let free = " ".repeat(width(column) - cell.width());
                if column == 2 { free + &cell } else { cell + &free }
            });
            cells.collect::<Vec<_>>().join("  ")
        };
        lines.push((line(&titles), theme.quiet()));
        let shown = cells.iter().zip(members).skip(window.first).take(window.shown);
        lines.extend(shown.map(|(row, member)| (line(row), if member.hand { theme.focus() } else { Style::new() })));
    }
    for (line, (text, style)) in inner.rows().zip(lines) {
        frame.buffer_mut().set_string(line.x, line.y, fit(&text, line.width.into()), style);
    }
}

fn cells(member: &MemberView, words: Language) -> [String; 5] {
    let hand = if member.hand { "!" } else { "" };
    [
        hand.to_owned(),
        member.name.clone(),
        member.minutes.to_string(),
        words.text(member.panel.title()).to_owned(),
        member.prompt.clone(),
    ]
}
