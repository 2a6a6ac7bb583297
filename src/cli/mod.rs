//! The command line: arguments → configuration → one of the front ends → exit code.

mod attach;
mod background;
mod changes;
mod checkpoint;
mod clap_errors;
mod class_options;
mod command;
mod completions;
mod config;
mod environment;
mod evaluate;
mod export;
mod farewell;
mod frontend;
mod generation;
mod help_in_chinese;
mod list;
mod look;
mod messages;
mod open_class;
mod paths;
mod predict;
mod prepare;
mod record;
mod replay;
mod rivals;
mod run;
mod scaling;
mod serve;
#[cfg(feature = "ssh")]
mod ssh_door;
mod train;
mod waiting;

use std::io::{self, ErrorKind, IsTerminal, Write};
use std::panic;
use std::process::ExitCode;
use std::sync::OnceLock;

use clap::{FromArgMatches, Parser, Subcommand};
use rnn_tui::config::ConfigError;
use rnn_tui::language::{Language, Message};
use rnn_tui::memory;
use rnn_tui::model::Threads;
use rnn_tui::model::kernels::{INSTRUCTION_SET, InstructionSet};
use rnn_tui::session::Failure;

use attach::Attach;
use clap_errors::clap_message;
use command::{command, misread, mistyped, rendered, with_language_behind, without_language};
use completions::{Completions, Manual};
use config::ListKeys;
use evaluate::Evaluate;
use export::Export;
use list::List;
use messages::{ExpectedValue, complain, is_unsafe, language};
use predict::Predict;
use replay::Replay;
use scaling::MeasureScaling;
use serve::Serve;
use train::Train;

/// Trains a recurrent language model while a dashboard shows what it learns.
///
/// Exit codes: 0 done, 1 training failed, 2 a mistake in the configuration or on the command line, 3 done, but not all of it
/// is kept on disk, 128 + n ended by signal n.
#[derive(Debug, Parser)]
#[command(version, long_version = long_version(), args_conflicts_with_subcommands = true)]
pub struct Cli {
    // read before there is a command line to read: mistakes in it are said in this language
    /// The language of the interface and of this help [default: that of the locale, or English]
    #[arg(long = "lang", global = true, value_name = "LANGUAGE", value_parser = ["en", "zh"], help_heading = "Looks")]
    _lang: Option<String>,

    #[command(subcommand)]
    action: Option<Action>,

    #[command(flatten)]
    train: Train,
}

#[derive(Debug, Subcommand)]
enum Action {
    Predict(Predict),
    Evaluate(Evaluate),
    Replay(Replay),
    Export(Export),
    Scaling(MeasureScaling),
    Serve(Box<Serve>),
    Attach(Attach),
    List(List),
    Config(ListKeys),
    Completions(Completions),
    #[command(hide = true)]
    Manual(Manual),
}

/// A parser of whole numbers from 1 to `max`.
fn whole(max: u32) -> impl Fn(&str) -> Result<u32, Message> + Clone {
    move |text| {
        let number = text.parse().ok().filter(|number| (1..=max).contains(number));
        number.ok_or_else(|| ExpectedValue::WholeNumber { from: 1, to: max.into() }.into())
    }
}

/// Adds help to an error that another path would avoid; other errors, such as a full disk, stay as they are.
fn with_help_for_place(error: Message, kind: ErrorKind, help: impl Into<Message>) -> Message {
    use ErrorKind::{NotADirectory, NotFound, PermissionDenied, ReadOnlyFilesystem};

    let is_of_place = matches!(kind, NotADirectory | NotFound | PermissionDenied | ReadOnlyFilesystem);
    if is_of_place { error.with_help(help) } else { error }
}

/// A prompt on the command line.
#[allow(clippy::unnecessary_wraps)] // clap's value parsers return a Result
fn prompt(text: &str) -> Result<String, String> {
    Ok(without_marks(text))
}

/// A prompt without byte order marks, wherever they stand: they came with it out of a file.
fn without_marks(prompt: &str) -> String {
    prompt.replace('\u{feff}', "")
}

/// A whole number from 0 to the maximum of an `i64`, the largest integer of TOML.
fn whole_or_zero(text: &str) -> Result<u64, Message> {
    let number = text.parse().ok().filter(|number| i64::try_from(*number).is_ok());
    number.ok_or_else(|| ExpectedValue::WholeNumber { from: 0, to: i64::MAX.unsigned_abs() }.into())
}

/// The version, and what the speed of the kernels depends on.
fn long_version() -> &'static str {
    static TEXT: OnceLock<String> = OnceLock::new();
    TEXT.get_or_init(|| {
        let set = InstructionSet::in_use().map_or_else(|error| error.to_string(), |set| set.to_string());
        let available: Vec<_> = InstructionSet::available().map(InstructionSet::name).collect();
        let (version, available) = (env!("CARGO_PKG_VERSION"), available.join(", "));
        let threads = Threads::new(0).count();
        format!("{version}\ninstruction set: {set} ({INSTRUCTION_SET} can be {available})\nthreads: {threads}")
    })
}

/// Why the program ends without having done its job.
enum Failed {
    /// A mistake in the configuration or on the command line: exit code 2.
    Mistake(Message),
    /// Training failed: exit code 1.
    Run(Failure),
    /// The system failed, or stdout is closed: exit code 1 or 0.
    System(io::Error),
    /// The job could not be completed: exit code 1.
    Incomplete(Message),
}

impl From<ConfigError> for Failed {
    fn from(error: ConfigError) -> Self {
        Self::Mistake(error.into())
    }
}

impl From<io::Error> for Failed {
    fn from(error: io::Error) -> Self {
        Self::System(error)
    }
}

/// Makes a panic without free memory print one line only: a backtrace takes memory, and a failed allocation within the panic hook would
/// deadlock.
fn say_little_without_memory() {
    let usual = panic::take_hook();
    panic::set_hook(Box::new(move |panic| {
        if memory::can_allocate(MEMORY_OF_A_BACKTRACE) {
            return usual(panic);
        }
        let _ = io::stderr().write_all(b"error: memory ran out\n"); // it may be gone
    }));
}

/// Bytes for a backtrace with names of functions, which reads much of the executable.
const MEMORY_OF_A_BACKTRACE: usize = 64 << 20;

impl Cli {
    /// Reads the command line; with nothing to do, the exit code.
    pub fn read() -> Result<Self, ExitCode> {
        let language = language();
        let arguments = with_language_behind(std::env::args_os().collect());
        let first = without_language(&arguments).cloned().unwrap_or_default();
        if let Some(message) = mistyped(&first.to_string_lossy()) {
            complain(message);
            return Err(ExitCode::from(2));
        }
        let matches = command(language).try_get_matches_from(arguments);
        matches.and_then(|matches| Self::from_arg_matches(&matches)).map_err(|error| {
            let code = u8::try_from(error.exit_code()).unwrap_or(2);
            // what is named in the message could do anything to a terminal
            let is_unsafe = || std::env::args_os().any(|argument| is_unsafe(&argument.to_string_lossy()));
            if let Some(message) = misread(&error) {
                complain(message);
            } else if !error.use_stderr() {
                let is_coloured = io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none();
                let _ = io::stdout().write_all(rendered(&error, language, is_coloured).as_bytes()); // it may be gone
            } else if language == Language::Chinese || is_unsafe() {
                complain(clap_message(&error));
            } else {
                let _ = error.print();
            }
            ExitCode::from(code)
        })
    }

    /// Runs the subcommand.
    pub fn run(self) -> ExitCode {
        memory::fill_reserve();
        say_little_without_memory();
        if !matches!(self.action, Some(Action::Attach(_))) {
            waiting::begin();
        }
        let done = self.try_run();
        waiting::end();
        let (message, code) = match done {
            Ok(code) => return code,
            // whoever read our output has read enough
            Err(Failed::System(error)) if error.kind() == ErrorKind::BrokenPipe => return ExitCode::SUCCESS,
            Err(Failed::Mistake(message)) => (message, 2),
            Err(Failed::Run(failure)) => (failure.message().with_help(failure.cause.advice()), 1),
            Err(Failed::System(error)) => (error.into(), 1),
            Err(Failed::Incomplete(message)) => (message, 1),
        };
        complain(message);
        ExitCode::from(code)
    }

    fn try_run(self) -> Result<ExitCode, Failed> {
        InstructionSet::in_use().map_err(|error| Failed::Mistake(Message::from(error).at(INSTRUCTION_SET)))?;
        match self.action {
            None => self.train.run(None),
            Some(Action::Predict(predict)) => predict.run(),
            Some(Action::Evaluate(evaluate)) => evaluate.run(),
            Some(Action::Export(export)) => export.run(),
            Some(Action::Replay(replay)) => replay.run(),
            Some(Action::Scaling(scaling)) => scaling.run(),
            Some(Action::Serve(serve)) => serve.run(),
            Some(Action::Attach(attach)) => attach.run(),
            Some(Action::List(list)) => list.run(),
            Some(Action::Config(config)) => config.run(),
            Some(Action::Completions(completions)) => completions.run(),
            Some(Action::Manual(manual)) => manual.run(),
        }
    }
}
