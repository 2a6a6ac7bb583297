//! `rnn-tui config`: the keys of a configuration, for people and for editors.

use std::io::{self, Write};
use std::process::ExitCode;

use clap::Args;
use rnn_tui::config::{Key, keys, schema};
use rnn_tui::language::text;

use crate::cli::error::Failed;
use crate::cli::help::{CommandHelp, Example, Translations};
use crate::cli::messages::{language, say};
use crate::cli::terminal::columns_of_terminal;
use crate::cli::wrapping::wrapped;

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

impl ListKeys {
    /// The help in Chinese, and examples.
    pub const HELP: CommandHelp = CommandHelp {
        name: "config",
        chinese: Translations {
            own: &[
                text(
                    "Lists the keys of a configuration, or prints its JSON Schema",
                    "列出配置的键，或输出其 JSON Schema",
                ),
                text(
                    "Print the JSON Schema, from which an editor completes and checks configuration files",
                    "输出 JSON Schema，编辑器据此补全和检查配置文件",
                ),
                text(
                    "Only keys with this in their paths, such as schedule",
                    "只列出路径中含有此文字的键，例如 schedule",
                ),
            ],
            flattened: &[],
        },
        examples: &[
            Example {
                line: "rnn-tui config schedule",
                purpose: text("what can be said of the schedule", "学习率计划的所有键"),
            },
            Example {
                line: "rnn-tui config --schema > schema.json",
                purpose: text(
                    "for an editor, with `#:schema ./schema.json` in a configuration",
                    "供编辑器使用，配置中写 `#:schema ./schema.json`",
                ),
            },
        ],
    };
}

/// The indent of the description of a key, in columns.
const INDENT: usize = 4;
/// The maximum width of a line, in columns.
const MAX_WIDTH: usize = 100;

impl ListKeys {
    /// Prints the selected keys, or the schema.
    pub fn run(self) -> Result<ExitCode, Failed> {
        if self.schema {
            writeln!(io::stdout(), "{:#}", schema())?;
            return Ok(ExitCode::SUCCESS);
        }
        let is_selected =
            |key: &&Key| self.keys.is_empty() || self.keys.iter().any(|part| key.path.contains(part.as_str()));
        keys().filter(is_selected).try_for_each(print)?;
        Ok(ExitCode::SUCCESS)
    }
}

/// Prints the key with its default, then its valid values and its meaning.
fn print(key: &Key) -> Result<(), Failed> {
    let language = language();
    let default = key.default_text().map_or_else(String::new, |default| format!(" = {default}"));
    say(&format!("{}{default}", key.path))?;
    let width = columns_of_terminal().unwrap_or(MAX_WIDTH).min(MAX_WIDTH).saturating_sub(INDENT).max(20);
    for text in [&key.expected_text(language), language.text(key.meaning)] {
        wrapped(text, width).lines().try_for_each(|line| say(&format!("{:INDENT$}{}", "", line.trim_start())))?;
    }
    Ok(())
}
