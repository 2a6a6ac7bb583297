//! One of a class at a terminal, wherever that is: events in, frames out.

use std::io::{self, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::mpsc::Receiver;
use std::time::{Duration, Instant};

use super::roster::{Asked, Followed, Member};
use super::visitor::clamped;
use super::{Class, Visitor, name};
use crate::dashboard::terminal::events::Event;
use crate::dashboard::terminal::{Canvas, give_back_screen_of, take_screen_of};
use crate::dashboard::{
    Ambiguous, ClassAct, Ending, Glyphs, Host, Interruption, Language, Notice, PanelName, TakesPart, View, screen,
    watch,
};
use crate::session::{Control, Observed, Query, Viewer};

/// Time between two frames that nobody asked for by a key, at least.
const FRAME: Duration = Duration::from_millis(100);
/// The same for each that is in the class: all together have at most so many frames a second, as training goes first.
const FRAME_OF_EACH: Duration = Duration::from_millis(5);

/// How a session has ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Departure {
    /// Somebody wanted to leave.
    Left,
    /// The class is over.
    Over,
    /// There is no room for one more.
    Full,
    /// The terminal takes or sends nothing any more, and why.
    Lost(String),
    /// The session failed, and no other with it.
    Failed,
}

impl Departure {
    /// For the one whose session it was.
    fn message(&self, language: Language) -> &'static str {
        match self {
            Self::Left => language.pick("you have left the class", "你已离开课堂"),
            Self::Over => language.pick("the class is over", "课堂已结束"),
            Self::Full => language.pick("the class is full: try again later", "课堂已满：请稍后再试"),
            Self::Lost(_) => language.pick("the line is lost", "连接已断开"),
            Self::Failed => language
                .pick("this session failed, the class goes on: come again", "此会话出错，课堂仍在继续：请重新进入"),
        }
    }
}

impl Class {
    /// Has a visitor take part, for as long as they like and the class goes on. `events` come from their terminal, frames go to `out`, each
    /// when the one before has been taken: a write that waits longer than the terminal may take fails. `hang_up` makes it fail at once.
    ///
    /// Nothing here can change a run, as nothing here has [`Controls`](crate::session::Controls):
    ///
    /// ```compile_fail,E0308
    /// # use rnn_tui::{class::{Class, Visitor}, dashboard::terminal::events::Event, session::Controls};
    /// # fn of(class: &std::sync::Arc<Class>, visitor: &Visitor, events: std::sync::mpsc::Receiver<Event>, controls: Controls) {
    /// class.attend(visitor, &events, controls, || {});
    /// # }
    /// ```
    pub fn attend(
        self: &Arc<Self>,
        visitor: &Visitor,
        events: &Receiver<Event>,
        mut out: impl Write,
        hang_up: impl Fn() + Send + 'static,
    ) -> Departure {
        let member = Member {
            name: visitor.name.clone(),
            role: visitor.role,
            since: Instant::now(),
            panel: PanelName::Prompt,
            prompt: String::new(),
            hand: false,
            hang_up: Box::new(hang_up),
        };
        let language = visitor.terminal.language();
        let joined = self.roster().join(member);
        let Some(number) = joined else {
            let _ = write!(out, "{}\r\n", Departure::Full.message(language)).and_then(|()| out.flush());
            return Departure::Full;
        };
        // what was asked before somebody came is over
        let asked = self.roster().asked.as_ref().map_or(0, |asked| asked.number);
        let mut part = Part { class: Arc::clone(self), number, followed: None, follows: false, asked };
        let shown = catch_unwind(AssertUnwindSafe(|| show(&mut part, visitor, events, &mut out)));
        let departure = match shown {
            Ok(Ok(departure)) => departure,
            Ok(Err(error)) => Departure::Lost(error.to_string()),
            Err(_) => Departure::Failed,
        };
        if !matches!(departure, Departure::Lost(_)) {
            let farewell = give_back_screen_of(&mut out);
            let _ =
                farewell.and_then(|()| write!(out, "{}\r\n", departure.message(language))).and_then(|()| out.flush());
        }
        drop(part); // who has left has their terminal back
        departure
    }
}

fn show(part: &mut Part, visitor: &Visitor, events: &Receiver<Event>, out: &mut impl Write) -> io::Result<Departure> {
    let mut viewer = part.class.runs.viewer();
    let prompts = viewer.observed().run().snapshot.run.prompts.clone();
    let mut view = View::new(visitor.terminal.theme(), visitor.terminal.language(), &prompts);
    (view.role, view.size) = (visitor.role, visitor.size);
    if viewer.observed().runs.len() > 1 {
        view.side_panel = PanelName::Comparison;
    }
    take_screen_of(out)?;
    let mut canvas = Canvas::new(out, view.size, None)?;
    if view.theme.glyphs == Glyphs::Unicode {
        canvas.ask(Ambiguous::QUESTION)?;
    }
    let mut host = SessionHost { part, canvas };
    loop {
        match watch(&mut viewer, events, &mut view, &mut host) {
            Interruption::Redrawn => host.canvas.forget()?,
            Interruption::Ended(Ending::Quit) => return Ok(Departure::Left),
            Interruption::Ended(Ending::ClassOver) => return Ok(Departure::Over),
            Interruption::Ended(Ending::TerminalLost(reason)) => return Ok(Departure::Lost(reason)),
            // what only somebody at the program's own terminal can want
            Interruption::Ended(Ending::Signal(_))
            | Interruption::Suspended
            | Interruption::Continued
            | Interruption::ExportWanted
            | Interruption::MeasurementWanted => {}
        }
    }
}

/// Where somebody of the class sits.
struct SessionHost<'a, W: Write> {
    part: &'a mut Part,
    canvas: Canvas<'a, W>,
}

impl<W: Write> Host for SessionHost<'_, W> {
    fn draw(&mut self, view: &View, observed: &Observed) -> io::Result<Duration> {
        self.canvas.draw(clamped(view.size), |frame| screen::render(frame, view, observed))
    }

    fn control(&mut self, _: Control, _: Option<usize>) {} // nobody here could

    fn class(&mut self) -> Option<&mut dyn TakesPart> {
        Some(self.part)
    }
}

/// What somebody has to do with the class; whoever drops it has left.
struct Part {
    class: Arc<Class>,
    number: u64,
    /// What was followed last.
    followed: Option<Followed>,
    /// Whether it was followed at the last frame.
    follows: bool,
    /// The number of what all were asked last.
    asked: u64,
}

impl TakesPart for Part {
    fn attend(&mut self, view: &mut View, viewer: &mut Viewer) -> Result<bool, Ending> {
        let (seen, followed, asked) = {
            let mut roster = self.class.roster();
            if roster.is_over {
                return Err(Ending::ClassOver);
            }
            if let Some(own) = roster.members.get_mut(&self.number) {
                own.panel = view.panel;
                if let Some(answer) = &viewer.observed().run().answer {
                    own.prompt = name::prompt(&answer.prompt);
                }
            }
            // who is released sees what the teacher saw last
            let is_wanted = roster.follows || self.follows;
            let asked = roster.asked.clone().filter(|asked| asked.number > self.asked);
            (roster.view(Some(self.number)), roster.followed.clone().filter(|_| is_wanted), asked)
        };
        let mut has_news = view.class.as_ref() != Some(&seen);
        self.follows = seen.follows;
        view.frame = FRAME.max(FRAME_OF_EACH * u32::try_from(seen.present).unwrap_or(u32::MAX));
        view.class = Some(seen);
        if let Some(asked) = asked {
            self.asked = asked.number;
            hear(&asked, view, viewer);
            has_news = true;
        }
        if followed != self.followed {
            if let Some(now) = &followed {
                follow(now, self.followed.as_ref(), view, viewer);
                has_news = true;
            }
            self.followed = followed;
        }
        Ok(has_news)
    }

    fn act(&mut self, act: ClassAct, view: &View, viewer: &Viewer) {
        self.class.roster().act(Some(self.number), act, view, viewer.observed());
    }
}

/// Is asked what all are asked.
pub(super) fn hear(asked: &Asked, view: &mut View, viewer: &mut Viewer) {
    view.is_typing = false;
    view.notice = Some(Notice::Asked(asked.of.clone()));
    viewer.send(Query::Ask(asked.prompt.clone()));
}

/// Looks where the teacher looks.
fn follow(now: &Followed, before: Option<&Followed>, view: &mut View, viewer: &mut Viewer) {
    viewer.update(); // the teacher may be at a moment that this viewer has not heard of
    (view.panel, view.side_panel, view.zoom) = (now.panel, now.side_panel, now.zoom);
    view.is_typing = false;
    for _ in 0..viewer.observed().runs.len() {
        if viewer.observed().focus != now.run {
            viewer.send(Query::NextRun);
        }
    }
    if let Some(prompt) = now.prompt.as_ref().filter(|_| before.is_none_or(|before| before.prompt != now.prompt)) {
        viewer.send(Query::Ask(prompt.clone()));
    }
    if before.is_none_or(|before| before.moment != now.moment) {
        viewer.send(now.moment.map_or(Query::Return, Query::Show));
    }
}

impl Drop for Part {
    fn drop(&mut self) {
        self.class.roster().members.remove(&self.number);
    }
}
