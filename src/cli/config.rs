//! `rnn-tui config`: the keys of a configuration, for people and for editors.

use std::io::{self, Write};
use std::process::ExitCode;

use clap::Args;
use rnn_tui::config::{Key, keys, schema};

use super::Failed;
use super::command::wrapped;
use super::list::columns_of_terminal;
use super::messages::{language, say};

/// Lists the keys of a configuration, or prints its JSON Schema
#[derive(Debug, Args)]
pub struct ListKeys {
    /// Print the JSON Schema, from which an editor completes and checks configuration files
    #[arg(long, conflicts_with = "keys")]
    schema: bool,

    /// Only keys with this in their paths, such as schedule
    #[arg(value_name = "KEY")]
    keys: Vec<String>,
}

/// Columns before what is said of a key.
const INDENT: usize = 4;
/// Lines are not longer, however wide the terminal is.
const WIDEST: usize = 100;

impl ListKeys {
    pub fn run(self) -> Result<ExitCode, Failed> {
        if self.schema {
            writeln!(io::stdout(), "{:#}", schema())?;
            return Ok(ExitCode::SUCCESS);
        }
        let is_meant =
            |key: &&Key| self.keys.is_empty() || self.keys.iter().any(|part| key.path.contains(part.as_str()));
        keys().filter(is_meant).try_for_each(print)?;
        Ok(ExitCode::SUCCESS)
    }
}

/// The key with its default, then the values that it accepts and what it is for.
fn print(key: &Key) -> Result<(), Failed> {
    let language = language();
    let default = key.default_text().map_or_else(String::new, |default| format!(" = {default}"));
    say(&format!("{}{default}", key.path))?;
    let width = columns_of_terminal().unwrap_or(WIDEST).min(WIDEST).saturating_sub(INDENT).max(20);
    for text in [&key.expected_text(language), language.text(key.meaning)] {
        wrapped(text, width).lines().try_for_each(|line| say(&format!("{:INDENT$}{}", "", line.trim_start())))?;
    }
    Ok(())
}
