//! The subcommands: a file each, and the list of them.

mod attach;
mod completions;
mod config;
mod evaluate;
mod export;
mod list;
mod manual;
mod predict;
mod replay;
mod scaling;
mod serve;

use std::process::ExitCode;

use clap::Command;

use super::error::Failed;
use super::help::CommandHelp;
use attach::Attach;
use completions::Completions;
use config::ListKeys;
use evaluate::Evaluate;
use export::Export;
use list::List;
use manual::Manual;
use predict::Predict;
use replay::Replay;
use scaling::MeasureScaling;
use serve::Serve;

/// A subcommand with its arguments.
#[derive(Debug, clap::Subcommand)]
pub enum Subcommand {
    #[command(hide = true)]
    Manual(Manual),
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
}

impl Subcommand {
    /// The help of every subcommand, in the order in which the help lists them.
    pub const HELP: &[CommandHelp] = &[
        Manual::HELP,
        Predict::HELP,
        Evaluate::HELP,
        Replay::HELP,
        Export::HELP,
        MeasureScaling::HELP,
        Serve::HELP,
        Attach::HELP,
        List::HELP,
        ListKeys::HELP,
        Completions::HELP,
    ];

    /// Runs the subcommand. `command_line` returns the whole command line, which completions and the manual describe.
    pub fn run(self, command_line: impl FnOnce() -> Command) -> Result<ExitCode, Failed> {
        match self {
            Self::Manual(manual) => manual.run(command_line()),
            Self::Predict(predict) => predict.run(),
            Self::Evaluate(evaluate) => evaluate.run(),
            Self::Replay(replay) => replay.run(),
            Self::Export(export) => export.run(),
            Self::Scaling(scaling) => scaling.run(),
            Self::Serve(serve) => serve.run(),
            Self::Attach(attach) => attach.run(),
            Self::List(list) => list.run(),
            Self::Config(config) => config.run(),
            Self::Completions(completions) => completions.run(command_line()),
        }
    }

    /// Whether progress is shown on stderr until the subcommand has output.
    pub fn shows_progress(&self) -> bool {
        !matches!(self, Self::Attach(_))
    }
}
