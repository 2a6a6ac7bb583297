//! The terminal of a client, as the client needs it.

use std::io;
use std::os::fd::BorrowedFd;

/// A signal about the terminal or the process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TerminalEvent {
    /// The terminal has another size.
    Resized,
    /// The process is to be suspended.
    Stopped,
    /// The process continues after it was suspended.
    Continued,
    /// This signal ends the process.
    Ending(i32),
}

/// The terminal of a client.
pub trait ClientTerminal {
    /// The file to read keys from.
    fn keys(&self) -> BorrowedFd<'_>;

    /// A file that is readable when [`events`](Self::events) has events.
    fn wake(&self) -> BorrowedFd<'_>;

    /// The events since the last call.
    fn events(&mut self) -> Vec<TerminalEvent>;

    /// Columns and rows.
    fn size(&self) -> (u16, u16);

    /// Writes bytes of a session to the terminal.
    ///
    /// # Errors
    /// If the terminal is closed.
    fn show(&mut self, bytes: &[u8]) -> io::Result<()>;

    /// Restores the terminal, suspends the process, and takes the terminal again when the process continues. `is_taken` is whether a session
    /// is shown, on the alternate screen.
    ///
    /// # Errors
    /// If the terminal is closed.
    fn suspend(&mut self, is_taken: bool) -> io::Result<()>;

    /// Takes the terminal again after the process was suspended.
    ///
    /// # Errors
    /// If the terminal is closed.
    fn take_again(&mut self, is_taken: bool) -> io::Result<()>;
}
