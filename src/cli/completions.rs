//! `rnn-tui completions`: what a shell needs to complete the command line; and the pages of the manual.

use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use clap_complete::{Shell, generate};
use rnn_tui::language::Language;

use super::Failed;
use super::command::command;
use super::paths::path;

/// Prints a script by which a shell completes the command line of rnn-tui
#[derive(Debug, Args)]
pub struct Completions {
    /// The shell
    shell: Shell,
}

/// Writes the pages of the manual into a folder
#[derive(Debug, Args)]
pub struct Manual {
    /// The folder
    #[arg(value_parser = path())]
    directory: PathBuf,
}

impl Completions {
    pub fn run(&self) -> Result<ExitCode, Failed> {
        let mut script = Vec::new();
        generate(self.shell, &mut command(Language::English), "rnn-tui", &mut script);
        io::stdout().write_all(&script)?;
        Ok(ExitCode::SUCCESS)
    }
}

impl Manual {
    pub fn run(&self) -> Result<ExitCode, Failed> {
        std::fs::create_dir_all(&self.directory)?;
        // the long version says what the machine is like
        let command = command(Language::English).long_version(env!("CARGO_PKG_VERSION"));
        clap_mangen::generate_to(command, &self.directory)?;
        Ok(ExitCode::SUCCESS)
    }
}
