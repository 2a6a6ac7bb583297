//! `rnn-tui replay`: training is shown again.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use rnn_tui::language::Message;

use super::Failed;
use super::frontend::{DashboardOptions, Frontend, has_screen};
use super::look::Look;
use super::messages::Mistake;
use super::paths::path;
use super::prepare::PreparedRuns;
use super::record::Record;
use super::run::run;

/// Shows training again, from the last checkpoint of a run
#[derive(Debug, Args)]
pub struct Replay {
    /// The folder of the run
    #[arg(value_parser = path())]
    directory: PathBuf,

    #[command(flatten)]
    look: Look,

    #[command(flatten)]
    record: Record,
}

impl Replay {
    pub fn run(self) -> Result<ExitCode, Failed> {
        if !has_screen() {
            return Err(Failed::Mistake(Message::from(Mistake::NoTerminal).at("replay")));
        }
        let prepared = PreparedRuns::replayed(&self.directory)?;
        let preferences = self.look.preferences(&prepared)?;
        let recording = self.record.begin(&prepared.first().config.title)?;
        let options = DashboardOptions { preferences, prompts: Vec::new(), recording, class: None };
        run(prepared, Frontend::Dashboard(Box::new(options)))
    }
}
