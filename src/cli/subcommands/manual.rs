//! `rnn-tui manual`: the pages of the manual.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Command};
use rnn_tui::language::text;

use crate::cli::error::Failed;
use crate::cli::help::{CommandHelp, Translations};
use crate::cli::value_parsers::path;

/// Writes the pages of the manual into a folder
#[derive(Debug, Args)]
pub struct Manual {
    /// The folder
    #[arg(value_parser = path())]
    directory: PathBuf,
}

impl Manual {
    /// The help in Chinese.
    pub const HELP: CommandHelp = CommandHelp {
        name: "manual",
        chinese: Translations {
            own: &[
                text("Writes the pages of the manual into a folder", "把手册页写入文件夹"),
                text("The folder", "文件夹"),
            ],
            flattened: &[],
        },
        examples: &[],
    };

    /// Writes a page for `command` and each of its subcommands.
    pub fn run(&self, command: Command) -> Result<ExitCode, Failed> {
        std::fs::create_dir_all(&self.directory)?;
        // the long version depends on the machine
        let command = command.long_version(env!("CARGO_PKG_VERSION"));
        clap_mangen::generate_to(command, &self.directory)?;
        Ok(ExitCode::SUCCESS)
    }
}
