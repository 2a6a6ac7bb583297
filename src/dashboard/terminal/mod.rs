//! The terminal: set-up and restoring, frames to it, events from it.

mod abort;
mod backend;
mod canvas;
mod clusters;
pub mod events;
mod input;
mod keyboard;
mod question;
mod recording;
mod restore;

use std::io::{self, Stdout, stdout};
use std::panic::{self, PanicHookInfo};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use crossterm::terminal::enable_raw_mode;
use ratatui::Frame;

pub use canvas::Canvas;
pub use events::wait_for_answer;
pub use input::TerminalInput;
pub use keyboard::{listen_to_keyboard, terminal};
pub use question::{Answers, Questions};
pub use recording::{Recording, RecordingFailure};
use restore::{Taken, restore_modes, restore_once};
pub use restore::{enter_screen, leave_screen};

/// The terminal in raw mode on its alternate screen. It is restored on drop, on a panic of this thread and on an abort.
pub struct Screen<'a> {
    canvas: Canvas<'a, Stdout>,
    taken: Taken,
    hook_before: Hook,
}

/// A panic hook.
type Hook = Arc<dyn Fn(&PanicHookInfo<'_>) + Send + Sync>;

impl<'a> Screen<'a> {
    /// Sets up the terminal on stdout. Frames are also recorded to `recording`.
    ///
    /// # Errors
    /// If stdout is no terminal, or the terminal cannot be set up; it is restored in that case.
    pub fn enter(recording: Option<&'a mut Recording>) -> io::Result<Self> {
        // the theme decides about colours: with NO_COLOR crossterm would write `ESC[;m` instead
        crossterm::style::force_color_output(true);
        enable_raw_mode()?;
        set_missing_size();
        let taken = Taken::new(AtomicBool::new(true));
        let hook_before: Hook = panic::take_hook().into();
        restore_on_panic(Arc::clone(&taken), Arc::clone(&hook_before));
        let _ = abort::restore_on_abort(&taken); // without it an abort leaves the terminal as it is
        match enter_screen(&mut stdout()).and_then(|()| Canvas::new(stdout(), crossterm::terminal::size()?, recording))
        {
            Ok(canvas) => Ok(Self { canvas, taken, hook_before }),
            Err(error) => {
                restore_once(&taken);
                Err(error)
            }
        }
    }

    /// Restores the terminal, stops the process group (the program, and `cargo run` around it), and sets up the terminal again when the
    /// group is continued.
    ///
    /// # Errors
    /// If the program cannot be stopped or the terminal cannot be set up again.
    pub fn suspend(&mut self) -> io::Result<()> {
        restore_once(&self.taken);
        rustix::process::kill_current_process_group(rustix::process::Signal::STOP)?;
        self.re_enter()
    }

    /// Sets up the terminal again after another program has used it; the next frame is sent completely.
    ///
    /// # Errors
    /// If the terminal cannot be set up.
    pub fn re_enter(&mut self) -> io::Result<()> {
        // after an unexpected stop the shell may have set modes that crossterm does not know of
        restore_modes();
        enable_raw_mode()?;
        self.taken.store(true, Ordering::SeqCst);
        set_missing_size();
        enter_screen(&mut stdout())?;
        self.canvas.forget()
    }

    /// The canvas.
    pub fn canvas(&mut self) -> &mut Canvas<'a, Stdout> {
        &mut self.canvas
    }

    /// Draws one frame of the size of the terminal. Returns how long to wait before the next one, as [`Canvas::draw`] does.
    ///
    /// # Errors
    /// If the terminal is gone.
    pub fn draw(&mut self, render: impl FnOnce(&mut Frame<'_>)) -> io::Result<Duration> {
        self.canvas.draw(crossterm::terminal::size()?, render)
    }
}

impl Drop for Screen<'_> {
    fn drop(&mut self) {
        if !thread::panicking() {
            let hook = Arc::clone(&self.hook_before);
            panic::set_hook(Box::new(move |panic| hook(panic)));
        }
        restore_once(&self.taken);
    }
}

/// Sets the size of a terminal that does not know its own (a serial line, a container) from `COLUMNS` and `LINES`, or to 80×24.
fn set_missing_size() {
    let Ok(mut size) = rustix::termios::tcgetwinsize(stdout()) else { return };
    let dimension =
        |variable| std::env::var(variable).ok().and_then(|size| size.parse().ok()).filter(|size: &u16| *size > 0);
    if size.ws_col == 0 || size.ws_row == 0 {
        (size.ws_col, size.ws_row) = (dimension("COLUMNS").unwrap_or(80), dimension("LINES").unwrap_or(24));
        let _ = rustix::termios::tcsetwinsize(stdout(), size);
    }
}

/// Restores modes and screen, as far as the terminal accepts the bytes without blocking.
pub fn restore_without_blocking() {
    restore_modes();
    let mut farewell = Vec::new();
    if leave_screen(&mut farewell).is_ok() {
        abort::write_without_blocking(&farewell);
    }
}

/// Installs a panic hook: on a panic of this thread, the terminal is restored before the message. Panics of other threads print nothing:
/// they would tear the screen, and those of the trainer are shown in a panel.
fn restore_on_panic(taken: Taken, before: Hook) {
    let owner = thread::current().id();
    panic::set_hook(Box::new(move |panic| {
        if thread::current().id() == owner {
            restore_once(&taken);
            before(panic);
        }
    }));
}
