//! Input from the terminal of a client, as events.

use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::SyncSender;
use std::thread;
use std::time::{Duration, Instant};

use crate::class::IncomingEvents;
use crate::class::visitor::clamped;
use crate::dashboard::terminal::events::Event;
use crate::dashboard::terminal::events::LostTerminal;
use crate::dashboard::terminal::{Questions, TerminalInput};

/// The timeout for input where no idle limit applies.
const MAX_TIMEOUT: Duration = Duration::from_hours(1);

/// Input from the terminal of a client.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ClientInput {
    /// Bytes of keys.
    Typed(Vec<u8>),
    /// Columns and rows.
    Size(u16, u16),
    /// The screen has to be redrawn completely.
    Redraw,
}

/// Decodes client input into events in a thread of its own, until `next` fails, no key has come for `idle`, or the receiver is dropped; the
/// first two are sent as events. `next` waits for input at most as long as its argument says, and may return no input. `questions` are those
/// that the terminal was asked, whose answers are decoded, too.
///
/// # Errors
/// If the system has no more threads.
pub fn spawn_input_thread(
    next: impl FnMut(Duration) -> io::Result<Vec<ClientInput>> + Send + 'static,
    questions: Questions,
    idle: Option<Duration>,
) -> io::Result<IncomingEvents> {
    let (to, incoming) = IncomingEvents::new();
    let work = move || {
        // after a panic in decoding the session ends, too
        if catch_unwind(AssertUnwindSafe(|| forward_events(next, questions, idle, &to))).is_err() {
            let _ = to.send(Event::TerminalLost(LostTerminal::Unreadable.into()));
        }
    };
    thread::Builder::new().name("input".to_owned()).spawn(work)?;
    Ok(incoming)
}

/// The loop of the thread.
fn forward_events(
    mut next: impl FnMut(Duration) -> io::Result<Vec<ClientInput>>,
    questions: Questions,
    idle: Option<Duration>,
    to: &SyncSender<Event>,
) {
    let mut terminal = TerminalInput::new(questions);
    let (mut is_connected, mut last_key) = (true, Instant::now());
    while is_connected {
        let left = idle.map_or(MAX_TIMEOUT, |idle| idle.saturating_sub(last_key.elapsed()));
        // a timeout of zero would mean none
        let timeout = terminal.timeout().map_or(left, |timeout| timeout.min(left)).max(Duration::from_millis(1));
        let mut forward = |event| {
            // only keys and pasted text reset the idle time
            if matches!(&event, Event::Terminal(crossterm::event::Event::Key(_) | crossterm::event::Event::Paste(_))) {
                last_key = Instant::now();
            }
            is_connected &= to.send(event).is_ok();
        };
        let end = match next(timeout) {
            Ok(inputs) => {
                for input in inputs {
                    match input {
                        ClientInput::Typed(bytes) => terminal.take(&bytes, &mut forward),
                        ClientInput::Size(columns, rows) => {
                            let (columns, rows) = clamped((columns, rows));
                            forward(Event::Terminal(crossterm::event::Event::Resize(columns, rows)));
                        }
                        ClientInput::Redraw => forward(Event::Continued),
                    }
                }
                terminal.pause(&mut forward);
                if idle.is_none_or(|idle| last_key.elapsed() < idle) {
                    continue;
                }
                Event::Idle
            }
            Err(error) => Event::TerminalLost(error.into()),
        };
        let _ = to.send(end);
        return;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn input_without_keys_ends_at_idle_limit() {
        let (to, events) = std::sync::mpsc::sync_channel(1);
        let silent = |timeout: Duration| {
            thread::sleep(timeout.min(Duration::from_millis(1)));
            Ok(Vec::new())
        };
        forward_events(silent, Questions::default(), Some(Duration::from_millis(5)), &to);
        assert!(matches!(events.try_recv(), Ok(Event::Idle)));
        // however often the window changes
        let resized = |_: Duration| {
            thread::sleep(Duration::from_millis(1));
            Ok(vec![ClientInput::Size(80, 24)])
        };
        let (to_idle, idle) = std::sync::mpsc::sync_channel(1000);
        forward_events(resized, Questions::default(), Some(Duration::from_millis(5)), &to_idle);
        assert!(matches!(idle.try_iter().last(), Some(Event::Idle)));
        let mut asked = 0;
        let lost_in_the_end = |timeout: Duration| {
            asked += 1;
            assert!(timeout > Duration::from_mins(1));
            if asked < 100 { Ok(Vec::new()) } else { Err(io::ErrorKind::UnexpectedEof.into()) }
        };
        forward_events(lost_in_the_end, Questions::default(), None, &to);
        assert!(matches!(events.try_recv(), Ok(Event::TerminalLost(_))));
    }
}
