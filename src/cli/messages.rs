//! What is said before, beside and after the dashboard.

use std::io::{self, Write};

use rnn_tui::language::Language;
use rnn_tui::printable;

use super::Failed;
use super::environment::locale;

pub fn is_unsafe(text: &str) -> bool {
    printable(text) != text
}

/// The language of what is said before, beside and after the dashboard: also where the command line cannot be read.
pub fn language() -> Language {
    let mut arguments = std::env::args_os().skip(1).map(|argument| argument.to_string_lossy().into_owned());
    let mut asked = None;
    while let (None, Some(argument)) = (&asked, arguments.next()) {
        let joined = argument.strip_prefix("--lang=").map(str::to_owned);
        asked = if argument == "--lang" { arguments.next() } else { joined };
    }
    Language::of_locale(&asked.unwrap_or_else(locale))
}

/// A message, safe to show, in the language of the interface; stderr may be a terminal that is gone.
pub fn say_to_stderr(message: &str) {
    let lines: Vec<_> = message.lines().map(printable).collect();
    let message = lines.join("\n");
    let _ = writeln!(io::stderr(), "{}", language().message(&message));
}

/// Says what went wrong.
pub fn complain(message: &str) {
    say_to_stderr(&format!("error: {message}"));
}

/// A line of output.
pub fn say(line: &str) -> Result<(), Failed> {
    Ok(writeln!(io::stdout(), "{}", printable(line))?)
}

/// Says what somebody should know.
pub fn warn(message: &str) {
    say_to_stderr(&format!("warning: {message}"));
}
