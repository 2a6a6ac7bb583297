//! What a terminal is sent to show the dashboard's screen, and to show again what it showed before.

use std::io::{self, Write, stdout};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crossterm::event::{DisableBracketedPaste, EnableBracketedPaste};
use crossterm::style::Print;
use crossterm::terminal::{
    Clear, ClearType, EndSynchronizedUpdate, EnterAlternateScreen, LeaveAlternateScreen, disable_raw_mode,
};
use crossterm::{cursor, execute};

/// Whether the terminal is still to be given back, shared with the panic hook. Once only: leaving the alternate screen a
/// second time would put the cursor over what has been written since.
pub(super) type Taken = Arc<AtomicBool>;

/// Has a terminal, wherever it is, show an empty screen of its own, without a cursor.
///
/// # Errors
/// When it is gone.
pub fn take_screen_of(terminal: &mut impl Write) -> io::Result<()> {
    // without an alternate screen the shell's lines are still there
    execute!(terminal, EnterAlternateScreen, Clear(ClearType::All), EnableBracketedPaste, cursor::Hide)
}

/// Has a terminal show what it did before. On one without an alternate screen what comes next stands below what was drawn.
///
/// # Errors
/// When it is gone.
pub fn give_back_screen_of(terminal: &mut impl Write) -> io::Result<()> {
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

/// No screen has so many rows: a terminal moves its cursor to the last one.
const BELOW_EVERYTHING: u16 = 9998;

/// Restores modes and screen as far as that is still possible.
pub(super) fn give_back(taken: &Taken) {
    if !taken.swap(false, Ordering::SeqCst) {
        return;
    }
    give_back_modes();
    let _ = give_back_screen_of(&mut stdout());
}

/// Restores the modes only: unlike a write, that never waits for the terminal.
pub(super) fn give_back_modes() {
    let _ = disable_raw_mode();
}
