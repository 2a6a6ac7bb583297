//! Taking the terminal and giving it back; frames on their way to it, events on theirs from it.

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
use restore::{Taken, give_back, give_back_modes};
pub use restore::{give_back_screen_of, take_screen_of};

/// The terminal in raw mode on its alternate screen, for as long as this lives, whatever ends it.
pub struct Screen<'a> {
    canvas: Canvas<'a, Stdout>,
    taken: Taken,
    hook_before: Hook,
}

/// What is done on a panic.
type Hook = Arc<dyn Fn(&PanicHookInfo<'_>) + Send + Sync>;

impl<'a> Screen<'a> {
    /// Takes the terminal. What it is sent goes to `recording`, too, if there is one.
    ///
    /// # Errors
    /// When stdout is no terminal, or it cannot be set up; it is then as it was.
    pub fn enter(recording: Option<&'a mut Recording>) -> io::Result<Self> {
        // the theme decides about colours: with NO_COLOR crossterm would write `ESC[;m` in their place
        crossterm::style::force_color_output(true);
        enable_raw_mode()?;
        give_a_size();
        let taken = Taken::new(AtomicBool::new(true));
        let hook_before: Hook = panic::take_hook().into();
        give_back_on_panic(Arc::clone(&taken), Arc::clone(&hook_before));
        let _ = abort::give_back_on_abort(&taken); // without it an abort leaves the terminal as it is
        match take_screen().and_then(|()| Canvas::new(stdout(), crossterm::terminal::size()?, recording)) {
            Ok(canvas) => Ok(Self { canvas, taken, hook_before }),
            Err(error) => {
                give_back(&taken);
                Err(error)
            }
        }
    }

    /// Gives the terminal back, stops the program and those it was started with (`cargo run`), and takes the terminal again when the
    /// shell says that they go on.
    ///
    /// # Errors
    /// When the program cannot be stopped or the terminal cannot be had again.
    pub fn suspend(&mut self) -> io::Result<()> {
        give_back(&self.taken);
        rustix::process::kill_current_process_group(rustix::process::Signal::STOP)?;
        self.take_again()
    }

    /// Takes the terminal after somebody else had it, and forgets what was on it.
    ///
    /// # Errors
    /// When it cannot be had.
    pub fn take_again(&mut self) -> io::Result<()> {
        // after a stop that nobody could prepare for, the shell may have set modes of its own that crossterm knows nothing of
        give_back_modes();
        enable_raw_mode()?;
        self.taken.store(true, Ordering::SeqCst);
        give_a_size();
        take_screen()?;
        self.canvas.forget()
    }

    /// What frames are drawn on.
    pub fn canvas(&mut self) -> &mut Canvas<'a, Stdout> {
        &mut self.canvas
    }

    /// Draws one frame of the size that the terminal has. Returns how long it should stay for the sake of a slow line.
    ///
    /// # Errors
    /// When the terminal is gone.
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
        give_back(&self.taken);
    }
}

fn take_screen() -> io::Result<()> {
    take_screen_of(&mut stdout())
}

/// A terminal that does not know its size (a serial line, a container) gets that of its environment, or what terminals always had.
fn give_a_size() {
    let Ok(mut size) = rustix::termios::tcgetwinsize(stdout()) else { return };
    let of = |variable| std::env::var(variable).ok().and_then(|size| size.parse().ok()).filter(|size: &u16| *size > 0);
    if size.ws_col == 0 || size.ws_row == 0 {
        (size.ws_col, size.ws_row) = (of("COLUMNS").unwrap_or(80), of("LINES").unwrap_or(24));
        let _ = rustix::termios::tcsetwinsize(stdout(), size);
    }
}

/// Restores modes and screen, as far as the terminal takes that at once.
pub fn give_back_without_waiting() {
    give_back_modes();
    let mut farewell = Vec::new();
    if give_back_screen_of(&mut farewell).is_ok() {
        abort::write_without_waiting(&farewell);
    }
}

/// On a panic of this thread, gives the terminal back before anything is said. Panics of other threads are not said at all:
/// they would tear the screen, and the trainer's are shown as a panel.
fn give_back_on_panic(taken: Taken, before: Hook) {
    let owner = thread::current().id();
    panic::set_hook(Box::new(move |panic| {
        if thread::current().id() == owner {
            give_back(&taken);
            before(panic);
        }
    }));
}
