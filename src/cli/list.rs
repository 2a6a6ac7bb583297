//! `rnn-tui list`: the configurations and texts in the binary.

use std::io::{self, IsTerminal, Write};
use std::process::ExitCode;

use clap::Args;
use rnn_tui::config::{BuiltIn, built_in_text, built_in_texts, nearest};
use rnn_tui::language::Message;

use super::Failed;
use super::command::wrapped;
use super::messages::{language, say};

/// Lists the configurations that the program has inside, or prints one of them
#[derive(Debug, Args)]
pub struct List {
    /// Print this one as it is, with its comments: a configuration such as duel, or a text such as built-in:toy.txt
    name: Option<String>,
}

rnn_tui::messages! {
    enum ListMessage {
        Texts = "texts, for --corpus and `corpus.path`:", "文本，用于 --corpus 和 `corpus.path`：";
        Unknown { name: String } = "the program has no {name} inside", "程序没有内置 {name}";
        ShowsAll = "`rnn-tui list` shows all", "`rnn-tui list` 列出全部";
        DidYouMean { name: String } =
            "did you mean `{name}`? `rnn-tui list` shows all", "您是不是指 `{name}`？`rnn-tui list` 列出全部";
    }
}

impl List {
    pub fn run(self) -> Result<ExitCode, Failed> {
        match self.name {
            None => print_all()?,
            Some(name) => io::stdout().write_all(text_of(&name)?.as_bytes())?,
        }
        Ok(ExitCode::SUCCESS)
    }
}

fn print_all() -> Result<(), Failed> {
    let language = language();
    let width = BuiltIn::all().map(|built_in| built_in.name.len()).max().unwrap_or(0);
    let columns = columns_of_terminal().unwrap_or(usize::MAX);
    for BuiltIn { name, summary: (english, chinese), .. } in BuiltIn::all() {
        let summary = wrapped(language.pick(english, chinese), columns.saturating_sub(width + 2).max(20));
        for (number, line) in summary.lines().enumerate() {
            let name = if number == 0 { name } else { "" };
            say(&format!("{name:width$}  {line}"))?;
        }
    }
    say("")?;
    say(&language.say(ListMessage::Texts))?;
    built_in_texts().iter().try_for_each(|text| say(text))
}

/// How wide the terminal is that is written to.
pub fn columns_of_terminal() -> Option<usize> {
    let (columns, _) = crossterm::terminal::size().ok().filter(|_| io::stdout().is_terminal())?;
    Some(columns.into())
}

fn text_of(name: &str) -> Result<String, Failed> {
    let text = || Some(built_in_text(name)?.to_owned());
    BuiltIn::named(name).map(BuiltIn::text).or_else(text).ok_or_else(|| {
        let near = nearest(name, BuiltIn::all().map(|built_in| built_in.name), 1);
        let help = match near.first() {
            Some(near) => ListMessage::DidYouMean { name: (*near).to_owned() },
            None => ListMessage::ShowsAll,
        };
        let unknown = ListMessage::Unknown { name: name.to_owned() };
        Failed::Mistake(Message::from(unknown).at("list").with_help(help))
    })
}
