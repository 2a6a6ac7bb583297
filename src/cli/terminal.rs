//! Properties of the terminal on stdout.

use std::io::{self, IsTerminal};

/// Whether stdout is a terminal, for which control characters are escaped.
pub fn is_for_terminal() -> bool {
    io::stdout().is_terminal()
}

/// Whether stdout is a terminal that can show a dashboard.
pub fn has_screen() -> bool {
    io::stdout().is_terminal() && std::env::var_os("TERM").is_none_or(|term| term != "dumb")
}

/// The width of the terminal on stdout; `None` if stdout is no terminal.
pub fn columns_of_terminal() -> Option<usize> {
    let (columns, _) = crossterm::terminal::size().ok().filter(|_| io::stdout().is_terminal())?;
    Some(columns.into())
}
