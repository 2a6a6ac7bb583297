//! The state of one viewer's screen, without that of the panels.

mod commands;
mod notice;

use std::time::{Duration, Instant};

use super::class_view::{Announcement, ClassView, MemberView};
use super::focus::Focus;
use super::language::Language;
use super::line::Line;
use super::model_editor::ModelEditor;
use super::panels::PanelName;
use super::role::Role;
use super::terminal::Answers;
use super::theme::{Glyphs, Theme};
use super::trace_cursor::TraceCursor;
use super::words::screen::drawn_in_ascii;
use crate::session::{Observed, Refusal};

pub use notice::Notice;

/// The state of one viewer's screen. Panels read it; only global actions change it.
#[derive(Clone, Debug)]
pub struct View {
    /// Colours, characters and widths of this viewer's terminal.
    pub theme: Theme,
    /// The language of all texts.
    pub language: Language,
    /// The role, which decides on permissions.
    pub role: Role,
    /// The class that watches the same runs, if there is one.
    pub class: Option<ClassView>,
    /// Shortest time between two frames without key presses.
    pub frame: Duration,
    /// The focused panel.
    pub panel: PanelName,
    /// The panel beside the loss on a small screen.
    pub side_panel: PanelName,
    /// The cursor in the trace, shared by all panels.
    pub cursor: TraceCursor,
    /// Whether the focused panel takes the whole screen.
    pub zoom: Zoom,
    /// Whether controls change the focused run only.
    pub acts_on_one: bool,
    /// Whether a prompt is being typed.
    pub is_typing: bool,
    /// First visible line of the help; `None` while it is closed.
    pub help: Option<u16>,
    /// The model editor; `None` while it is closed.
    pub editor: Option<ModelEditor>,
    /// The new name being typed for a member of the class.
    pub naming: Option<Naming>,
    /// What the teacher shows, held back until this viewer leaves the line being typed.
    pub held: Held,
    /// A destructive action that waits for confirmation.
    pub pending_confirmation: Option<Confirmation>,
    /// The notice shown until the next key press.
    pub notice: Option<Notice>,
    /// When the terminal was sent queries; `None` once it has answered.
    pub asked: Option<Instant>,
    /// Columns and rows of the screen.
    pub size: (u16, u16),
    /// Number of the last refusal that has been drawn.
    refusals_drawn: u64,
    /// Number of the last refusal that was on the screen at a key press: it counts as read.
    refusals_read: u64,
}

/// What is held back while a viewer types.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Held {
    /// The prompt for all, and the name of its author unless that is the teacher.
    pub question: Option<(String, Option<String>)>,
    /// Whether all viewers follow the view of the teacher.
    pub follows: bool,
}

impl Held {
    /// Whether anything is held back.
    #[must_use]
    pub fn is_any(&self) -> bool {
        self.question.is_some() || self.follows
    }
}

/// A name being typed.
#[derive(Clone, Debug)]
pub struct Naming {
    /// Number of the member to be renamed.
    pub number: u64,
    /// The current name.
    pub before: String,
    /// The line being typed.
    pub line: Line,
}

/// A destructive action that waits for confirmation: a second press of its key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Confirmation {
    /// The name of the action.
    pub action: &'static str,
    /// What would be lost.
    pub loses: Destructive,
    /// The key that was pressed.
    pub key: String,
    /// The affected member, which stays the same when others join or leave.
    pub member: Option<MemberView>,
}

/// Kinds of actions that lose something and need confirmation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Destructive {
    /// A restart loses training.
    ByRestart,
    /// Quitting loses training; a student leaves the class.
    ByQuitting,
    /// Ctrl-C; needs confirmation in a class only.
    ByInterrupt,
    /// Removing a member of the class.
    Member,
    /// Renewing the class password.
    Password,
}

/// What takes the whole screen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Zoom {
    /// Nothing.
    Off,
    /// The focused panel, with all its runs side by side.
    Panel,
    /// The focused panel, of the focused run only.
    Run,
}

impl Zoom {
    /// Whether a panel takes the whole screen.
    #[must_use]
    pub fn is_on(self) -> bool {
        self != Self::Off
    }
}

impl View {
    /// The view of a teacher without a class, with the focus on the prompt.
    #[must_use]
    pub fn new(theme: Theme, language: Language) -> Self {
        Self {
            theme,
            language,
            role: Role::default(),
            class: None,
            frame: Duration::from_millis(100),
            panel: PanelName::Prompt,
            side_panel: PanelName::Heatmap,
            cursor: TraceCursor::default(),
            zoom: Zoom::Off,
            acts_on_one: false,
            is_typing: false,
            help: None,
            editor: None,
            naming: None,
            held: Held::default(),
            pending_confirmation: None,
            notice: None,
            asked: None,
            size: (80, 24),
            refusals_drawn: 0,
            refusals_read: 0,
        }
    }

    /// Number of students in the class; 0 without a class.
    pub(crate) fn students(&self) -> usize {
        self.class.as_ref().map_or(0, |class| class.students)
    }

    /// The members of the class; empty unless the viewer is the teacher.
    pub(crate) fn members(&self) -> &[MemberView] {
        self.class.as_ref().map_or(&[], |class| &class.members)
    }

    /// Whether the viewer is typing or editing, which outside events must not interrupt.
    #[must_use]
    pub fn is_occupied(&self) -> bool {
        self.is_typing || self.naming.is_some() || self.editor.is_some()
    }

    /// Whether the password of the class may be on the screen.
    #[must_use]
    pub fn shows_password(&self) -> bool {
        let is_password = |announcement: &Announcement| matches!(announcement, Announcement::Password(_));
        let is_known = self.class.as_ref().is_some_and(|class| class.announcements.iter().any(is_password));
        is_known && [self.panel, self.side_panel].contains(&PanelName::Class)
    }

    /// This view with the password masked, for files that others may see.
    #[must_use]
    pub fn without_password(&self) -> Self {
        let mut view = self.clone();
        for announcement in view.class.iter_mut().flat_map(|class| &mut class.announcements) {
            if let Announcement::Password(password) = announcement {
                *password = "*".repeat(password.chars().count());
            }
        }
        view
    }

    /// Adapts the theme to the answers of the terminal, with a warning if it does not read UTF-8. Returns whether the theme has changed.
    pub(crate) fn take_answers(&mut self, answers: Answers) -> bool {
        let before = self.theme;
        self.theme.ambiguous = answers.width.unwrap_or(before.ambiguous);
        self.theme.background = answers.background.unwrap_or(before.background);
        if answers.is_not_utf_8 {
            self.theme.glyphs = Glyphs::AsciiOnly;
            self.notify(Notice::Warning(drawn_in_ascii(None)));
        }
        self.theme != before
    }

    /// Shows a notice. One about the viewer's place in the class is not replaced: other notices are shown after it.
    pub fn notify(&mut self, notice: Notice) {
        self.notice = Some(match (self.notice.take(), notice) {
            (Some(Notice::ClassStatus(before, last)), Notice::ClassStatus(more, _)) => {
                Notice::ClassStatus([before, more].join(self.language.pick("; ", "；")), last)
            }
            (Some(Notice::ClassStatus(place, _)), notice) => {
                Notice::ClassStatus(place, Some(self.language.say(&notice)))
            }
            (_, notice) => notice,
        });
    }

    /// What receives key presses.
    #[must_use]
    pub fn focus(&self) -> Focus {
        match self.help {
            Some(_) => Focus::Help,
            None if self.editor.is_some() => Focus::Model,
            None if self.naming.is_some() => Focus::Name,
            None if self.is_typing => Focus::Typing,
            None => Focus::Panel(self.panel),
        }
    }

    /// The refusal of the last prompt, unless it has been read.
    #[must_use]
    pub fn refusal<'a>(&self, observed: &'a Observed) -> Option<&'a Refusal> {
        observed.refusal.as_ref().filter(|refusal| refusal.number > self.refusals_read)
    }

    /// Marks the observed refusal as drawn: the next key press marks it as read.
    pub(super) fn mark_drawn(&mut self, observed: &Observed) {
        self.refusals_drawn = observed.refusal.as_ref().map_or(self.refusals_drawn, |refusal| refusal.number);
    }

    /// Handles what every key press does: drawn refusals count as read, and the notice is removed, except that one about the viewer's place
    /// in the class stays while something is being typed. Removes and returns the pending confirmation.
    pub(super) fn mark_read(&mut self) -> Option<Confirmation> {
        self.refusals_read = self.refusals_drawn;
        let is_typing = self.focus().takes_text();
        self.notice.take_if(|notice| !is_typing || !matches!(notice, Notice::ClassStatus(..)));
        self.pending_confirmation.take()
    }
}
