//! A backend that is told how large its terminal is, as nobody can ask a socket, and that sends what has changed and nothing else.

use std::borrow::Cow;
use std::io::{self, Write};

use crossterm::queue;
use crossterm::terminal::{BeginSynchronizedUpdate, EndSynchronizedUpdate};
use ratatui::backend::{Backend, ClearType, CrosstermBackend, WindowSize};
use ratatui::buffer::{Cell, CellDiffOption};
use ratatui::layout::{Position, Size};

/// Crossterm's sequences to any [`Write`], for a terminal of this size. What belongs to one frame is shown as a whole; a frame in
/// which nothing has changed is no byte.
pub(super) struct SizedBackend<W: Write> {
    inner: CrosstermBackend<W>,
    /// Columns and rows.
    pub size: Size,
    /// Whether something of this frame has been sent.
    is_begun: bool,
    /// Whether the terminal shows its cursor, where that is known.
    has_cursor: Option<bool>,
    /// Where its cursor is, where that is known.
    cursor: Option<Position>,
}

impl<W: Write> SizedBackend<W> {
    pub fn new(out: W, size: Size) -> Self {
        Self { inner: CrosstermBackend::new(out), size, is_begun: false, has_cursor: None, cursor: None }
    }

    /// Where bytes go that belong to no frame.
    pub fn writer_mut(&mut self) -> &mut impl Write {
        &mut self.inner
    }

    /// The frame is whole.
    pub fn end_frame(&mut self) -> io::Result<()> {
        if std::mem::take(&mut self.is_begun) {
            queue!(self.inner, EndSynchronizedUpdate)?;
        }
        Write::flush(&mut self.inner)
    }

    /// What part of the frame goes to.
    fn frame(&mut self) -> io::Result<&mut CrosstermBackend<W>> {
        if !std::mem::replace(&mut self.is_begun, true) {
            queue!(self.inner, BeginSynchronizedUpdate)?;
        }
        Ok(&mut self.inner)
    }

    fn set_cursor(&mut self, is_shown: bool) -> io::Result<()> {
        if self.has_cursor.replace(is_shown) == Some(is_shown) {
            return Ok(());
        }
        let out = self.frame()?;
        if is_shown { out.show_cursor() } else { out.hide_cursor() }
    }
}

impl<W: Write> Backend for SizedBackend<W> {
    type Error = io::Error;

    fn draw<'a, I: Iterator<Item = (u16, u16, &'a Cell)>>(&mut self, content: I) -> io::Result<()> {
        let mut changed = content.peekable();
        if changed.peek().is_none() {
            return Ok(());
        }
        self.cursor = None;
        // terminals disagree on how wide some clusters are: where one takes less than its place, nothing old is to stay behind it
        let mut cells: Vec<(u16, u16, Cow<'a, Cell>)> = Vec::new();
        for (x, y, cell) in changed {
            if let CellDiffOption::ForcedWidth(columns) = cell.diff_option {
                for covered in 1..columns.get() {
                    let mut blank = cell.clone();
                    blank.set_symbol(" ");
                    cells.push((x + covered, y, Cow::Owned(blank)));
                }
            }
            cells.push((x, y, Cow::Borrowed(cell)));
        }
        self.frame()?.draw(cells.iter().map(|(x, y, cell)| (*x, *y, cell.as_ref())))
    }

    fn hide_cursor(&mut self) -> io::Result<()> {
        self.set_cursor(false)
    }

    fn show_cursor(&mut self) -> io::Result<()> {
        self.set_cursor(true)
    }

    /// The answer would be among the keys.
    fn get_cursor_position(&mut self) -> io::Result<Position> {
        Err(io::ErrorKind::Unsupported.into())
    }

    fn set_cursor_position<P: Into<Position>>(&mut self, position: P) -> io::Result<()> {
        let position = position.into();
        if self.cursor.replace(position) == Some(position) {
            return Ok(());
        }
        self.frame()?.set_cursor_position(position)
    }

    /// Whoever had the terminal meanwhile may have left the cursor as it likes.
    fn clear(&mut self) -> io::Result<()> {
        (self.has_cursor, self.cursor) = (None, None);
        self.frame()?.clear()
    }

    fn clear_region(&mut self, clear_type: ClearType) -> io::Result<()> {
        self.frame()?.clear_region(clear_type)
    }

    fn size(&self) -> io::Result<Size> {
        Ok(self.size)
    }

    fn window_size(&mut self) -> io::Result<WindowSize> {
        Ok(WindowSize { columns_rows: self.size, pixels: Size::ZERO })
    }

    /// A frame goes out in one piece, when it is whole.
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
