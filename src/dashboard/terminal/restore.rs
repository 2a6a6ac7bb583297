//! Switches a terminal to the screen of the dashboard, and back to what it showed before.

use std::io::{self, Write, stdout};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crossterm::event::{DisableBracketedPaste, EnableBracketedPaste};
use crossterm::style::Print;
use crossterm::terminal::{
    Clear, ClearType, EndSynchronizedUpdate, EnterAlternateScreen, LeaveAlternateScreen, disable_raw_mode,
};
use crossterm::{cursor, execute};

/// Whether the terminal has yet to be restored, shared with the panic hook. It is restored once only: leaving the alternate screen a
/// second time would move the cursor over what has been written since.
pub(super) type Taken = Arc<AtomicBool>;

/// Switches a terminal to its alternate screen, cleared and without a cursor, and enables bracketed paste.
///
/// # Errors
/// If the terminal cannot be written to.
pub fn enter_screen(terminal: &mut impl Write) -> io::Result<()> {
    // cleared for terminals without an alternate screen
    execute!(terminal, EnterAlternateScreen, Clear(ClearType::All), EnableBracketedPaste, cursor::Hide)
}

/// Leaves the alternate screen and restores the cursor and pasting. On a terminal without an alternate screen, output continues below what
/// was drawn.
///
/// # Errors
/// If the terminal cannot be written to.
pub fn leave_screen(terminal: &mut impl Write) -> io::Result<()> {
    execute!(
        terminal,
        EndSynchronizedUpdate,
        DisableBracketedPaste,
        cursor::Show,
        cursor::MoveTo(0, BELOW_EVERYTHING),
        Print("\r\n"),
        LeaveAlternateScreen
    )
}

/// A row below every screen; terminals move the cursor to their last one.
const BELOW_EVERYTHING: u16 = 9998;

/// Restores modes and screen, unless that has been done; ignores errors.
pub(super) fn restore_once(taken: &Taken) {
    if !taken.swap(false, Ordering::SeqCst) {
        return;
    }
    restore_modes();
    let _ = leave_screen(&mut stdout());
}

/// Restores the modes only, which unlike a write never blocks.
pub(super) fn restore_modes() {
    let _ = disable_raw_mode();
}
