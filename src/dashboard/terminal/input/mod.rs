//! Keys and pastes from the terminal.
//!
//! A terminal sends more than keys: answers to questions that somebody else has asked it, which come late, and sequences that
//! nobody knows. They never act as keys, and none of them makes the keyboard wait for its end.

mod decoder;

use std::fs::File;
use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::time::Instant;

use crossterm::event::Event;
use rustix::event::{PollFd, PollFlags, Timespec, poll};

use crate::dashboard::Ambiguous;
use decoder::{Decoder, Received};

/// Where keys come from: the terminal on stdin, or that of the process where stdin is something else.
pub(super) struct Keyboard {
    terminal: OwnedFd,
    decoder: Decoder,
    /// When the last bytes came.
    last: Instant,
    /// Whether an answer about the width of characters is still to come.
    width_is_asked: bool,
}

/// What comes from a terminal.
pub(super) enum Input {
    /// A key or a paste.
    Typed(Event),
    /// The answer to [`Ambiguous::QUESTION`].
    Width(Ambiguous),
}

impl Keyboard {
    /// # Errors
    /// When the process has no terminal.
    pub fn open(width_is_asked: bool) -> io::Result<Self> {
        let stdin = io::stdin();
        let terminal = if rustix::termios::isatty(&stdin) {
            stdin.as_fd().try_clone_to_owned()?
        } else {
            File::open("/dev/tty")?.into()
        };
        Ok(Self { terminal, decoder: Decoder::default(), last: Instant::now(), width_is_asked })
    }

    /// Waits for keys and shows each to `found`.
    ///
    /// # Errors
    /// When the terminal is gone.
    pub fn read(&mut self, found: &mut dyn FnMut(Input)) -> io::Result<()> {
        let width_is_asked = &mut self.width_is_asked;
        let mut received = |received| match received {
            Received::Event(event) => found(Input::Typed(event)),
            // any other such answer is not to a question of ours
            Received::Cursor { row, column } if std::mem::take(width_is_asked) => {
                found(Input::Width(Ambiguous::of_cursor(row, column)));
            }
            Received::Cursor { .. } => {}
        };
        let patience = self.decoder.patience().map(|patience| patience.saturating_sub(self.last.elapsed()));
        let patience = patience.and_then(|patience| Timespec::try_from(patience).ok());
        let mut ready = [PollFd::new(&self.terminal, PollFlags::IN)];
        let is_ready = match poll(&mut ready, patience.as_ref()) {
            Ok(count) => count > 0,
            Err(rustix::io::Errno::INTR) => return Ok(()),
            Err(error) => return Err(error.into()),
        };
        // also if this thread has slept so long that more has come meanwhile
        if self.decoder.patience().is_some_and(|patience| self.last.elapsed() >= patience) {
            self.decoder.give_up(&mut received);
        }
        if !is_ready {
            return Ok(());
        }
        let mut bytes = [0; 4096];
        match rustix::io::read(&self.terminal, &mut bytes) {
            Ok(0) => Err(io::Error::new(io::ErrorKind::UnexpectedEof, "it has been closed")),
            Ok(count) => {
                self.last = Instant::now();
                bytes[..count].iter().for_each(|byte| self.decoder.take(*byte, &mut received));
                Ok(())
            }
            Err(rustix::io::Errno::INTR | rustix::io::Errno::AGAIN) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }
}
