//! Sends frames to a terminal over any writer.

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

/// Bytes of the write buffer: a frame of a large screen in colour fits and is sent in one piece.
const BUFFER: usize = 1 << 16;

/// Largest rate in bytes per second and cell of the screen: some 5 kB/s at 80×24, 34 kB/s at 200×60. Larger frames (a large heatmap in
/// colour) are drawn less often.
const MAX_BYTES_PER_CELL: f64 = 2.8;

/// Draws the frames of one viewer and sends them to any [`Write`]: a terminal, a socket or a file.
pub struct Canvas<'a, W: Write> {
    terminal: Terminal<SizedBackend<BufWriter<Outlet<W>>>>,
    outlet: Rc<OutletState>,
    clusters: Clusters,
    recording: Option<&'a mut Recording>,
    is_recording_paused: bool,
}

impl<'a, W: Write> Canvas<'a, W> {
    /// A canvas for an empty screen of this many columns and rows. Frames are also recorded to `recording`.
    ///
    /// # Errors
    /// Never: nothing is written before the first frame.
    pub fn new(out: W, size: (u16, u16), recording: Option<&'a mut Recording>) -> io::Result<Self> {
        let outlet = Rc::<OutletState>::default();
        let out = Outlet { inner: out, state: Rc::clone(&outlet) };
        let backend = SizedBackend::new(BufWriter::with_capacity(BUFFER, out), size.into());
        let options = TerminalOptions { viewport: Viewport::Fixed(clamped_area(size)) };
        let terminal = Terminal::with_options(backend, options)?;
        Ok(Self { terminal, outlet, clusters: Clusters::default(), recording, is_recording_paused: false })
    }

    /// Sends queries to the terminal, unless there are none, and notes the time in [`View::asked`]. The answers arrive among the keys.
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
        self.outlet.sent.borrow_mut().clear(); // not part of a frame
        view.asked = Some(Instant::now());
        Ok(())
    }

    /// Clears the screen; the next frame is sent completely.
    ///
    /// # Errors
    /// When the terminal is gone.
    pub fn forget(&mut self) -> io::Result<()> {
        // `Terminal::clear` would query the cursor position, whose answer goes to the thread that reads keys
        self.terminal.backend_mut().clear()?;
        self.clusters = Clusters::default();
        self.terminal.swap_buffers(); // both are empty now: the next frame is complete
        Ok(())
    }

    /// Pauses or resumes the recording, for frames with a secret. After a pause the screen is cleared, so that recording resumes with a
    /// complete frame.
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

    /// Draws one frame for a terminal of this many columns and rows. Returns how long to wait before the next one to stay within the
    /// largest rate.
    ///
    /// # Errors
    /// If the terminal cannot be written to.
    pub fn draw(&mut self, size: (u16, u16), render: impl FnOnce(&mut Frame<'_>)) -> io::Result<Duration> {
        let area = clamped_area(size);
        if area != self.terminal.get_frame().area() {
            self.terminal.backend_mut().size = size.into();
            self.terminal.resize(area)?;
            self.clusters = Clusters::default(); // the screen has been cleared
        }
        let clusters = &mut self.clusters;
        self.terminal.draw(|frame| {
            render(frame);
            clusters.mark_covered(frame.buffer_mut());
        })?;
        self.terminal.backend_mut().end_frame()?;
        let mut sent = self.outlet.sent.borrow_mut();
        if let (Some(recording), false) = (&mut self.recording, self.is_recording_paused) {
            recording.frame((area.width, area.height), &sent);
        }
        let bytes = sent.len() as f64;
        sent.clear();
        Ok(Duration::from_secs_f64(bytes / (MAX_BYTES_PER_CELL * f64::from(area.area().max(1)))))
    }
}

/// The area that is drawn on, at most 1000 × 500: a pseudo-terminal may report any size, and each cell takes memory and time.
fn clamped_area((columns, rows): (u16, u16)) -> Rect {
    const MAX_SIZE: (u16, u16) = (1000, 500);
    Rect::new(0, 0, columns.min(MAX_SIZE.0), rows.min(MAX_SIZE.1))
}

/// On drop, ratatui shows the cursor and [`BufWriter`] flushes what a panic has left in it, although the terminal has been restored or is
/// gone. The outlet is closed first, so that these bytes are discarded.
impl<W: Write> Drop for Canvas<'_, W> {
    fn drop(&mut self) {
        self.outlet.is_closed.set(true);
    }
}

/// Forwards the bytes of a canvas and keeps a copy of them until the end of the frame. Discards bytes once it is closed.
struct Outlet<W> {
    inner: W,
    state: Rc<OutletState>,
}

/// State shared by a canvas and its outlet.
#[derive(Default)]
struct OutletState {
    /// Bytes sent in the current frame.
    sent: RefCell<Vec<u8>>,
    /// Whether further bytes are discarded.
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

    /// The text on a terminal of this size after these bytes.
    fn shown(bytes: &[u8], (columns, rows): (u16, u16)) -> String {
        let mut parser = vt100::Parser::new(rows, columns, 0);
        parser.process(bytes);
        parser.screen().contents()
    }

    #[test]
    fn canvas_sends_only_changes_at_any_size() {
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
    fn canvas_unchanged_frame_sends_no_bytes() {
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

    /// Accepts this many bytes, and then fails.
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
    #[allow(clippy::panic)] // the subject of the test
    fn canvas_dropped_writes_nothing_and_frees_memory() {
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
            canvas.draw((20, 3), |_| panic!("this frame was set to panic"))
        }));
        assert!(drawn.is_err());
        assert_eq!((sent.borrow().len(), Rc::strong_count(&sent)), (before, 1));

        // a lost terminal is an error, not a panic
        for taken in [0, 10] {
            let out = Gone(Rc::default(), taken);
            let mut canvas = Canvas::new(out, (20, 3), None).unwrap();
            canvas.draw((20, 3), |frame| frame.render_widget("loss", frame.area())).unwrap_err();
        }
    }
}
