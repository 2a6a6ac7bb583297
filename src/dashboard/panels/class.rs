//! Who is in the class, what they look at and what they asked last.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::{Modifier, Style};
use unicode_width::UnicodeWidthStr;

use super::drawing::{RenderContext, fit, fit_end, nothing_but};
use super::window::Window;
use super::{Panel, PanelKey, PanelName};
use crate::dashboard::actions::{Action, Does, Place, Topic};
use crate::dashboard::class_view::{ClassAct, MemberView};
use crate::dashboard::keymap::c;
use crate::dashboard::language::{Bilingual, Language, text};
use crate::dashboard::motion::{Direction, Motion};
use crate::dashboard::role::Doer;
use crate::dashboard::trace_cursor::TraceCursor;
use crate::dashboard::view::Effect;
use crate::session::{Observed, Snapshot};

/// Columns of a name, where there is no room for more: what somebody asked is worth as much.
const LONGEST_NAME: usize = 16;
/// Columns of the list that are not like the others.
const NAME: usize = 1;
const MINUTES: usize = 2;
const PROMPT: usize = 4;

/// The panel: the row that is looked at.
#[derive(Clone, Debug, Default)]
pub struct ClassPanel {
    row: usize,
}

impl Panel for ClassPanel {
    const TITLE: Bilingual = text("class", "课堂");

    const KEYS: &'static [PanelKey] = &[
        PanelKey::Moves(Motion::Towards(Direction::Down)),
        PanelKey::Moves(Motion::Towards(Direction::Up)),
        PanelKey::Own(
            Action::new(
                (Place::Panel(PanelName::Class), "ask_theirs", &[c('o')]),
                Topic::Class,
                text("ask theirs", "问此问题"),
                text("ask this student's prompt on every screen", "在所有屏幕上提出此学生的问题"),
                Does::Run(|view, _| view.panels.class.ask_theirs()),
            )
            .by(Doer::Teacher),
        ),
    ];

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

impl ClassPanel {
    /// Has all asked what the one who is looked at asked last.
    #[allow(clippy::unnecessary_wraps)] // as all that actions do
    fn ask_theirs(&self) -> Option<Effect> {
        Some(Effect::Class(ClassAct::AskAll(Some(self.row))))
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
    let room = usize::from(inner.height).saturating_sub(1 + class.announcements.len());
    let window = Window::around(row.min(members.len().saturating_sub(1)), members.len(), room);
    let title: Vec<_> = words.class(class, ctx.view.role).into_iter().chain(window.label()).collect();
    frame.render_widget(ctx.frame(&fit(&title.join("  "), usize::from(area.width).saturating_sub(4))), area);

    let mut lines: Vec<(String, Style)> =
        class.announcements.iter().map(|said| (words.announcement(said), theme.quiet())).collect();
    if !members.is_empty() {
        let cells: Vec<_> = members.iter().map(|member| cells(member, words)).collect();
        let titles = words.class_columns().map(str::to_owned);
        let columns = usize::from(inner.width);
        let widest = |column: usize| cells.iter().chain([&titles]).map(|row| row[column].width()).max().unwrap_or(0);
        let mut widths: [usize; 5] = std::array::from_fn(widest);
        widths[NAME] = widths[NAME].min(LONGEST_NAME.max(columns / 4));
        let used = widths[..PROMPT].iter().map(|width| width + 2).sum();
        widths[PROMPT] = widths[PROMPT].min(columns.saturating_sub(used));
        let line = |row: &[String; 5]| {
            let cells = row.iter().enumerate().map(|(column, cell)| {
                // of what was asked the last words matter most
                let cell = if column == PROMPT { fit_end(cell, widths[column]) } else { fit(cell, widths[column]) };
                let free = " ".repeat(widths[column] - cell.width());
                if column == MINUTES { free + &cell } else { cell + &free }
            });
            cells.collect::<Vec<_>>().join("  ").trim_end().to_owned()
        };
        lines.push((line(&titles), theme.quiet()));
        let looked_at = row.min(members.len() - 1);
        let shown = cells.iter().zip(members).enumerate().skip(window.first).take(window.shown);
        lines.extend(shown.map(|(at, (row, member))| {
            let style = if member.hand { theme.focus() } else { Style::new() };
            let is_looked_at = ctx.has_keys && at == looked_at;
            (line(row), if is_looked_at { style.add_modifier(Modifier::BOLD | Modifier::UNDERLINED) } else { style })
        }));
    }
    for (line, (text, style)) in inner.rows().zip(lines) {
        frame.buffer_mut().set_string(line.x, line.y, fit(&text, line.width.into()), style);
    }
}

fn cells(member: &MemberView, words: Language) -> [String; 5] {
    let hand = if member.hand { "!" } else { "" };
    [
        hand.to_owned(),
        words.member(member),
        member.minutes.to_string(),
        words.text(member.panel.title()).to_owned(),
        member.prompt.clone(),
    ]
}
