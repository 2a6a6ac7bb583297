//! Keys and pastes from the terminal.
//!
//! A terminal sends more than keys: answers to questions that somebody else has asked it, which come late, and sequences that
//! nobody knows. They never act as keys, and none of them makes the keyboard wait for its end.

mod decoder;

use std::fs::File;
use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};

use super::events::Event;
use crate::dashboard::Ambiguous;
use decoder::{Decoder, Received};

/// Bytes of a terminal, wherever it is → events. A pause ends what has begun: it tells a key from a sequence that begins like it.
#[derive(Debug)]
pub struct TerminalInput {
    decoder: Decoder,
    /// When the last bytes came.
    last: Instant,
    /// Whether an answer about the width of characters is still to come.
    width_is_asked: bool,
}

impl TerminalInput {
    /// Of a terminal that was asked, or not, how wide characters of ambiguous width are.
    #[must_use]
    pub fn new(width_is_asked: bool) -> Self {
        Self { decoder: Decoder::default(), last: Instant::now(), width_is_asked }
    }

    /// How long to wait for more bytes before [`pause`](Self::pause) is called; for ever between two keys.
    #[must_use]
    pub fn patience(&self) -> Option<Duration> {
        self.decoder.patience().map(|patience| patience.saturating_sub(self.last.elapsed()))
    }

    /// Nothing has come for a while.
    pub fn pause(&mut self, found: &mut dyn FnMut(Event)) {
        if self.patience().is_some_and(|patience| patience.is_zero()) {
            let asked = &mut self.width_is_asked;
            self.decoder.give_up(&mut |received| tell(received, asked, found));
        }
    }

    /// These bytes have come.
    pub fn take(&mut self, bytes: &[u8], found: &mut dyn FnMut(Event)) {
        self.pause(found); // also if this thread has slept so long that more has come meanwhile
        self.last = Instant::now();
        let asked = &mut self.width_is_asked;
        for byte in bytes {
            self.decoder.take(*byte, &mut |received| tell(received, asked, found));
        }
    }
}

fn tell(received: Received, width_is_asked: &mut bool, found: &mut dyn FnMut(Event)) {
    match received {
        Received::Event(event) => found(Event::Terminal(event)),
        // any other such answer is not to a question of ours
        Received::Cursor { row, column } if std::mem::take(width_is_asked) => {
            found(Event::Width(Ambiguous::of_cursor(row, column)));
        }
        Received::Cursor { .. } => {}
    }
}

/// Where keys come from: the terminal on stdin, or that of the process where stdin is something else.
pub(super) struct Keyboard {
    terminal: OwnedFd,
    input: TerminalInput,
}

impl Keyboard {
    /// # Errors
    /// When the process has no terminal.
    pub fn open(width_is_asked: bool) -> io::Result<Self> {
        Ok(Self { terminal: terminal()?, input: TerminalInput::new(width_is_asked) })
    }

    /// Waits for keys and shows each to `found`.
    ///
    /// # Errors
    /// When the terminal is gone.
    pub fn read(&mut self, found: &mut dyn FnMut(Event)) -> io::Result<()> {
        let patience = self.input.patience().and_then(|patience| Timespec::try_from(patience).ok());
        let mut ready = [PollFd::new(&self.terminal, PollFlags::IN)];
        let is_ready = match poll(&mut ready, patience.as_ref()) {
            Ok(count) => count > 0,
            Err(rustix::io::Errno::INTR) => return Ok(()),
            Err(error) => return Err(error.into()),
        };
        if !is_ready {
            self.input.pause(found);
            return Ok(());
        }
        let mut bytes = [0; 4096];
        match rustix::io::read(&self.terminal, &mut bytes) {
            Ok(0) => Err(io::Error::new(io::ErrorKind::UnexpectedEof, "it has been closed")),
            Ok(count) => {
                self.input.take(&bytes[..count], found);
                Ok(())
            }
            Err(rustix::io::Errno::INTR | rustix::io::Errno::AGAIN) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }
}

/// What keys are read from.
///
/// # Errors
/// When the process has no terminal.
pub fn terminal() -> io::Result<OwnedFd> {
    let stdin = io::stdin();
    if rustix::termios::isatty(&stdin) {
        stdin.as_fd().try_clone_to_owned()
    } else {
        Ok(File::open("/dev/tty")?.into())
    }
}
