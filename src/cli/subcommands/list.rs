//! `rnn-tui list`: the configurations and texts in the binary.

use std::io::{self, Write};
use std::process::ExitCode;

use clap::Args;
use rnn_tui::config::{BuiltIn, built_in_text, built_in_texts, nearest};
use rnn_tui::language::{Message, text};

use crate::cli::error::Failed;
use crate::cli::help::{CommandHelp, Example, Translations};
use crate::cli::messages::{language, say};
use crate::cli::terminal::columns_of_terminal;
use crate::cli::wrapping::wrapped;

/// Lists the configurations that the program has inside, or prints one of them
#[derive(Debug, Args)]
pub struct List {
    /// Print this one as it is, with its comments: a configuration such as duel, or a text such as built-in:toy.txt
    name: Option<String>,
}

impl List {
    /// The help in Chinese, and examples.
    pub const HELP: CommandHelp = CommandHelp {
        name: "list",
        chinese: Translations {
            own: &[
                text(
                    "Lists the configurations that the program has inside, or prints one of them",
                    "列出程序内置的配置，或输出其中一个",
                ),
                text(
                    "Print this one as it is, with its comments: a configuration such as duel, or a text such as built-in:toy.txt",
                    "原样输出这一个（含注释）：配置如 duel，文本如 built-in:toy.txt",
                ),
            ],
            flattened: &[],
        },
        examples: &[
            Example { line: "rnn-tui list", purpose: text("all configurations and texts", "所有配置和文本") },
            Example {
                line: "rnn-tui list duel > my-duel.toml",
                purpose: text("a file of your own to change", "得到一份可以修改的文件"),
            },
        ],
    };
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
    /// Prints the list, or the text of the named configuration or corpus.
    pub fn run(self) -> Result<ExitCode, Failed> {
        match self.name {
            None => print_all()?,
            Some(name) => io::stdout().write_all(text_of(&name)?.as_bytes())?,
        }
        Ok(ExitCode::SUCCESS)
    }
}

/// Prints the name and the summary of each configuration, then the names of the texts.
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

/// The text of a built-in configuration or corpus; a mistake for an unknown name, with a similar one.
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
