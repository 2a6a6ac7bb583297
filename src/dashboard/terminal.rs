//! Taking the terminal and giving it back.

use std::cell::RefCell;
use std::io::{self, BufWriter, Stdout, Write, stdout};
use std::mem::ManuallyDrop;
use std::panic::{self, PanicHookInfo};
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use crossterm::event::{DisableBracketedPaste, EnableBracketedPaste};
use crossterm::terminal::{
    BeginSynchronizedUpdate, EndSynchronizedUpdate, EnterAlternateScreen, LeaveAlternateScreen, disable_raw_mode,
    enable_raw_mode,
};
use crossterm::{cursor, execute, queue};
use ratatui::backend::{Backend, CrosstermBackend};
use ratatui::layout::{Rect, Size};
use ratatui::{Frame, Terminal, TerminalOptions, Viewport};
use rustix::fs::OFlags;

use super::Recording;
use super::clusters::Clusters;

/// A frame of a large screen in colour is some tens of kilobytes: it goes out in one piece.
const BUFFER: usize = 1 << 16;

/// What a slow line shall carry for one cell of the screen, in bytes a second: some 5 kB/s at 80×24, 34 kB/s at 200×60. A screen
/// that changes everywhere (a large heatmap in colour) has fewer frames instead.
const BYTES_PER_CELL: f64 = 2.8;

/// The terminal in raw mode on its alternate screen, for as long as this lives, whatever ends it.
pub struct Screen<'a> {
    /// Never dropped: its own farewell would write what a panic left in the buffer over the terminal that was given back, and
    /// panic where the terminal is gone. What it holds ends with the program.
    terminal: ManuallyDrop<Terminal<CrosstermBackend<BufWriter<Observed<Stdout>>>>>,
    sent: Rc<RefCell<Vec<u8>>>,
    clusters: Clusters,
    recording: Option<&'a mut Recording>,
    taken: Taken,
    hook_before: Hook,
}

/// What is done on a panic.
type Hook = Arc<dyn Fn(&PanicHookInfo<'_>) + Send + Sync>;

/// Whether the terminal is still to be given back, shared with the panic hook. Once only: leaving the alternate screen a
/// second time would put the cursor over what has been written since.
type Taken = Arc<AtomicBool>;

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
        let sent = Rc::default();
        let out = Observed { inner: stdout(), sent: Rc::clone(&sent) };
        let screen = take_screen().and_then(|()| {
            let backend = CrosstermBackend::new(BufWriter::with_capacity(BUFFER, out));
            let viewport = Viewport::Fixed(shown_of(backend.size()?));
            Terminal::with_options(backend, TerminalOptions { viewport })
        });
        match screen {
            Ok(terminal) => Ok(Self {
                terminal: ManuallyDrop::new(terminal),
                sent,
                clusters: Clusters::default(),
                recording,
                taken,
                hook_before,
            }),
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
        self.forget()
    }

    /// Sends the terminal a question; whoever reads keys gets the answer.
    ///
    /// # Errors
    /// When the terminal is gone.
    pub fn ask(&mut self, question: &str) -> io::Result<()> {
        let mut out = stdout();
        out.write_all(question.as_bytes())?;
        out.flush()
    }

    /// Empties the screen, and forgets what was on it.
    ///
    /// # Errors
    /// When the terminal is gone.
    pub fn forget(&mut self) -> io::Result<()> {
        // `Terminal::clear` would ask the terminal where its cursor is, and the answer goes to the thread that reads keys
        self.terminal.backend_mut().clear()?;
        self.clusters = Clusters::default();
        self.terminal.swap_buffers(); // both are empty now: the next frame is drawn whole
        Ok(())
    }

    /// Draws one frame, which the terminal shows as a whole. Returns how long it should stay for the sake of a slow line.
    ///
    /// # Errors
    /// When the terminal cannot be written to, because it is gone.
    pub fn draw(&mut self, render: impl FnOnce(&mut Frame<'_>)) -> io::Result<Duration> {
        queue!(self.terminal.backend_mut(), BeginSynchronizedUpdate)?;
        let area = shown_of(self.terminal.size()?);
        if area != self.terminal.get_frame().area() {
            self.terminal.resize(area)?;
            self.clusters = Clusters::default(); // nothing is there any more
        }
        let clusters = &mut self.clusters;
        let drawn = self.terminal.draw(|frame| {
            render(frame);
            clusters.send_again(frame.buffer_mut());
        });
        let area = drawn?.area;
        execute!(self.terminal.backend_mut(), EndSynchronizedUpdate)?;
        let mut sent = self.sent.borrow_mut();
        if let Some(recording) = &mut self.recording {
            recording.frame((area.width, area.height), &sent);
        }
        let bytes = sent.len() as f64;
        sent.clear();
        Ok(Duration::from_secs_f64(bytes / (BYTES_PER_CELL * f64::from(area.area().max(1)))))
    }
}

/// The part of a terminal of this size that is drawn on. No screen has more cells; a pseudo-terminal may say so, and each of them
/// would take memory and time.
fn shown_of(size: Size) -> Rect {
    const MOST: (u16, u16) = (1000, 500);
    Rect::new(0, 0, size.width.min(MOST.0), size.height.min(MOST.1))
}

/// Keeps what is written until somebody has seen it.
struct Observed<W> {
    inner: W,
    sent: Rc<RefCell<Vec<u8>>>,
}

impl<W: Write> Write for Observed<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let count = self.inner.write(bytes)?;
        self.sent.borrow_mut().extend_from_slice(&bytes[..count]);
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
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
    execute!(stdout(), EnterAlternateScreen, EnableBracketedPaste, cursor::Hide)
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

/// Restores modes and screen as far as that is still possible.
fn give_back(taken: &Taken) {
    if !taken.swap(false, Ordering::SeqCst) {
        return;
    }
    give_back_modes();
    let mut out = stdout();
    let _ = queue!(out, EndSynchronizedUpdate, DisableBracketedPaste, cursor::Show, LeaveAlternateScreen);
    let _ = out.flush();
}

/// Restores the modes only: unlike a write, that never waits for the terminal.
fn give_back_modes() {
    let _ = disable_raw_mode();
}

/// Restores modes and screen, as far as the terminal takes that at once.
pub(super) fn give_back_without_waiting() {
    give_back_modes();
    let out = stdout();
    // the shell has the same terminal open: what is changed for a moment is changed back
    let Ok(flags) = rustix::fs::fcntl_getfl(&out) else { return };
    if rustix::fs::fcntl_setfl(&out, flags | OFlags::NONBLOCK).is_err() {
        return;
    }
    let mut farewell = Vec::new();
    let written = queue!(farewell, EndSynchronizedUpdate, DisableBracketedPaste, cursor::Show, LeaveAlternateScreen);
    if written.is_ok() {
        let _ = rustix::io::write(&out, &farewell); // past what waits in the buffer of a frame
    }
    let _ = rustix::fs::fcntl_setfl(&out, flags);
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
