//! `rnn-tui list`: the configurations and texts in the binary.

use std::io::{self, IsTerminal, Write};
use std::process::ExitCode;

use clap::Args;
use rnn_tui::config::{BuiltIn, built_in_text, built_in_texts, nearest};

use super::Failed;
use super::command::wrapped;
use super::messages::{language, say};

/// Lists the configurations that the program has inside, or prints one of them
#[derive(Debug, Args)]
pub struct List {
    /// Print this one as it is, with its comments: a configuration such as duel, or a text such as built-in:toy.txt
    name: Option<String>,
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
    let texts = language.pick("texts, for --corpus and `corpus.path`:", "文本，用于 --corpus 和 `corpus.path`：");
    let texts = format!("{texts}\n{}", built_in_texts().join("\n"));
    texts.lines().try_for_each(say)
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
        let near = near.first().map_or_else(String::new, |name| format!("did you mean `{name}`? "));
        Failed::Prompt(format!("list: the program has no {name} inside\n  {near}`rnn-tui list` shows all"))
    })
}
