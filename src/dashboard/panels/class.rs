//! Who is in the class, what they look at and what they asked last.

use crate::columns::Columns;
use crate::dashboard::words::class::{
    ClassColumn, ClassText, announcement, class_summary, member as member_name, own_place,
};
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::{Modifier, Style};

use super::drawing::{RenderContext, fit, fit_end, nothing_but, word_wrapped};
use super::window::Window;
use super::{Panel, PanelKey, PanelName};
use crate::dashboard::actions::{Action, Destructive, Handler, Place, Topic};
use crate::dashboard::class_view::{ClassAct, MemberView};
use crate::dashboard::keymap::c;
use crate::dashboard::language::{Bilingual, Language, text};
use crate::dashboard::motion::{Direction, Motion};
use crate::dashboard::role::{Permission, Role};
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
    /// The member whom a question to the teacher is about.
    marked: Option<MemberView>,
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
                Handler::Run(|view, _| {
                    let members = &view.class.as_ref()?.members;
                    let looked_at = view.panels.class.looked_at(members)?;
                    Some(Effect::Class(ClassAct::AskAll(Some(looked_at.number))))
                }),
            )
            .by(Permission::Teacher)
            .offered_when(|view, _| view.class.as_ref().is_some_and(|class| !class.members.is_empty())),
        ),
        PanelKey::Own(
            Action::new(
                (Place::Panel(PanelName::Class), "remove", &[c('X')]),
                Topic::Class,
                text("remove", "移出"),
                text("remove this student from the class, and keep them out", "将此学生移出课堂，不得再进入"),
                Handler::Run(|view, _| view.remove_member()),
            )
            .by(Permission::Teacher)
            .confirm(Destructive::Member)
            .offered_when(|view, _| view.class.as_ref().is_some_and(|class| !class.members.is_empty())),
        ),
        PanelKey::Own(
            Action::new(
                (Place::Panel(PanelName::Class), "rename", &[c('E')]),
                Topic::Class,
                text("rename", "改名"),
                text("call this member otherwise", "更改此人的名字"),
                Handler::Run(|view, _| view.type_name()),
            )
            .by(Permission::Teacher)
            .offered_when(|view, _| view.class.as_ref().is_some_and(|class| !class.members.is_empty())),
        ),
        PanelKey::Own(
            Action::new(
                (Place::Panel(PanelName::Class), "close_door", &[c('K')]),
                Topic::Class,
                text("door", "开/关门"),
                text("let nobody new in, or let them in again", "不再接受新人，或重新接受"),
                Handler::Run(|_, _| Some(Effect::Class(ClassAct::ToggleDoor))),
            )
            .by(Permission::Teacher)
            .offered_when(|view, _| view.class.is_some()),
        ),
        PanelKey::Own(
            Action::new(
                (Place::Panel(PanelName::Class), "new_password", &[c('N')]),
                Topic::Class,
                text("new password", "新密码"),
                text("have another password let students in", "更换学生进入所用的密码"),
                Handler::Run(|_, _| Some(Effect::Class(ClassAct::RenewPassword))),
            )
            .by(Permission::Teacher)
            .confirm(Destructive::Password)
            .offered_when(|view, _| view.shows_password()),
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
        draw(frame, area, self, ctx);
    }
}

impl ClassPanel {
    fn row_of(&self, members: &[MemberView]) -> usize {
        self.row.min(members.len().saturating_sub(1))
    }

    /// Has a question be about the member who is looked at; says whether there is one who can be removed.
    pub fn mark(&mut self, members: &[MemberView]) -> bool {
        let removable = self.looked_at(members).filter(|member| member.role != Role::Teacher);
        self.marked = removable.cloned();
        self.marked.is_some()
    }

    /// The member whom a question is about.
    pub fn marked(&self) -> Option<&MemberView> {
        self.marked.as_ref()
    }

    /// The number of that member, once.
    pub fn take_marked(&mut self) -> Option<u64> {
        self.marked.take().map(|member| member.number)
    }

    /// The member who is looked at.
    pub fn looked_at<'a>(&self, members: &'a [MemberView]) -> Option<&'a MemberView> {
        members.get(self.row_of(members))
    }

    /// Whoever comes or leaves, the same member is looked at.
    pub fn keep_looking_at(&mut self, before: &[MemberView], now: &[MemberView]) {
        let number = self.looked_at(before).map(|member| member.number);
        let same = now.iter().position(|member| Some(member.number) == number);
        self.row = same.unwrap_or_else(|| self.row_of(now));
    }
}

fn draw(frame: &mut Frame<'_>, area: Rect, panel: &ClassPanel, ctx: RenderContext<'_>) {
    let (theme, words) = (ctx.theme(), ctx.words());
    let Some(class) = &ctx.view.class else {
        return nothing_but(frame, area, words.text(ClassPanel::TITLE), &words.say(ClassText::NoClass), ctx);
    };
    let members = &class.members;
    let block = ctx.frame("");
    let inner = block.inner(area);
    let room = usize::from(inner.height).saturating_sub(1 + class.announcements.len());
    let looked_at = panel.row_of(members);
    let window = Window::around(looked_at, members.len(), room);
    let title: Vec<_> =
        class_summary(class, ctx.view.role).into_iter().map(|part| words.say(part)).chain(window.label()).collect();
    frame.render_widget(ctx.frame(&fit(&title.join("  "), usize::from(area.width).saturating_sub(4))), area);

    let mut lines: Vec<(String, Style)> =
        class.announcements.iter().map(|said| (announcement(said, words), theme.quiet())).collect();
    if ctx.view.role != Role::Teacher {
        // the others are the teacher's to see
        let told = own_place(class, words);
        let wrapped = told.iter().flat_map(|told| word_wrapped(told, inner.width.into()));
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
                // of what was asked the last words matter most
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
    fn the_same_member_is_looked_at_whoever_comes_or_leaves() {
        let mut panel = ClassPanel { row: 1, marked: None };
        let number = |panel: &ClassPanel, now: &[MemberView]| panel.looked_at(now).map(|member| member.number);
        panel.keep_looking_at(&members(&[3, 5, 8]), &members(&[5, 8, 9]));
        assert_eq!(number(&panel, &members(&[5, 8, 9])), Some(5));
        panel.keep_looking_at(&members(&[5, 8, 9]), &members(&[8, 9]));
        assert_eq!(number(&panel, &members(&[8, 9])), Some(8), "who has left is followed by the next one");
        panel.keep_looking_at(&members(&[8, 9]), &[]);
        assert_eq!(number(&panel, &[]), None);
    }

    #[test]
    fn below_the_last_member_there_is_nobody() {
        let (mut panel, three) = (ClassPanel { row: 9, marked: None }, members(&[1, 2, 3]));
        panel.keep_looking_at(&three, &three);
        assert_eq!(panel.row, 2, "one step up is one row up");
    }
}
