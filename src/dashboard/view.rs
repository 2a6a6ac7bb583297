//! What one viewer looks at, and how: the state of the whole screen, without that of the panels.

mod commands;

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
use crate::language::Message;
use crate::session::{Observed, Refusal};

/// What one viewer looks at, and how. Panels read it; only actions of the whole screen change it.
#[derive(Clone, Debug)]
pub struct View {
    /// What things look like on this viewer's terminal.
    pub theme: Theme,
    /// The language of every word.
    pub language: Language,
    /// What this viewer may do.
    pub role: Role,
    /// The class that looks at the same runs, if there is one.
    pub class: Option<ClassView>,
    /// Time between two frames that nobody asked for by a key.
    pub frame: Duration,
    /// The panel that has the keys.
    pub panel: PanelName,
    /// The panel next to the loss, on a screen that has no room for all.
    pub side_panel: PanelName,
    /// Where in the model one looks.
    pub cursor: TraceCursor,
    /// Whether the panel that has the keys has the whole screen.
    pub zoom: Zoom,
    /// Whether what changes a run changes only the one that is looked at.
    pub acts_on_one: bool,
    /// Whether letters are text.
    pub is_typing: bool,
    /// From which line on the help covers the screen.
    pub help: Option<u16>,
    /// Another model that is thought of.
    pub editor: Option<ModelEditor>,
    /// Another name for somebody of the class that is being typed.
    pub naming: Option<Naming>,
    /// What the teacher shows all, and what waits until this viewer has left the line that is being typed.
    pub held: Held,
    /// A destructive action that waits for its key to be pressed once more.
    pub pending_confirmation: Option<Confirmation>,
    /// What somebody should know, until the next key is pressed.
    pub notice: Option<Notice>,
    /// When the terminal was asked something that it has not answered.
    pub asked: Option<Instant>,
    /// Columns and rows of the screen.
    pub size: (u16, u16),
    /// Refusals up to this number have been drawn.
    refusals_drawn: u64,
    /// Refusals up to this number had been drawn when a key was pressed: they have been read.
    refusals_read: u64,
}

/// What waits for a viewer who types.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Held {
    /// What all are asked, and of whom it is, if it is not the teacher's.
    pub question: Option<(String, Option<String>)>,
    /// Whether all see what the teacher sees.
    pub follows: bool,
}

impl Held {
    /// Whether something waits.
    #[must_use]
    pub fn is_any(&self) -> bool {
        self.question.is_some() || self.follows
    }
}

/// A name that is being typed.
#[derive(Clone, Debug)]
pub struct Naming {
    /// The member whose name it will be.
    pub number: u64,
    /// What the member is called now.
    pub before: String,
    /// What is typed.
    pub line: Line,
}

/// A destructive action that waits for its key to be pressed once more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Confirmation {
    /// The name of the action.
    pub action: &'static str,
    /// What is lost.
    pub loses: Destructive,
    /// The key that was pressed.
    pub key: String,
    /// The member that it is about, which stays the same when others join or leave.
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

/// What has the whole screen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Zoom {
    /// Nothing has.
    Off,
    /// A panel, of all runs that it shows side by side.
    Panel,
    /// A panel of one of several runs.
    Run,
}

impl Zoom {
    /// Whether something has.
    #[must_use]
    pub fn is_on(self) -> bool {
        self != Self::Off
    }
}

/// What somebody should know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Notice {
    /// What is shown is being written to files.
    Exporting,
    /// What was shown is in the files of this folder.
    Exported(String),
    /// It is not, and why.
    NotExported(Message),
    /// The run has no moments that could be seen again.
    NoMoments,
    /// Its first moment is the present one.
    NoEarlierMoment,
    /// The learning rate is still that which was chosen by hand.
    RateStays,
    /// Training has not begun.
    Waiting,
    /// Training is over.
    Over,
    /// An earlier moment is shown, so that a step would not be seen.
    InThePast,
    /// Nothing is trained, so this key does nothing.
    OnlyShown,
    /// What this key does is up to the teacher.
    OfTeacher,
    /// All see what the teacher sees.
    Following,
    /// This is what all are asked; of whom it is, if it is not the teacher's.
    Asked(Option<String>),
    /// A run alone cannot have another seed than those beside it.
    RestartIsOfAll,
    /// Something is not as it was left.
    Warning(Message),
    /// What somebody should know of their place in a class, and what has been said last meanwhile. It stands above the keys.
    OfPlace(String, Option<String>),
    /// This is what a teacher calls the viewer.
    Renamed(String),
    /// This member is removed.
    Removed(String),
    /// Whoever teaches is not removed.
    NotOfTeachers,
    /// The class has another password now.
    PasswordRenewed,
    /// The class has no password that could be renewed.
    NoPassword,
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

    /// How many learn in the class, if there is one.
    pub(crate) fn students(&self) -> usize {
        self.class.as_ref().map_or(0, |class| class.students)
    }

    /// The members of the class, as far as this viewer knows them.
    pub(crate) fn members(&self) -> &[MemberView] {
        self.class.as_ref().map_or(&[], |class| &class.members)
    }

    /// Whether the viewer is in the middle of something that nothing from outside may end.
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

    /// The same, in which it is not: what is written to files is seen by others.
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

    /// Has things look as the terminal says of itself; whether anything does that did not before.
    pub(crate) fn take_answers(&mut self, answers: Answers) -> bool {
        let before = self.theme;
        self.theme.ambiguous = answers.width.unwrap_or(before.ambiguous);
        self.theme.background = answers.background.unwrap_or(before.background);
        if answers.is_not_utf_8 {
            self.theme.glyphs = Glyphs::NothingElse;
            self.notify(Notice::Warning(drawn_in_ascii(None)));
        }
        self.theme != before
    }

    /// Says one more thing; what is written down of a session stays to be read.
    pub fn notify(&mut self, notice: Notice) {
        self.notice = Some(match (self.notice.take(), notice) {
            (Some(Notice::OfPlace(before, last)), Notice::OfPlace(more, _)) => {
                Notice::OfPlace([before, more].join(self.language.pick("; ", "；")), last)
            }
            (Some(Notice::OfPlace(of_place, _)), notice) => Notice::OfPlace(of_place, Some(self.language.say(&notice))),
            (_, notice) => notice,
        });
    }

    /// Where the keys go.
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

    /// Why the prompt has no answer, until the next key is pressed.
    #[must_use]
    pub fn refusal<'a>(&self, observed: &'a Observed) -> Option<&'a Refusal> {
        observed.refusal.as_ref().filter(|refusal| refusal.number > self.refusals_read)
    }

    /// Notes that what is observed is drawn next: a refusal in it is read when the next key is pressed.
    pub(super) fn mark_drawn(&mut self, observed: &Observed) {
        self.refusals_drawn = observed.refusal.as_ref().map_or(self.refusals_drawn, |refusal| refusal.number);
    }

    /// Notes that a key was pressed: refusals that were drawn are read, a question is answered, and a notice is gone. What is recorded of a
    /// session stays while something is typed. Returns the question.
    pub(super) fn mark_read(&mut self) -> Option<Confirmation> {
        self.refusals_read = self.refusals_drawn;
        let is_typing = self.focus().takes_text();
        self.notice.take_if(|notice| !is_typing || !matches!(notice, Notice::OfPlace(..)));
        self.pending_confirmation.take()
    }
}
