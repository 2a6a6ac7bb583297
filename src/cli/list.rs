//! `rnn-tui list`: the configurations and texts in the binary.

use std::io::{self, Write};
use std::process::ExitCode;

use clap::Args;
use rnn_tui::config::{BuiltIn, built_in_text, built_in_texts, nearest};

use super::Failed;
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
    for BuiltIn { name, summary: (english, chinese), .. } in BuiltIn::all() {
        say(&format!("{name:width$}  {}", language.pick(*english, *chinese)))?;
    }
    say("")?;
    let texts = built_in_texts().join(" ");
    say(&format!(
        "{} {texts}",
        language.pick("texts, for --corpus and `corpus.path`:", "文本，用于 --corpus 和 `corpus.path`：")
    ))
}

fn text_of(name: &str) -> Result<String, Failed> {
    let text = || Some(built_in_text(name)?.to_owned());
    BuiltIn::named(name).map(BuiltIn::text).or_else(text).ok_or_else(|| {
        let near = nearest(name, BuiltIn::all().map(|built_in| built_in.name), 1);
        let near = near.first().map_or_else(String::new, |name| format!("did you mean `{name}`? "));
        Failed::Prompt(format!("list: the program has no {name} inside\n  {near}`rnn-tui list` shows all"))
    })
}
