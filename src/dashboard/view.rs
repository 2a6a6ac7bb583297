//! One viewer's state, and how key presses change it.

mod commands;

use std::time::{Duration, Instant};

use crossterm::event::{Event, KeyCode, KeyEvent, KeyEventKind, KeyModifiers};

use super::actions::{Action, COMPLETE, Destructive, Focus, Handler, Topic};
use super::class_view::{Announcement, ClassAct, ClassView};
use super::keymap::{Binding, Keymap};
use super::language::Language;
use super::line::Line;
use super::model_editor::ModelEditor;
use super::panels::{PanelName, Panels, PromptPanel};
use super::role::Role;
use super::terminal::Answers;
use super::theme::{Glyphs, Theme};
use super::trace_cursor::TraceCursor;
use super::words::screen::drawn_in_ascii;
use crate::language::Message;
use crate::session::{Control, Observed, ObservedRun, Query, Refusal, RunState};

/// One viewer's state. Everything that can be had from what is [`Observed`] is not in here.
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
    /// Which key does what.
    pub keymap: Keymap,
    /// Time between two frames that nobody asked for by a key.
    pub frame: Duration,
    /// The panel that has the keys.
    pub panel: PanelName,
    /// The panel next to the loss, on a screen that has no room for all.
    pub side_panel: PanelName,
    /// The state of every panel.
    pub panels: Panels,
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
    /// What would lose work, and waits for being asked for once more.
    pub pending_confirmation: Option<Action>,
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

/// What a key press leads to outside the view.
#[derive(Clone, Debug, PartialEq)]
pub enum Effect {
    /// Runs are changed.
    Control(Control),
    /// Something is done in the class.
    Class(ClassAct),
    /// The run that is looked at is changed, and no other.
    ControlOfOne(Control),
    /// Something is asked.
    Query(Query),
    /// What is to be seen is wanted as files.
    Export,
    /// What steps of the models cost is to be measured.
    Measure,
    /// The shell has the terminal for a while.
    Suspend,
    /// The program ends.
    Quit,
    /// The same by Ctrl-C.
    Interrupt,
}

impl View {
    /// A view that has these prompts to recall.
    #[must_use]
    pub fn new(theme: Theme, language: Language, prompts: &[String]) -> Self {
        Self {
            theme,
            language,
            role: Role::default(),
            class: None,
            keymap: Keymap::default(),
            frame: Duration::from_millis(100),
            panel: PanelName::Prompt,
            side_panel: PanelName::Heatmap,
            panels: Panels { prompt: PromptPanel::new(prompts), ..Panels::default() },
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

    /// The key of an action by its name, if this viewer may do it.
    #[must_use]
    pub fn key_for(&self, name: &str, focus: Focus) -> Option<String> {
        let mut rows = self.keymap.bindings(focus);
        rows.find(|row| row.action.name == name && self.role.may(row.action.permission, false)).map(Binding::key)
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

    /// Takes in how the class is now.
    pub fn see_class(&mut self, class: ClassView) {
        let before = self.class.as_ref().map_or(&[][..], |class| &class.members);
        self.panels.class.keep_looking_at(before, &class.members);
        self.class = Some(class);
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

    /// Takes in what is drawn next: a prompt that has no answer comes back, to be mended.
    pub fn reply(&mut self, observed: &Observed) {
        self.refusals_drawn = observed.refusal.as_ref().map_or(self.refusals_drawn, |refusal| refusal.number);
        let line = &self.panels.prompt.line;
        if let Some(refusal) = self.refusal(observed)
            && let Some(prompt) = refusal.prompt.clone()
            && self.is_typing
            && line.input().value().is_empty()
        {
            self.panels.prompt.line.put(&prompt);
        }
    }

    /// Takes in a key press, pasted text or the like.
    pub fn handle(&mut self, event: &Event, observed: &Observed) -> Option<Effect> {
        match event {
            Event::Key(key) if key.kind != KeyEventKind::Release => self.press(key, observed),
            Event::Resize(columns, rows) => {
                self.size = (*columns, *rows);
                None
            }
            Event::Paste(text) => {
                match (self.focus(), &mut self.naming) {
                    (Focus::Typing, _) => self.panels.prompt.line.paste(text),
                    (Focus::Name, Some(naming)) => naming.line.paste(text),
                    _ => {}
                }
                None
            }
            _ => None,
        }
    }

    /// The guess that a key is, while the class is asked for one.
    fn vote(&self, key: &KeyEvent) -> Option<Effect> {
        let poll = self.class.as_ref()?.poll.as_ref().filter(|poll| poll.result.is_none())?;
        let KeyCode::Char(letter) = key.code else { return None };
        let is_plain = key.modifiers.difference(KeyModifiers::SHIFT).is_empty();
        // while something is typed or read, letters are no guesses
        let may = self.role == Role::Student && matches!(self.focus(), Focus::Panel(_)) && is_plain;
        poll.option(letter).filter(|_| may).map(|option| Effect::Class(ClassAct::Vote(option)))
    }

    /// Whether it is asked whether something is meant, as it cannot be taken back.
    fn is_at_stake(&mut self, action: &Action, run: &ObservedRun) -> bool {
        let is_teacher = self.role == Role::Teacher;
        match action.loses {
            // who does not teach leaves the class, which may have its door closed
            Some(Destructive::ByQuitting | Destructive::ByInterrupt) if !is_teacher => self.class.is_some(),
            Some(Destructive::ByQuitting | Destructive::ByInterrupt) if self.students() > 0 => true,
            Some(Destructive::Member) => self.mark_member(),
            Some(Destructive::Password) => self.shows_password(),
            _ => is_teacher && action.loses_work(run),
        }
    }

    /// Has a question be about the member who is looked at, whoever comes or leaves until it is answered.
    fn mark_member(&mut self) -> bool {
        let members = self.class.as_ref().map_or(&[][..], |class| &class.members);
        self.panels.class.mark(members)
    }

    fn press(&mut self, key: &KeyEvent, observed: &Observed) -> Option<Effect> {
        let run = observed.run();
        if let Some(vote) = self.vote(key) {
            (self.pending_confirmation, self.notice) = (None, None);
            return Some(vote);
        }
        // Escape and a key typed right after it, which a slow line delivers in one piece, look like Alt and the key. Either
        // way the prompt is left; the key itself is not done, as nobody may have wanted it.
        if key.modifiers.contains(KeyModifiers::ALT) && !key.modifiers.contains(KeyModifiers::CONTROL) {
            return self.press(&KeyCode::Esc.into(), observed);
        }
        self.refusals_read = self.refusals_drawn;
        let asked = self.pending_confirmation.take();
        // what is written down of a session stays while somebody types, who looks at nothing else
        let is_typing = matches!(self.focus(), Focus::Typing | Focus::Name);
        self.notice.take_if(|notice| !is_typing || !matches!(notice, Notice::OfPlace(..)));
        let Some(action) = self.keymap.action(key, self.focus()).copied() else {
            match (self.focus(), &mut self.editor, &mut self.naming) {
                (Focus::Model, Some(editor), _) => editor.edit(key.code),
                (Focus::Name, _, Some(naming)) => naming.line.edit(*key),
                (Focus::Typing, ..) => self.panels.prompt.line.edit(*key),
                _ => {}
            }
            return None;
        };
        if !action.is_allowed(self.role, run) {
            self.notice = Some(Notice::OfTeacher);
            return None;
        }
        let is_led = self.role != Role::Teacher && matches!(self.focus(), Focus::Panel(_));
        let follows = is_led && self.class.as_ref().is_some_and(|class| class.follows);
        if follows && matches!(action.topic, Topic::Past | Topic::Panels | Topic::Prompt) {
            self.notice = Some(Notice::Following);
            return None;
        }
        // what is only shown stays as it is
        if run.snapshot.state == RunState::Replay && !action.acts(run) {
            self.notice = Some(Notice::OnlyShown);
            return None;
        }
        if action.topic == Topic::Past && !run.snapshot.can_replay() {
            self.notice = Some(if run.snapshot.moments == 0 { Notice::NoMoments } else { Notice::NoEarlierMoment });
            return None;
        }
        let is_asked_again = asked.is_some_and(|asked| asked.loses == action.loses && asked.name == action.name);
        if !is_asked_again && self.is_at_stake(&action, run) {
            self.pending_confirmation = Some(action);
            return None;
        }
        if action.loses == Some(Destructive::ByRestart) && run.snapshot.has_changed_rate() {
            self.notice = Some(Notice::RateStays);
        }
        if action.name != COMPLETE {
            self.panels.prompt.line.leave_completion();
        }
        match action.does {
            Handler::Run(run_it) => match run_it(self, run) {
                Some(Effect::Control(control)) if self.acts_on_one && run.snapshot.in_step.is_some() => {
                    Some(Effect::ControlOfOne(control))
                }
                effect => effect,
            },
            Handler::Show(panel) => self.show(panel),
            Handler::Move(motion) => {
                let focus = self.panel.focus(observed, self.zoom);
                self.panels.moves(self.panel, motion, &Observed { focus, ..observed.clone() }, &mut self.cursor);
                None
            }
        }
    }
}

#[cfg(test)]
mod tests;
