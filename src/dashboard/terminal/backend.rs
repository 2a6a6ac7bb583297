//! A ratatui backend for a terminal of a given size, which may be behind a socket. It sends only what has changed.

use std::borrow::Cow;
use std::io::{self, Write};

use crossterm::queue;
use crossterm::terminal::{BeginSynchronizedUpdate, EndSynchronizedUpdate};
use ratatui::backend::{Backend, ClearType, CrosstermBackend, WindowSize};
use ratatui::buffer::{Cell, CellDiffOption};
use ratatui::layout::{Position, Size};

/// Writes crossterm's sequences to any [`Write`]. Each frame is one synchronized update; an unchanged frame sends no bytes.
pub(super) struct SizedBackend<W: Write> {
    inner: CrosstermBackend<W>,
    /// Columns and rows.
    pub size: Size,
    /// Whether bytes of the current frame have been sent.
    is_begun: bool,
    /// Whether the terminal shows its cursor; `None` if unknown.
    has_cursor: Option<bool>,
    /// Position of the cursor; `None` if unknown.
    cursor: Option<Position>,
}

impl<W: Write> SizedBackend<W> {
    /// A backend for a terminal of this size, whose cursor is in an unknown state.
    pub fn new(out: W, size: Size) -> Self {
        Self { inner: CrosstermBackend::new(out), size, is_begun: false, has_cursor: None, cursor: None }
    }

    /// The writer, for bytes outside a frame.
    pub fn writer_mut(&mut self) -> &mut impl Write {
        &mut self.inner
    }

    /// Ends the frame and flushes.
    pub fn end_frame(&mut self) -> io::Result<()> {
        if std::mem::take(&mut self.is_begun) {
            queue!(self.inner, EndSynchronizedUpdate)?;
        }
        Write::flush(&mut self.inner)
    }

    /// The writer for the current frame, which begins a synchronized update at its first use.
    fn frame(&mut self) -> io::Result<&mut CrosstermBackend<W>> {
        if !std::mem::replace(&mut self.is_begun, true) {
            queue!(self.inner, BeginSynchronizedUpdate)?;
        }
        Ok(&mut self.inner)
    }

    /// Shows or hides the cursor, if that is a change.
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
        // terminals disagree on the width of some clusters: blanks erase what a narrow one would leave visible behind it
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

    /// Unsupported: the answer would arrive among the keys.
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

    /// Also forgets the state of the cursor, which another program may have changed.
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

    /// Does nothing: [`end_frame`](Self::end_frame) flushes the whole frame.
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
