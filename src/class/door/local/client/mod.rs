//! The client of a local door: connects a terminal to a class.

mod shown_screen;
mod terminal;

use std::io::{self, Write};
use std::net::Shutdown;
use std::os::fd::AsFd;
use std::os::unix::net::UnixStream;
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;

use super::place::{MAX_PATH, Place};
use super::place_error::PlaceError;
use super::wire::{ClientMessage, Hello, Reply, ReplyReader, VERSION};
use crate::class::visitor::TerminalKind;
use crate::printable;
use shown_screen::ShownScreen;
pub use terminal::{ClientTerminal, TerminalEvent};

/// The maximum number of bytes to send that wait; beyond it no keys are read.
const MAX_OUTGOING: usize = 64 << 10;
/// How long a Ctrl-C may go without an answer before the next one leaves.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(2);

/// Options of a client.
#[derive(Clone, Debug)]
pub struct AttachOptions<'a> {
    /// The name in the class.
    pub name: &'a str,
    /// Whether to join as a teacher.
    pub teaches: bool,
    /// Variables that describe the terminal.
    pub terminal: TerminalKind,
}

/// How a client has ended.
#[derive(Debug, PartialEq, Eq)]
pub enum ClientEnd {
    /// The class has ended the session, with this exit code.
    Goodbye(u8),
    /// The connection has ended without a goodbye.
    Gone,
    /// A class of another version has rejected the client.
    Rejected,
    /// Ctrl-C was pressed twice, and the class did not answer.
    Unanswered,
    /// A signal ends the process.
    Signal(i32),
    /// The terminal is closed.
    TerminalLost,
}

/// A connection to a class on this machine.
#[derive(Debug)]
pub struct LocalClass {
    stream: UnixStream,
}

impl LocalClass {
    /// Connects to the class at a place, after checking that its folder and the listening process belong to an account that may hold it; a
    /// teacher's class must be of this account.
    ///
    /// # Errors
    /// If there is no class, or it could be another account's.
    pub fn find(place: &Place, teaches: bool) -> Result<Self, PlaceError> {
        let length = place.path().as_os_str().len();
        if length > MAX_PATH {
            return Err(PlaceError::TooLong { bytes: length, max_bytes: MAX_PATH });
        }
        let no_class = |error: io::Error| match error.kind() {
            io::ErrorKind::NotFound | io::ErrorKind::NotADirectory | io::ErrorKind::ConnectionRefused => {
                PlaceError::NoClass
            }
            _ => PlaceError::System { error },
        };
        let owner = place.owner(teaches).map_err(|error| match error {
            PlaceError::System { error } => no_class(error),
            error => error,
        })?;
        let stream = UnixStream::connect(place.path()).map_err(no_class)?;
        match listening_account(&stream)? {
            Some(account) if account != owner && account != 0 => Err(PlaceError::OtherAccount { uid: account }),
            _ => Ok(Self { stream }),
        }
    }

    /// Connects a terminal to the class until either ends the session. Returns how it ended, and whether the session still shows the
    /// alternate screen.
    ///
    /// # Errors
    /// If the connection fails otherwise than by its end.
    pub fn attach(
        self,
        options: &AttachOptions<'_>,
        terminal: &mut impl ClientTerminal,
    ) -> io::Result<(ClientEnd, bool)> {
        let (name, kind) = (options.name.to_owned(), options.terminal.clone());
        let hello = Hello { version: VERSION, name, terminal: kind, size: terminal.size(), teaches: options.teaches };
        self.stream.set_nonblocking(true)?;
        let mut client = Client {
            stream: self.stream,
            outgoing: Vec::new(),
            replies: ReplyReader::default(),
            screen: ShownScreen::default(),
            is_rejected: false,
            stuck_since: None,
            ctrl_c_since: None,
        };
        ClientMessage::Hello(hello).write(&mut client.outgoing)?;
        let ended = loop {
            if let Some(ended) = client.step(terminal)? {
                break ended;
            }
        };
        let _ = client.stream.shutdown(Shutdown::Both);
        Ok((ended, client.screen.is_taken))
    }
}

/// The state of a client in a session.
struct Client {
    stream: UnixStream,
    /// Bytes to send.
    outgoing: Vec<u8>,
    replies: ReplyReader,
    screen: ShownScreen,
    /// Whether a class of another version has sent a text.
    is_rejected: bool,
    /// When `outgoing` became full.
    stuck_since: Option<Instant>,
    /// When the first Ctrl-C without an answer was typed.
    ctrl_c_since: Option<Instant>,
}

impl Client {
    /// Waits for input from the class, the keyboard or signals, and handles it; returns how the client ends, if it does.
    fn step(&mut self, terminal: &mut impl ClientTerminal) -> io::Result<Option<ClientEnd>> {
        self.stuck_since = (self.outgoing.len() >= MAX_OUTGOING).then(|| self.stuck_since.unwrap_or_else(Instant::now));
        // after the timeout keys are read again, for a Ctrl-C
        let reads_keys = self.stuck_since.is_none_or(|since| since.elapsed() >= ANSWER_TIMEOUT);
        let flags_if = |is_wanted: bool, flags| if is_wanted { flags } else { PollFlags::empty() };
        let line = PollFlags::IN | flags_if(!self.outgoing.is_empty(), PollFlags::OUT);
        let timeout = self.stuck_since.is_some().then_some(Duration::from_millis(100));
        let timeout = timeout.and_then(|timeout| Timespec::try_from(timeout).ok());
        let (has_replies, can_send, has_keys, has_events) = {
            let (keys, wake) = (terminal.keys(), terminal.wake());
            let mut ready = [
                PollFd::new(&self.stream, line),
                PollFd::from_borrowed_fd(keys, flags_if(reads_keys, PollFlags::IN)),
                PollFd::from_borrowed_fd(wake, PollFlags::IN),
            ];
            match poll(&mut ready, timeout.as_ref()) {
                Ok(_) | Err(Errno::INTR) => {}
                Err(error) => return Err(error.into()),
            }
            let [line, keys, wake] = ready.map(|fd| fd.revents());
            let is_ready = |found: PollFlags, wanted| found.intersects(wanted | PollFlags::HUP | PollFlags::ERR);
            (
                is_ready(line, PollFlags::IN),
                line.intersects(PollFlags::OUT),
                is_ready(keys, PollFlags::IN),
                !wake.is_empty(),
            )
        };
        if has_events && let Some(ended) = self.handle_terminal_events(terminal) {
            return Ok(Some(ended));
        }
        if can_send {
            self.send()?;
        }
        if has_replies && let Some(ended) = self.show(terminal)? {
            return Ok(Some(ended));
        }
        Ok(if has_keys { self.take_keys(terminal) } else { None })
    }

    /// Handles signals; returns how the client ends, if it does. The size is sent unless the queue is full.
    fn handle_terminal_events(&mut self, terminal: &mut impl ClientTerminal) -> Option<ClientEnd> {
        for event in terminal.events() {
            let taken = match event {
                TerminalEvent::Resized => Ok(()),
                TerminalEvent::Ending(signal) => return Some(ClientEnd::Signal(signal)),
                TerminalEvent::Stopped => terminal.suspend(self.screen.is_taken),
                TerminalEvent::Continued => terminal.take_again(self.screen.is_taken),
            };
            if taken.is_err() {
                return Some(ClientEnd::TerminalLost);
            }
            let (columns, rows) = terminal.size();
            if self.outgoing.len() < MAX_OUTGOING {
                let _ = ClientMessage::Size(columns, rows).write(&mut self.outgoing);
                if event != TerminalEvent::Resized {
                    let _ = ClientMessage::Redraw.write(&mut self.outgoing);
                }
            }
        }
        None
    }

    /// Sends as many queued bytes as the connection accepts. If it is closed they are dropped, as the last frames are still to be read.
    fn send(&mut self) -> io::Result<()> {
        match self.stream.write(&self.outgoing) {
            Ok(count) => _ = self.outgoing.drain(..count),
            Err(error) if matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::Interrupted) => {}
            Err(error) if is_end(&error) => self.outgoing.clear(),
            Err(error) => return Err(error),
        }
        Ok(())
    }

    /// Shows what the class has sent; returns how the client ends, if it does.
    fn show(&mut self, terminal: &mut impl ClientTerminal) -> io::Result<Option<ClientEnd>> {
        let replies = match self.replies.read(&mut self.stream) {
            Ok(replies) => replies,
            Err(error) if is_end(&error) => {
                return Ok(Some(if self.is_rejected { ClientEnd::Rejected } else { ClientEnd::Gone }));
            }
            Err(error) => return Err(error),
        };
        for reply in replies {
            let bytes = match reply {
                Reply::Goodbye(code) => return Ok(Some(ClientEnd::Goodbye(code))),
                Reply::Shown(bytes) => bytes,
                Reply::Text(bytes) => {
                    self.is_rejected = true;
                    let text = String::from_utf8_lossy(&bytes).into_owned();
                    text.lines().map(|line| printable(line) + "\r\n").collect::<String>().into_bytes()
                }
            };
            self.ctrl_c_since = None;
            self.screen.see(&bytes);
            if terminal.show(&bytes).is_err() {
                return Ok(Some(ClientEnd::TerminalLost));
            }
        }
        Ok(None)
    }

    /// Reads keys and queues them; they are dropped if the queue is full. Returns how the client ends, if it does.
    fn take_keys(&mut self, terminal: &impl ClientTerminal) -> Option<ClientEnd> {
        let mut bytes = [0; 1 << 12];
        let typed = match rustix::io::read(terminal.keys(), &mut bytes) {
            Ok(0) => return Some(ClientEnd::TerminalLost),
            Ok(count) => &bytes[..count],
            Err(Errno::INTR | Errno::AGAIN) => return None,
            Err(_) => return Some(ClientEnd::TerminalLost),
        };
        if typed.contains(&CONTROL_C) {
            let since = *self.ctrl_c_since.get_or_insert_with(Instant::now);
            if since.elapsed() >= ANSWER_TIMEOUT {
                return Some(ClientEnd::Unanswered);
            }
        }
        if self.outgoing.len() < MAX_OUTGOING {
            let _ = ClientMessage::Typed(typed.to_vec()).write(&mut self.outgoing);
        }
        None
    }
}

const CONTROL_C: u8 = 0x03;

/// Whether an error means that the other end has closed the connection, or violates the protocol.
fn is_end(error: &io::Error) -> bool {
    use io::ErrorKind::{BrokenPipe, ConnectionReset, InvalidData, UnexpectedEof};
    matches!(error.kind(), BrokenPipe | ConnectionReset | InvalidData | UnexpectedEof)
}

/// The account of the listening process; `None` if the system does not report it.
#[cfg(target_os = "linux")]
fn listening_account(stream: &UnixStream) -> io::Result<Option<u32>> {
    Ok(Some(rustix::net::sockopt::socket_peercred(stream.as_fd())?.uid.as_raw()))
}

/// The account of the listening process; `None` if the system does not report it.
#[cfg(not(target_os = "linux"))]
fn listening_account(stream: &UnixStream) -> io::Result<Option<u32>> {
    let _ = stream.as_fd();
    Ok(None)
}

#[cfg(test)]
mod tests;
