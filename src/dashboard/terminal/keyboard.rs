//! Reads the keyboard of this process.

use std::fs::File;
use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::thread;

use rustix::event::{PollFd, PollFlags, Timespec, poll};

use super::events::Event;
use super::events::LostTerminal;
use super::input::TerminalInput;
use super::question::Questions;
use crate::language::Message;

/// Reads keys, pastes and the answers to `questions` in a thread of its own and passes them to `tell`, until that returns `false`.
///
/// # Errors
/// If the process has no terminal, or no thread can be started.
pub fn listen_to_keyboard(tell: impl Fn(Event) -> bool + Send + 'static, questions: Questions) -> io::Result<()> {
    let keyboard = Keyboard::open(questions)?;
    thread::Builder::new().name("input".to_owned()).spawn(move || forward(keyboard, &tell))?;
    Ok(())
}

/// Passes events to `tell` until it returns `false`, or the terminal is lost.
fn forward(mut keyboard: Keyboard, tell: &impl Fn(Event) -> bool) {
    let mut is_wanted = true;
    while is_wanted {
        if let Err(error) = keyboard.read(&mut |event| is_wanted &= tell(event)) {
            tell(Event::TerminalLost(error.into()));
            return;
        }
    }
}

/// The keyboard: the terminal on stdin, or the controlling terminal if stdin is something else.
struct Keyboard {
    terminal: OwnedFd,
    input: TerminalInput,
}

impl Keyboard {
    /// Opens the terminal.
    ///
    /// # Errors
    /// If the process has no terminal.
    fn open(questions: Questions) -> io::Result<Self> {
        Ok(Self { terminal: terminal()?, input: TerminalInput::new(questions) })
    }

    /// Waits for bytes and passes the events among them to `emit`; returns without any at a timeout or an interruption.
    ///
    /// # Errors
    /// When the terminal is gone.
    fn read(&mut self, emit: &mut dyn FnMut(Event)) -> io::Result<()> {
        let timeout = self.input.timeout().and_then(|timeout| Timespec::try_from(timeout).ok());
        let mut ready = [PollFd::new(&self.terminal, PollFlags::IN)];
        let is_ready = match poll(&mut ready, timeout.as_ref()) {
            Ok(count) => count > 0,
            Err(rustix::io::Errno::INTR) => return Ok(()),
            Err(error) => return Err(error.into()),
        };
        if !is_ready {
            self.input.pause(emit);
            return Ok(());
        }
        let mut bytes = [0; 4096];
        match rustix::io::read(&self.terminal, &mut bytes) {
            Ok(0) => Err(io::Error::new(io::ErrorKind::UnexpectedEof, Message::from(LostTerminal::Closed))),
            Ok(count) => {
                self.input.take(&bytes[..count], emit);
                Ok(())
            }
            Err(rustix::io::Errno::INTR | rustix::io::Errno::AGAIN) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }
}

/// Opens the terminal that keys are read from.
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
