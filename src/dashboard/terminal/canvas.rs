//! Frames on their way to a terminal, wherever that is.

use std::cell::{Cell, RefCell};
use std::io::{self, BufWriter, Write};
use std::rc::Rc;
use std::time::{Duration, Instant};

use ratatui::backend::Backend;
use ratatui::layout::Rect;
use ratatui::{Frame, Terminal, TerminalOptions, Viewport};

use super::backend::SizedBackend;
use super::clusters::Clusters;
use super::{Questions, Recording};
use crate::dashboard::View;

/// A frame of a large screen in colour is some tens of kilobytes: it goes out in one piece.
const BUFFER: usize = 1 << 16;

/// What a slow line shall carry for one cell of the screen, in bytes a second: some 5 kB/s at 80×24, 34 kB/s at 200×60. A screen
/// that changes everywhere (a large heatmap in colour) has fewer frames instead.
const BYTES_PER_CELL: f64 = 2.8;

/// What a viewer's frames are drawn on: what is sent goes to any [`Write`], be it a terminal, a socket or a file.
pub struct Canvas<'a, W: Write> {
    terminal: Terminal<SizedBackend<BufWriter<Outlet<W>>>>,
    outlet: Rc<OutletState>,
    clusters: Clusters,
    recording: Option<&'a mut Recording>,
    is_recording_paused: bool,
}

impl<'a, W: Write> Canvas<'a, W> {
    /// An empty screen of this many columns and rows. What it is sent goes to `recording`, too, if there is one.
    ///
    /// # Errors
    /// None: nothing is written before the first frame.
    pub fn new(out: W, size: (u16, u16), recording: Option<&'a mut Recording>) -> io::Result<Self> {
        let outlet = Rc::<OutletState>::default();
        let out = Outlet { inner: out, state: Rc::clone(&outlet) };
        let backend = SizedBackend::new(BufWriter::with_capacity(BUFFER, out), size.into());
        let options = TerminalOptions { viewport: Viewport::Fixed(shown_of(size)) };
        let terminal = Terminal::with_options(backend, options)?;
        Ok(Self { terminal, outlet, clusters: Clusters::default(), recording, is_recording_paused: false })
    }

    /// Sends the terminal questions; whoever reads keys gets the answers, and the view waits for them.
    ///
    /// # Errors
    /// When the terminal is gone.
    pub fn ask(&mut self, questions: Questions, view: &mut View) -> io::Result<()> {
        if !questions.are_asked() {
            return Ok(());
        }
        let out = self.terminal.backend_mut().writer_mut();
        out.write_all(questions.text().as_bytes())?;
        out.flush()?;
        self.outlet.sent.borrow_mut().clear(); // no part of a frame
        view.asked = Some(Instant::now());
        Ok(())
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

    /// Has frames that hold a secret go to the terminal alone, or to the recording again, from a whole one on.
    ///
    /// # Errors
    /// When the terminal is gone.
    pub fn pause_recording(&mut self, is_paused: bool) -> io::Result<()> {
        let was_paused = std::mem::replace(&mut self.is_recording_paused, is_paused);
        let Some(recording) = self.recording.as_mut().filter(|_| was_paused != is_paused) else { return Ok(()) };
        if is_paused {
            recording.mark("not recorded: a password is on the screen");
            return Ok(());
        }
        self.forget()
    }

    /// Draws one frame for a terminal of this many columns and rows, which shows it as a whole. Returns how long it should stay for
    /// the sake of a slow line.
    ///
    /// # Errors
    /// When the terminal cannot be written to, because it is gone.
    pub fn draw(&mut self, size: (u16, u16), render: impl FnOnce(&mut Frame<'_>)) -> io::Result<Duration> {
        let area = shown_of(size);
        if area != self.terminal.get_frame().area() {
            self.terminal.backend_mut().size = size.into();
            self.terminal.resize(area)?;
            self.clusters = Clusters::default(); // nothing is there any more
        }
        let clusters = &mut self.clusters;
        self.terminal.draw(|frame| {
            render(frame);
            clusters.send_again(frame.buffer_mut());
        })?;
        self.terminal.backend_mut().end_frame()?;
        let mut sent = self.outlet.sent.borrow_mut();
        if let (Some(recording), false) = (&mut self.recording, self.is_recording_paused) {
            recording.frame((area.width, area.height), &sent);
        }
        let bytes = sent.len() as f64;
        sent.clear();
        Ok(Duration::from_secs_f64(bytes / (BYTES_PER_CELL * f64::from(area.area().max(1)))))
    }
}

/// The part of a terminal of this size that is drawn on. No screen has more cells; a pseudo-terminal may say so, and each of them
/// would take memory and time.
fn shown_of((columns, rows): (u16, u16)) -> Rect {
    const MAX_SIZE: (u16, u16) = (1000, 500);
    Rect::new(0, 0, columns.min(MAX_SIZE.0), rows.min(MAX_SIZE.1))
}

/// On drop, ratatui shows the cursor and [`BufWriter`] sends what a panic has left in it: over a terminal that was given back before, or
/// to one that is gone, where the failure would be printed. Neither arrives.
impl<W: Write> Drop for Canvas<'_, W> {
    fn drop(&mut self) {
        self.outlet.is_closed.set(true);
    }
}

/// Where the bytes of a canvas go, until it is dropped. Keeps a copy of them until the frame is drawn.
struct Outlet<W> {
    inner: W,
    state: Rc<OutletState>,
}

/// What a canvas and its outlet share.
#[derive(Default)]
struct OutletState {
    /// What the frame has sent so far.
    sent: RefCell<Vec<u8>>,
    /// Whether whatever is written goes nowhere.
    is_closed: Cell<bool>,
}

impl<W: Write> Write for Outlet<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.state.is_closed.get() {
            return Ok(bytes.len());
        }
        let count = self.inner.write(bytes)?;
        self.state.sent.borrow_mut().extend_from_slice(&bytes[..count]);
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        if self.state.is_closed.get() { Ok(()) } else { self.inner.flush() }
    }
}

#[cfg(test)]
mod tests {
    use ratatui::text::Text;

    use super::*;

    /// What a terminal of this size shows after these bytes.
    fn shown(bytes: &[u8], (columns, rows): (u16, u16)) -> String {
        let mut parser = vt100::Parser::new(rows, columns, 0);
        parser.process(bytes);
        parser.screen().contents()
    }

    #[test]
    fn frames_go_wherever_bytes_go_in_any_size_and_only_what_has_changed_is_sent() {
        let mut bytes = Vec::new();
        let mut canvas = Canvas::new(&mut bytes, (20, 3), None).unwrap();
        canvas.draw((20, 3), |frame| frame.render_widget(Text::raw("loss 1.25\nstep 7"), frame.area())).unwrap();
        canvas.draw((20, 3), |frame| frame.render_widget(Text::raw("loss 1.24\nstep 8"), frame.area())).unwrap();
        drop(canvas);
        assert_eq!(shown(&bytes, (20, 3)), "loss 1.24\nstep 8");
        let second = bytes.len();
        let mut canvas = Canvas::new(&mut bytes, (20, 3), None).unwrap();
        canvas.draw((20, 3), |frame| frame.render_widget(Text::raw("loss 1.25\nstep 7"), frame.area())).unwrap();
        canvas.draw((12, 2), |frame| frame.render_widget("smaller", frame.area())).unwrap();
        canvas.forget().unwrap();
        canvas.draw((12, 2), |frame| frame.render_widget("smaller", frame.area())).unwrap();
        drop(canvas);
        assert_eq!(shown(&bytes[second..], (12, 2)), "smaller");
        let text = String::from_utf8(bytes[..second].to_vec()).unwrap();
        assert_eq!((text.matches("loss").count(), text.matches("\x1b[?2026h").count()), (1, 2), "{text:?}");
    }

    struct Shared(Rc<RefCell<Vec<u8>>>);
    impl Write for Shared {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.borrow_mut().write(bytes)
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_frame_in_which_nothing_has_changed_is_no_byte() {
        let sent = Rc::new(RefCell::new(Vec::new()));
        let mut canvas = Canvas::new(Shared(Rc::clone(&sent)), (20, 3), None).unwrap();
        let mut bytes_of = |text: &'static str, cursor: Option<(u16, u16)>| {
            sent.borrow_mut().clear();
            let draw = |frame: &mut Frame<'_>| {
                frame.render_widget(text, frame.area());
                cursor.into_iter().for_each(|at| frame.set_cursor_position(at));
            };
            canvas.draw((20, 3), draw).unwrap();
            String::from_utf8(sent.borrow().clone()).unwrap()
        };
        assert!(bytes_of("loss", None).contains("loss"));
        assert_eq!(bytes_of("loss", None), "");
        assert_eq!(bytes_of("loss", Some((3, 1))), "\x1b[?2026h\x1b[?25h\x1b[2;4H\x1b[?2026l");
        assert_eq!(bytes_of("loss", Some((3, 1))), "");
        assert!(bytes_of("lost", Some((3, 1))).ends_with("\x1b[2;4H\x1b[?2026l"), "the cursor goes back to its place");
        assert_eq!(bytes_of("lost", None), "\x1b[?2026h\x1b[?25l\x1b[?2026l");
    }

    /// Takes this many bytes, and then fails.
    struct Gone(Rc<RefCell<Vec<u8>>>, usize);
    impl Write for Gone {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            let mut taken = self.0.borrow_mut();
            let count = bytes.len().min(self.1.saturating_sub(taken.len()));
            taken.extend_from_slice(&bytes[..count]);
            if count == 0 { Err(io::ErrorKind::BrokenPipe.into()) } else { Ok(count) }
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    #[allow(clippy::panic)] // as told
    fn a_canvas_that_is_dropped_writes_nothing_more_and_frees_what_it_drew_with() {
        let sent = Rc::new(RefCell::new(Vec::new()));
        let mut canvas = Canvas::new(Shared(Rc::clone(&sent)), (20, 3), None).unwrap();
        canvas.draw((20, 3), |frame| frame.render_widget("loss", frame.area())).unwrap();
        let before = sent.borrow().len();
        let outlet = Rc::downgrade(&canvas.outlet);
        drop(canvas);
        assert_eq!(sent.borrow().len(), before, "the cursor stays hidden until the terminal is given back");
        assert_eq!((outlet.strong_count(), Rc::strong_count(&sent)), (0, 1), "nothing of it is left");

        // half a frame is in the buffer when its drawing panics
        let mut canvas = Canvas::new(Shared(Rc::clone(&sent)), (20, 3), None).unwrap();
        canvas.terminal.backend_mut().writer_mut().write_all(b"half").unwrap();
        let drawn = std::panic::catch_unwind(std::panic::AssertUnwindSafe(move || {
            canvas.draw((20, 3), |_| panic!("this frame was told to panic"))
        }));
        assert!(drawn.is_err());
        assert_eq!((sent.borrow().len(), Rc::strong_count(&sent)), (before, 1));

        // whose terminal is gone ends with an error, and not with a panic
        for taken in [0, 10] {
            let out = Gone(Rc::default(), taken);
            let mut canvas = Canvas::new(out, (20, 3), None).unwrap();
            canvas.draw((20, 3), |frame| frame.render_widget("loss", frame.area())).unwrap_err();
        }
    }
}
