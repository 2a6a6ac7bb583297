//! Messages on stderr and lines on stdout, in the language of the interface.

use std::io::{self, Write};

use rnn_tui::language::{Language, Localized, Message};
use rnn_tui::printable;

use super::environment::locale;
use super::error::Failed;

rnn_tui::messages! {
    enum Prefixed {
        Error { message: Message } = "error: {message}", "错误：{message}";
        Warning { message: Message } = "warning: {message}", "警告：{message}";
    }
}

rnn_tui::messages! {
    /// Mistakes that several subcommands report.
    pub enum Mistake {
        NoTerminal = "there is no terminal to show it in", "没有可以显示的终端";
        OwnFolder = "choose a file in a folder of yours", "请选择您自己文件夹中的文件";
    }
}

/// Whether a terminal would not show this text as it is, because of its control characters.
pub fn is_unsafe(text: &str) -> bool {
    printable(text) != text
}

/// The language of the interface: that of `--lang`, otherwise that of the locale. The arguments need not be valid.
pub fn language() -> Language {
    let mut arguments = std::env::args_os().skip(1).map(|argument| argument.to_string_lossy().into_owned());
    let mut option = None;
    while let (None, Some(argument)) = (&option, arguments.next()) {
        let joined = argument.strip_prefix("--lang=").map(str::to_owned);
        option = if argument == "--lang" { arguments.next() } else { joined };
    }
    Language::from_locale(&option.unwrap_or_else(locale))
}

/// Writes a message to stderr in the language of the interface, with control characters escaped.
pub fn say_to_stderr(message: impl Into<Message>) {
    let text = message.into().text_in(language());
    let lines: Vec<_> = text.lines().map(printable).collect();
    let _ = writeln!(io::stderr(), "{}", lines.join("\n")); // a terminal may be gone
}

/// Writes a message to stderr as an error.
pub fn complain(message: impl Into<Message>) {
    say_to_stderr(Prefixed::Error { message: message.into() });
}

/// Writes a message to stderr as a warning.
pub fn warn(message: impl Into<Message>) {
    say_to_stderr(Prefixed::Warning { message: message.into() });
}

/// Writes a line to stdout, with control characters escaped.
pub fn say(line: &str) -> Result<(), Failed> {
    Ok(writeln!(io::stdout(), "{}", printable(line))?)
}
