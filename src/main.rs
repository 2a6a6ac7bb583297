//! `rnn-tui`: see the library's documentation for how it works and `rnn-tui --help` for how it is used.
#![forbid(unsafe_code)]

mod cli;

use std::process::ExitCode;

fn main() -> ExitCode {
    cli::run()
}
