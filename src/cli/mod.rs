//! The command line: arguments → configuration → one of the front ends → exit code.

mod arguments;
mod background;
mod changes;
mod checkpoint;
mod clap_errors;
mod class_options;
mod command;
mod corrections;
mod dashboard;
mod display_options;
mod environment;
mod error;
mod farewell;
mod frontend;
mod generation;
mod help;
mod messages;
mod open_class;
mod other_batches;
mod overrides;
mod panics;
mod plain;
mod prepared_run;
mod prepared_runs;
mod progress;
mod record;
mod rivals;
mod run;
#[cfg(feature = "ssh")]
mod ssh_options;
mod subcommands;
mod terminal;
mod train;
mod value_parsers;
mod wrapping;

use std::io::{self, IsTerminal, Write};
use std::process::ExitCode;

use clap::FromArgMatches;
use rnn_tui::language::{Language, Message};
use rnn_tui::memory;
use rnn_tui::model::kernels::{INSTRUCTION_SET, InstructionSet};

use arguments::Cli;
use clap_errors::clap_message;
use command::{command, rendered};
use corrections::{misread, mistyped, with_language_behind, without_language};
use error::{Failed, MISTAKE};
use messages::{complain, is_unsafe, language};
use subcommands::Subcommand;

/// Runs the program with the arguments of the process, and returns its exit code.
pub fn run() -> ExitCode {
    match parsed_arguments() {
        Ok(arguments) => run_command(arguments),
        Err(code) => code,
    }
}

/// Parses the arguments of the process. If they are invalid, or ask for help or the version, prints that and returns the exit code as `Err`.
fn parsed_arguments() -> Result<Cli, ExitCode> {
    let language = language();
    let arguments = with_language_behind(std::env::args_os().collect());
    let first = without_language(&arguments).cloned().unwrap_or_default();
    if let Some(message) = mistyped(&first.to_string_lossy()) {
        complain(message);
        return Err(ExitCode::from(MISTAKE));
    }
    let matches = command(language).try_get_matches_from(arguments);
    matches.and_then(|matches| Cli::from_arg_matches(&matches)).map_err(|error| {
        print(&error, language);
        ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(MISTAKE))
    })
}

/// Prints an error of clap, which may be help or the version, in `language`.
fn print(error: &clap::Error, language: Language) {
    // clap prints arguments as they are, which could control a terminal
    let is_unsafe = || std::env::args_os().any(|argument| is_unsafe(&argument.to_string_lossy()));
    if let Some(message) = misread(error) {
        complain(message);
    } else if !error.use_stderr() {
        let is_coloured = io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none();
        let _ = io::stdout().write_all(rendered(error, language, is_coloured).as_bytes()); // it may be gone
    } else if language == Language::Chinese || is_unsafe() {
        complain(clap_message(error));
    } else {
        let _ = error.print();
    }
}

/// Runs the subcommand, or training without one, and prints its error.
fn run_command(arguments: Cli) -> ExitCode {
    memory::fill_reserve();
    panics::shorten_without_memory();
    if arguments.subcommand.as_ref().is_none_or(Subcommand::shows_progress) {
        progress::start();
    }
    let result = try_run(arguments);
    progress::finish();
    match result.map_err(Failed::report) {
        Ok(code) => code,
        Err(None) => ExitCode::SUCCESS,
        Err(Some((message, code))) => {
            complain(message);
            ExitCode::from(code)
        }
    }
}

/// Checks the instruction set that the environment names, and runs the subcommand, or training without one.
fn try_run(Cli { subcommand, train, .. }: Cli) -> Result<ExitCode, Failed> {
    InstructionSet::in_use().map_err(|error| Failed::Mistake(Message::from(error).at(INSTRUCTION_SET)))?;
    match subcommand {
        Some(subcommand) => subcommand.run(|| command(Language::English)),
        None => train.run(None),
    }
}
