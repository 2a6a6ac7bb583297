//! What the dashboard reacts to, from wherever it comes, in one queue.

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

use super::give_back_without_waiting;
use super::question::{Answers, LONGEST_ANSWER};
use crate::activity::wait_for_writers;
use crate::language::Message;
use crate::learning::StepCost;

/// Something the dashboard reacts to.
#[derive(Clone, Debug)]
pub enum Event {
    /// A key, a paste, another size.
    Terminal(event::Event),
    /// What the terminal was asked when the session began.
    Answered(Answers),
    /// The system wants the program to end.
    Signal(i32),
    /// Somebody wants the terminal for the shell (SIGTSTP).
    Suspend,
    /// The program goes on after having been stopped (SIGCONT): whatever the terminal shows is not ours.
    Continued,
    /// What was wanted as files is written: where, or why not.
    Exported(Result<String, Message>),
    /// What a step of a model cost; nothing when all is measured.
    Measured(Option<(String, StepCost)>),
    /// Nothing has been typed for longer than it may be.
    Idle,
    /// Nothing more will come from the terminal, and why.
    TerminalLost(String),
}

/// Events for a viewer's loop, and the clock by which it waits for them.
pub trait EventSource {
    /// The time.
    fn now(&self) -> Instant;

    /// The next event, which is waited for until `deadline`.
    ///
    /// # Errors
    /// [`RecvTimeoutError::Timeout`] at the deadline, [`RecvTimeoutError::Disconnected`] when there will be no more.
    fn next(&self, deadline: Instant) -> Result<Event, RecvTimeoutError>;
}

/// Timed by the system's clock.
impl EventSource for Receiver<Event> {
    fn now(&self) -> Instant {
        Instant::now()
    }

    fn next(&self, deadline: Instant) -> Result<Event, RecvTimeoutError> {
        self.recv_timeout(deadline.saturating_duration_since(Instant::now()))
    }
}

/// Waits, when a session is left, for an answer that is still to come, so that the shell does not get it for keys.
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

/// Signals that end the program in good order: with what is kept saved, and the terminal given back. Others that a process may be
/// sent are deadly, too, where nobody takes care of them: by a batch system, a limit of time, a timer, a failure of power.
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

/// How long the program may take to end by itself after a signal, besides what it takes to write what is kept.
pub const LONGEST_FAREWELL: Duration = Duration::from_millis(4500);

/// How long the dashboard may take to hear of a signal; after that, training is stopped, and what is kept saved, without it.
const LONGEST_DEAFNESS: Duration = Duration::from_secs(2);

/// How many events may wait until they are looked at; whoever types faster is not listened to meanwhile.
pub const MOST_WAITING: usize = 256;

/// How long whatever is no key waits for its place in a full queue.
const LONGEST_WAIT: Duration = Duration::from_secs(2);

/// Adds what must not wait for ever, such as the end of an export, to a queue that nobody may be reading any more: after a while it is
/// lost. Says whether anybody listens.
#[allow(clippy::must_use_candidate)] // who has told something need not care
pub fn tell_in_time(to: &SyncSender<Event>, mut event: Event) -> bool {
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

/// What it means that the terminal of the program hangs up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hangup {
    /// The program ends.
    Ends,
    /// The dashboard ends, and the program need not: others look.
    LosesTerminal,
}

/// What the dashboard of this process reacts to.
#[derive(Debug)]
pub struct Events {
    to: SyncSender<Event>,
    received: Receiver<Event>,
    /// The signal that ends the program; 0 before there is one. It may wait behind many keys.
    ending: Arc<AtomicI32>,
}

impl Events {
    /// Listens to signals in a thread of its own, from before the terminal is taken: reading from a terminal that is gone may
    /// never return (crossterm #793), and then the signal still arrives. `stop` stops training where the dashboard does not.
    ///
    /// # Errors
    /// When signals or threads cannot be had.
    pub fn of_signals(hangup: Hangup, stop: impl FnOnce() + Send + 'static) -> io::Result<Self> {
        let (to, received) = mpsc::sync_channel(MOST_WAITING);
        let signals = Signals::new(ENDING.iter().chain(&[SIGTSTP, SIGCONT, SIGWINCH]))?;
        let (told, ending) = (to.clone(), Arc::<AtomicI32>::default());
        let ends = Arc::clone(&ending);
        let work = move || forward_signals(signals, hangup, (&told, &ends), stop);
        thread::Builder::new().name("signals".to_owned()).spawn(work)?;
        Ok(Self { to, received, ending })
    }

    /// The signal that ends the program, if there was one, also while it waits behind other events.
    #[must_use]
    pub fn ending(&self) -> Option<i32> {
        Some(self.ending.load(Ordering::SeqCst)).filter(|signal| *signal > 0)
    }

    /// What adds an event, and says whether anybody listens.
    pub fn tell(&self) -> impl Fn(Event) -> bool + Clone + Send + 'static {
        let to = self.to.clone();
        move |event| tell_in_time(&to, event)
    }

    /// What adds a key, as soon as there is room for it, and says whether anybody listens.
    pub fn tell_keys(&self) -> impl Fn(Event) -> bool + Clone + Send + 'static {
        let to = self.to.clone();
        move |event| to.send(event).is_ok()
    }

    /// The events, in their order.
    #[must_use]
    pub fn received(&self) -> &Receiver<Event> {
        &self.received
    }
}

fn forward_signals(
    mut signals: Signals,
    hangup: Hangup,
    (to, ending): (&SyncSender<Event>, &AtomicI32),
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
            SIGHUP if hangup == Hangup::LosesTerminal => Event::TerminalLost("it has hung up".to_owned()),
            _ => Event::Signal(signal),
        };
        let ends = matches!(event, Event::Signal(_));
        if ends {
            ending.store(signal, Ordering::SeqCst);
        }
        let begun = Instant::now();
        if !tell_in_time(to, event) {
            return; // the dashboard has ended, and the program is ending
        }
        if !ends {
            continue;
        }
        // the dashboard may hang in a write to a terminal that takes nothing
        thread::sleep(LONGEST_DEAFNESS.saturating_sub(begun.elapsed()));
        stop();
        wait_for_writers(LONGEST_FAREWELL.saturating_sub(begun.elapsed()));
        give_back_without_waiting();
        process::exit(128 + signal);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_queue_that_nobody_reads_takes_so_many_events_and_keeps_nobody_for_ever() {
        let (to, received) = mpsc::sync_channel(MOST_WAITING);
        for _ in 0..2 * MOST_WAITING {
            let _ = to.try_send(Event::Continued);
        }
        assert!(tell_in_time(&to, Event::Exported(Ok(String::new()))), "it is lost, and somebody listens");
        assert_eq!(received.try_iter().count(), MOST_WAITING);
        assert!(tell_in_time(&to, Event::Suspend));
        assert!(matches!(received.try_recv(), Ok(Event::Suspend)));
        drop(received);
        assert!(!tell_in_time(&to, Event::Suspend));
    }
}
