//! The events of the dashboard, from all sources, in one queue.

use std::io;
use std::process;
use std::sync::Arc;
use std::sync::atomic::{AtomicI32, Ordering};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, SyncSender, TrySendError};
use std::thread;
use std::time::{Duration, Instant};

use crossterm::event;
use signal_hook::consts::{
    SIGALRM, SIGCONT, SIGHUP, SIGINT, SIGIO, SIGPROF, SIGQUIT, SIGSYS, SIGTERM, SIGTSTP, SIGUSR1, SIGUSR2, SIGVTALRM,
    SIGWINCH, SIGXCPU,
};
use signal_hook::iterator::Signals;

use super::question::{Answers, LONGEST_ANSWER};
use super::restore_without_blocking;
use crate::activity::wait_for_writers;
use crate::language::Message;
use crate::learning::StepCost;

crate::messages! {
    /// Why a terminal is lost.
    pub(crate) enum LostTerminal {
        HungUp = "it has hung up", "它已挂断";
        Closed = "it has been closed", "它已关闭";
        NoEvents = "no more events", "不再有事件";
        Unreadable = "what it sends cannot be read", "无法读取其内容";
    }
}

/// An event for the dashboard.
#[derive(Clone, Debug)]
pub enum Event {
    /// A key press, a paste or a new size.
    Terminal(event::Event),
    /// The answers of the terminal to the queries at the start of the session.
    Answered(Answers),
    /// A signal that ends the program.
    Signal(i32),
    /// A request to suspend the program (SIGTSTP).
    Suspend,
    /// The program has been continued after a stop (SIGCONT): the screen may show anything.
    Continued,
    /// An export has ended; the folder of its files, or the reason of the failure.
    Exported(Result<String, Message>),
    /// The measured cost of a training step of a model; `None` at the end of the measurement.
    Measured(Option<(String, StepCost)>),
    /// No key has been pressed for longer than the limit.
    Idle,
    /// The terminal is lost; the reason.
    TerminalLost(Message),
}

/// A source of events, with the clock for its deadlines.
pub trait EventSource {
    /// The time.
    fn now(&self) -> Instant;

    /// Waits for the next event until `deadline`.
    ///
    /// # Errors
    /// [`RecvTimeoutError::Timeout`] at the deadline, [`RecvTimeoutError::Disconnected`] when there will be no more.
    fn next(&self, deadline: Instant) -> Result<Event, RecvTimeoutError>;
}

/// Uses the clock of the system.
impl EventSource for Receiver<Event> {
    fn now(&self) -> Instant {
        Instant::now()
    }

    fn next(&self, deadline: Instant) -> Result<Event, RecvTimeoutError> {
        self.recv_timeout(deadline.saturating_duration_since(Instant::now()))
    }
}

/// Waits at the end of a session for an outstanding answer of the terminal, so that it does not reach the shell as keys. Returns at
/// once if `asked` is `None`, and also at a signal or when the terminal is lost.
pub fn wait_for_answer(asked: Option<Instant>, events: &impl EventSource) {
    let Some(deadline) = asked.map(|asked| asked + LONGEST_ANSWER) else { return };
    loop {
        match events.next(deadline) {
            Ok(Event::Answered(_) | Event::TerminalLost(_) | Event::Signal(_))
            | Err(RecvTimeoutError::Disconnected) => return,
            Err(RecvTimeoutError::Timeout) if events.now() >= deadline => return,
            _ => {}
        }
    }
}

/// Signals that end the program after saving its runs and restoring the terminal: those of users, batch systems, limits of time, timers and
/// power failures, all of which would otherwise kill the process.
pub const ENDING: &[i32] = &[
    SIGTERM,
    SIGHUP,
    SIGINT,
    SIGQUIT,
    SIGUSR1,
    SIGUSR2,
    SIGALRM,
    SIGXCPU,
    SIGVTALRM,
    SIGPROF,
    SIGIO,
    #[cfg(target_os = "linux")]
    {
        rustix::process::Signal::POWER.as_raw()
    },
    SIGSYS,
];

/// How long the program may take to end by itself after a signal, in addition to writing its runs.
pub const LONGEST_FAREWELL: Duration = Duration::from_millis(4500);

/// How long the dashboard may take to handle a signal; after that, training is stopped and saved without it.
const LONGEST_REACTION: Duration = Duration::from_secs(2);

/// Capacity of the queue; while it is full, no more keys are read.
pub const QUEUE_CAPACITY: usize = 256;

/// How long an event that is not a key waits for room in a full queue.
const LONGEST_WAIT: Duration = Duration::from_secs(2);

/// Adds an event to a queue. If the queue stays full for `LONGEST_WAIT`, the event is dropped. Returns `false` only if the receiver is
/// gone.
#[allow(clippy::must_use_candidate)] // most callers do not need the result
pub fn send_or_drop(to: &SyncSender<Event>, mut event: Event) -> bool {
    let deadline = Instant::now() + LONGEST_WAIT;
    loop {
        event = match to.try_send(event) {
            Ok(()) => return true,
            Err(TrySendError::Disconnected(_)) => return false,
            Err(TrySendError::Full(_)) if Instant::now() >= deadline => return true,
            Err(TrySendError::Full(event)) => event,
        };
        thread::sleep(Duration::from_millis(5));
    }
}

/// The effect of a hangup (SIGHUP) of the program's terminal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hangup {
    /// The program ends.
    Ends,
    /// Only the dashboard ends: other viewers may be connected.
    LosesTerminal,
}

/// The event queue of this process, with its signals.
#[derive(Debug)]
pub struct Events {
    to: SyncSender<Event>,
    received: Receiver<Event>,
    /// The signal that ends the program; 0 before there is one. Its event may wait behind many keys.
    ending: Arc<AtomicI32>,
}

impl Events {
    /// Creates the queue and handles signals in a thread of its own: reading from a lost terminal may never return (crossterm #793), but
    /// signals still arrive. `stop` is called to stop training if the dashboard does not handle an ending signal in time; the process then
    /// exits.
    ///
    /// # Errors
    /// If a handler cannot be installed or a thread cannot be started.
    pub fn from_signals(hangup: Hangup, stop: impl FnOnce() + Send + 'static) -> io::Result<Self> {
        let (to, received) = mpsc::sync_channel(QUEUE_CAPACITY);
        let signals = Signals::new(ENDING.iter().chain(&[SIGTSTP, SIGCONT, SIGWINCH]))?;
        let (sender, ending) = (to.clone(), Arc::<AtomicI32>::default());
        let ends = Arc::clone(&ending);
        let work = move || forward_signals(signals, hangup, &sender, &ends, stop);
        thread::Builder::new().name("signals".to_owned()).spawn(work)?;
        Ok(Self { to, received, ending })
    }

    /// The signal that ends the program, if one has arrived, even while its event is queued.
    #[must_use]
    pub fn ending(&self) -> Option<i32> {
        Some(self.ending.load(Ordering::SeqCst)).filter(|signal| *signal > 0)
    }

    /// Returns a function that adds an event like [`send_or_drop`].
    pub fn sender(&self) -> impl Fn(Event) -> bool + Clone + Send + 'static {
        let to = self.to.clone();
        move |event| send_or_drop(&to, event)
    }

    /// Returns a function that adds a key, waiting for room in the queue; it returns `false` if the receiver is gone.
    pub fn key_sender(&self) -> impl Fn(Event) -> bool + Clone + Send + 'static {
        let to = self.to.clone();
        move |event| to.send(event).is_ok()
    }

    /// The receiver of the events.
    #[must_use]
    pub fn received(&self) -> &Receiver<Event> {
        &self.received
    }
}

/// Turns signals into events. After an ending signal that the dashboard does not handle in time, stops training, waits for its writers,
/// restores the terminal and exits.
fn forward_signals(
    mut signals: Signals,
    hangup: Hangup,
    to: &SyncSender<Event>,
    ending: &AtomicI32,
    stop: impl FnOnce(),
) {
    for signal in signals.forever() {
        let event = match signal {
            SIGTSTP => Event::Suspend,
            SIGCONT => Event::Continued,
            SIGWINCH => match crossterm::terminal::size() {
                Ok((columns, rows)) => Event::Terminal(event::Event::Resize(columns, rows)),
                Err(_) => continue,
            },
            SIGHUP if hangup == Hangup::LosesTerminal => Event::TerminalLost(LostTerminal::HungUp.into()),
            _ => Event::Signal(signal),
        };
        let ends = matches!(event, Event::Signal(_));
        if ends {
            ending.store(signal, Ordering::SeqCst);
        }
        let arrived = Instant::now();
        if !send_or_drop(to, event) {
            return; // the dashboard has ended, and the program is ending
        }
        if !ends {
            continue;
        }
        // the dashboard may be blocked in a write to the terminal
        thread::sleep(LONGEST_REACTION.saturating_sub(arrived.elapsed()));
        stop();
        wait_for_writers(LONGEST_FAREWELL.saturating_sub(arrived.elapsed()));
        restore_without_blocking();
        process::exit(128 + signal);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn send_or_drop_full_queue_drops_event_and_returns() {
        let (to, received) = mpsc::sync_channel(QUEUE_CAPACITY);
        for _ in 0..2 * QUEUE_CAPACITY {
            let _ = to.try_send(Event::Continued);
        }
        assert!(send_or_drop(&to, Event::Exported(Ok(String::new()))), "it is dropped, and the receiver exists");
        assert_eq!(received.try_iter().count(), QUEUE_CAPACITY);
        assert!(send_or_drop(&to, Event::Suspend));
        assert!(matches!(received.try_recv(), Ok(Event::Suspend)));
        drop(received);
        assert!(!send_or_drop(&to, Event::Suspend));
    }
}
