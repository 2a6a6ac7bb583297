//! A class session over any transport: events in, frames out.

use std::io::{self, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{self, Receiver, SyncSender};
use std::sync::{Arc, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use super::access::{Access, TeacherTools};
use super::membership::Membership;
use super::session_end::SessionEnd;
use super::state::Class;
use super::visitor::Visitor;
use crate::allocator::return_free_memory;
use crate::dashboard::terminal::events::{Event, send_or_drop};
use crate::dashboard::terminal::{Canvas, enter_screen, leave_screen, wait_for_answer};
use crate::dashboard::{
    ClassParticipant, Dashboard, Ending, Host, Interruption, Notice, Recording, SideWork, screen, watch,
};
use crate::session::{Budget, Control, Observed};

/// The capacity of the queue of events; the sender waits while it is full.
const EVENT_QUEUE: usize = 64;
/// The interval at which a waiting session checks whether the class is over.
const POLL_INTERVAL: Duration = Duration::from_millis(20);

/// The queue of events from a terminal.
#[derive(Debug)]
pub struct IncomingEvents {
    to: SyncSender<Event>,
    received: Receiver<Event>,
}

impl IncomingEvents {
    /// A sender, and an empty queue.
    #[must_use]
    pub fn new() -> (SyncSender<Event>, Self) {
        let (to, received) = mpsc::sync_channel(EVENT_QUEUE);
        (to.clone(), Self { to, received })
    }
}

impl Class {
    /// Runs a session until the visitor leaves, the class ends, or the connection fails. Events come from the visitor's terminal; frames are
    /// written to `out`, whose writes must fail after a timeout; `hang_up` closes the connection, so that they fail at once. How the session
    /// has ended is sent in the last line, logged and returned.
    ///
    /// A teacher who quits ends the class.
    pub fn run_session(
        self: &Arc<Self>,
        visitor: &Visitor,
        access: &Access,
        events: &IncomingEvents,
        mut out: impl Write,
        hang_up: impl Fn() + Send + 'static,
    ) -> SessionEnd {
        let language = visitor.terminal.language();
        let (mut membership, wait) = match self.join(visitor, access.role(), Box::new(hang_up)) {
            Ok(joined) => joined,
            Err(session_end) => {
                let _ = write!(out, "{}\r\n", language.say(session_end.farewell())).and_then(|()| out.flush());
                self.log_session_end(visitor, &visitor.name, access.role(), &session_end);
                return session_end;
            }
        };
        self.wait_to_start(wait);
        let name = membership.name();
        self.log_arrival(visitor, &name, access.role());
        let recording = self.recording(visitor, &name);
        membership.set_written_down(recording.as_ref());
        let mut recording = recording.and_then(Result::ok);
        let result = catch_unwind(AssertUnwindSafe(|| {
            run_session(self, &mut membership, visitor, access, recording.as_mut(), events, &mut out)
        }));
        let name = membership.name(); // a teacher may have changed it
        let session_end = match result {
            Ok(Ok(session_end)) => session_end,
            Ok(Err(error)) => SessionEnd::Lost(error.to_string()),
            Err(_) => SessionEnd::Failed,
        };
        if !matches!(session_end, SessionEnd::Lost(_)) {
            let farewell = leave_screen(&mut out);
            let _ = farewell
                .and_then(|()| write!(out, "{}\r\n", language.say(session_end.farewell())))
                .and_then(|()| out.flush());
        }
        self.log_session_end(visitor, &name, access.role(), &session_end);
        drop(membership); // the member's terminal is restored
        self.return_memory();
        session_end
    }

    /// Returns freed memory to the system: when no student is left, and at most twice a second.
    fn return_memory(&self) {
        const INTERVAL: Duration = Duration::from_millis(500);
        let mut last = self.memory_returned.lock().unwrap_or_else(PoisonError::into_inner);
        let now = Instant::now();
        if self.students() == 0 || now >= *last + INTERVAL {
            return_free_memory();
            *last = now;
        }
    }

    /// Waits before a session starts, unless the class ends.
    fn wait_to_start(&self, wait: Duration) {
        let turn = Instant::now() + wait;
        while !self.is_over()
            && let left @ 1.. = turn.saturating_duration_since(Instant::now()).as_nanos()
        {
            thread::sleep(POLL_INTERVAL.min(Duration::from_nanos(u64::try_from(left).unwrap_or(u64::MAX))));
        }
    }
}

/// The loop of a session; returns how it ended.
fn run_session(
    class: &Class,
    membership: &mut Membership,
    visitor: &Visitor,
    access: &Access,
    recording: Option<&mut Recording>,
    events: &IncomingEvents,
    out: &mut impl Write,
) -> io::Result<SessionEnd> {
    let tools = access.tools();
    let mut viewer = if tools.is_some() { class.runs.viewer() } else { class.runs.viewer_within(&class.budget) };
    let mut preferences = visitor.preferences();
    if let Some(tools) = tools {
        tools.apply_to(&mut preferences);
    }
    let mut dashboard = preferences.dashboard(viewer.observed(), &[]);
    let view = &mut dashboard.view;
    (view.role, view.size) = (access.role(), visitor.size);
    view.notice = membership
        .first_notice(visitor, view.language)
        .map(|said| Notice::ClassStatus(said, None))
        .or(view.notice.take());
    enter_screen(out)?;
    let mut canvas = Canvas::new(out, view.size, recording)?;
    canvas.ask(preferences.questions, view)?;
    let tell = events.to.clone();
    let side_work = tools.map(|tools| SideWork::new(&tools.export, move |event| send_or_drop(&tell, event)));
    let size = view.size;
    let mut host = SessionHost { membership, canvas, tools, side_work, size, area: (0, 0), is_unknown: false };
    loop {
        match watch(&mut viewer, &events.received, &mut dashboard, &mut host) {
            Interruption::Ended(Ending::Quit | Ending::Interrupted) => {
                if let Some(work) = host.side_work.take() {
                    work.finish();
                    host.membership.end_class();
                    return Ok(SessionEnd::Over);
                }
                wait_for_answer(dashboard.view.asked, &events.received);
                return Ok(SessionEnd::Left);
            }
            // Ctrl-Z leaves, and the class continues
            Interruption::Suspended => return Ok(SessionEnd::Left),
            Interruption::Ended(Ending::ClassOver) => return Ok(SessionEnd::Over),
            Interruption::Ended(Ending::Removed) => return Ok(SessionEnd::Removed),
            Interruption::Ended(Ending::Idle) => return Ok(SessionEnd::Idle),
            Interruption::Ended(Ending::TerminalLost(reason)) => return Ok(SessionEnd::Lost(reason.to_string())),
            // a session gets no signals
            Interruption::Redrawn | Interruption::Continued | Interruption::Ended(Ending::Signal(_)) => {}
        }
    }
}

/// The host of a session's viewer loop.
struct SessionHost<'a, W: Write, T> {
    membership: &'a mut Membership,
    canvas: Canvas<'a, W>,
    tools: Option<&'a TeacherTools>,
    /// Export and measuring, which only a teacher has.
    side_work: Option<SideWork<T>>,
    /// The sizes of the terminal and of the part that was drawn last.
    size: (u16, u16),
    area: (u16, u16),
    /// Whether the content of the terminal is unknown, as after a suspension.
    is_unknown: bool,
}

impl<W: Write, T: Fn(Event) -> bool + Clone + Send + 'static> Host for SessionHost<'_, W, T> {
    fn draw(&mut self, dashboard: &Dashboard, observed: &Observed) -> io::Result<Duration> {
        let view = &dashboard.view;
        let area = self.membership.fit(view.size);
        let size = std::mem::replace(&mut self.size, view.size);
        let area_before = std::mem::replace(&mut self.area, area);
        let has_unknown_rest = size != view.size && area == area_before; // the terminal may show anything beside the drawn part
        if std::mem::take(&mut self.is_unknown) || has_unknown_rest {
            self.canvas.forget()?;
        }
        self.canvas.pause_recording(view.shows_password())?;
        self.canvas.draw(area, |frame| screen::render(frame, dashboard, observed))
    }

    fn control(&mut self, control: Control, run: Option<usize>) {
        if let Some(tools) = self.tools {
            tools.controls.send_to(run, control);
        }
    }

    fn export(&mut self, dashboard: &Dashboard, observed: &Arc<Observed>) -> Option<Notice> {
        self.side_work.as_mut().map(|work| work.export(dashboard, observed))
    }

    fn measure(&mut self, observed: &Observed) -> io::Result<()> {
        self.side_work.as_ref().map_or(Ok(()), |work| work.measure(observed))
    }

    fn redraw(&mut self) -> bool {
        self.is_unknown = true;
        true
    }

    fn class(&mut self) -> Option<&mut dyn ClassParticipant> {
        Some(self.membership)
    }

    fn budget(&self) -> Option<&Budget> {
        self.tools.is_none().then(|| self.membership.budget())
    }
}
