//! The client of a local door: a terminal takes part in a class.

use std::io::{self, Write};
use std::net::Shutdown;
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::net::UnixStream;
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;

use super::place::{LONGEST_PATH, Place, PlaceError};
use super::wire::{Hello, Message, Reply, ReplyReader, VERSION};
use crate::class::visitor::TerminalKind;
use crate::printable;

/// How much of what is typed may wait until the class takes it, in bytes; after that the keyboard waits.
const MOST_OUTGOING: usize = 64 << 10;
/// After how long without an answer Ctrl-C leaves without the class.
const UNANSWERED: Duration = Duration::from_secs(2);
/// What a session shows first, and last.
const TAKE_SCREEN: &[u8] = b"\x1b[?1049h";
const GIVE_BACK_SCREEN: &[u8] = b"\x1b[?1049l";

/// Who attaches.
#[derive(Clone, Debug)]
pub struct AttachOptions<'a> {
    /// As somebody wants to be called.
    pub name: &'a str,
    /// Whether somebody wants to teach.
    pub teaches: bool,
    /// What the terminal is like.
    pub terminal: TerminalKind,
}

/// What the system tells a client of its terminal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Told {
    /// It has another size.
    Resized,
    /// The shell shall have it.
    Stopped,
    /// This process goes on after the shell had it.
    Continued,
    /// This signal ends the process.
    Ending(i32),
}

/// How a client has ended.
#[derive(Debug, PartialEq, Eq)]
pub enum Ended {
    /// The class has said goodbye, and with which exit code.
    Goodbye(u8),
    /// The class has said nothing more.
    Gone,
    /// A class of another version has said no.
    Refused,
    /// The class does not answer, and somebody wanted to leave.
    Unanswered,
    /// This signal has ended it.
    Signal(i32),
    /// The terminal is gone, and why.
    TerminalLost(String),
}

/// The terminal of a client.
pub trait ClientTerminal {
    /// Keys are read from here.
    fn keys(&self) -> BorrowedFd<'_>;

    /// This can be read when [`told`](Self::told) has something to say.
    fn wake(&self) -> BorrowedFd<'_>;

    /// What the system has told since the last call.
    fn told(&mut self) -> Vec<Told>;

    /// Columns and rows.
    fn size(&self) -> (u16, u16);

    /// Shows something.
    ///
    /// # Errors
    /// When the terminal is gone.
    fn show(&mut self, bytes: &[u8]) -> io::Result<()>;

    /// Gives the terminal to the shell until this process goes on. `is_taken` is whether a session is shown.
    ///
    /// # Errors
    /// When the terminal is gone.
    fn suspend(&mut self, is_taken: bool) -> io::Result<()>;

    /// Takes the terminal after the shell had it.
    ///
    /// # Errors
    /// When the terminal is gone.
    fn take_again(&mut self, is_taken: bool) -> io::Result<()>;
}

/// A class of this machine that was found.
#[derive(Debug)]
pub struct LocalClass {
    stream: UnixStream,
}

impl LocalClass {
    /// Finds the class there. Who teaches finds no other account's.
    ///
    /// # Errors
    /// When there is none, or it could be a stranger's.
    pub fn find(place: &Place, teaches: bool) -> Result<Self, PlaceError> {
        let length = place.path().as_os_str().len();
        if length > LONGEST_PATH {
            return Err(PlaceError::TooLong { bytes: length, max_bytes: LONGEST_PATH });
        }
        let nobody = |error: io::Error| match error.kind() {
            io::ErrorKind::NotFound | io::ErrorKind::NotADirectory | io::ErrorKind::ConnectionRefused => {
                PlaceError::Nobody
            }
            _ => PlaceError::System { error },
        };
        let owner = place.owner(teaches).map_err(|error| match error {
            PlaceError::System { error } => nobody(error),
            error => error,
        })?;
        let stream = UnixStream::connect(place.path()).map_err(nobody)?;
        match account_that_listens(&stream)? {
            Some(account) if account != owner && account != 0 => Err(PlaceError::Stranger { uid: account }),
            _ => Ok(Self { stream }),
        }
    }

    /// Takes part with a terminal, until the class or its client ends it.
    ///
    /// # Errors
    /// When the line to the class fails in a way that says nothing of the class.
    pub fn attach(self, who: &AttachOptions<'_>, terminal: &mut impl ClientTerminal) -> io::Result<(Ended, bool)> {
        let (name, kind) = (who.name.to_owned(), who.terminal.clone());
        let hello = Hello { version: VERSION, name, terminal: kind, size: terminal.size(), teaches: who.teaches };
        self.stream.set_nonblocking(true)?;
        let mut client = Client {
            stream: self.stream,
            outgoing: Vec::new(),
            replies: ReplyReader::default(),
            screen: ShownScreen::default(),
            was_refused: false,
            is_stuck_since: None,
            wants_to_leave_since: None,
        };
        Message::Hello(hello).write(&mut client.outgoing)?;
        let ended = loop {
            if let Some(ended) = client.step(terminal)? {
                break ended;
            }
        };
        let _ = client.stream.shutdown(Shutdown::Both);
        Ok((ended, client.screen.is_taken))
    }
}

/// A client at work.
struct Client {
    stream: UnixStream,
    outgoing: Vec<u8>,
    replies: ReplyReader,
    screen: ShownScreen,
    /// Whether a class of another version has said something.
    was_refused: bool,
    /// Since when the class takes nothing more of what is typed.
    is_stuck_since: Option<Instant>,
    /// Since when a Ctrl-C has had no answer.
    wants_to_leave_since: Option<Instant>,
}

impl Client {
    /// Waits until something happens, and does what comes of it.
    fn step(&mut self, terminal: &mut impl ClientTerminal) -> io::Result<Option<Ended>> {
        self.is_stuck_since =
            (self.outgoing.len() >= MOST_OUTGOING).then(|| self.is_stuck_since.unwrap_or_else(Instant::now));
        // who is stuck for long is listened to again, for a Ctrl-C
        let listens = self.is_stuck_since.is_none_or(|since| since.elapsed() >= UNANSWERED);
        let with = |is_wanted: bool, flags| if is_wanted { flags } else { PollFlags::empty() };
        let line = PollFlags::IN | with(!self.outgoing.is_empty(), PollFlags::OUT);
        let patience = self.is_stuck_since.is_some().then_some(Duration::from_millis(100));
        let patience = patience.and_then(|patience| Timespec::try_from(patience).ok());
        let (shown, written, typed, told) = {
            let (keys, wake) = (terminal.keys(), terminal.wake());
            let mut ready = [
                PollFd::new(&self.stream, line),
                PollFd::from_borrowed_fd(keys, with(listens, PollFlags::IN)),
                PollFd::from_borrowed_fd(wake, PollFlags::IN),
            ];
            match poll(&mut ready, patience.as_ref()) {
                Ok(_) | Err(Errno::INTR) => {}
                Err(error) => return Err(error.into()),
            }
            let [line, keys, wake] = ready.map(|fd| fd.revents());
            let is_ready = |of: PollFlags, wanted| of.intersects(wanted | PollFlags::HUP | PollFlags::ERR);
            (is_ready(line, PollFlags::IN), line.intersects(PollFlags::OUT), is_ready(keys, PollFlags::IN), wake)
        };
        if !told.is_empty()
            && let Some(ended) = self.hear_of_terminal(terminal)
        {
            return Ok(Some(ended));
        }
        if written {
            self.send()?;
        }
        if shown && let Some(ended) = self.show(terminal)? {
            return Ok(Some(ended));
        }
        Ok(if typed { self.take_keys(terminal) } else { None })
    }

    fn hear_of_terminal(&mut self, terminal: &mut impl ClientTerminal) -> Option<Ended> {
        for told in terminal.told() {
            let taken = match told {
                Told::Resized => Ok(()),
                Told::Ending(signal) => return Some(Ended::Signal(signal)),
                Told::Stopped => terminal.suspend(self.screen.is_taken),
                Told::Continued => terminal.take_again(self.screen.is_taken),
            };
            if let Err(error) = taken {
                return Some(Ended::TerminalLost(error.to_string()));
            }
            let (columns, rows) = terminal.size();
            // a class that takes nothing for long is told the next size
            if self.outgoing.len() < MOST_OUTGOING {
                let _ = Message::Size(columns, rows).write(&mut self.outgoing);
                if told != Told::Resized {
                    let _ = Message::Redraw.write(&mut self.outgoing);
                }
            }
        }
        None
    }

    /// What a class that has just ended is told does not matter; what it has shown last is still to be read.
    fn send(&mut self) -> io::Result<()> {
        match self.stream.write(&self.outgoing) {
            Ok(count) => _ = self.outgoing.drain(..count),
            Err(error) if matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::Interrupted) => {}
            Err(error) if is_end(&error) => self.outgoing.clear(),
            Err(error) => return Err(error),
        }
        Ok(())
    }

    fn show(&mut self, terminal: &mut impl ClientTerminal) -> io::Result<Option<Ended>> {
        let replies = match self.replies.read(&mut self.stream) {
            Ok(replies) => replies,
            Err(error) if is_end(&error) => {
                return Ok(Some(if self.was_refused { Ended::Refused } else { Ended::Gone }));
            }
            Err(error) => return Err(error),
        };
        for reply in replies {
            let bytes = match reply {
                Reply::Goodbye(code) => return Ok(Some(Ended::Goodbye(code))),
                Reply::Shown(bytes) => bytes,
                Reply::Text(bytes) => {
                    self.was_refused = true;
                    let text = String::from_utf8_lossy(&bytes).into_owned();
                    text.lines().map(|line| printable(line) + "\r\n").collect::<String>().into_bytes()
                }
            };
            self.wants_to_leave_since = None;
            self.screen.see(&bytes);
            if let Err(error) = terminal.show(&bytes) {
                return Ok(Some(Ended::TerminalLost(error.to_string())));
            }
        }
        Ok(None)
    }

    fn take_keys(&mut self, terminal: &impl ClientTerminal) -> Option<Ended> {
        let mut bytes = [0; 1 << 12];
        let typed = match rustix::io::read(terminal.keys(), &mut bytes) {
            Ok(0) => return Some(Ended::TerminalLost("it has been closed".to_owned())),
            Ok(count) => &bytes[..count],
            Err(Errno::INTR | Errno::AGAIN) => return None,
            Err(error) => return Some(Ended::TerminalLost(io::Error::from(error).to_string())),
        };
        if typed.contains(&CONTROL_C) {
            let since = *self.wants_to_leave_since.get_or_insert_with(Instant::now);
            if since.elapsed() >= UNANSWERED {
                return Some(Ended::Unanswered);
            }
        }
        if self.outgoing.len() < MOST_OUTGOING {
            let _ = Message::Typed(typed.to_vec()).write(&mut self.outgoing);
        }
        None
    }
}

const CONTROL_C: u8 = 0x03;

/// Whether the other end has ended, in whatever way.
fn is_end(error: &io::Error) -> bool {
    use io::ErrorKind::{BrokenPipe, ConnectionReset, InvalidData, UnexpectedEof};
    matches!(error.kind(), BrokenPipe | ConnectionReset | InvalidData | UnexpectedEof)
}

/// Whether a session has the terminal, by what it has shown.
#[derive(Debug, Default)]
struct ShownScreen {
    is_taken: bool,
    last: Vec<u8>,
}

impl ShownScreen {
    fn see(&mut self, bytes: &[u8]) {
        self.last.extend_from_slice(bytes);
        let last = |sequence: &[u8]| self.last.windows(sequence.len()).rposition(|found| found == sequence);
        match (last(TAKE_SCREEN), last(GIVE_BACK_SCREEN)) {
            (None, None) => {}
            (taken, given_back) => self.is_taken = taken > given_back,
        }
        let kept = self.last.len().min(TAKE_SCREEN.len() - 1); // it may come in two pieces
        self.last.drain(..self.last.len() - kept);
    }
}

/// Of which account the program is that listens, if the system says so.
#[cfg(target_os = "linux")]
fn account_that_listens(stream: &UnixStream) -> io::Result<Option<u32>> {
    Ok(Some(rustix::net::sockopt::socket_peercred(stream.as_fd())?.uid.as_raw()))
}

/// Of which account the program is that listens, if the system says so.
#[cfg(not(target_os = "linux"))]
fn account_that_listens(stream: &UnixStream) -> io::Result<Option<u32>> {
    let _ = stream.as_fd();
    Ok(None)
}

#[cfg(test)]
mod tests {
    use std::io::Read;
    use std::os::unix::net::UnixListener;
    use std::thread;

    use super::*;

    /// A terminal of two lines of bytes.
    struct Tested {
        keys: UnixStream,
        wake: UnixStream,
        told: Vec<Told>,
        shown: Vec<u8>,
        calls: Vec<&'static str>,
    }

    impl ClientTerminal for Tested {
        fn keys(&self) -> BorrowedFd<'_> {
            self.keys.as_fd()
        }
        fn wake(&self) -> BorrowedFd<'_> {
            self.wake.as_fd()
        }
        fn told(&mut self) -> Vec<Told> {
            let _ = self.wake.read(&mut [0; 16]);
            std::mem::take(&mut self.told)
        }
        fn size(&self) -> (u16, u16) {
            (80, 24)
        }
        fn show(&mut self, bytes: &[u8]) -> io::Result<()> {
            self.shown.extend_from_slice(bytes);
            Ok(())
        }
        fn suspend(&mut self, is_taken: bool) -> io::Result<()> {
            self.calls.push(if is_taken { "suspend taken" } else { "suspend" });
            Ok(())
        }
        fn take_again(&mut self, is_taken: bool) -> io::Result<()> {
            self.calls.push(if is_taken { "take again taken" } else { "take again" });
            Ok(())
        }
    }

    /// What becomes of a client whose class does this, and what it shows.
    fn attached(class: impl FnOnce(UnixStream) + Send + 'static, told: &[Told]) -> (Ended, bool, Tested, UnixStream) {
        let (mine, other) = UnixStream::pair().unwrap();
        let ((keyboard, keys), (mut waker, wake)) = (UnixStream::pair().unwrap(), UnixStream::pair().unwrap());
        if !told.is_empty() {
            waker.write_all(b"x").unwrap();
        }
        let mut terminal = Tested { keys, wake, told: told.to_vec(), shown: Vec::new(), calls: Vec::new() };
        let class = thread::spawn(move || class(other));
        let who = AttachOptions { name: "anna", teaches: false, terminal: TerminalKind::default() };
        let (ended, is_taken) = LocalClass { stream: mine }.attach(&who, &mut terminal).unwrap();
        class.join().unwrap();
        drop(waker);
        (ended, is_taken, terminal, keyboard)
    }

    fn show(stream: &mut UnixStream, bytes: &[u8]) {
        Reply::Shown(bytes.to_vec()).write(stream).unwrap();
    }

    #[test]
    fn a_client_knows_a_goodbye_from_a_class_that_is_gone() {
        let over = |mut stream: UnixStream| {
            show(&mut stream, b"\x1b[?1049hframe");
            show(&mut stream, b"\x1b[?1049lthe class is over");
            Reply::Goodbye(0).write(&mut stream).unwrap();
        };
        let (ended, is_taken, terminal, _) = attached(over, &[]);
        assert_eq!((ended, is_taken), (Ended::Goodbye(0), false));
        assert!(terminal.shown.ends_with(b"the class is over"));
        let killed = |mut stream: UnixStream| {
            show(&mut stream, b"\x1b[?10");
            show(&mut stream, b"49hhalf a fra");
            stream.write_all(b"O\0\xffme").unwrap();
        };
        let (ended, is_taken, ..) = attached(killed, &[]);
        assert_eq!((ended, is_taken), (Ended::Gone, true));
        let nonsense = |mut stream: UnixStream| {
            show(&mut stream, b"\x1b[?1049h");
            stream.write_all(b"X\0\0").unwrap();
        };
        assert_eq!(attached(nonsense, &[]).0, Ended::Gone);
        let older = |mut stream: UnixStream| stream.write_all(b"another version\x1b[2J\r\n").unwrap();
        let (ended, is_taken, terminal, _) = attached(older, &[]);
        assert_eq!((ended, is_taken), (Ended::Refused, false));
        let shown = String::from_utf8(terminal.shown).unwrap();
        assert!(shown.starts_with("another version") && !shown.contains('\x1b'), "{shown:?}");
    }

    #[test]
    fn a_signal_ends_a_client_and_after_a_stop_all_is_drawn_anew() {
        let waits = |mut stream: UnixStream| {
            let mut told = Vec::new();
            stream.read_to_end(&mut told).unwrap();
        };
        let (ended, ..) = attached(waits, &[Told::Resized, Told::Ending(15)]);
        assert_eq!(ended, Ended::Signal(15));
        let heard = |mut stream: UnixStream| {
            let (mut said, mut bytes) = (Vec::new(), [0; 1000]);
            while !said.ends_with(b"R\0\0") {
                let count = stream.read(&mut bytes).unwrap();
                said.extend_from_slice(&bytes[..count]);
            }
            assert!(said.ends_with(b"S\0\x04\0\x50\0\x18R\0\0"), "{}", said.escape_ascii());
        };
        let (ended, _, terminal, _) = attached(heard, &[Told::Continued]);
        assert_eq!((ended, terminal.calls), (Ended::Gone, vec!["take again"]));
    }

    #[test]
    fn who_listens_in_a_folder_of_ones_own_is_believed_and_where_nobody_does_that_is_said() {
        let folder = tempfile::tempdir().unwrap();
        let place = Place::of(Some(folder.path().join("socket")));
        assert!(matches!(LocalClass::find(&place, true), Err(PlaceError::Nobody)));
        let listener = UnixListener::bind(place.path()).unwrap();
        LocalClass::find(&place, true).unwrap();
        drop(listener);
        assert!(matches!(LocalClass::find(&place, false), Err(PlaceError::Nobody)));
        let elsewhere = Place::of(Some(folder.path().join("missing/socket")));
        assert!(matches!(LocalClass::find(&elsewhere, false), Err(PlaceError::Nobody)));
        let long = Place::of(Some(folder.path().join("x".repeat(200))));
        assert!(matches!(LocalClass::find(&long, false), Err(PlaceError::TooLong { .. })));
    }
}
