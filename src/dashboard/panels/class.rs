//! The members of the class, the panels that they see, and their last prompts.

use crate::columns::Columns;
use crate::dashboard::words::class::{
    ClassColumn, ClassText, announcement, class_summary, member as member_name, own_place,
};
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::{Modifier, Style};

use super::context::{RenderContext, draw_empty};
use super::drawing::{fit, fit_end, word_wrapped};
use super::name::PanelName;
use super::panel::{Panel, PanelContext, PanelHandler, PanelKey};
use super::window::Window;
use crate::dashboard::actions::{Action, Destructive, Place, Topic, on};
use crate::dashboard::class_view::{ClassAct, MemberView};
use crate::dashboard::effect::PanelEffect;
use crate::dashboard::key::c;
use crate::dashboard::language::{Language, text};
use crate::dashboard::line::Line;
use crate::dashboard::motion::{Direction, Motion};
use crate::dashboard::role::{Permission, Role};
use crate::dashboard::trace_cursor::TraceCursor;
use crate::dashboard::view::{Naming, Notice};
use crate::session::Snapshot;

/// Largest width of names on a narrow screen, which leaves room for prompts.
const LONGEST_NAME: usize = 16;
/// Index of the column of names.
const NAME: usize = 1;
/// Index of the column of minutes, which is aligned to the right.
const MINUTES: usize = 2;
/// Index of the column of prompts, the last one.
const PROMPT: usize = 4;

/// State of the panel.
#[derive(Clone, Debug, Default)]
pub struct ClassPanel {
    /// Selected row.
    row: usize,
    /// Number of the selected member; `None` if there was none.
    number: Option<u64>,
}

impl Panel for ClassPanel {
    const KEYS: &'static [PanelKey<Self>] = &[
        PanelKey::Moves(Motion::Towards(Direction::Down)),
        PanelKey::Moves(Motion::Towards(Direction::Up)),
        PanelKey::Own(
            Action::new(
                on(Place::Panel, "ask_theirs", &[c('o')]),
                Permission::Teacher,
                Topic::Class,
                text("ask theirs", "问此问题"),
                text("ask this student's prompt on every screen", "在所有屏幕上提出此学生的问题"),
                ClassPanel::ask_theirs as PanelHandler<ClassPanel>,
            )
            .offered_when(|view, _| view.class.as_ref().is_some_and(|class| !class.members.is_empty())),
        ),
        PanelKey::Own(
            Action::new(
                on(Place::Panel, "remove", &[c('X')]),
                Permission::Teacher,
                Topic::Class,
                text("remove", "移出"),
                text("remove this student from the class, and keep them out", "将此学生移出课堂，不得再进入"),
                ClassPanel::remove as PanelHandler<ClassPanel>,
            )
            .confirm(Destructive::Member)
            .offered_when(|view, _| view.class.as_ref().is_some_and(|class| !class.members.is_empty())),
        ),
        PanelKey::Own(
            Action::new(
                on(Place::Panel, "rename", &[c('E')]),
                Permission::Teacher,
                Topic::Class,
                text("rename", "改名"),
                text("call this member otherwise", "更改此人的名字"),
                ClassPanel::type_name as PanelHandler<ClassPanel>,
            )
            .offered_when(|view, _| view.class.as_ref().is_some_and(|class| !class.members.is_empty())),
        ),
        PanelKey::Own(
            Action::new(
                on(Place::Panel, "close_door", &[c('K')]),
                Permission::Teacher,
                Topic::Class,
                text("door", "开/关门"),
                text("stop admitting viewers, or admit them again", "不再接受新人，或重新接受"),
                (|_, _| Some(ClassAct::ToggleDoor.into())) as PanelHandler<ClassPanel>,
            )
            .offered_when(|view, _| view.class.is_some()),
        ),
        PanelKey::Own(
            Action::new(
                on(Place::Panel, "new_password", &[c('N')]),
                Permission::Teacher,
                Topic::Class,
                text("new password", "新密码"),
                text("have another password let students in", "更换学生进入所用的密码"),
                (|_, _| Some(ClassAct::RenewPassword.into())) as PanelHandler<ClassPanel>,
            )
            .confirm(Destructive::Password)
            .offered_when(|view, _| view.shows_password()),
        ),
    ];

    fn has_place(_: &Snapshot) -> bool {
        false
    }

    fn handle_motion(&mut self, motion: Motion, ctx: PanelContext<'_>, _: &mut TraceCursor) {
        let members = ctx.view.members();
        let row = self.selected_row(members);
        let row = match motion {
            Motion::Towards(Direction::Down) => row + 1,
            Motion::Towards(Direction::Up) => row.saturating_sub(1),
            _ => row,
        };
        self.select(row, members);
    }

    fn render(&self, frame: &mut Frame<'_>, area: Rect, ctx: RenderContext<'_>) {
        draw(frame, area, self, ctx);
    }
}

impl ClassPanel {
    /// The row of the selected member, or the same row if that member has left.
    fn selected_row(&self, members: &[MemberView]) -> usize {
        let position = members.iter().position(|member| Some(member.number) == self.number);
        position.unwrap_or(self.row).min(members.len().saturating_sub(1))
    }

    /// Selects a row, or the last one if there are fewer.
    fn select(&mut self, row: usize, members: &[MemberView]) {
        self.row = row.min(members.len().saturating_sub(1));
        self.number = members.get(self.row).map(|member| member.number);
    }

    /// Keeps the same member selected after members have joined or left.
    pub fn follow_selected(&mut self, members: &[MemberView]) {
        self.select(self.selected_row(members), members);
    }

    /// The selected member.
    fn selected<'a>(&self, members: &'a [MemberView]) -> Option<&'a MemberView> {
        members.get(self.selected_row(members))
    }

    /// The selected member, unless it is a teacher, who cannot be removed.
    pub fn removable<'a>(&self, members: &'a [MemberView]) -> Option<&'a MemberView> {
        self.selected(members).filter(|member| member.role != Role::Teacher)
    }

    /// Asks the prompt of the selected member on all screens; `None` without members.
    fn ask_theirs(&mut self, ctx: PanelContext<'_>) -> Option<PanelEffect> {
        Some(ClassAct::AskAll(Some(self.selected(ctx.view.members())?.number)).into())
    }

    /// Removes the confirmed member; without one, notifies that teachers cannot be removed.
    #[allow(clippy::unused_self)] // the signature of a key's handler
    fn remove(&mut self, ctx: PanelContext<'_>) -> Option<PanelEffect> {
        match ctx.confirmed {
            Some(member) => Some(ClassAct::Remove(member.number).into()),
            None => (!ctx.view.members().is_empty()).then_some(PanelEffect::Notify(Notice::NotOfTeachers)),
        }
    }

    /// Starts typing a new name for the selected member; `None` without members.
    fn type_name(&mut self, ctx: PanelContext<'_>) -> Option<PanelEffect> {
        let member = self.selected(ctx.view.members())?;
        let mut line = Line::default();
        line.put(&member.name);
        Some(PanelEffect::TypeName(Naming { number: member.number, before: member.name.clone(), line }))
    }
}

/// Draws announcements, the viewer's own place (unless it is a teacher) and the list of members, scrolled to the selected one.
fn draw(frame: &mut Frame<'_>, area: Rect, panel: &ClassPanel, ctx: RenderContext<'_>) {
    let (theme, words) = (ctx.theme(), ctx.words());
    let Some(class) = &ctx.view.class else {
        return draw_empty(frame, area, words.text(PanelName::Class.title()), &words.say(ClassText::NoClass), ctx);
    };
    let members = &class.members;
    let block = ctx.frame("");
    let inner = block.inner(area);
    let room = usize::from(inner.height).saturating_sub(1 + class.announcements.len());
    let selected = panel.selected_row(members);
    let window = Window::around(selected, members.len(), room);
    let title: Vec<_> =
        class_summary(class, ctx.view.role).into_iter().map(|part| words.say(part)).chain(window.label()).collect();
    frame.render_widget(ctx.frame(&fit(&title.join("  "), usize::from(area.width).saturating_sub(4))), area);

    let mut lines: Vec<(String, Style)> =
        class.announcements.iter().map(|said| (announcement(said, words), theme.quiet())).collect();
    if ctx.view.role != Role::Teacher {
        // only the teacher sees the members
        let sentences = own_place(class, words);
        let wrapped = sentences.iter().flat_map(|sentence| word_wrapped(sentence, inner.width.into()));
        lines.extend(wrapped.map(|line| (line, Style::new())));
    }
    if !members.is_empty() {
        let cells: Vec<_> = members.iter().map(|member| cells(member, words)).collect();
        let titles = ClassColumn::ALL.map(|column| words.say(column));
        let columns = usize::from(inner.width);
        let widest = |column: usize| cells.iter().chain([&titles]).map(|row| row[column].columns()).max().unwrap_or(0);
        let mut widths: [usize; 5] = std::array::from_fn(widest);
        widths[NAME] = widths[NAME].min(LONGEST_NAME.max(columns / 4));
        let used = widths[..PROMPT].iter().map(|width| width + 2).sum();
        widths[PROMPT] = widths[PROMPT].min(columns.saturating_sub(used));
        let line = |row: &[String; 5]| {
            let cells = row.iter().enumerate().map(|(column, cell)| {
                // the last words of a prompt matter most
                let cell = if column == PROMPT { fit_end(cell, widths[column]) } else { fit(cell, widths[column]) };
                let free = " ".repeat(widths[column] - cell.columns());
                if column == MINUTES { free + &cell } else { cell + &free }
            });
            cells.collect::<Vec<_>>().join("  ").trim_end().to_owned()
        };
        lines.push((line(&titles), theme.quiet()));
        let shown = cells.iter().zip(members).enumerate().skip(window.first).take(window.shown);
        lines.extend(shown.map(|(at, (row, member))| {
            let style = if member.hand { theme.focus() } else { Style::new() };
            let is_selected = ctx.has_keys && at == selected;
            (line(row), if is_selected { style.add_modifier(Modifier::BOLD | Modifier::UNDERLINED) } else { style })
        }));
    }
    for (line, (text, style)) in inner.rows().zip(lines) {
        frame.buffer_mut().set_string(line.x, line.y, fit(&text, line.width.into()), style);
    }
}

/// The cells of a member's row.
fn cells(member: &MemberView, words: Language) -> [String; 5] {
    let hand = if member.hand { "!" } else { "" };
    [
        hand.to_owned(),
        member_name(member, words),
        member.minutes.to_string(),
        words.text(member.panel.title()).to_owned(),
        member.prompt.clone(),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn members(numbers: &[u64]) -> Vec<MemberView> {
        let member = |number: &u64| MemberView {
            number: *number,
            name: format!("s{number}"),
            role: Role::Student,
            panel: PanelName::Prompt,
            prompt: String::new(),
            minutes: 0,
            hand: false,
            same_person: 0,
        };
        numbers.iter().map(member).collect()
    }

    #[test]
    fn selected_member_stays_selected_when_others_join_or_leave() {
        let mut panel = ClassPanel::default();
        let number = |panel: &ClassPanel, now: &[MemberView]| panel.selected(now).map(|member| member.number);
        panel.select(1, &members(&[3, 5, 8]));
        panel.follow_selected(&members(&[5, 8, 9]));
        assert_eq!(number(&panel, &members(&[5, 8, 9])), Some(5));
        panel.follow_selected(&members(&[8, 9]));
        assert_eq!(number(&panel, &members(&[8, 9])), Some(8), "the next one follows a member who has left");
        panel.follow_selected(&[]);
        assert_eq!(number(&panel, &[]), None);
    }

    #[test]
    fn select_row_below_last_selects_last() {
        let (mut panel, three) = (ClassPanel::default(), members(&[1, 2, 3]));
        panel.select(9, &three);
        assert_eq!(panel.row, 2, "one step up is one row up");
    }
}
