//! The event loop of one viewer: events in, frames out.

use std::io;
use std::sync::Arc;
use std::sync::mpsc::RecvTimeoutError;
use std::time::{Duration, Instant};

use super::class_view::ClassAct;
use super::effect::Effect;
use super::state::Dashboard;
use super::terminal::events::{Event, EventSource, LostTerminal};
use super::view::{Notice, View};
use crate::language::Message;
use crate::session::{Budget, Control, Controls, Observed, Query, RunState, Viewer, thread_time};

/// How long a frame waits for the answer to a key press; the answer of a large model comes in a later frame.
const REPLY_TIMEOUT: Duration = Duration::from_millis(10);

/// Why [`watch`] returned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Interruption {
    /// The viewer wants to suspend the program.
    Suspended,
    /// The program has been continued after a stop (SIGCONT).
    Continued,
    /// The theme has changed: the screen has to be redrawn from scratch.
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
    /// The viewer has quit.
    Quit,
    /// The viewer has quit by Ctrl-C, which the exit code reports.
    Interrupted,
    /// A signal to end has arrived.
    Signal(i32),
    /// The class has ended.
    ClassOver,
    /// A teacher has removed the viewer from the class.
    Removed,
    /// No key has been pressed for longer than the limit.
    Idle,
    /// The terminal cannot be read or written any more; the reason.
    TerminalLost(Message),
}

impl Ending {
    /// Whether the viewer has quit.
    #[must_use]
    pub fn is_voluntary(&self) -> bool {
        matches!(self, Self::Quit | Self::Interrupted)
    }
}

/// The surroundings of a viewer: receives frames, and carries out effects outside the dashboard.
pub trait Host {
    /// Draws a frame and returns the shortest time until the next one without key presses.
    ///
    /// # Errors
    /// If the terminal is gone.
    fn draw(&mut self, dashboard: &Dashboard, observed: &Observed) -> io::Result<Duration>;

    /// Changes all runs, or the one with this index. Only called for teachers.
    fn control(&mut self, control: Control, run: Option<usize>);

    /// Starts an export without waiting for its end and returns a notice; [`Event::Exported`] follows. By default does nothing.
    fn export(&mut self, _dashboard: &Dashboard, _observed: &Arc<Observed>) -> Option<Notice> {
        None
    }

    /// Starts measuring the cost of training steps without waiting for its end; [`Event::Measured`] follows for each result. By default
    /// does nothing.
    ///
    /// # Errors
    /// If measuring cannot be started.
    fn measure(&mut self, _observed: &Observed) -> io::Result<()> {
        Ok(())
    }

    /// Makes the next frame a complete one. Returns `false` if the host cannot: then [`watch`] returns, so that the terminal can be set up
    /// again.
    fn redraw(&mut self) -> bool {
        false
    }

    /// The viewer's connection to the class, if there is one.
    fn class(&mut self) -> Option<&mut dyn ClassParticipant> {
        None
    }

    /// The processor time for frames while a run trains; `None` if it is unlimited.
    fn budget(&self) -> Option<&Budget> {
        None
    }
}

/// The connection of a viewer to the class.
pub trait ClassParticipant {
    /// Copies the state of the class to the view, and that of the view to the class, before a frame. Returns whether the view has
    /// changed.
    ///
    /// # Errors
    /// If the class has ended for this viewer; the reason.
    fn sync(&mut self, view: &mut View, viewer: &mut Viewer) -> Result<bool, Ending>;

    /// Carries out an action on the class.
    fn act(&mut self, act: &ClassAct, view: &mut View, viewer: &Viewer);

    /// Reports a prompt that the viewer has asked by a key press.
    fn asked(&mut self, prompt: &str);
}

/// A single viewer: controls of the runs, and a function that draws.
impl<D: FnMut(&Dashboard, &Observed) -> io::Result<Duration>> Host for (&Controls, D) {
    fn draw(&mut self, dashboard: &Dashboard, observed: &Observed) -> io::Result<Duration> {
        self.1(dashboard, observed)
    }

    fn control(&mut self, control: Control, run: Option<usize>) {
        self.0.send_to(run, control);
    }
}

/// Handles events and draws frames, until an event ends or interrupts the dashboard; returns why.
///
/// Key presses are drawn at once, changes of the runs once per [`View::frame`]; without changes nothing is drawn. While a run trains,
/// frames keep within [`Host::budget`]. A frame that cannot be drawn ends with [`Ending::TerminalLost`].
pub fn watch(
    viewer: &mut Viewer,
    events: &impl EventSource,
    dashboard: &mut Dashboard,
    host: &mut impl Host,
) -> Interruption {
    if let Err(over) = sync_class(host, &mut dashboard.view, viewer) {
        return over.into();
    }
    viewer.settle(REPLY_TIMEOUT); // a small model answers within the first frame
    let mut drawn = Arc::clone(viewer.observed());
    dashboard.reply(&drawn);
    let mut next_frame = match host.draw(dashboard, &drawn) {
        Ok(stay) => events.now() + stay.max(dashboard.view.frame),
        Err(error) => return Ending::TerminalLost(error.into()).into(),
    };
    let mut touched = false;
    let mut slot: Option<Instant> = None;
    let mut cost = FIRST_COST;
    loop {
        let mut event = events.next(slot.unwrap_or(next_frame));
        let first = events.now();
        // all queued events go into the same frame, at most those of one frame time
        loop {
            match event {
                Ok(event) => match handle_event(event, viewer, dashboard, host) {
                    Ok(is_seen) => touched |= is_seen,
                    Err(interruption) => return interruption,
                },
                Err(RecvTimeoutError::Disconnected) => {
                    return Ending::TerminalLost(LostTerminal::NoEvents.into()).into();
                }
                Err(RecvTimeoutError::Timeout) => break,
            }
            if events.now() > first + dashboard.view.frame {
                break;
            }
            event = events.next(first); // without waiting
        }
        let now = events.now();
        if touched || now >= next_frame {
            // while a run trains, viewers take turns; keys pressed until then go into the same frame
            let budget = host.budget().filter(|_| is_training(viewer.observed()));
            let turn = *slot.get_or_insert_with(|| budget.map_or(now, |budget| budget.reserve(cost, now)));
            if budget.is_some() && now < turn {
                continue;
            }
            let (has_reserved, began) = (budget.is_some().then_some(cost), thread_time());
            slot = None;
            next_frame = now + dashboard.view.frame;
            match sync_class(host, &mut dashboard.view, viewer) {
                Ok(has_news) => touched |= has_news,
                Err(over) => return over.into(),
            }
            viewer.refresh(REPLY_TIMEOUT);
            if touched || !Arc::ptr_eq(&drawn, viewer.observed()) {
                drawn = Arc::clone(viewer.observed());
                dashboard.reply(&drawn);
                match host.draw(dashboard, &drawn) {
                    Ok(stay) => next_frame = next_frame.max(events.now() + stay), // counted from the end of drawing
                    Err(error) => return Ending::TerminalLost(error.into()).into(),
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

/// Handles one event. Returns whether a frame is needed, or why the loop ends.
fn handle_event(
    event: Event,
    viewer: &mut Viewer,
    dashboard: &mut Dashboard,
    host: &mut impl Host,
) -> Result<bool, Interruption> {
    match event {
        Event::Terminal(event) => match dashboard.handle(&event, viewer.observed()) {
            Some(Effect::Quit) => return Err(Ending::Quit.into()),
            Some(Effect::Interrupt) => return Err(Ending::Interrupted.into()),
            Some(Effect::Suspend) => return Err(Interruption::Suspended),
            Some(Effect::Export) => dashboard.view.notice = host.export(dashboard, viewer.observed()),
            Some(Effect::Measure) => {
                if let Err(error) = host.measure(viewer.observed()) {
                    dashboard.panels.scaling.store(None);
                    dashboard.view.notice = Some(Notice::Warning(error.into()));
                }
            }
            Some(Effect::Control(control)) => {
                host.control(control, None);
                viewer.settle(REPLY_TIMEOUT);
            }
            Some(Effect::ControlOfOne(control)) => {
                host.control(control, Some(viewer.observed().focus));
                viewer.settle(REPLY_TIMEOUT);
            }
            Some(Effect::Class(act)) => {
                if let Some(class) = host.class() {
                    class.act(&act, &mut dashboard.view, viewer);
                }
            }
            Some(Effect::Query(query)) => {
                ask(query, viewer, host);
                viewer.settle(REPLY_TIMEOUT);
            }
            None => {}
        },
        Event::Exported(result) => {
            dashboard.view.notice = Some(result.map_or_else(Notice::NotExported, Notice::Exported));
        }
        Event::Measured(measured) => dashboard.panels.scaling.store(measured),
        Event::Answered(answers) => {
            dashboard.view.asked = None;
            if !dashboard.view.take_answers(answers) {
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

/// Estimated processor time of the first frame.
const FIRST_COST: Duration = Duration::from_micros(500);

/// Whether any run trains.
fn is_training(observed: &Observed) -> bool {
    observed.runs.iter().any(|run| run.snapshot.state == RunState::Running)
}

/// Sends a query; reports the prompt to the class if the query asks one.
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

/// Synchronizes the view with the class. Returns whether the view has changed; `false` without a class.
fn sync_class(host: &mut impl Host, view: &mut View, viewer: &mut Viewer) -> Result<bool, Ending> {
    host.class().map_or(Ok(false), |class| class.sync(view, viewer))
}
