//! The command line: arguments → configuration → one of the front ends → exit code.

use std::io::{self, ErrorKind, IsTerminal, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;
use rnn_tui::config::{Config, ConfigError, Origin, Override};
use rnn_tui::dashboard::{self, Ending};
use rnn_tui::printable;
use rnn_tui::report::{self, Outcome};
use rnn_tui::training::{Failure, LanguageLearner, Learner, Pace, RunState, Trainer};

/// Trains a recurrent language model while a dashboard shows what it learns.
///
/// Exit codes: 0 done, 1 training failed, 2 a mistake in the configuration or on the command line, 128 + n ended by
/// signal n.
#[derive(Debug, Parser)]
#[command(version, max_term_width = 100)]
pub struct Cli {
    /// The configuration, a TOML file [default: a lesson of three sentences that is built in]
    config: Option<PathBuf>,

    /// Without a dashboard: a line every 1000 steps (always so if stdout is not a terminal)
    #[arg(long)]
    plain: bool,

    /// After training, print the word that follows these words; in the dashboard, ask from the start (repeatable)
    #[arg(long, value_name = "WORDS")]
    ask: Vec<String>,

    /// Another seed than the configuration's
    #[arg(long, value_name = "N", allow_negative_numbers = true)]
    seed: Option<u64>,

    /// Another number of training steps than the configuration's
    #[arg(long, value_name = "N", allow_negative_numbers = true)]
    steps: Option<u64>,

    /// Another value for a key of the configuration, such as model.hidden=8 (repeatable)
    #[arg(long, value_name = "KEY.PATH=VALUE", value_parser = Override::set)]
    set: Vec<Override>,

    /// Print the complete configuration in force and stop
    #[arg(long)]
    print_config: bool,
}

/// Why the program ends without having done its job.
enum Failed {
    Config(ConfigError),
    Prompt(String),
    Run(Failure),
    System(io::Error),
}

impl From<ConfigError> for Failed {
    fn from(error: ConfigError) -> Self {
        Self::Config(error)
    }
}

impl From<io::Error> for Failed {
    fn from(error: io::Error) -> Self {
        Self::System(error)
    }
}

impl Cli {
    /// Does what the command line says.
    pub fn run(self) -> ExitCode {
        let (message, code) = match self.try_run() {
            Ok(code) => return code,
            // whoever read our output has read enough
            Err(Failed::System(error)) if error.kind() == ErrorKind::BrokenPipe => return ExitCode::SUCCESS,
            Err(Failed::Config(error)) => (error.to_string(), 2),
            Err(Failed::Prompt(message)) => (message, 2),
            Err(Failed::Run(failure)) => {
                let advice = failure.cause.advice();
                (format!("training stopped before step {}: {}\n  {advice}", failure.step, failure.reason), 1)
            }
            Err(Failed::System(error)) => (error.to_string(), 1),
        };
        // stderr may be a terminal that is gone
        let lines: Vec<_> = message.lines().map(printable).collect();
        let _ = writeln!(io::stderr(), "error: {}", lines.join("\n"));
        ExitCode::from(code)
    }

    fn try_run(self) -> Result<ExitCode, Failed> {
        let mut overrides = self.set;
        overrides.extend(self.seed.map(|seed| Override::option("--seed", "seed", seed)));
        overrides.extend(self.steps.map(|steps| Override::option("--steps", "training.steps", steps)));
        let origin = self.config.map_or(Origin::BuiltIn, Origin::File);
        let config = Config::read(&origin, &overrides)?;
        if self.print_config {
            let text = config.to_toml().map_err(io::Error::other)?;
            io::stdout().write_all(text.as_bytes())?;
            return Ok(ExitCode::SUCCESS);
        }

        let pace = Pace::from(config.dashboard.pace);
        let has_screen = io::stdout().is_terminal() && std::env::var_os("TERM").is_none_or(|term| term != "dumb");
        let learner = LanguageLearner::new(config)?;
        for prompt in &self.ask {
            learner.ask(prompt).map_err(|error| Failed::Prompt(format!("--ask {prompt:?}: {error}")))?;
        }
        if self.plain || !has_screen {
            let trainer = Trainer::spawn(learner, Pace::Full, false)?;
            return match report::run(&trainer, &self.ask, &mut io::stdout().lock())? {
                Outcome::Complete => Ok(ExitCode::SUCCESS),
                Outcome::Failed(failure) => Err(Failed::Run(failure)),
                Outcome::Refused(refusal) => Err(Failed::System(io::Error::other(refusal.error))),
            };
        }
        let trainer = Trainer::spawn(learner, pace, true)?;
        match dashboard::run(&trainer, &self.ask)? {
            Ending::Quit => match &trainer.latest().state {
                RunState::Failed(failure) => Err(Failed::Run(failure.clone())),
                _ => Ok(ExitCode::SUCCESS),
            },
            // as if SIGHUP, which says the same, had come first
            Ending::TerminalLost(reason) => {
                let _ = writeln!(io::stderr(), "error: the terminal is gone: {reason}");
                Ok(ExitCode::from(128 + 1))
            }
            Ending::Signal(signal) => Ok(ExitCode::from(128 + u8::try_from(signal).unwrap_or(127))),
        }
    }
}
