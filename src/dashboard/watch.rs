//! The loop of one viewer: events in, frames out.

use std::io;
use std::sync::Arc;
use std::sync::mpsc::RecvTimeoutError;
use std::time::{Duration, Instant};

use super::class_view::ClassAct;
use super::terminal::events::{Event, EventSource};
use super::view::{Effect, Notice, View};
use crate::session::{Budget, Control, Controls, Observed, Query, RunState, Viewer, thread_time};

/// How long a frame waits for the answer to a key: a small model answers at once, a large one in a later frame.
const REPLY: Duration = Duration::from_millis(10);

/// Why [`watch`] returned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Interruption {
    /// The shell shall have the terminal until it says that the program goes on.
    Suspended,
    /// The program goes on after somebody had stopped it.
    Continued,
    /// What is to be seen is wanted as files.
    ExportWanted,
    /// What steps of the models cost is to be measured.
    MeasurementWanted,
    /// What the terminal shows is not what it was sent: it is drawn anew.
    Redrawn,
    /// The dashboard has ended.
    Ended(Ending),
}

impl From<Ending> for Interruption {
    fn from(ending: Ending) -> Self {
        Self::Ended(ending)
    }
}

/// Why the dashboard ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ending {
    /// Somebody wanted to leave.
    Quit,
    /// The same by Ctrl-C, as which whoever has started the program may want to know it.
    Interrupted,
    /// This signal wanted the program to end.
    Signal(i32),
    /// The class is over.
    ClassOver,
    /// A teacher has removed the viewer from the class.
    Removed,
    /// Nothing has been typed for longer than it may be.
    Idle,
    /// The terminal can be read or written no more, and why.
    TerminalLost(String),
}

impl Ending {
    /// Whether the viewer wanted it.
    #[must_use]
    pub fn is_wanted(&self) -> bool {
        matches!(self, Self::Quit | Self::Interrupted)
    }
}

/// Where a viewer sits: where frames go, and what becomes of what a viewer wants for all.
pub trait Host {
    /// Draws a frame, and returns how long it should stay at least, unless a key is pressed.
    ///
    /// # Errors
    /// When the terminal is gone.
    fn draw(&mut self, view: &View, observed: &Observed) -> io::Result<Duration>;

    /// Changes all runs, or one of them. Only the teacher's view leads to this.
    fn control(&mut self, control: Control, run: Option<usize>);

    /// Whether files are being written, so that no others can be wanted.
    fn is_exporting(&self) -> bool {
        false
    }

    /// Has the next frame drawn whole, whatever the terminal shows; `false` where the terminal has to be taken anew.
    fn redraw(&mut self) -> bool {
        false
    }

    /// The class that looks at the same runs, if there is one.
    fn class(&mut self) -> Option<&mut dyn ClassParticipant> {
        None
    }

    /// What its frames may take of the machine's time while a run is trained; nothing says how much where it is the only viewer's.
    fn budget(&self) -> Option<&Budget> {
        None
    }
}

/// What somebody has to do with a class.
pub trait ClassParticipant {
    /// Takes in what the class says, and tells it what is looked at, before a frame is drawn; returns whether there is anything new to
    /// see.
    ///
    /// # Errors
    /// When the class is over.
    fn sync(&mut self, view: &mut View, viewer: &mut Viewer) -> Result<bool, Ending>;

    /// Acts on the class.
    fn act(&mut self, act: &ClassAct, view: &mut View, viewer: &Viewer);

    /// Hears what the viewer has asked by a key.
    fn asked(&mut self, prompt: &str);
}

/// Somebody alone, with controls of the runs.
impl<D: FnMut(&View, &Observed) -> io::Result<Duration>> Host for (&Controls, D) {
    fn draw(&mut self, view: &View, observed: &Observed) -> io::Result<Duration> {
        self.1(view, observed)
    }

    fn control(&mut self, control: Control, run: Option<usize>) {
        self.0.send_to(run, control);
    }
}

/// Reacts to events and draws what has changed, until an event says that it is over, or for a while.
///
/// Keys show their effect at once; what training does is drawn once per [`View::frame`]; when nothing changes nothing is
/// drawn.
///
/// A frame that cannot be drawn means that the terminal is gone.
pub fn watch(viewer: &mut Viewer, events: &impl EventSource, view: &mut View, host: &mut impl Host) -> Interruption {
    if let Err(over) = sync_class(host, view, viewer) {
        return over.into();
    }
    viewer.settle(REPLY); // the first answer is there in a moment
    let mut drawn = Arc::clone(viewer.observed());
    view.reply(&drawn);
    let mut next_frame = match host.draw(view, &drawn) {
        Ok(stay) => events.now() + stay.max(view.frame),
        Err(error) => return Ending::TerminalLost(error.to_string()).into(),
    };
    let mut touched = false;
    let mut slot: Option<Instant> = None;
    let mut cost = FIRST_COST;
    loop {
        let mut event = events.next(slot.unwrap_or(next_frame));
        let first = events.now();
        // whatever else has arrived goes into the same frame, unless it has no end
        loop {
            match event {
                Ok(event) => match react(event, viewer, view, host) {
                    Ok(is_seen) => touched |= is_seen,
                    Err(interruption) => return interruption,
                },
                Err(RecvTimeoutError::Disconnected) => return Ending::TerminalLost("no more events".to_owned()).into(),
                Err(RecvTimeoutError::Timeout) => break,
            }
            if events.now() > first + view.frame {
                break;
            }
            event = events.next(first); // without waiting
        }
        let now = events.now();
        if touched || now >= next_frame {
            // while a run is trained, many viewers take turns; what is typed until then is in the same frame
            let budget = host.budget().filter(|_| is_trained(viewer.observed()));
            let turn = *slot.get_or_insert_with(|| budget.map_or(now, |budget| budget.reserve(cost, now)));
            if budget.is_some() && now < turn {
                continue;
            }
            let (has_reserved, began) = (budget.is_some().then_some(cost), thread_time());
            slot = None;
            next_frame = now + view.frame;
            match sync_class(host, view, viewer) {
                Ok(has_news) => touched |= has_news,
                Err(over) => return over.into(),
            }
            viewer.refresh(REPLY);
            if touched || !Arc::ptr_eq(&drawn, viewer.observed()) {
                drawn = Arc::clone(viewer.observed());
                view.reply(&drawn);
                match host.draw(view, &drawn) {
                    Ok(stay) => next_frame = next_frame.max(events.now() + stay), // the line is busy from now on
                    Err(error) => return Ending::TerminalLost(error.to_string()).into(),
                }
            }
            touched = false;
            if let (Some(budget), Some(reserved)) = (host.budget(), has_reserved) {
                cost = thread_time().saturating_sub(began);
                budget.correct(reserved, cost, events.now());
            }
        }
    }
}

/// Reacts to one event, and returns whether there may be anything new to see, or why the loop is left.
fn react(event: Event, viewer: &mut Viewer, view: &mut View, host: &mut impl Host) -> Result<bool, Interruption> {
    match event {
        Event::Terminal(event) => match view.handle(&event, viewer.observed()) {
            Some(Effect::Quit) => return Err(Ending::Quit.into()),
            Some(Effect::Interrupt) => return Err(Ending::Interrupted.into()),
            Some(Effect::Suspend) => return Err(Interruption::Suspended),
            Some(Effect::Export) if host.is_exporting() => view.notice = Some(Notice::Exporting),
            Some(Effect::Export) => return Err(Interruption::ExportWanted),
            Some(Effect::Measure) => return Err(Interruption::MeasurementWanted),
            Some(Effect::Control(control)) => {
                host.control(control, None);
                viewer.settle(REPLY);
            }
            Some(Effect::ControlOfOne(control)) => {
                host.control(control, Some(viewer.observed().focus));
                viewer.settle(REPLY);
            }
            Some(Effect::Class(act)) => {
                if let Some(class) = host.class() {
                    class.act(&act, view, viewer);
                }
            }
            Some(Effect::Query(query)) => {
                ask(query, viewer, host);
                viewer.settle(REPLY);
            }
            None => {}
        },
        Event::Exported(told) => view.notice = Some(told.map_or_else(Notice::NotExported, Notice::Exported)),
        Event::Measured(measured) => view.panels.scaling.take(measured),
        Event::Answered(answers) => {
            view.asked = None;
            if !view.take_answers(answers) {
                return Ok(false);
            }
            if !host.redraw() {
                return Err(Interruption::Redrawn);
            }
        }
        Event::Signal(signal) => return Err(Ending::Signal(signal).into()),
        Event::Suspend => return Err(Interruption::Suspended),
        Event::Continued if host.redraw() => {}
        Event::Continued => return Err(Interruption::Continued),
        Event::Idle => return Err(Ending::Idle.into()),
        Event::TerminalLost(reason) => return Err(Ending::TerminalLost(reason).into()),
    }
    Ok(true)
}

/// What a frame takes that was never drawn before.
const FIRST_COST: Duration = Duration::from_micros(500);

fn is_trained(observed: &Observed) -> bool {
    observed.runs.iter().any(|run| run.snapshot.state == RunState::Running)
}

/// Asks, and lets the class know if it is a prompt.
fn ask(query: Query, viewer: &mut Viewer, host: &mut impl Host) {
    let (typed, is_prompt) = match &query {
        Query::Ask(prompt) => (Some(prompt.clone()), true),
        Query::Append(..) | Query::Shorten(_) => (None, true),
        _ => (None, false),
    };
    viewer.send(query);
    let prompt = typed.or_else(|| viewer.prompt().map(str::to_owned)).filter(|_| is_prompt);
    if let (Some(prompt), Some(class)) = (prompt, host.class()) {
        class.asked(&prompt);
    }
}

fn sync_class(host: &mut impl Host, view: &mut View, viewer: &mut Viewer) -> Result<bool, Ending> {
    host.class().map_or(Ok(false), |class| class.sync(view, viewer))
}
